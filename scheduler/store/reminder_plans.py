"""What ought to be said to whom: the planner's half of the reminders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    Text,
    and_,
    bindparam,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.store import tables
from scheduler.store.json_rows import as_json, ids_as_json, ids_given, json_rows
from scheduler.store.leases import end_attempts
from scheduler.store.prepared import prepared
from scheduler.store.recipients import RecipientRecord
from scheduler.store.reminder_row import (
    COLUMNS,
    ReminderPlan,
    ReminderRecord,
    ReminderState,
    due_columns,
    plan_columns,
    record_of,
)

_NO_LEASE = {"lease_owner": None, "lease_until": None}
DoseOf = tuple[str, str]
"""A patient's id and a dose's."""

_SAID = (ReminderState.SENT, ReminderState.UNKNOWN)
_patient, _reminder = tables.patient, tables.reminder
_READ = tuple(_reminder.c[name] for name in COLUMNS)


class ReminderPlans:
    """Reads and writes the ``reminder`` table as the plans ask for it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect

    def planned_until(self, patient_ids: Sequence[str]) -> dict[str, datetime]:
        """Up to which instant each patient's reminders have been planned."""
        rows = _planned_until(self._dialect).rows(self._connection, ids_as_json(patient_ids))
        return {patient_id: from_epoch_ms(until) for patient_id, until in rows}

    def set_planned_until(self, patient_ids: Sequence[str], moment: datetime) -> None:
        """Remember that reminders are planned up to ``moment``."""
        values = {**ids_as_json(patient_ids), "until_ms": epoch_ms(moment)}
        _set_planned_until(self._dialect).run(self._connection, values)

    def open(self, patient_ids: Sequence[str]) -> list[ReminderRecord]:
        """The pending and leased reminders of these patients."""
        rows = _open(self._dialect).rows(self._connection, ids_as_json(patient_ids))
        return [record_of(row) for row in rows]

    def ended(self, doses: Collection[DoseOf]) -> list[ReminderRecord]:
        """Those of these doses that came to an end."""
        rows = _ended(self._dialect).rows(self._connection, as_json(list(doses)))
        return [record_of(row) for row in rows]

    def said(self, patient_id: str, dose_ids: Collection[str]) -> list[tuple[str, datetime]]:
        """What was said, or may have been, of these doses of a patient: to which recipient, and when."""
        doses = as_json([(patient_id, dose_id) for dose_id in dose_ids])
        rows = _said(self._dialect).rows(self._connection, doses)
        return [(recipient, from_epoch_ms(due_at)) for recipient, due_at in rows]

    def add(self, plans: Iterable[ReminderPlan], moment: datetime) -> None:
        """Queue them; one that exists in any state is left as it is."""
        rows = [plan_columns(plan, epoch_ms(moment)) for plan in plans]
        if rows:
            self._connection.execute(self._insert().on_conflict_do_nothing(), rows)

    def add_left_out(self, plans: Iterable[ReminderPlan], moment: datetime, why: str) -> None:
        """Write down, as cancelled, what will not be said and ``why``; one that exists is left as it is."""
        at = epoch_ms(moment)
        ended = {"state": ReminderState.CANCELLED.value, "ended_at": at, "last_error": why}
        rows = [{**plan_columns(plan, at), **ended} for plan in plans]
        if rows:
            self._connection.execute(self._insert().on_conflict_do_nothing(), rows)

    def plan_again(self, record: ReminderRecord, plan: ReminderPlan, moment: datetime) -> None:
        """Make a reminder that waits match ``plan``; what it was tried for before no longer counts.

        It is taken back from a daemon that holds it for its instant, or is just about to send it.
        """
        values = {"state": ReminderState.PENDING.value, **_NO_LEASE, **due_columns(plan)}
        self._change(record, [ReminderState.PENDING, ReminderState.LEASED], values, moment)

    def revive(self, record: ReminderRecord, plan: ReminderPlan, moment: datetime) -> None:
        """Queue again, for ``plan``, a reminder that has ended."""
        ended = set(ReminderState) - {ReminderState.PENDING, ReminderState.LEASED}
        values = {"state": ReminderState.PENDING.value, "ended_at": None, "planned_at": epoch_ms(moment)}
        values |= {"last_error": None, **_NO_LEASE, **due_columns(plan)}
        self._change(record, ended, values, moment)

    def cancel(self, ids: Sequence[int], moment: datetime, why: str | None = None) -> None:
        """Take back what need not be said any more, also from a daemon that is about to say it.

        ``why`` is for the log, where it is not that the dose was recorded, moved or withheld.
        """
        if not ids:
            return
        table = tables.reminder
        states = [ReminderState.PENDING.value, ReminderState.LEASED.value]
        stands = and_(table.c.id.in_(ids), table.c.state.in_(states))
        values = {"state": ReminderState.CANCELLED.value, "ended_at": epoch_ms(moment)}
        told = {} if why is None else {"last_error": why}
        self._connection.execute(update(table).where(stands).values(**values, **told))

    def wait_again(self, recipient: RecipientRecord, since: datetime, why: str, moment: datetime) -> None:
        """Let what was taken back from a contact point for the reason ``why``, ``since`` then, wait again."""
        table = tables.reminder
        column = table.c.caseload_id if recipient.patient_id is None else table.c.patient_id
        theirs = and_(column == recipient.subject_id, table.c.recipient_id == recipient.id)
        cancelled = and_(table.c.state == ReminderState.CANCELLED.value, table.c.last_error == why)
        changed = update(table).where(theirs, cancelled, table.c.ended_at >= epoch_ms(since))
        waits = {"state": ReminderState.PENDING.value, "ended_at": None, "last_error": None}
        changed = changed.values(**waits, **_NO_LEASE).returning(table.c.id)
        end_attempts(self._connection, list(self._connection.execute(changed).scalars()), moment)

    def come_back(self, ids: Sequence[int], why: str) -> list[int]:
        """What was sent and did not arrive after all; the ids of those that were known as sent."""
        table = tables.reminder
        sent = and_(table.c.id.in_(ids), table.c.state == ReminderState.SENT.value)
        values = {"state": ReminderState.FAILED.value, "last_error": why}
        changed = update(table).where(sent).values(**values).returning(table.c.id)
        return list(self._connection.execute(changed).scalars())

    def _change(
        self,
        record: ReminderRecord,
        states: Collection[ReminderState],
        values: dict[str, Any],
        moment: datetime,
    ) -> None:
        table = tables.reminder
        # The state is asked for again: a daemon may have leased the row since it was read.
        same = and_(table.c.id == record.id, table.c.state.in_([state.value for state in states]))
        if self._connection.execute(update(table).where(same).values(**values)).rowcount:
            # Its daemon may be dead, and without the lease no sweep would find what it left in the log.
            end_attempts(self._connection, [record.id], moment)

    def _insert(self) -> Any:
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        return dialect.insert(tables.reminder)


