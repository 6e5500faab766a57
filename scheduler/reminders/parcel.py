"""What is handed to a channel as one message: a reminder, or several of one person.

After an outage nobody wants eleven messages. So reminders of one recipient whose doses were due more than
`LATE` ago go together, and so do those that quiet hours moved to one instant. A digest goes by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.reminders.restored import lost_since
from scheduler.store.reminder_queue import LeasedReminder

LATE = timedelta(minutes=15)
_SUSPECT_AFTER = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """``rows`` go as one message, begun before ``start_by_s`` of the elapsed clock or not at all."""

    rows: tuple[LeasedReminder, ...]
    start_by_s: float

    @property
    def order(self) -> tuple[int, bool, datetime, int]:
        """By priority, what was never tried first, then the earliest."""
        first = self.rows[0]
        return (first.priority, first.record.attempt > 1, first.record.due_at, first.record.id)

    @property
    def due_at(self) -> datetime:
        """When the last of it is due."""
        return max(row.record.due_at for row in self.rows)

    @property
    def is_suspect(self) -> bool:
        """Whether daemons ended twice while sending it: then it is sent while no other suspect is."""
        return is_suspect(self.rows[0])

    @property
    def key(self) -> str:
        """The same for every attempt at the same reminders."""
        if len(self.rows) == 1:
            return self.rows[0].idempotency_key
        keys = "\n".join(sorted(row.idempotency_key for row in self.rows))
        return f"several/{hashlib.sha256(keys.encode()).hexdigest()}"

    def of(self, ids: Collection[int]) -> Parcel | None:
        """What is left of it where only the reminders ``ids`` still stand."""
        rows = tuple(row for row in self.rows if row.record.id in ids)
        if len(rows) == len(self.rows):
            return self
        return Parcel(rows=rows, start_by_s=self.start_by_s) if rows else None


def is_suspect(row: LeasedReminder) -> bool:
    """Whether daemons ended twice while sending it."""
    return row.times_lost >= _SUSPECT_AFTER


def is_late(row: LeasedReminder, moment: datetime) -> bool:
    """Whether its dose was due long ago, or while the records were lost."""
    return moment - row.record.dose_due_at > LATE or lost_since(row.record) is not None


def parcels(rows: Iterable[LeasedReminder], moment: datetime, start_by_s: float) -> list[Parcel]:
    """``rows`` as they go together at ``moment``, in their order."""
    alone: list[Parcel] = []
    together: dict[tuple[str, str, datetime | None], list[LeasedReminder]] = {}
    for row in rows:
        record = row.record
        late = is_late(row, moment) and record.due_at <= moment
        is_alone = is_suspect(row) or record.caseload_id is not None
        if is_alone or not (late or record.due_at != record.dose_due_at):
            alone.append(Parcel(rows=(row,), start_by_s=start_by_s))
        else:
            # What is late goes with what is late; what was moved, with what was moved to the same instant.
            key = (record.recipient_id, record.channel, None if late else record.due_at)
            together.setdefault(key, []).append(row)
    grouped = [Parcel(rows=tuple(group), start_by_s=start_by_s) for group in together.values()]
    return sorted([*alone, *grouped], key=lambda parcel: parcel.order)
