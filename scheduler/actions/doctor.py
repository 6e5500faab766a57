"""Is all well with this installation? Every check by itself, so that one that fails hides no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from scheduler.actions import database_checks as of_database
from scheduler.actions import machine_checks as of_machine
from scheduler.actions.check import Check, wrong
from scheduler.clock import Clock
from scheduler.errors import StoreError
from scheduler.settings import SmtpSettings
from scheduler.store.unit_of_work import Store


def examine_machine(moment: datetime, smtp: SmtpSettings | None) -> list[Check]:
    """What can be said without a database, at the aware ``moment``."""
    checks = [of_machine.check_versions(), of_machine.check_tz_data(moment.year)]
    return checks if smtp is None else [*checks, of_machine.check_mail_server(smtp.host, smtp.port)]


def examine(store: Store, clock: Clock) -> list[Check]:
    """What the database says of itself and of the daemons. It changes nothing."""
    checks = _asked("database", lambda: of_database.check_condition(store))
    schema = _asked("schema", lambda: [of_database.check_schema(store)])
    checks += [*schema, *_of_the_file(store)]
    if any(check.advice for check in schema):
        return checks
    return [*checks, *_of_the_daemons(store, clock)]


def _of_the_daemons(store: Store, clock: Clock) -> Iterable[Check]:
    # The time is read just before it is compared: what went before may have taken a while.
    yield from _asked("clock", lambda: [of_database.check_clock(store, clock())])
    moment = clock()
    yield from _asked("daemon", lambda: [of_database.check_daemons(store, moment)])
    yield from _asked("channels", lambda: of_database.check_channels(store, moment))
    yield from _asked("queue", lambda: of_database.check_queue(store, moment))
    yield from _asked("audit", lambda: [of_database.check_audit(store, moment)])
    yield from _asked("backup", lambda: [of_database.check_backup(store, moment)])


def _of_the_file(store: Store) -> list[Check]:
    if store.file is None:
        return []
    return [of_machine.check_permissions(store.file), of_machine.check_disk(store.file.parent)]


def _asked(name: str, ask: Callable[[], list[Check]]) -> list[Check]:
    try:
        return ask()
    except StoreError as error:
        return [wrong(name, str(error), "see that the database runs and that the URL is right")]
