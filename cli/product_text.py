"""What is known of a product, for a person to read: sections of facts, each with its source in brackets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from cli.length import spelled_out_range
from cli.output import plain
from scheduler.dosing.product import Source
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import UNVERIFIED, DailyRange, LadderStep, Recurrence, Strength

OFF_LABEL = "not on the label, for the prescriber to confirm"


def entry_text(entry: Entry) -> str:
    """All that is known of the product of ``entry``. A section without facts is left out."""
    return "\n".join(plain(line) for line in _lines(entry))


def _lines(entry: Entry) -> Iterator[str]:
    yield from _head(entry)
    for title, told in _SECTIONS:
        facts = [*told(entry)]
        if facts:
            yield from ("", title, *(f"  - {fact}" for fact in facts))


def _head(entry: Entry) -> Iterator[str]:
    product = entry.product
    yield f"{product.name} ({product.id}), market {entry.market}"
    yield f"  ingredient: {entry.ingredient}"
    if entry.classes:
        yield f"  classes: {', '.join(map(_spoken, entry.classes))}"
    yield f"  form: {entry.form}, {_spoken(product.route)}"
    if entry.aliases:
        yield f"  brands: {', '.join(entry.aliases)}"


def _spoken(code: str) -> str:
    return str(code).replace("-", " ")


def _told(text: str, source: Source | None) -> str:
    return f"{text} ({source or UNVERIFIED})"


def _purpose(entry: Entry) -> Iterator[str]:
    return _stated(entry.purpose)


def _stated(*facts: object) -> Iterator[str]:
    """Those of ``facts`` that there are; they say their source themselves."""
    return (str(fact) for fact in facts if fact is not None)


def _givers(entry: Entry) -> Iterator[str]:
    if entry.givers is not None:
        yield _told(", ".join(map(_spoken, entry.givers.who)), entry.givers.source)


def _recurrences(entry: Entry) -> Iterator[str]:
    for found in entry.recurrences:
        yield _told(f"{_how_often(found)}: {found.use}", found.source)


def _how_often(found: Recurrence) -> str:
    least, most = found.per_day
    times = f"{least} times" if least == most else f"{least} to {most} times"
    told = found.interval.rhythm if most == 1 else f"{found.interval.rhythm}, {times}"
    return told if found.on_label else f"{told}, {OFF_LABEL}"


def _bridge(entry: Entry) -> Iterator[str]:
    if entry.bridge is not None:
        yield _told(entry.bridge.text, entry.bridge.source)


def _strengths(entry: Entry) -> Iterator[str]:
    for (container, source), alike in groupby(
        entry.strengths, lambda found: (_container(found), found.source)
    ):
        amounts = ", ".join(found.amount.spelled_out for found in alike)
        yield _told(f"{container}: {amounts}", source)


def _container(strength: Strength) -> str:
    volume = strength.volume_ml
    return strength.container if volume is None else f"{strength.container} of {volume} mL"


def _labelled_doses(entry: Entry) -> Iterator[str]:
    for found in entry.labelled_doses:
        yield _told(f"{found.amount.spelled_out} at a time: {found.use}", found.source)
    for range_ in entry.daily_ranges:
        yield _told(f"{_a_day(range_)}: {range_.use}", range_.source)


def _a_day(found: DailyRange) -> str:
    return f"{found.least.amount} to {found.most.spelled_out} a day"


def _ladders(entry: Entry) -> Iterator[str]:
    for ladder in entry.ladders:
        yield _told(f"{', then '.join(map(_step, ladder.steps))}: {ladder.use}", ladder.source)


def _step(step: LadderStep) -> str:
    every_day = step.every.days == 1
    return step.amount.spelled_out if every_day else f"{step.amount.spelled_out} {step.every.rhythm}"


def _preparation(entry: Entry) -> Iterator[str]:
    ahead = {task.text: spelled_out_range(task.least, task.most) for task in entry.lead_tasks}
    for fact in entry.preparation:
        yield f"{ahead[fact.text]} ahead: {fact}" if fact.text in ahead else str(fact)


def _food(entry: Entry) -> Iterator[str]:
    return _stated(entry.food)


def _separations(entry: Entry) -> Iterator[str]:
    for found in entry.separations:
        yield _told(found.text, found.source)


def _surgery(entry: Entry) -> Iterator[str]:
    if entry.surgery is not None:
        yield _told(entry.surgery.text, entry.surgery.source)


def _sites(entry: Entry) -> Iterator[str]:
    rule = entry.sites
    if rule is not None:
        turns = f", {_spoken(rule.rotation)}" if rule.rotation else ""
        yield _told(f"in turn {', '.join(rule.sites)}{turns}", rule.source)
        yield from _stated(rule.avoid)


def _late(entry: Entry) -> Iterator[str]:
    return _stated(entry.late)


def _storage(entry: Entry) -> Iterator[str]:
    for rule in entry.storage:
        maker = f"{rule.labeler}: " if rule.labeler else ""
        yield _told(f"{maker}{rule.text}", rule.source)


def _monitoring(entry: Entry) -> Iterator[str]:
    return _stated(*entry.monitoring)


def _side_effects(entry: Entry) -> Iterator[str]:
    for effect in sorted(entry.side_effects, key=lambda effect: not effect.urgent):
        yield _told(f"{'TELL AT ONCE: ' if effect.urgent else ''}{effect.text}", effect.source)


def _codes(entry: Entry) -> Iterator[str]:
    for code in entry.codes:
        yield _told(f"{code.system} {code.value}", code.source)


def _others(entry: Entry) -> Iterator[str]:
    for other in entry.not_interchangeable:
        yield f"{', '.join(other.names)}: {other.statement}"


def _unverified(entry: Entry) -> Iterable[str]:
    return entry.unverified


_SECTIONS: tuple[tuple[str, Callable[[Entry], Iterable[str]]], ...] = (
    ("What it is for", _purpose),
    ("Who gives it", _givers),
    ("How often", _recurrences),
    ("With the short-acting form", _bridge),
    ("Strengths", _strengths),
    ("Doses that the label states", _labelled_doses),
    ("Steps of the dose", _ladders),
    ("Before a dose", _preparation),
    ("Food", _food),
    ("Kept apart from", _separations),
    ("Around an operation", _surgery),
    ("Sites", _sites),
    ("When it is late", _late),
    ("How it keeps", _storage),
    ("What is watched", _monitoring),
    ("Side effects", _side_effects),
    ("Codes", _codes),
    ("Not to be confused with", _others),
    ("Not verified, ask your team", _unverified),
)
