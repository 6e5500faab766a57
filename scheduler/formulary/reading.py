"""From a file of ``data/formulary`` to an entry, or to every fault in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scheduler.dosing.product import (
    ContactTeam,
    MissedDoseRule,
    Product,
    SinceScheduled,
    SkipMissed,
    Source,
    UntilNext,
)
from scheduler.formulary.custom import CUSTOM_ID
from scheduler.formulary.entry import Entry
from scheduler.formulary.entry_file import (
    MISSED_RULES,
    ContactTeamTable,
    EntryFile,
    LabelSilentTable,
    NotVerifiedTable,
    SinceScheduledTable,
    SkipTable,
    UntilNextTable,
)
from scheduler.formulary.errors import Fault, FormularyError
from scheduler.formulary.fact_reading import Facts
from scheduler.formulary.facts import SourcedText
from scheduler.formulary.late_dose import LABEL_SILENT, NOT_VERIFIED, late_dose_text
from scheduler.formulary.toml_file import key_path, misnamed, read_toml, source_names


def read_entry(file: str, octets: bytes) -> Entry:
    """The entry in ``octets``, which are TOML in UTF-8; ``file`` is its name, ``ID.MARKET.toml``.

    Raises FormularyError with every fault: no TOML, a missing or unknown key, a value that is not
    allowed, a fact whose source is not described, an id that is not the file's.
    """
    raw = read_toml(file, octets)
    faults = [*_faults_of_name(file, raw)]
    try:
        content = EntryFile.model_validate(raw, context=source_names(raw))
    except ValidationError as error:
        faults += [_fault(file, details) for details in _told(error.errors())]
        raise FormularyError(tuple(faults)) from error
    if faults:
        raise FormularyError(tuple(faults))
    return _entry(content)


def _faults_of_name(file: str, raw: Mapping[str, object]) -> Iterator[Fault]:
    yield from misnamed(file, raw, "entry")
    if raw.get("id") == CUSTOM_ID:
        yield Fault(file=file, path="id", value=CUSTOM_ID, text="is kept for products of the patient's own")


def _told(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without lists that are too short because what stands in them is wrong, which is told already."""
    places = [details["loc"] for details in errors]
    return [
        details
        for details in errors
        if details["type"] != "too_short" or not any(_is_within(place, details["loc"]) for place in places)
    ]


def _is_within(place: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _fault(file: str, details: ErrorDetails) -> Fault:
    place, value = details["loc"], repr(details["input"])
    match details["type"]:
        case "missing":
            value, text = "", "is missing"
        case "union_tag_not_found":
            place, value, text = (*place, "rule"), "", "is missing"
        case "extra_forbidden":
            text = "is no key of this table"
        case "union_tag_invalid":
            place, value = (*place, "rule"), repr(details["ctx"]["tag"])
            text = f"is not one of {', '.join(MISSED_RULES)}"
        case _:
            text = details["msg"].removeprefix("Value error, ")
    return Fault(file=file, path=_key_path(place), value=value, text=text)


def _key_path(place: tuple[str | int, ...]) -> str:
    # Pydantic puts the rule it chose among the keys: ("missed", "until-next", "limit_hours").
    keys = [
        key for i, key in enumerate(place) if not (i == 1 and place[0] == "missed" and key in MISSED_RULES)
    ]
    return key_path(keys)


def _entry(content: EntryFile) -> Entry:
    facts = Facts(content)
    missed, late = _missed(content, facts)
    return Entry(
        product=_product(content, missed),
        ingredient=content.ingredient,
        form=content.form,
        market=content.market,
        aliases=content.aliases,
        preparation=tuple(facts.sourced(table) for table in content.preparation),
        food=facts.food,
        late=late,
        purpose=None if content.purpose is None else facts.sourced(content.purpose),
        classes=content.classes,
        givers=facts.givers,
        recurrences=facts.recurrences,
        strengths=facts.strengths,
        daily_ranges=facts.daily_ranges,
        labelled_doses=facts.labelled_doses,
        ladders=facts.ladders,
        bridge=facts.bridge,
        lead_tasks=facts.lead_tasks,
        separations=facts.separations,
        surgery=facts.surgery,
        sites=facts.sites,
        storage=facts.storage,
        monitoring=tuple(facts.sourced(table) for table in content.monitoring),
        side_effects=facts.side_effects,
        codes=facts.codes,
        not_interchangeable=facts.not_interchangeable,
        unverified=content.unverified,
    )


def _product(content: EntryFile, missed: MissedDoseRule) -> Product:
    return Product(
        id=content.id,
        name=content.name,
        route=content.route,
        is_depot=content.depot,
        sites=content.sites.order if content.sites else (),
        missed=missed,
    )


def _missed(content: EntryFile, facts: Facts) -> tuple[MissedDoseRule, SourcedText]:
    table = content.missed
    match table:
        case SinceScheduledTable() | UntilNextTable() | SkipTable():
            rule = _stated(table, facts.source(table.source))
            text = " ".join(filter(None, (late_dose_text(rule), table.also)))
            return rule, SourcedText(text=text, source=rule.source)
        case ContactTeamTable():
            source = facts.source(table.source)
            return ContactTeam(source=source), SourcedText(text=table.text, source=source)
        case LabelSilentTable():
            return ContactTeam(source=None), SourcedText(text=LABEL_SILENT, source=None)
        case NotVerifiedTable():
            return ContactTeam(source=None), SourcedText(text=NOT_VERIFIED, source=None)


def _stated(
    table: SinceScheduledTable | UntilNextTable | SkipTable, source: Source
) -> SinceScheduled | UntilNext | SkipMissed:
    match table:
        case SinceScheduledTable(limit_hours=hours):
            return SinceScheduled(limit=timedelta(hours=hours), source=source)
        case UntilNextTable(limit_hours=hours):
            return UntilNext(limit=timedelta(hours=hours), source=source)
        case SkipTable():
            return SkipMissed(source=source)
