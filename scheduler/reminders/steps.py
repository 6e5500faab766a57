"""The steps of a reminder of one dose for one recipient: what is said, and when. Pure.

1. A person is told before a dose what they chose to be told of (``lead-...``), that it is due (``due``),
   asked for it while nothing is recorded (``follow-1``...), and told when it was missed (``missed``).
2. Somebody who agreed to it is told, a while after it was due, that nobody answered (``escalate``), and of
   nothing else.
3. Steps in quiet hours wait for their end. A dose by the clock is told when it is due all the same, unless
   the policy says otherwise, and a lead that would come after its dose keeps its time. A follow-up that
   would come when the dose is of no use any more is left to ``missed``.
4. Every step comes later by the person's own share of the spread, where it stays of use and out of quiet
   hours.

That a dose was recorded, withheld or moved is not looked at here: see `calling_doses`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.patient import Patient
from scheduler.dosing.timezone import resolve, wall_reading
from scheduler.formulary.lead import Lead
from scheduler.reminders.policy import Policy
from scheduler.store.digests import DIGEST
from scheduler.store.recipients import RecipientRole

DUE, MISSED, ESCALATE = "due", "missed", "escalate"
FOLLOW_UP, LEAD = "follow-", "lead-"
BROKEN = "broken"
"""Not of a dose: that another contact point of the same person takes no messages. See `broken_contact`."""
SNOOZE, ASKED = "snooze-", "asked-"
"""What a person asked for: see `putting_off`."""

_KNOWN, _KNOWN_BEGINNINGS = {DUE, MISSED, ESCALATE, BROKEN, DIGEST}, (FOLLOW_UP, LEAD, SNOOZE, ASKED)
_ONE_DAY = timedelta(days=1)
_TOLD_FOR = _ONE_DAY
"""How long it is of use to say that a dose by the clock was missed, or that nobody answered."""


class NewerStepError(ValueError):
    """A reminder of a step that only a newer dosecal can word: it runs on the same database."""


def is_known(step: str) -> bool:
    """Whether this program plans such a step; if not, a newer one does, and sends and cancels it too."""
    return step in _KNOWN or step.startswith(_KNOWN_BEGINNINGS)


class StepKind(IntEnum):
    """Kinds of step. The number is the priority: the lower is sent first, and the higher left out first."""

    DUE = 0
    ESCALATE = 1
    MISSED = 2
    LEAD = 3
    FOLLOW_UP = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Say it at ``at``; from ``not_after`` on it would be pointless, None: it never is. Both are UTC."""

    name: str
    kind: StepKind
    at: datetime
    not_after: datetime | None
    lead: Lead | None = None

    def is_pointless(self, moment: datetime) -> bool:
        """Whether it need not be said at ``moment`` any more."""
        return self.not_after is not None and moment >= self.not_after


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """How one recipient is told of one regimen's doses. ``leads``: what comes before each."""

    role: RecipientRole
    policy: Policy
    leads: tuple[Lead, ...] = ()


def steps(
    occurrence: DoseOccurrence, next_at: datetime | None, telling: Telling, clocks: Clocks
) -> Iterator[Step]:
    """The steps of ``occurrence``. ``next_at``: when the next dose is due, where that ends its reminders."""
    laid_out = _Steps(occurrence, useful_end(occurrence, next_at), telling.policy, clocks)
    if telling.role is RecipientRole.ESCALATION:
        yield from laid_out.escalation()
        return
    yield from laid_out.due()
    yield from laid_out.leads(telling.leads)
    yield from laid_out.follow_ups()
    yield from laid_out.missed()


def useful_end(occurrence: DoseOccurrence, next_at: datetime | None) -> datetime | None:
    """When it is of no more use to ask for ``occurrence``; None: it always is."""
    return min((end for end in (occurrence.useful_until, next_at) if end is not None), default=None)


def told_ahead_at(occurrence: DoseOccurrence, lead: Lead) -> datetime:
    """When ``lead`` is to be done before ``occurrence``, UTC."""
    return _on_the_wall(occurrence, -lead.ahead) if lead.by_day else occurrence.due_at - lead.ahead


def _on_the_wall(occurrence: DoseOccurrence, wait: timedelta) -> datetime:
    wall = occurrence.wall_due.replace(tzinfo=None, fold=0) + wait
    return resolve(wall, occurrence.zone).at