@prepared
def _planned_until(dialect: str) -> Executable:
    return select(_patient.c.id, _patient.c.reminders_planned_until).where(
        _patient.c.id.in_(ids_given(dialect))
    )


@prepared
def _set_planned_until(dialect: str) -> Executable:
    theirs = update(_patient).where(_patient.c.id.in_(ids_given(dialect)))
    return theirs.values(reminders_planned_until=bindparam("until_ms", type_=BigInteger))


@prepared
def _open(dialect: str) -> Executable:
    theirs = _reminder.c.patient_id.in_(ids_given(dialect))
    return select(*_READ).where(theirs, _reminder.c.ended_at.is_(None))


@prepared
def _ended(dialect: str) -> Executable:
    return select(*_READ).where(_of_given_doses(dialect), _reminder.c.ended_at.is_not(None))


@prepared
def _said(dialect: str) -> Executable:
    was_said = or_(*(_reminder.c.state == state.value for state in _SAID))
    return select(_reminder.c.recipient_id, _reminder.c.due_at).where(_of_given_doses(dialect), was_said)


def _of_given_doses(dialect: str) -> ColumnElement[bool]:
    given = json_rows(dialect, {"patient_id": Text, "dose_id": Text})
    return and_(_reminder.c.patient_id == given.c.patient_id, _reminder.c.dose_id == given.c.dose_id)
