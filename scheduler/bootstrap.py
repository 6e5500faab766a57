"""The only place where parts are put together."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from scheduler import clock
from scheduler.actions.backup import Restored, back_up, restore
from scheduler.actions.check import Check
from scheduler.actions.doctor import examine
from scheduler.errors import AlreadyRunningError, BackupError, SettingsError
from scheduler.formulary.formulary import load_formulary
from scheduler.metrics_listener import listen
from scheduler.reminders.answer_links import AnswerLinks
from scheduler.reminders.channels.channel import Channel
from scheduler.reminders.channels.console import ConsoleChannel
from scheduler.reminders.channels.file import FileChannel
from scheduler.reminders.channels.mqtt import MqttChannel
from scheduler.reminders.channels.ntfy import NtfyChannel
from scheduler.reminders.channels.smtp import SmtpChannel
from scheduler.reminders.channels.webhook import WebhookChannel
from scheduler.reminders.daemon import Daemon
from scheduler.reminders.dead_mans_switch import DeadMansSwitch
from scheduler.reminders.meter import Meter, QueueCollector
from scheduler.reminders.restoration import is_unfinished
from scheduler.settings import ChannelSettings, DaemonSettings, lock_file
from scheduler.store.backup_manifest import Manifest
from scheduler.store.migration import SchemaVersion
from scheduler.store.unit_of_work import Store

_TURN_S = 0.001


@contextmanager
def open_store(database_url: str) -> Iterator[Store]:
    """The database at ``database_url``, closed at the end.

    An SQLite file is made and brought up to date on the way, because whoever keeps one has no operator.
    A PostgreSQL database is only checked: its tables change when its operator says so. Raises
    SettingsError, UnreachableError, SchemaError.
    """
    with closing(Store(database_url, load_formulary())) as store:
        if store.file is not None:
            store.upgrade()
        else:
            store.check_schema()
        yield store


def upgrade_database(database_url: str) -> SchemaVersion:
    """Bring the tables up to date and say where they stood. Raises as `open_store` does."""
    with closing(Store(database_url, load_formulary())) as store:
        return store.upgrade()


@contextmanager
def open_channels(settings: ChannelSettings) -> Iterator[Mapping[str, Channel]]:
    """The channels that the settings allow, with their connections closed at the end; the console always."""
    with ExitStack() as opened:
        channels: dict[str, Channel] = {"console": ConsoleChannel()}
        if settings.smtp is not None:
            channels["smtp"] = opened.enter_context(closing(SmtpChannel(settings.smtp)))
        if settings.webhook is not None:
            channels["webhook"] = WebhookChannel(settings.webhook.secret, private_too=settings.private_too)
        if settings.ntfy is not None:
            channels["ntfy"] = NtfyChannel(settings.ntfy)
        if settings.mqtt is not None:
            channels["mqtt"] = MqttChannel(settings.mqtt)
        if settings.apprise:
            channels["apprise"] = _apprise()
        if settings.file is not None:
            channels["file"] = FileChannel(settings.file)
        yield channels


def _apprise() -> Channel:
    try:
        from scheduler.reminders.channels.apprise import AppriseChannel  # noqa: PLC0415  # not always installed
    except ImportError as error:
        raise SettingsError("--apprise needs its extra packages: pip install 'dosecal[apprise]'") from error
    return AppriseChannel()


def examine_database(database_url: str) -> list[Check]:
    """What `dosecal doctor` finds, as old as the tables may be; see `actions.doctor.examine`."""
    with closing(Store(database_url, load_formulary())) as store:
        return examine(store, clock.now)


def back_up_database(database_url: str, file: Path) -> Manifest:
    """Copy the database, as old as its tables may be, to ``file``; see `actions.backup.back_up`."""
    with closing(Store(database_url, load_formulary())) as store:
        return back_up(store, file, clock.now())


def restore_database(database_url: str, file: Path, sent_until: datetime | None) -> Restored:
    """Fill the empty database at ``database_url`` from ``file``; see `actions.backup.restore`."""
    with closing(Store(database_url, load_formulary())) as store:
        return restore(store, file, clock.now(), sent_until)


@contextmanager
def open_daemon(store: Store, settings: DaemonSettings) -> Iterator[Daemon]:
    """A daemon that has the right to run on ``store``.

    Raises AlreadyRunningError, SettingsError, and BackupError where the database is half restored.
    One daemon works on an SQLite file, whatever its name. Any number work on PostgreSQL, each under a
    name of its own, because a restart takes over what the same name had left unfinished.
    """
    if is_unfinished(store):
        raise BackupError("this database was not restored to the end: restore the backup into a new one")
    switch = None if settings.ping_url is None else DeadMansSwitch(settings.ping_url)
    links = None if settings.base_url is None else AnswerLinks(settings.base_url)
    meter = Meter()
    meter.registry.register(QueueCollector(store, clock.now))
    with ExitStack() as held:
        held.enter_context(_sole_right(store, settings.node))
        held.enter_context(_short_turns())
        held.enter_context(listen(settings.metrics, meter.registry, store.check_schema))
        channels = held.enter_context(open_channels(settings.channels))
        yield Daemon(store, channels, clock.now, settings.node, settings.seats, switch, links, meter)


@contextmanager
def _short_turns() -> Iterator[None]:
    """Have threads that want to send wait a millisecond for one that plans, not Python's usual five."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(usual_s)


@contextmanager
def _sole_right(store: Store, node: str) -> Iterator[None]:
    if store.file is not None:
        lock = FileLock(lock_file(store.file), timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise AlreadyRunningError("a daemon works on this database file already") from error
        try:
            yield
        finally:
            lock.release()
        return
    database_lock = store.hold_lock(f"daemon/{node}")
    if database_lock is None:
        raise AlreadyRunningError(
            f"a daemon named {node!r} works on this database already: give this one another --node"
        )
    try:
        yield
    finally:
        database_lock.close()
