"""What a person is told about their doses, and when: a policy, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.dosing.timezone import resolve
from scheduler.formulary.lead import NO_LEADS, LeadChoice

_A_DAY = timedelta(days=1)
LONGEST_WAIT, LONGEST_DEPOT_WAIT = timedelta(hours=12), timedelta(days=30)
"""The longest that a policy may have anybody wait after a dose by the clock, and after a depot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """From the wall time ``begins`` up to and without ``ends``: over midnight where that is the earlier."""

    begins: time
    ends: time

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"

    def shifted(self, at: datetime, zone: ZoneInfo) -> datetime:
        """The aware instant ``at``, or the end of the quiet hours that it is in by the clocks of ``zone``."""
        wall = at.astimezone(zone)
        if not self._holds(wall.time()):
            return at
        day = wall.date() + (_A_DAY if wall.time() >= self.ends else timedelta(0))
        # Where clocks are set back the end can come twice, and the first of the two be over.
        return max(at, resolve(datetime.combine(day, self.ends), zone).at)

    def _holds(self, reading: time) -> bool:
        if self.begins < self.ends:
            return self.begins <= reading < self.ends
        return reading >= self.begins or reading < self.ends


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The steps of a reminder for one recipient and one regimen.

    ``follow_ups``: how long after a dose by the clock is due it is asked for again, ascending;
    ``depot_follow_ups``: the same for a depot. ``missed``: one message when a dose is missed.
    ``escalate_after`` and ``depot_escalate_after``: how long after it was due somebody else is told, who
    agreed to it; None: nobody is. ``quiet``: hours whose steps wait for their end; a dose by the clock that
    is due in them is told at once unless ``quiet_due``. ``cap``: the most reminders to one recipient on one
    local day of the patient's. ``spread``: how much later than planned a message may come, so that not
    everybody's come at once. ``leads``: what to be told of before a dose.
    """

    follow_ups: tuple[timedelta, ...] = (timedelta(minutes=10), timedelta(minutes=30))
    depot_follow_ups: tuple[timedelta, ...] = (_A_DAY, 3 * _A_DAY, 7 * _A_DAY)
    missed: bool = True
    escalate_after: timedelta | None = timedelta(minutes=60)
    depot_escalate_after: timedelta | None = 2 * _A_DAY
    quiet: QuietHours | None = None
    quiet_due: bool = False
    cap: int = 30
    spread: timedelta = timedelta(0)
    leads: LeadChoice = NO_LEADS

    def follows_up_after(self, *, is_depot: bool) -> tuple[timedelta, ...]:
        """How long after a dose of this kind is due it is asked for again."""
        return self.depot_follow_ups if is_depot else self.follow_ups

    def escalates_after(self, *, is_depot: bool) -> timedelta | None:
        """How long after a dose of this kind was due somebody else is told; None: nobody is."""
        return self.depot_escalate_after if is_depot else self.escalate_after

    def longest_wait(self, *, is_depot: bool) -> timedelta:
        """The longest time after a dose of this kind at which there is a step, missing it aside."""
        escalates = self.escalates_after(is_depot=is_depot)
        return max(
            (*self.follows_up_after(is_depot=is_depot), escalates or timedelta(0)), default=timedelta(0)
        )


DEFAULTS = Policy()
