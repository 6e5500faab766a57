"""What `dosecal doctor` asks the database about itself, the daemons and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from scheduler.actions.backup import LAST_BACKUP
from scheduler.actions.check import Check, look, well, wrong
from scheduler.errors import SchemaError
from scheduler.reminders.audit_finding import GRACE
from scheduler.reminders.auditor import audit
from scheduler.reminders.breaker import BreakerState
from scheduler.reminders.daemon import LATEST_SEEN
from scheduler.reminders.restoration import is_unfinished
from scheduler.reminders.trusted_clock import JUMP, STEP
from scheduler.store.channel_health import ChannelHealth
from scheduler.store.unit_of_work import Store

ALIVE = timedelta(seconds=30)
"""A daemon says that it is alive every five seconds."""

_BACKUP_EVERY = timedelta(days=2)


def check_schema(store: Store) -> Check:
    """The tables are those of this program."""
    try:
        store.check_schema()
    except SchemaError as error:
        found, _, advice = str(error).rpartition(": ")
        return wrong("schema", found, advice)
    return well("schema", "the tables are those of this program")


def check_condition(store: Store) -> list[Check]:
    """Which library or server it is, whether it may be used as it is, and whether the file is whole."""
    found = store.condition
    checks = [well("database", found.product)]
    if found.journal is not None:
        checks.append(_wal(found.journal, is_safe=found.wal_is_safe))
    if not found.is_whole:
        advice = "stop the daemon and restore the last backup: see docs/how-to/back-up-and-restore.md"
        checks.append(wrong("file", "SQLite says that the file is damaged", advice))
    elif found.journal is not None:
        checks.append(well("file", "SQLite finds the file whole"))
    return checks


def check_clock(store: Store, moment: datetime) -> Check:
    """This machine's clock against the database's and against what was seen before."""
    with store.reading() as work:
        database_now = work.nodes.database_now()
        seen = work.keeping.get(LATEST_SEEN)
    advice = "set this machine's clock, best by a time server (chrony, systemd-timesyncd)"
    if database_now is not None and abs(moment - database_now) > STEP:
        apart = (moment - database_now).total_seconds()
        return wrong("clock", f"this machine's clock is {apart:+.1f} s from the database's", advice)
    if seen is not None and datetime.fromisoformat(seen) > moment + JUMP:
        return wrong("clock", "this machine's clock is behind what a daemon saw before", advice)
    return well("clock", f"it is {moment:%Y-%m-%d %H:%M:%S} UTC")


def check_daemons(store: Store, moment: datetime) -> Check:
    """Whether anybody sends."""
    with store.reading() as work:
        nodes = work.nodes.all()
    alive = [node for node in nodes if moment - node.heartbeat_at <= ALIVE]
    if alive:
        return well("daemon", f"daemons that run: {', '.join(node.name for node in alive)}")
    if not nodes:
        return look("daemon", "no daemon ever ran here", "reminders are sent by 'dosecal daemon': start one")
    last = max(node.heartbeat_at for node in nodes)
    found = f"no daemon runs; the last was seen at {last:%Y-%m-%d %H:%M:%S} UTC"
    return wrong("daemon", found, "start it, under the same --node; its log says why it ended")


def check_queue(store: Store, moment: datetime) -> list[Check]:
    """What waits longer than it should, and whose lease ran out."""
    with store.reading() as work:
        depth = work.queue_depth.at(moment, GRACE)
    overdue = f"{depth.overdue} of {depth.waiting} waiting reminders are overdue"
    stuck = f"{depth.stuck} of {depth.leased} leases ran out and were not freed"
    return [
        _unless(depth.overdue == 0, "queue", overdue, "see 'dosecal reminder upcoming' and the daemon's log"),
        _unless(
            depth.stuck == 0, "leases", stuck, "a running daemon frees them within 5 s: see that one runs"
        ),
    ]


def check_audit(store: Store, moment: datetime) -> Check:
    """Whether everybody was told."""
    count = audit(store, moment).count
    found = f"faults that the audit finds: {count}"
    return _unless(count == 0, "audit", found, "see 'dosecal reminder audit'; tell the people yourself first")


def check_channels(store: Store, moment: datetime) -> list[Check]:
    """Whether every channel that somebody is reached by works with some daemon."""
    with store.reading() as work:
        wanted = work.recipients.channels()
        alive = {node.name for node in work.nodes.all() if moment - node.heartbeat_at <= ALIVE}
        healths = [health for health in work.channel_health.all() if health.node in alive]
    if not wanted:
        return [look("channels", "nobody is reminded", "see 'dosecal recipient add'")]
    return (
        [_channel(name, [h for h in healths if h.channel == name]) for name in sorted(wanted)]
        if alive
        else []
    )


def check_backup(store: Store, moment: datetime) -> Check:
    """When the last copy was made, and whether a restoration came to its end."""
    if is_unfinished(store):
        return wrong("backup", "a restoration did not come to its end", "restore again, into a new database")
    with store.reading() as work:
        last = work.keeping.get(LAST_BACKUP)
    if last is None:
        return look("backup", "no backup was ever made", "see 'dosecal backup'")
    found = f"the last backup is of {last[:16].replace('T', ' ')}"
    is_fresh = moment - datetime.fromisoformat(last) <= _BACKUP_EVERY
    return (
        well("backup", found) if is_fresh else look("backup", found, "make one every day: 'dosecal backup'")
    )


def _wal(journal: str, *, is_safe: bool) -> Check:
    if is_safe:
        return well("sqlite-wal", f"this SQLite may use a write-ahead log; the journal is {journal!r}")
    if journal == "wal":
        advice = "update SQLite to 3.51.3 or later: see sqlite.org/wal.html, 'The WAL-Reset Bug'"
        return wrong(
            "sqlite-wal", "this SQLite can corrupt a file in WAL mode, and the file is in it", advice
        )
    found = f"this SQLite must not use a write-ahead log, and does not: the journal is {journal!r}"
    return well("sqlite-wal", found)


def _channel(name: str, healths: Sequence[ChannelHealth]) -> Check:
    check, found = f"channel-{name}", f"{name} works"
    if not healths:
        advice = "give the daemon what the channel needs; those reminders wait meanwhile"
        return wrong(check, f"somebody is reached by {name}, and no running daemon has that channel", advice)
    if any(health.state == BreakerState.CLOSED.value for health in healths):
        return well(check, found)
    return wrong(check, f"{name} rests after failures", "see why in the daemon's log: outcome=retry later")


def _unless(is_well: bool, name: str, found: str, advice: str) -> Check:
    return well(name, found) if is_well else wrong(name, found, advice)
