"""Feeds are small, and nothing is done twice."""

from __future__ import annotations

import pytest

from scheduler.store.plans import Plans
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import (
    World,
    events_of,
    titled,
)
from tests.support.one_patient import THREE_A_DAY


def must_not_be_called(*_: object, **__: object) -> None:
    raise AssertionError("a plan was loaded or a feed rendered")


def test_a_thousand_events_take_less_than_half_a_megabyte(store: Store) -> None:
    times = ", ".join(f'"{hour:02}:00"' for hour in range(0, 24, 3))
    body = "".join(
        THREE_A_DAY.replace('id = "octreotide"', f'id = "r{number}"').replace(
            '"07:00", "15:00", "23:00"', times
        )
        for number in range(2)
    )
    world = World(store, body)
    answer = world.get()
    events = events_of(answer.content)
    assert 980 < len(events) <= 1000
    assert titled(events, "Calendar shown up to here")
    assert len(answer.content) < 500_000
    assert int(world.get({"accept-encoding": "gzip"}).headers["content-length"]) < 50_000


def test_a_304_renders_nothing_loads_no_plan_and_reads_no_bytes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = world.get().headers
    for name in ("refresh_feed", "stored_feed"):
        monkeypatch.setattr(f"scheduler.web.feeds.{name}", must_not_be_called)
    for name in ("load_many", "load_recent"):
        monkeypatch.setattr(Plans, name, must_not_be_called)
    with world.new_server() as other:
        for server in (world.client, other):
            for condition in (
                {"if-none-match": known["etag"]},
                {"if-modified-since": known["last-modified"]},
            ):
                assert world.get(condition, server=server).status_code == 304


def test_a_200_of_an_unchanged_feed_loads_no_plan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = world.get()
    monkeypatch.setattr("scheduler.web.feeds.refresh_feed", must_not_be_called)
    for name in ("load_many", "load_recent"):
        monkeypatch.setattr(Plans, name, must_not_be_called)
    with world.new_server() as other:
        assert world.get(server=other).content == first.content
