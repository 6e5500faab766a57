"""Labels of this suite's own: a rule is tested by what it does with a fact, not by the facts of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.finding import Finding
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import ContactTeam, Market, Product, Route, Source
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import (
    Bridge,
    DailyRange,
    DrugClass,
    FoodMode,
    FoodRule,
    Keeping,
    NotInterchangeable,
    Recurrence,
    Rotation,
    Separation,
    SeparationKind,
    SiteRule,
    SourcedText,
    StorageRule,
    Strength,
    SurgeryRule,
)
from scheduler.formulary.formulary import Formulary
from scheduler.planfile.reading import parse_plan_file
from scheduler.safety.plan_check import check
from tests.support.plan_text import HEADER
from tests.support.schedule import instant

NOW = "2026-12-01T00:00-05:00"
SOURCE = Source(title="Label", section="section 2", read_on="2026-11", verified="invented")
LABEL = "Label, section 2"


def recurrence(every: str, per_day: tuple[int, int] = (1, 1), *, on_label: bool = True) -> Recurrence:
    interval = CalendarInterval.parse(every)
    return Recurrence(interval=interval, per_day=per_day, on_label=on_label, use="NET", source=SOURCE)


def strength(amount: str, container: str, volume_ml: str | None = None) -> Strength:
    volume = None if volume_ml is None else Decimal(volume_ml)
    return Strength(amount=Dose.parse(amount), container=container, volume_ml=volume, source=SOURCE)


def day_range(least: str, most: str) -> DailyRange:
    return DailyRange(least=Dose.parse(least), most=Dose.parse(most), use="NET", source=SOURCE)


def storage(
    keeping: Keeping, hours: float | None, labeler: str | None = None, *, may_return: bool | None = None
) -> StorageRule:
    return StorageRule(
        keeping=keeping,
        labeler=labeler,
        limit=None if hours is None else timedelta(hours=hours),
        most_celsius=None,
        may_return=may_return,
        text="Keep it so.",
        source=SOURCE,
    )


def entry(named: str, route: Route, *, depot: bool = False, sites: Sequence[str] = (), **facts: Any) -> Entry:
    name = named.replace("-", " ").capitalize()
    missed = ContactTeam(source=None)
    site_rule = facts.pop("site_rule", None)
    rest: dict[str, Any] = {
        "sites": site_rule,
        "market": Market.US,
        "aliases": (),
        "ingredient": named.split("-", maxsplit=1)[0],
        "food": None,
    }
    return Entry(
        product=Product(id=named, name=name, route=route, is_depot=depot, sites=tuple(sites), missed=missed),
        form="a form",
        preparation=(),
        late=SourcedText(text="Ask.", source=None),
        **(rest | facts),
    )


def sites_of(*order: str, rotation: Rotation | None = Rotation.ALTERNATE_SIDES) -> SiteRule:
    avoid = SourcedText(text="Not into the arm.", source=SOURCE)
    return SiteRule(sites=order, rotation=rotation, avoid=avoid, source=SOURCE)


ANALOGUE = DrugClass.SOMATOSTATIN_ANALOGUE
GLUTEAL = ("gluteal-left", "gluteal-right")
BUTTOCK = ("buttock-upper-outer-left", "buttock-upper-outer-right")

SHORT = entry(
    "octreotide-sc",
    Route.SUBCUTANEOUS,
    aliases=("sandostatin",),
    sites=("abdomen-left", "thigh-right"),
    classes=(ANALOGUE, DrugClass.SHORT_ACTING),
    recurrences=(recurrence("1 d", (2, 4)),),
    strengths=(
        strength("50 ug", "ampoule", "1"),
        strength("100 ug", "ampoule", "1"),
        strength("500 ug", "ampoule", "1"),
        strength("1000 ug", "vial", "5"),
        strength("5000 ug", "vial", "5"),
    ),
    daily_ranges=(day_range("100 ug", "600 ug"), day_range("50 ug", "1500 ug")),
    storage=(storage(Keeping.OUT_OF_FRIDGE, 14 * 24),),
)
LAR = entry(
    "octreotide-lar",
    Route.INTRAMUSCULAR,
    depot=True,
    aliases=("sandostatin-lar",),
    sites=GLUTEAL,
    classes=(ANALOGUE, DrugClass.LONG_ACTING),
    recurrences=(recurrence("4 wk"), recurrence("3 wk", on_label=False)),
    strengths=tuple(strength(amount, "kit") for amount in ("10 mg", "20 mg", "30 mg")),
    bridge=Bridge(least=timedelta(days=14), text="Keep the short-acting form for 2 weeks.", source=SOURCE),
    site_rule=sites_of(*GLUTEAL),
    storage=(storage(Keeping.OUT_OF_FRIDGE, 48, "Novar"), storage(Keeping.OUT_OF_FRIDGE, 24, "Teva")),
)
LANREOTIDE = entry(
    "lanreotide",
    Route.DEEP_SUBCUTANEOUS,
    depot=True,
    aliases=("somatuline-depot",),
    sites=BUTTOCK,
    classes=(ANALOGUE, DrugClass.LONG_ACTING),
    recurrences=(recurrence("28 d"), recurrence("8 wk")),
    strengths=(strength("60 mg", "syringe", "0.2"), strength("120 mg", "syringe", "0.5")),
    site_rule=sites_of(*BUTTOCK),
    storage=(storage(Keeping.OUT_OF_FRIDGE, 24, may_return=True),),
)
CABOZANTINIB = entry(
    "cabozantinib",
    Route.ORAL,
    aliases=("cabometyx",),
    strengths=tuple(strength(amount, "tablet") for amount in ("20 mg", "40 mg", "60 mg")),
    food=FoodRule(
        mode=FoodMode.FASTING,
        before_meal=timedelta(hours=1),
        after_meal=timedelta(hours=2),
        text="At least 1 hour before or 2 hours after eating.",
        source=SOURCE,
    ),
    surgery=SurgeryRule(
        before=timedelta(days=21),
        after=timedelta(days=14),
        dental=True,
        text="Hold it for 3 weeks before and 2 weeks after.",
        source=SOURCE,
    ),
    not_interchangeable=(
        NotInterchangeable(
            names=("cometriq",), statement=SourcedText(text="Capsules do not replace tablets.", source=SOURCE)
        ),
    ),
)
EVEROLIMUS = entry(
    "everolimus",
    Route.ORAL,
    strengths=tuple(strength(amount, "tablet") for amount in ("2.5 mg", "5 mg", "7.5 mg", "10 mg")),
    not_interchangeable=(
        NotInterchangeable(
            names=("afinitor-disperz", "disperz"),
            statement=SourcedText(text="Tablets for suspension are another product.", source=SOURCE),
        ),
    ),
)
TELOTRISTAT = entry(
    "telotristat",
    Route.ORAL,
    strengths=(strength("250 mg", "tablet"),),
    food=FoodRule(
        mode=FoodMode.WITH_FOOD, before_meal=None, after_meal=None, text="Take it with food.", source=SOURCE
    ),
    separations=(
        Separation(
            kind=SeparationKind.OTHER_AFTER,
            other=None,
            classes=(ANALOGUE, DrugClass.SHORT_ACTING),
            least=timedelta(minutes=30),
            most=None,
            text="Short-acting octreotide comes at least 30 minutes after telotristat.",
            source=SOURCE,
        ),
    ),
)


def _after_lutetium(kind: SeparationKind, form: DrugClass, hours: int, most: int | None = None) -> Separation:
    return Separation(
        kind=kind,
        other=None,
        classes=(ANALOGUE, form),
        least=timedelta(hours=hours),
        most=None if most is None else timedelta(hours=most),
        text="Keep the analogue away.",
        source=SOURCE,
    )


LUTETIUM = entry(
    "lutetium-dotatate",
    Route.INTRAMUSCULAR,
    classes=(DrugClass.RADIOLIGAND,),
    separations=(
        _after_lutetium(SeparationKind.NONE_BEFORE, DrugClass.LONG_ACTING, 28 * 24),
        _after_lutetium(SeparationKind.NONE_BEFORE, DrugClass.SHORT_ACTING, 24),
        _after_lutetium(SeparationKind.OTHER_FOLLOWS, DrugClass.LONG_ACTING, 4, 24),
    ),
)
LABELS = (SHORT, LAR, LANREOTIDE, CABOZANTINIB, EVEROLIMUS, TELOTRISTAT, LUTETIUM)


def plan(body: str, labels: Sequence[Entry] = LABELS) -> Plan:
    """The plan of somebody in New York."""
    head = HEADER.format(name="Zoe Marsh", zone="America/New_York", market="us")
    return parse_plan_file(f"{head}{body}".encode(), "plan.toml", Formulary(labels)).plan


def noticed(
    body: str,
    *,
    labels: Sequence[Entry] = LABELS,
    now: str = NOW,
    start: str = "2026-12-01",
    end: str = "2027-06-01",
) -> list[Finding]:
    """All that a check finds in the plan, without the bridge that most of these plans do not have."""
    period = Period(start=date.fromisoformat(start), end=date.fromisoformat(end))
    found = check(plan(body, labels), Formulary(labels), period, instant(now))
    return [finding for finding in found if finding.code not in ("bridge-missing", "overdue")]


def bridges(body: str) -> list[Finding]:
    period = Period(start=date(2026, 12, 1), end=date(2027, 2, 1))
    found = check(plan(body), Formulary(LABELS), period, instant(NOW))
    return [finding for finding in found if finding.code == "bridge-missing"]


def codes(body: str, **asked: Any) -> list[str]:
    return [finding.code for finding in noticed(body, **asked)]


def without(labelled: Entry, **facts: Any) -> tuple[Entry, ...]:
    """The labels, ``labelled`` with other facts."""
    return tuple(replace(known, **facts) if known is labelled else known for known in LABELS)


def regimen(
    named: str,
    product: str,
    dose: str,
    *times: str,
    start: str = "2026-12-01",
    every: str = "1 d",
    phase: str = "",
    keys: str = "",
) -> str:
    """A regimen of one phase, with other lines of the phase and other keys of its own."""
    listed = ", ".join(f'"{time}"' for time in times)
    return (
        f'\n[[regimen]]\nid = "{named}"\nproduct = "{product}"\n{keys}\n[[regimen.phase]]\n'
        f'dose = "{dose}"\nevery = "{every}"\ntimes = [{listed}]\nstart = {start}\n{phase}\n'
    )


def lar(start: str = "2026-12-01", *, every: str = "4 wk", phase: str = "", **more: str) -> str:
    dose = more.pop("dose", "20 mg")
    product = more.pop("product", "octreotide-lar")
    return regimen(
        more.pop("id", "lar"), product, dose, "10:00", start=start, every=every, phase=phase, **more
    )


def lanreotide(start: str = "2026-12-01", **more: str) -> str:
    return lar(start, **{"id": "lanreotide", "product": "lanreotide", "dose": "120 mg"} | more)


def as_needed(most: int, dose: str = "100 ug") -> str:
    return (
        '\n[[regimen]]\nid = "rescue"\nproduct = "octreotide-sc"\n[[regimen.phase]]\n'
        f'dose = "{dose}"\nas_needed = {{ max_per_day = {most}, min_gap = "2 h" }}\nstart = 2026-12-01\n'
    )


def own(name: str, route: str) -> str:
    """A product of the patient's own."""
    return regimen("own", "custom", "10 mg", "08:00", keys=f'name = "{name}"\nroute = "{route}"')


def supply(regimen: str, **times: str) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in times.items())
    return f'\n[[supply]]\nregimen = "{regimen}"\nlabel = "lot 7"\n{lines}'


def surgery(on: str, *, dental: bool = False) -> str:
    return f"\n[[surgery]]\non = {on}\ndental = {str(dental).lower()}\n"


def confirmed(regimen: str, code: str, reason: str = "ordered by the team") -> str:
    return f'\n[[confirmed]]\nregimen = "{regimen}"\ncode = "{code}"\nreason = "{reason}"\n'
