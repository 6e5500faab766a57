"""Patients, daemons, a provider and the clocks of one database, and a judge of every message that leaves.

The judge asks the plan as it stands at that instant, and knows nothing of the planner and the queue.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from scheduler.actions.patient import list_patients, load_patient
from scheduler.clock import epoch_ms
from scheduler.dosing.expansion import expand, find
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.dosing.plan import Period
from scheduler.dosing.status import DoseStatus, status_at
from scheduler.dosing.timezone import local_date
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.auditor import audit
from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.message import Message
from scheduler.reminders.steps import BROKEN, DUE, ESCALATE, FOLLOW_UP, LEAD, MISSED
from scheduler.store.recipients import RecipientRole
from scheduler.store.reminder_row import AttemptRecord, ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.fragile_store import Fate, FragileStore, Point
from tests.support.virtual_daemon import Instants, Seating, VirtualDaemon, seated
from tests.support.virtual_time import WorldClock, virtual_time

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
FIRST_FOLLOW_UP = timedelta(minutes=10)
"""No policy of these worlds asks again earlier, and none escalates earlier."""
LONGEST_LEAD = timedelta(days=15)
_CALL = timedelta(seconds=20)
"""From the claim, which looks whether a reminder is of use, to the end of a call."""
_WAITS = {ReminderState.PENDING, ReminderState.LEASED}
_NOTHING_LEFT = {None, "not begun", "given back", "taken back", "late given back"}
_NOBODY_KNOWS = {"lost", "unknown", "late unknown", "late accepted"}


class Mood(Enum):
    """How the provider answers one message."""

    ACCEPT = auto()
    REFUSE = auto()
    LATER = auto()
    BUSY = auto()
    """429, and everybody is to wait for two minutes."""
    SILENT = auto()
    """It takes the message, and no answer comes."""
    CRASH = auto()
    """It raises."""
    STALL = auto()
    """The daemon is stopped for 45 s in the middle of the call: its lease runs out, and others go on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A message that was handed over: for one reminder, where it told of several. ``at``: true time."""

    at: datetime
    row: ReminderRecord
    key: str
    outcome: Outcome

    @property
    def is_heard(self) -> bool:
        """Whether it arrived, or may have."""
        return isinstance(self.outcome, Accepted | Unknown)


class Provider:
    """A channel with moods: the first of ``moods`` for the next message, and then it accepts."""

    is_idempotent = False
    most_at_once: int | None = None

    def __init__(self, world: ReminderWorld) -> None:
        self._world = world
        self.moods: deque[Mood] = deque()
        self.meanwhile: Callable[[], None] | None = None
        """Done while the next message is on its way."""

    def send(self, message: Message, address: str, key: str) -> Outcome:
        world = self._world
        world.fate.strike(Point.BEFORE_SEND)
        mood = self.moods.popleft() if self.moods else Mood.ACCEPT
        outcome = _outcome(mood)
        for leased in world.seating.in_hand[-1].rows:
            world.judge(leased.record)
            world.sent.append(
                Sent(at=world.clock.true, row=leased.record, key=leased.idempotency_key, outcome=outcome)
            )
        self._let_happen(mood)
        world.fate.strike(Point.AFTER_SEND)
        if mood is Mood.CRASH:
            raise OSError("the provider's library broke")
        return outcome

    def _let_happen(self, mood: Mood) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if mood is Mood.STALL:
            self._world.stalls += 1
            self._world.clock.pass_by(timedelta(seconds=45))
            self._world.let_others_work()
        if meanwhile is not None:
            self._world.races += 1
            meanwhile()


def _outcome(mood: Mood) -> Outcome:
    match mood:
        case Mood.ACCEPT | Mood.STALL:
            return Accepted(provider_id="<1@x>")
        case Mood.REFUSE:
            return Refused(detail="550")
        case Mood.SILENT:
            return Unknown(detail="silence")
        case Mood.BUSY:
            return RetryLater(detail="429", after=2 * MINUTE, for_everyone=True)
        case Mood.LATER | Mood.CRASH:
            return RetryLater(detail="450")


class ReminderWorld:
    """``faults`` are the laws that were broken, in words."""

    def __init__(self, url: str, start: datetime, seating: Seating, clock: WorldClock) -> None:
        self.clock = clock
        self.seating = seating
        self.fate = Fate()
        self.store = Store(url, load_formulary())
        self._fragile = FragileStore(url, self.fate)
        self._instants = Instants(url)
        self.start = start
        self.providers = {"smtp": Provider(self), "console": Provider(self)}
        self.daemons = [self._daemon("ward")]
        self.sent: list[Sent] = []
        self.faults: list[str] = []
        self.stalls = 0
        self.raced_at: dict[str, datetime] = {}
        """When a patient's plan was last changed while a message was on its way."""
        self.races = 0
        self.changed_at = start
        """When people last changed a plan."""

    def add_daemon(self) -> None:
        """One beside the first, where the database allows it."""
        if self.store.file is None and len(self.daemons) == 1:
            self.daemons.append(self._daemon("night"))
            self.daemons[-1].start()

    def _daemon(self, name: str) -> VirtualDaemon:
        return VirtualDaemon(self._fragile, self.providers, self.clock, name, seats=2)

    def close(self) -> None:
        for store in (self.store, self._fragile):
            store.close()
        self._instants.close()

    def work(self) -> None:
        """Let every daemon that lives do what there is to do now."""
        for daemon in self.daemons:
            daemon.work()

    def let_others_work(self) -> None:
        """Every daemon that is not in the middle of its work."""
        for daemon in self.daemons:
            if not daemon.is_in_a_turn:
                daemon.work()

    def pass_by(self, length: timedelta) -> None:
        """Let time go by, and the daemons work."""
        until = self.clock.true + length
        while self.clock.true < until:
            self.work()
            self.clock.pass_to(min(until, self._next_instant(until)))
        self.work()

    def _next_instant(self, until: datetime) -> datetime:
        if not any(daemon.is_alive for daemon in self.daemons):
            return until
        wall = self.clock()
        # The housekeeping sweeps and plans, whatever is due.
        soon = min(self._instants.next_after(wall) - wall, timedelta(minutes=30))
        return self.clock.true + soon

    def judge(self, record: ReminderRecord) -> None:
        """Note it if ``record`` is told now and ought not to be, unless it was on its way already."""
        raced_at = self.raced_at.get(record.subject_id)
        if raced_at is not None and self.clock.true - raced_at < MINUTE:
            return
        wrong = self._useless(record) if record.step == BROKEN else self._wrong(record)
        if wrong is not None:
            self.faults.append(f"{record.dose_id} {record.step} told at {self.clock.true}: {wrong}")

    def _wrong(self, record: ReminderRecord) -> str | None:
        stored = load_patient(self.store, record.subject_id)
        dose = find(stored.plan, parse_occurrence_id(record.dose_id))
        if dose is None:
            return "its dose is not in the plan"
        if dose.administration is not None:
            return "its dose is recorded"
        if dose.hold is not None:
            return "its dose is withheld"
        if epoch_ms(dose.due_at) != epoch_ms(record.dose_due_at):
            return f"its dose is due at {dose.due_at}, and it says {record.dose_due_at}"
        if self.clock.true < earliest(record.step, dose):
            return f"too early, its dose is due at {dose.due_at}"
        return self._useless(record)

    def _useless(self, record: ReminderRecord) -> str | None:
        """All that can be wrong with the news that another address is broken: it tells of no dose."""
        if record.not_after is not None and self.clock() >= record.not_after + _CALL:
            return f"of no use since {record.not_after}"
        return None

    def settle(self) -> None:
        """Put every clock right, end every trouble, and let what is due be told.

        Daemons that died stay away where another can live: what they held is left to it.
        """
        self.add_daemon()
        self.fate.spare()
        self.clock.error = timedelta(0)
        for provider in self.providers.values():
            provider.moods.clear()
            provider.meanwhile = None
        if not any(daemon.is_alive for daemon in self.daemons):
            self.daemons[0].start()
        self.pass_by(timedelta(minutes=20))
        for daemon in self.daemons:
            daemon.keep_house("plan")
        self.work()

    def check(self) -> None:
        """Every law, of everything that is due. `settle` first."""
        records = list(_records(self.store))
        tries = list(_tries(self.store, records))
        assert not self.faults, self.faults
        every_reminder_has_come_to_an_end(records, tries, self.clock.true)
        self._every_dose_is_told_or_explained(records)
        self._the_log_agrees(tries)
        self._copies_have_a_cause(tries)
        report = audit(self.store, self.clock.true)
        assert report.count == 0, report.shown

    def _every_dose_is_told_or_explained(self, records: list[ReminderRecord]) -> None:
        """I1, from the plan: for each open dose and person a row, and not one that was cancelled unsaid."""
        rows = {record.key: record for record in records}
        for patient, dose, recipient in self.due_doses():
            row = rows.get((patient, str(dose.id), DUE, recipient))
            is_silent = row is None or (row.state is ReminderState.CANCELLED and row.last_error is None)
            assert self._was_known(dose) or not is_silent, f"{dose.id}, due at {dose.due_at}: {row}"

    def _was_known(self, dose: DoseOccurrence) -> bool:
        """Whether it was missed when a plan was last changed: a record taken back, or an order too late."""
        return status_at(dose, self.changed_at) is DoseStatus.MISSED

    def due_doses(self) -> Iterator[tuple[str, DoseOccurrence, str]]:
        """Doses that came due, are neither recorded nor withheld, and whom to tell of them."""
        now = self.clock.true
        for patient in list_patients(self.store):
            plan = load_patient(self.store, patient.id).plan
            with self.store.reading() as work:
                people = work.recipients.of([patient.id]).get(patient.id, [])
            period = Period(
                start=local_date(self.start, plan.patient.zone) - 3 * DAY, end=now.date() + 3 * DAY
            )
            for dose in expand(plan, period):
                is_open = dose.administration is None and dose.hold is None
                for person in people if is_open and dose.due_at <= now - MINUTE else ():
                    if person.role is RecipientRole.PERSON and person.added_at <= dose.due_at:
                        yield patient.id, dose, person.id

    def _the_log_agrees(self, tries: list[AttemptRecord]) -> None:
        """I5. One send for an attempt; an attempt said to be accepted was, and one that was is in the log."""
        sends = {(sent.row.id, sent.row.attempt): sent for sent in self.sent}
        assert len(sends) == len(self.sent), "two messages left for one attempt"
        logged = {(one.reminder.id, one.number): one.outcome for one in tries}
        for key, outcome in logged.items():
            assert outcome != "sending", f"attempt {key} was never ended"
            if outcome in {"accepted", "late accepted"}:
                assert isinstance(sends[key].outcome, Accepted), key
        for key, sent in sends.items():
            assert logged.get(key) not in _NOTHING_LEFT, f"{sent.key}: the log says {logged.get(key)}"

    def _copies_have_a_cause(self, tries: list[AttemptRecord]) -> None:
        """I2. One copy at most for an attempt of which nobody knows the end, and few of those."""
        doubtful = Counter(one.reminder.id for one in tries if one.outcome in _NOBODY_KNOWS)
        heard = Counter((sent.row.id, sent.row.dose_due_at) for sent in self.sent if sent.is_heard)
        for (row, due_at), times in heard.items():
            assert times <= 1 + doubtful[row], f"reminder {row} of {due_at} was heard {times} times"
        keys = {(sent.row.id, sent.row.dose_due_at, sent.key) for sent in self.sent}
        times_told = {(row, due_at) for row, due_at, _ in keys}
        assert len(keys) == len(times_told), "a copy has another key than the first"
        lost = {
            (one.reminder.id, one.number)
            for one in tries
            if one.outcome in {"lost", "late accepted", "late unknown"}
        }
        messages = {(s.at, s.row.recipient_id) for s in self.sent if (s.row.id, s.row.attempt) in lost}
        # A death meets what is in the seats of its daemon, and so does a record made meanwhile: at one
        # instant several people may be told of one dose.
        seats = 2 * len(self.providers)
        most = (sum(daemon.deaths for daemon in self.daemons) + self.races) * seats + self.stalls
        assert len(messages) <= most, f"{len(messages)} sends were lost, {most} can be"


