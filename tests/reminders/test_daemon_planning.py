"""Whom a daemon plans: everybody after its start, then those who have little left of the horizon."""

from __future__ import annotations

import pytest

from scheduler.reminders import daemon as daemon_module
from scheduler.reminders.daemon import Daemon
from scheduler.reminders.planner import plan_everyone
from scheduler.store.unit_of_work import Store
from tests.support.waiting_reminders import NOON
from tests.support.ward import THRICE_DAILY, admit


def test_everybody_is_planned_once_and_then_who_has_little_left(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[int] = []
    monkeypatch.setattr(daemon_module, "plan_everyone", lambda *asked: planned.append(plan_everyone(*asked)))
    admit(store, THRICE_DAILY.format(start="2026-12-01"), NOON)
    daemon = Daemon(store, {}, lambda: NOON, "ward", 2)
    daemon._plan()
    daemon._plan()
    assert planned == [1, 0]


def test_a_pass_that_was_broken_off_by_a_stop_is_not_taken_for_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(daemon_module, "plan_everyone", lambda _, __, short_of, ___: asked.append(short_of))
    daemon = Daemon(store, {}, lambda: NOON, "ward", 2)
    daemon.stop()
    daemon._stopping.set()
    daemon._plan()
    daemon._plan()
    assert asked == [None, None]
