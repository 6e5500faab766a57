"""What a daemon counts, for Prometheus. No label names a patient, a recipient or a medicine.

Names and units follow prometheus.io/docs/practices/naming.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from scheduler import __version__
from scheduler.clock import Clock
from scheduler.errors import StoreError
from scheduler.reminders.breaker import BreakerState
from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unasked, Unknown
from scheduler.reminders.outbox import Ended
from scheduler.reminders.restored import lost_since
from scheduler.reminders.stand_in import INSTEAD_OF
from scheduler.store.queue_depth import QueueDepth
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 1800, 3600)
"""From what a quick machine does to what a person would call an hour late."""

OVERDUE = timedelta(seconds=60)
"""The auditor's grace."""

_ACCEPTED = "accepted"
_OUTCOMES: dict[type[Outcome | Unasked], str] = {
    Accepted: _ACCEPTED,
    Refused: "refused",
    RetryLater: "retry later",
    Unknown: "unknown",
}
_UP = {BreakerState.CLOSED: 1.0, BreakerState.HALF_OPEN: 0.5, BreakerState.OPEN: 0.0}


class Meter:
    """Counts since the daemon started."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        Info("dosecal_build", "Which dosecal this is.", registry=self.registry).info({"version": __version__})
        ProcessCollector(registry=self.registry)
        self._lateness = Histogram(
            "dosecal_reminder_lateness_seconds",
            "From the instant at which a reminder was to be said to its handing over, where it was accepted.",
            ["channel"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._attempts = self._counter("attempts", "Reminders handed to a channel.", "channel", "outcome")
        self._copies = self._counter(
            "possible_copies", "Reminders that may have arrived and were or are sent once more.", "channel"
        )
        self._rescued = self._counter("rescued", "Reminders taken over from a daemon that ended or hung.")
        self._faults = Gauge("dosecal_audit_faults", "Found by the last audit.", registry=self.registry)
        self._audited_at = Gauge(
            "dosecal_audit_timestamp_seconds", "When the last audit ended, Unix time.", registry=self.registry
        )
        # To find a histogram by its labels costs more than to observe, and there are a handful.
        self._lateness_of = lru_cache(maxsize=None)(self._lateness.labels)

    def told(self, ended: Iterable[Ended]) -> None:
        """Count what was handed to a channel; the rest of ``ended`` is passed over."""
        attempts: Count[tuple[str, str]] = Count()
        copies: Count[str] = Count()
        for end in ended:
            if end.told_at is None:
                continue
            rows, outcome = end.parts[0]
            channel = end.lane.name
            attempts[channel, _OUTCOMES.get(type(outcome), "unknown")] += len(rows)
            copies[channel] += sum(isinstance(outcome, Unknown) or row.times_lost > 0 for row in rows)
            if isinstance(outcome, Accepted):
                self._accepted(channel, rows, end.told_at)
        for labels, count in attempts.items():
            self._attempts.labels(*labels).inc(count)
        for channel, count in copies.items():
            self._copies.labels(channel).inc(count)

    def _accepted(self, channel: str, rows: Sequence[LeasedReminder], at: datetime) -> None:
        for record in (row.record for row in rows if _has_its_own_instant(row.record)):
            self._lateness_of(channel).observe(max(0.0, (at - _instant(record)).total_seconds()))

    @property
    def in_vain(self) -> int:
        """How many reminders a channel did not accept so far."""
        samples = (sample for metric in self._attempts.collect() for sample in metric.samples)
        counted = (s for s in samples if s.name.endswith("_total") and s.labels["outcome"] != _ACCEPTED)
        return int(sum(sample.value for sample in counted))

    def rescued(self, count: int) -> None:
        """So many were taken over."""
        self._rescued.inc(count)

    def audited(self, faults: int, at: datetime) -> None:
        """An audit came to its end."""
        self._faults.set(faults)
        self._audited_at.set(at.timestamp())

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"dosecal_{name}", says, labels, registry=self.registry)


class QueueCollector(Collector):
    """What the database says at the moment somebody asks: the same from every daemon."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that to register it asks no database."""
        return []

    def collect(self) -> Iterable[Metric]:
        """The gauges; where the database does not answer, only that it does not."""
        try:
            with self._store.reading() as work:
                depth = work.queue_depth.at(self._clock(), OVERDUE)
                healths = work.channel_health.all()
        except StoreError:
            yield _gauge("database_up", "Whether the database answers.", 0)
            return
        yield _gauge("database_up", "Whether the database answers.", 1)
        yield from self._depth(depth)
        up = GaugeMetricFamily(
            "dosecal_channel_up", "1: works, 0.5: is tried, 0: rests.", None, ["channel", "node"]
        )
        for health in healths:
            up.add_metric([health.channel, health.node], _UP[BreakerState(health.state)])
        yield up

    def _depth(self, depth: QueueDepth) -> Iterable[Metric]:
        oldest = depth.oldest_due_at
        waits = 0.0 if oldest is None else (self._clock() - oldest).total_seconds()
        yield _gauge("reminders_waiting", "Not sent yet.", depth.waiting)
        yield _gauge("reminders_overdue", "Should have been sent a minute ago.", depth.overdue)
        yield _gauge("reminders_never_attempted", "Overdue, and never tried.", depth.never_tried)
        yield _gauge("reminders_leased", "Held by a daemon to be sent.", depth.leased)
        yield _gauge("leases_stuck", "Ran out a minute ago, and nobody freed them.", depth.stuck)
        yield _gauge("oldest_overdue_seconds", "How long the first of the overdue waits.", waits)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"dosecal_{name}", says, value)


def _has_its_own_instant(record: ReminderRecord) -> bool:
    """Not so what was queued because of something else, whenever that was."""
    return INSTEAD_OF not in record.policy and lost_since(record) is None


def _instant(record: ReminderRecord) -> datetime:
    at = record.policy.get("at")
    return record.dose_due_at if at is None else datetime.fromisoformat(at)