def earliest(step: str, dose: DoseOccurrence) -> datetime:
    """The instant before which a step of ``dose`` must not be told, by any policy of these worlds."""
    if step.startswith(LEAD):
        return dose.due_at - LONGEST_LEAD
    if step == MISSED:
        assert dose.useful_until is not None
        return dose.useful_until
    if step.startswith(FOLLOW_UP) or step == ESCALATE:
        return dose.due_at + FIRST_FOLLOW_UP
    assert step == DUE, step
    return dose.due_at


def every_reminder_has_come_to_an_end(
    records: list[ReminderRecord], tries: list[AttemptRecord], moment: datetime
) -> None:
    """I1, from the rows: told, or ended with a reason."""
    accepted = {one.reminder.id for one in tries if one.outcome in {"accepted", "late accepted"}}
    for record in records:
        if record.due_at > moment:
            continue
        assert record.state not in _WAITS, f"{record.dose_id} {record.step} still waits: {record.last_error}"
        if record.state is ReminderState.SENT:
            assert record.id in accepted, f"{record.dose_id} {record.step} is said to be sent"
        elif record.state is not ReminderState.CANCELLED:
            assert record.last_error, f"{record.dose_id} {record.step} ended without a reason"


def _records(store: Store) -> Iterator[ReminderRecord]:
    with store.reading() as work:
        yield from work.reminder_log.upcoming(None, 100_000)
        yield from work.reminder_log.ended(None, 100_000)


def _tries(store: Store, records: list[ReminderRecord]) -> Iterator[AttemptRecord]:
    with store.reading() as work:
        yield from work.reminder_log.attempts([record.id for record in records])


@contextmanager
def reminder_world(url: str, start: datetime) -> Iterator[ReminderWorld]:
    """A world whose daemon lives already, on the empty database at ``url``."""
    clock = WorldClock(start)
    with ExitStack() as stack:
        stack.enter_context(virtual_time(clock))
        world = ReminderWorld(url, start, stack.enter_context(seated()), clock)
        stack.callback(world.close)
        world.daemons[0].start()
        yield world
