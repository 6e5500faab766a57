"""What a change of plan does to the doses: for whoever is asked to confirm it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import OccurrenceId
from scheduler.dosing.plan import Period, Plan


class DifferenceKind(StrEnum):
    """What became of a dose."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseDifference:
    """A dose ``before`` and ``after`` a change; None where there was, or is, none of its id."""

    before: DoseOccurrence | None
    after: DoseOccurrence | None

    @property
    def dose(self) -> DoseOccurrence:
        """The dose as it now stands, or stood."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def kind(self) -> DifferenceKind:
        """A dose with another time is moved, whatever else changed with it."""
        if self.before is None:
            return DifferenceKind.ADDED
        if self.after is None:
            return DifferenceKind.REMOVED
        moved = self.before.due_at != self.after.due_at
        return DifferenceKind.MOVED if moved else DifferenceKind.CHANGED


def differences(before: Plan, after: Plan, period: Period) -> list[DoseDifference]:
    """The doses of ``period`` whose time, amount, hold or record the change touches, in order of time.

    A change of site alone is left out: whenever a site is recorded the ones after it go on from there.
    """
    old = {dose.id: dose for dose in expand(before, period)}
    new = {dose.id: dose for dose in expand(after, period)}
    found = [*_changed(old, new), *_gone(old, new)]
    return sorted(found, key=lambda difference: (difference.dose.due_at, str(difference.dose.id)))


Doses = dict[OccurrenceId, DoseOccurrence]


def _changed(old: Doses, new: Doses) -> Iterator[DoseDifference]:
    for occurrence_id, after in new.items():
        before = old.get(occurrence_id)
        if before is None or _standing(before) != _standing(after):
            yield DoseDifference(before=before, after=after)


def _gone(old: Doses, new: Doses) -> Iterator[DoseDifference]:
    for occurrence_id, before in old.items():
        if occurrence_id not in new:
            yield DoseDifference(before=before, after=None)


def _standing(dose: DoseOccurrence) -> tuple[object, ...]:
    return (dose.due_at, dose.zone.key, dose.dose, dose.hold is None, dose.administration)