class Clocks:
    """The clocks where the patient is, and the person's own place in a spread, from 0 to 1."""

    def __init__(self, patient: Patient, patient_id: str) -> None:
        self._patient = patient
        digest = hashlib.sha256(patient_id.encode()).digest()
        self._place = int.from_bytes(digest[:4], "big") / 0xFFFF_FFFF

    def wall(self, at: datetime) -> datetime:
        """``at`` as clocks show it where the patient is then, aware."""
        return wall_reading(at, self._patient.whereabouts)

    def zone(self, at: datetime) -> ZoneInfo:
        """The zone the patient is in at ``at``."""
        zone = self.wall(at).tzinfo
        assert isinstance(zone, ZoneInfo)
        return zone

    def share(self, spread: timedelta) -> timedelta:
        """This person's part of ``spread``, in whole seconds; always the same."""
        return timedelta(seconds=int(spread.total_seconds() * self._place))


class _Steps:
    def __init__(
        self, occurrence: DoseOccurrence, end: datetime | None, policy: Policy, clocks: Clocks
    ) -> None:
        self._dose = occurrence
        self._end = end
        self._policy = policy
        self._clocks = clocks
        self._is_depot = occurrence.regimen.product.is_depot

    def due(self) -> Iterator[Step]:
        waits = self._is_depot or self._policy.quiet_due
        at, end = self._dose.due_at, self._dose.useful_until
        told = self._quiet_end(at) if waits else at
        if end is not None and told >= end:
            told = at
        yield Step(name=DUE, kind=StepKind.DUE, at=self._spread(told, end, waits=waits), not_after=end)

    def leads(self, leads: Iterable[Lead]) -> Iterator[Step]:
        end = self._dose.due_at
        for lead in leads:
            at = told_ahead_at(self._dose, lead)
            told = self._quiet_end(at)
            told = at if told >= end else told
            yield Step(
                name=f"{LEAD}{lead.key}",
                kind=StepKind.LEAD,
                at=self._spread(told, end, waits=True),
                not_after=end,
                lead=lead,
            )

    def follow_ups(self) -> Iterator[Step]:
        after = self._policy.follows_up_after(is_depot=self._is_depot)
        times = [self._quiet_end(self._later(wait)) for wait in after]
        for number, at in enumerate(times, 1):
            # Several that quiet hours shift to one instant are said once, as the last of them.
            if at in times[number:] or (self._end is not None and at >= self._end):
                continue
            told = self._spread(at, self._end, waits=True)
            yield Step(name=f"{FOLLOW_UP}{number}", kind=StepKind.FOLLOW_UP, at=told, not_after=self._end)

    def missed(self) -> Iterator[Step]:
        if self._policy.missed and self._dose.useful_until is not None:
            at = self._quiet_end(self._dose.useful_until)
            yield self._told_for_a_day(MISSED, StepKind.MISSED, at)

    def escalation(self) -> Iterator[Step]:
        after = self._policy.escalates_after(is_depot=self._is_depot)
        if after is None:
            return
        at = self._quiet_end(self._later(after))
        if not self._is_depot:
            yield self._told_for_a_day(ESCALATE, StepKind.ESCALATE, at)
        elif self._end is None or at < self._end:
            told = self._spread(at, self._end, waits=True)
            yield Step(name=ESCALATE, kind=StepKind.ESCALATE, at=told, not_after=self._end)

    def _told_for_a_day(self, name: str, kind: StepKind, at: datetime) -> Step:
        end = at + _TOLD_FOR
        return Step(name=name, kind=kind, at=self._spread(at, end, waits=True), not_after=end)

    def _later(self, wait: timedelta) -> datetime:
        """``wait`` after the dose is due; whole days are told at the same time of day."""
        if wait % _ONE_DAY:
            return self._dose.due_at + wait
        return _on_the_wall(self._dose, wait)

    def _quiet_end(self, at: datetime) -> datetime:
        quiet = self._policy.quiet
        return at if quiet is None else quiet.shifted(at, self._clocks.zone(at))

    def _spread(self, at: datetime, end: datetime | None, *, waits: bool) -> datetime:
        later = at + self._clocks.share(self._policy.spread)
        useless = end is not None and later >= end
        return at if useless or (waits and self._quiet_end(later) != later) else later
