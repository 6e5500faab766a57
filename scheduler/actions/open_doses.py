"""What there is to do for one patient: the doses that a person can still give, as they stand at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.dosing.expansion import Layout, in_order
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.status import DoseStatus, overdue, status_at
from scheduler.dosing.timezone import local_date

_ONE_DAY = timedelta(days=1)
# The next dose of most plans comes within days; a depot's can be half a year away.
_AHEAD = (timedelta(days=3), timedelta(days=35), timedelta(days=400))


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenDoses:
    """Doses that nobody recorded and no hold withholds, each group in order of time.

    ``upcoming`` are those planned for the next time of all, up to 400 days ahead; none where nothing more is.
    """

    late: tuple[DoseOccurrence, ...]
    due: tuple[DoseOccurrence, ...]
    upcoming: tuple[DoseOccurrence, ...]


NO_DOSES = OpenDoses(late=(), due=(), upcoming=())


def open_doses(plan: Plan, moment: datetime) -> OpenDoses:
    """The doses of ``plan`` that are late, due or next at the aware ``moment``."""
    found: list[DoseOccurrence] = []
    upcoming: list[DoseOccurrence] = []
    for ahead in _AHEAD:
        found = list(_around(plan, moment, ahead))
        upcoming = _of(DoseStatus.UPCOMING, found, moment)
        if upcoming:
            break
    # What waits to be recorded however late comes from all of the past, and from around the moment again.
    late = {dose.id: dose for dose in (*overdue(plan, moment), *_of(DoseStatus.LATE, found, moment))}
    return OpenDoses(
        late=tuple(in_order(late.values())),
        due=tuple(_of(DoseStatus.DUE, found, moment)),
        upcoming=tuple(dose for dose in upcoming if dose.due_at == upcoming[0].due_at),
    )


def _around(plan: Plan, moment: datetime, ahead: timedelta) -> Iterator[DoseOccurrence]:
    """The doses from where one can still be late up to ``ahead`` on."""
    layout = Layout(plan)
    today = local_date(moment, plan.patient.zone)
    for regimen in plan.regimens:
        yield from layout.regimen(regimen, Period(start=_earliest(regimen, today), end=today + ahead))


def _earliest(regimen: Regimen, today: date) -> date:
    """A dose of a grid can be given until the next one at most, so one interval back is far enough."""
    longest = max(phase.timing.longest_gap for version in regimen.versions for phase in version.phases)
    return today - longest - _ONE_DAY


def _of(status: DoseStatus, occurrences: Iterable[DoseOccurrence], moment: datetime) -> list[DoseOccurrence]:
    return in_order(dose for dose in occurrences if status_at(dose, moment) is status)
