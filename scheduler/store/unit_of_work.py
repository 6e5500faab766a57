"""One transaction, and everything that can be asked or done in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    TimeoutError,  # noqa: A004  # SQLAlchemy's name for a pool that is used up
)

from scheduler.errors import ConflictError, InputError, UnreachableError
from scheduler.formulary.formulary import Formulary
from scheduler.store import backup, migration
from scheduler.store.answers import Answers
from scheduler.store.audit import Audit
from scheduler.store.backup_manifest import Manifest
from scheduler.store.caseloads import Caseloads
from scheduler.store.channel_health import ChannelHealths
from scheduler.store.condition import DatabaseCondition, condition
from scheduler.store.digests import Digests
from scheduler.store.engine import make_engine, sqlite_file
from scheduler.store.feed_lookups import FeedLookups
from scheduler.store.feeds import Feeds
from scheduler.store.keeping import Keeping
from scheduler.store.link_keys import LinkKeys
from scheduler.store.nodes import Nodes
from scheduler.store.patient_pages import PatientPages
from scheduler.store.patients import Patients
from scheduler.store.plans import Plans
from scheduler.store.policies import Policies
from scheduler.store.queue_depth import QueueDepths
from scheduler.store.recipients import Recipients
from scheduler.store.reminder_log import ReminderLog
from scheduler.store.reminder_plans import ReminderPlans
from scheduler.store.reminder_queue import ReminderQueue
from scheduler.store.rendered_feeds import RenderedFeeds
from scheduler.store.restored_reminders import RestoredReminders
from scheduler.store.retention import Retention
from scheduler.store.write_turns import WriteTurns


class UnitOfWork:
    """The repositories of one open transaction. Nothing it returns is bound to the connection."""

    def __init__(self, connection: Connection, formulary: Formulary) -> None:
        self._connection = connection
        self.formulary = formulary

    @cached_property
    def patients(self) -> Patients:
        """Who is cared for."""
        return Patients(self._connection)

    @cached_property
    def plans(self) -> Plans:
        """What was ordered and what happened."""
        return Plans(self._connection, self.formulary)

    @cached_property
    def feeds(self) -> Feeds:
        """The calendars handed out."""
        return Feeds(self._connection)

    @cached_property
    def caseloads(self) -> Caseloads:
        """Who answers for whom."""
        return Caseloads(self._connection)

    @cached_property
    def digests(self) -> Digests:
        """What they are told each day."""
        return Digests(self._connection)

    @cached_property
    def rendered_feeds(self) -> RenderedFeeds:
        """What they were last served as."""
        return RenderedFeeds(self._connection)

    @cached_property
    def recipients(self) -> Recipients:
        """Who is reminded, and where."""
        return Recipients(self._connection)

    @cached_property
    def policies(self) -> Policies:
        """What was chosen about their reminders."""
        return Policies(self._connection)

    @cached_property
    def reminder_plans(self) -> ReminderPlans:
        """What ought to be said to whom."""
        return ReminderPlans(self._connection)

    @cached_property
    def reminders(self) -> ReminderQueue:
        """What is due to be said, and who is saying it."""
        return ReminderQueue(self._connection)

    @cached_property
    def reminder_log(self) -> ReminderLog:
        """What waits to be said and what was said."""
        return ReminderLog(self._connection)

    @cached_property
    def answers(self) -> Answers:
        """What people answered by the links in their messages."""
        return Answers(self._connection)

    @cached_property
    def link_keys(self) -> LinkKeys:
        """What those links are signed with."""
        return LinkKeys(self._connection)

    @cached_property
    def patient_pages(self) -> PatientPages:
        """What stands for a patient in an address that is no secret."""
        return PatientPages(self._connection)

    @cached_property
    def audit(self) -> Audit:
        """What an audit of the reminders reads."""
        return Audit(self._connection)

    @cached_property
    def queue_depth(self) -> QueueDepths:
        """How much waits to be sent."""
        return QueueDepths(self._connection)

    @cached_property
    def retention(self) -> Retention:
        """What may go after a while."""
        return Retention(self._connection)

    @cached_property
    def restored_reminders(self) -> RestoredReminders:
        """What came due between a backup and its restoration."""
        return RestoredReminders(self._connection)

    @cached_property
    def nodes(self) -> Nodes:
        """The daemons."""
        return Nodes(self._connection)

    @cached_property
    def channel_health(self) -> ChannelHealths:
        """How the channels fare with them."""
        return ChannelHealths(self._connection)

    @cached_property
    def keeping(self) -> Keeping:
        """What outlives a process."""
        return Keeping(self._connection)


class Store:
    """A database. Safe to share between threads; make one for a process and close it at the end."""

    def __init__(self, url: str, formulary: Formulary) -> None:
        self._engine = make_engine(url)
        self._formulary = formulary
        self._turns = WriteTurns(are_needed=self._engine.dialect.name == "sqlite")

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database; None for PostgreSQL."""
        return sqlite_file(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        """Everything inside happens, or nothing does.

        Raises UnreachableError where the database does not answer or gives up waiting, ConflictError
        where another transaction was first, InputError for a text that has no place in its column.
        """
        with _translated(), self._turns.mine(), self._engine.begin() as connection:
            yield UnitOfWork(connection, self._formulary)

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """A view of one moment; anything written inside is thrown away. Raises as `transaction` does."""
        with _translated(), self._reader.begin() as connection:
            yield UnitOfWork(connection, self._formulary)
            connection.rollback()

    @contextmanager
    def rehearsal(self) -> Iterator[UnitOfWork]:
        """As `transaction`, and then nothing of it happened: to see what a change would do."""
        with (
            _translated(),
            self._turns.mine(),
            self._engine.connect() as connection,
            connection.begin() as transaction,
        ):
            yield UnitOfWork(connection, self._formulary)
            transaction.rollback()

    def feed_lookups(self) -> FeedLookups:
        """Look-ups of feeds over a connection that stays open; it ends with the store."""
        return FeedLookups(self._engine)

    def upgrade(self) -> migration.SchemaVersion:
        """Bring the tables up to date and say where they stood. Raises SchemaError, UnreachableError."""
        with _translated():
            return migration.upgrade(self._engine)

    def check_schema(self) -> None:
        """Raise SchemaError unless the tables are those of this program."""
        with _translated(), self._reader.begin() as connection:
            migration.check(connection)

    @property
    def is_empty(self) -> bool:
        """Whether there are no tables at all. Raises UnreachableError."""
        with _translated():
            return backup.is_empty(self._engine)

    @property
    def condition(self) -> DatabaseCondition:
        """How the database itself is; see `condition.condition`. Raises UnreachableError."""
        with _translated():
            return condition(self._engine)

    def write_backup(self, file: Path, moment: datetime) -> Manifest:
        """Copy everything to ``file``; see `backup.write_backup`."""
        with _translated():
            return backup.write_backup(self._engine, file, moment)

    def load_backup(self, file: Path) -> Manifest:
        """Take over what ``file`` holds, into an empty database; see `backup.load_backup`."""
        with _translated():
            return backup.load_backup(self._engine, file)

    def hold_lock(self, name: str) -> DatabaseLock | None:
        """A PostgreSQL advisory lock on ``name`` for as long as it is kept open; None where it is taken."""
        with _translated():
            lock = DatabaseLock(self._engine, name)
        if lock.taken:
            return lock
        lock.close()
        return None

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()

    @cached_property
    def _reader(self) -> Engine:
        if self._engine.dialect.name == "postgresql":
            # Each statement of the default level sees a moment of its own.
            return self._engine.execution_options(isolation_level="REPEATABLE READ")
        return self._engine.execution_options(reading=True)


class DatabaseLock:
    """A session-level advisory lock: the server frees it when this process dies, whatever kills it."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
        self.taken = bool(self._connection.exec_driver_sql(query, (f"dosecal:{name}",)).scalar())

    def close(self) -> None:
        """Free the lock."""
        self._connection.invalidate()
        self._connection.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        raise UnreachableError(f"the database does not answer: {_first_line(error)}") from error
    except TimeoutError as error:
        raise UnreachableError("every connection to the database is in use") from error
    # PostgreSQL quotes the values in question, a name or an address, so these errors go no further.
    except IntegrityError:
        text = "somebody else recorded this at the same moment; look again and repeat"
        raise ConflictError(text) from None
    except DataError:
        text = "a text is longer than the database holds, or has a character that it cannot hold"
        raise InputError(text) from None
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise  # a fault of the program's own
        raise UnreachableError(f"the database cannot be read: {_first_line(error)}") from error


def _first_line(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__
