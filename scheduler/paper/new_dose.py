"""The doses whose amount is another than the one before: on the sheet they are told."""

from __future__ import annotations

from collections.abc import Iterable, Set

from scheduler.dosing.dose import Dose
from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import OccurrenceId
from scheduler.dosing.plan import Plan


def new_doses(plan: Plan, occurrences: Iterable[DoseOccurrence]) -> Set[OccurrenceId]:
    """Those of ``occurrences``, which are in order of time. What is withheld is no dose before."""
    amounts: dict[str, Dose] = {}
    found: set[OccurrenceId] = set()
    for dose in occurrences:
        if dose.hold is not None:
            continue
        regimen = dose.regimen.id
        if regimen not in amounts:
            amounts[regimen] = _amount_before(plan, dose)
        if amounts[regimen] != dose.dose:
            found.add(dose.id)
        amounts[regimen] = dose.dose
    return found


def _amount_before(plan: Plan, dose: DoseOccurrence) -> Dose:
    """That of the last dose before ``dose`` that was not withheld; its own where it is the first one."""
    layout, regimen = Layout(plan), plan.regimens_by_id[dose.regimen.id]
    for number in range(dose.number - 1, 0, -1):
        before = layout.numbered(regimen, number)
        if before is not None and before.hold is None:
            return before.dose
    return dose.dose
