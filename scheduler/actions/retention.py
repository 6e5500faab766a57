"""Letting go of what is kept no longer, by what the operator set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.actions.feed import ENDED_FOR
from scheduler.errors import SettingsError
from scheduler.store.unit_of_work import Store

LEAST_FOR_REMINDERS = timedelta(days=60)
"""Two intervals of a depot: the log is what answers whether somebody was told."""

LEAST_FOR_CALENDARS = ENDED_FOR
"""So long a revoked feed is served as one that has ended."""

DAEMONS_FOR = timedelta(days=30)
_PAGE = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptFor:
    """How long what is kept after its end. Raises SettingsError where that is too short."""

    reminders: timedelta = timedelta(days=730)
    addresses: timedelta = timedelta(days=90)
    calendars: timedelta = timedelta(days=90)

    def __post_init__(self) -> None:
        for name, kept, least in (
            ("reminders", self.reminders, LEAST_FOR_REMINDERS),
            ("calendars", self.calendars, LEAST_FOR_CALENDARS),
        ):
            if kept < least:
                raise SettingsError(f"{name} are needed for {least.days} days: keep them as long (--{name})")


@dataclass(frozen=True, kw_only=True, slots=True)
class LetGo:
    """How many of each may go, or went."""

    reminders: int
    addresses: int
    calendars: int
    daemons: int


def may_go(store: Store, moment: datetime, kept: KeptFor) -> LetGo:
    """What `let_go` would delete at ``moment``."""
    with store.reading() as work:
        found = work.retention
        return LetGo(
            reminders=found.reminders(moment - kept.reminders),
            addresses=found.addresses(moment - kept.addresses),
            calendars=found.calendars(moment - kept.calendars),
            daemons=found.daemons(moment - DAEMONS_FOR),
        )


def let_go(store: Store, moment: datetime, kept: KeptFor) -> LetGo:
    """Delete what ended so long before ``moment``; a crash leaves the rest for the next time."""
    reminders = 0
    while deleted := _delete_page(store, moment - kept.reminders):
        reminders += deleted
    with store.transaction() as work:
        found = work.retention
        return LetGo(
            reminders=reminders,
            addresses=found.forget_addresses(moment - kept.addresses),
            calendars=found.delete_calendars(moment - kept.calendars),
            daemons=found.forget_daemons(moment - DAEMONS_FOR),
        )


def _delete_page(store: Store, before: datetime) -> int:
    # A transaction for each page: on SQLite the daemon waits while one is open.
    with store.transaction() as work:
        return work.retention.delete_reminders(before, _PAGE)
