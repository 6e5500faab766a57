"""Amounts that no package on the market comes to, and units that hide a thousandfold mistake."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from scheduler.dosing.dose import Dose
from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.product import Route, Source
from scheduler.dosing.timing import AsNeeded
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import Strength
from scheduler.safety.amounts import in_unit, listed, plain
from scheduler.safety.chart import Chart, Course
from scheduler.safety.notice import about_regimen

_PIECES = {"{tablet}": "tablet", "{capsule}": "capsule"}
# What is drawn up out of its container, by volume; a syringe gives all it holds.
_DRAWN_FROM = {"ampoule", "ampul", "vial", "pen", "cartridge"}
# Most containers in a dose. Each depot is an injection of its own; a day's capecitabine is many tablets.
_MOST_DEPOTS, _MOST_INJECTED, _MOST_SWALLOWED = 2, 4, 8

_Said = tuple[str, Severity, str]


def strengths(chart: Chart) -> Iterator[Finding]:
    """``strength``, ``unit-mismatch`` and ``volume``, at most one for an amount that is ordered."""
    for course, entry in chart.known():
        for dose in _ordered(chart, course) if entry.strengths else ():
            said = _mistake(entry, dose)
            if said is not None:
                code, severity, text = said
                yield about_regimen(code, severity, course.regimen, text, _source(entry))


def _ordered(chart: Chart, course: Course) -> list[Dose]:
    """Each amount that the period has, once; and what may be given as needed."""
    if course.regimen.kind is AsNeeded:
        return list(dict.fromkeys(phase.dose for phase in course.regimen.phases))
    return list(dict.fromkeys(taken.dose.dose for taken in chart.asked(course)))


def _source(entry: Entry) -> Source:
    return entry.strengths[0].source


def _mistake(entry: Entry, dose: Dose) -> _Said | None:
    if dose.unit in _PIECES:
        return _pieces(entry, dose)
    if dose.unit == "mL":
        return _volume(entry, dose)
    if dose.unit not in _units(entry):
        return _other_unit(entry, dose)
    return None if _is_composable(entry, dose) else _not_composable(entry, dose)


def _not_composable(entry: Entry, dose: Dose) -> _Said:
    text = f"{dose} cannot be made up of {_market(entry)}. Ask the team which dose is meant."
    return "strength", Severity.STOP, text


def _pieces(entry: Entry, dose: Dose) -> _Said | None:
    """A number of tablets means something where there is one strength of tablets, and they are whole."""
    piece = _PIECES[dose.unit]
    kinds = {str(s.amount) for s in entry.strengths if piece in s.container}
    if not kinds:
        return (
            "unit-mismatch",
            Severity.STOP,
            f"{dose.spelled_out} ordered; there are {_market(entry)}. {_ASK_UNIT}",
        )
    if len(kinds) > 1:
        text = f"{dose.spelled_out} ordered, but of which strength? There are {_market(entry)}. Ask the team."
        return "strength", Severity.STOP, text
    return None if dose.value % 1 == 0 else _not_composable(entry, dose)


_ASK_UNIT = "Ask the team which amount is meant."


def _volume(entry: Entry, dose: Dose) -> _Said:
    """A volume says nothing without its concentration."""
    known = {s.amount.value / s.volume_ml: s for s in entry.strengths if s.volume_ml}
    if not known:
        return "volume", Severity.STOP, f"{dose} ordered; there are {_market(entry)}. {_ASK_UNIT}"
    if len(known) > 1:
        each = listed([f"{plain(round(value, 3))} {s.amount.unit}/mL" for value, s in sorted(known.items())])
        text = f"{dose} ordered, but of which concentration? There are {each}. {_ASK_UNIT}"
        return "volume", Severity.STOP, text
    ((concentration, strength),) = known.items()
    amount = f"{plain(round(concentration * dose.value, 3))} {strength.amount.unit}"
    text = f"{dose} ordered, which is {amount}. Ask the team to write the amount and not the volume."
    return "volume", Severity.WARNING, text


def _other_unit(entry: Entry, dose: Dose) -> _Said:
    """Ordered in micrograms where the label has milligrams, or the other way round."""
    unit = entry.strengths[0].amount.unit
    amount = in_unit(dose, unit)
    if amount is None:
        return "unit-mismatch", Severity.STOP, f"ordered in {dose.unit}; the label has {unit}. {_ASK_UNIT}"
    same = f"{dose} are {plain(amount)} {unit}"
    if _is_labelled(entry, amount, unit):
        text = f"{same}, a labelled amount. Ask the team to write it in {unit}, as the label does."
        return "unit-mismatch", Severity.WARNING, text
    text = f"{same}, which is no labelled amount; there are {_market(entry)}. {_ASK_UNIT}"
    return "unit-mismatch", Severity.STOP, text


def _is_labelled(entry: Entry, amount: Decimal, unit: str) -> bool:
    """Whether one package, or one labelled dose, is so much, and the label tells of as much a day."""
    known = (*(s.amount for s in entry.strengths), *(single.amount for single in entry.labelled_doses))
    day = [in_unit(known_range.most, unit) for known_range in entry.daily_ranges]
    too_much = any(day) and amount > max(most for most in day if most is not None)
    return not too_much and any(in_unit(dose, unit) == amount for dose in known)


def _is_composable(entry: Entry, dose: Dose) -> bool:
    kinds = {strength.container for strength in entry.strengths}
    return any(
        _is_made_of(entry, dose, [s for s in entry.strengths if s.container == kind]) for kind in kinds
    )


def _is_made_of(entry: Entry, dose: Dose, containers: list[Strength]) -> bool:
    values = {s.amount.value for s in containers if s.amount.unit == dose.unit}
    if not values:
        return False
    if _is_drawn(entry, containers):
        return dose.value <= _most(entry) * max(values)
    return dose.value in _sums(values, _most(entry))


def _is_drawn(entry: Entry, containers: list[Strength]) -> bool:
    """A depot is a suspension or a gel: all of it is given."""
    if entry.product.is_depot:
        return False
    return all(s.volume_ml and set(s.container.split()) & _DRAWN_FROM for s in containers)


def _sums(values: set[Decimal], most: int) -> set[Decimal]:
    reached = {Decimal(0)}
    for _ in range(most):
        reached |= {total + value for total in reached for value in values}
    return reached


def _most(entry: Entry) -> int:
    if entry.product.is_depot:
        return _MOST_DEPOTS
    return _MOST_SWALLOWED if entry.product.route is Route.ORAL else _MOST_INJECTED


def _units(entry: Entry) -> set[str]:
    return {strength.amount.unit for strength in entry.strengths}


def _market(entry: Entry) -> str:
    """For people: ``10 mg and 20 mg (vial)``."""
    by_kind: dict[str, list[Dose]] = {}
    for strength in entry.strengths:
        amounts = by_kind.setdefault(strength.container, [])
        if strength.amount not in amounts:
            amounts.append(strength.amount)
    return "; ".join(f"{listed([str(dose) for dose in doses])} ({kind})" for kind, doses in by_kind.items())
