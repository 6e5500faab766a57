"""What providers heard, and whether it ought to have been said at that instant.

Every message is looked at by what is known outside the engine: when it is, when the dose is due, what was
recorded. Each twentieth is looked up in its plan as well.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from scheduler.actions.patient import load_patient
from scheduler.clock import epoch_ms
from scheduler.dosing.expansion import find
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.message import Message
from scheduler.reminders.steps import DUE, ESCALATE, FOLLOW_UP
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store
from tests.support.fragile_store import Fate, Point
from tests.support.virtual_daemon import Seating
from tests.support.virtual_time import WorldClock

REFUSED_ADDRESS = "refused"
_LOOKED_UP = 20
_FIRST_FOLLOW_UP = timedelta(minutes=10)
_CALL = timedelta(seconds=20)
_SAY = tuple[str, str]
"""A patient's id and a dose's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A law that was broken, and by whose reminder."""

    law: str
    patient: str
    text: str


class Judge:
    """``recorded``: since when each dose is. ``told``: when its person first heard that it is due."""

    def __init__(self, store: Store, clock: WorldClock) -> None:
        self._store = store
        self._clock = clock
        self.broken: list[Broken] = []
        self.recorded: dict[_SAY, datetime] = {}
        self.told: dict[tuple[str, str, str], datetime] = {}
        self.heard: Counter[tuple[int, int]] = Counter()
        """How often a reminder was heard, by its row and the time that it says."""
        self.sends: dict[tuple[int, int], str] = {}
        """What came of each attempt, by row and number."""
        self._keys: dict[tuple[int, int], str] = {}
        self.news: deque[ReminderRecord] = deque()
        """What people have heard and not yet thought about."""

    def look(self, record: ReminderRecord) -> None:
        """Before it is handed over."""
        now, dose = self._clock.true, _dose(record)
        if dose in self.recorded:
            self._break("after recording", record, f"it was recorded at {self.recorded[dose]}")
        if now < _earliest(record):
            self._break("early", record, f"its dose is due at {record.dose_due_at}")
        if record.not_after is not None and self._clock() >= record.not_after + _CALL:
            self._break("of no use", record, f"it is of no use since {record.not_after}")
        if len(self.sends) % _LOOKED_UP == 0:
            self._look_up(record)

    def note(self, record: ReminderRecord, key: str, outcome: Outcome) -> None:
        """What came of it. ``key`` is the one that drops copies where a provider can."""
        attempt, saying = (record.id, record.attempt), (record.id, epoch_ms(record.dose_due_at))
        if self._keys.setdefault(saying, key) != key:
            self._break("copies", record, "a copy has another key than the first")
        if attempt in self.sends:
            self._break("the log", record, "two messages left for one attempt")
        self.sends[attempt] = type(outcome).__name__
        if isinstance(outcome, Accepted | Unknown):
            self.heard[saying] += 1
        if isinstance(outcome, Accepted):
            if record.step == DUE:
                self.told.setdefault((*_dose(record), record.recipient_id), self._clock.true)
            self.news.append(record)

    def _look_up(self, record: ReminderRecord) -> None:
        plan = load_patient(self._store, record.subject_id).plan
        dose = find(plan, parse_occurrence_id(record.dose_id))
        if dose is None or dose.administration is not None or dose.hold is not None:
            self._break("does not stand", record, "its dose is not in the plan, recorded or withheld")
        elif epoch_ms(dose.due_at) != epoch_ms(record.dose_due_at):
            self._break("does not stand", record, f"its dose is due at {dose.due_at}")

    def _break(self, law: str, record: ReminderRecord, text: str) -> None:
        what = f"{record.dose_id} {record.step} told at {self._clock.true}: {text}"
        self.broken.append(Broken(law=law, patient=record.subject_id, text=what))


def _dose(record: ReminderRecord) -> _SAY:
    return (record.subject_id, record.dose_id)


def _earliest(record: ReminderRecord) -> datetime:
    if record.step.startswith(FOLLOW_UP) or record.step == ESCALATE:
        return record.dose_due_at + _FIRST_FOLLOW_UP
    return record.dose_due_at - (timedelta(days=15) if record.step.startswith("lead-") else timedelta(0))


class Provider:
    """A channel whose answers are chance, or ``trouble`` while it has one."""

    is_idempotent = False
    most_at_once: int | None = None

    def __init__(self, judge: Judge, seating: Seating, fate: Fate, random: Random) -> None:
        self._judge = judge
        self._seating = seating
        self._fate = fate
        self._random = random
        self.trouble: Callable[[], Outcome] | None = None

    def send(self, message: Message, address: str, key: str) -> Outcome:
        self._fate.strike(Point.BEFORE_SEND)
        outcome = self._outcome(address)
        for leased in self._seating.in_hand[-1].rows:
            self._judge.look(leased.record)
            self._judge.note(leased.record, leased.idempotency_key, outcome)
        self._fate.strike(Point.AFTER_SEND)
        return outcome

    def _outcome(self, address: str) -> Outcome:
        if address.startswith(REFUSED_ADDRESS):
            return Refused(detail="550")
        if self.trouble is not None:
            return self.trouble()
        chance = self._random.random()
        if chance < 0.002:
            return Unknown(detail="silence")
        return RetryLater(detail="450") if chance < 0.007 else Accepted(provider_id="<1@x>")
