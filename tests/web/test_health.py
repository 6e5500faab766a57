"""What a supervisor or a load balancer asks a server, and what it counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from scheduler.store.unit_of_work import Store
from scheduler.web.app import PAGES
from scheduler.web.meter import WebMeter, counted
from tests.support.feed_world import World, lose_the_database


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    with made.client:
        yield made


def test_it_is_alive_and_ready(world: World) -> None:
    assert (world.client.get("/healthz").status_code, world.client.get("/readyz").text) == (200, "ready\n")
    assert world.client.get("/readyz").headers["cache-control"] == "no-store"


def test_without_its_database_it_is_alive_and_not_ready(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_database(monkeypatch)
    assert world.client.get("/healthz").status_code == 200
    answer = world.client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready: the database cannot be used\n")


def test_however_often_it_is_asked_the_database_is_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.client.get("/readyz").status_code == 200
    lose_the_database(monkeypatch)
    assert world.client.get("/readyz").status_code == 200
    monkeypatch.setattr("scheduler.web.health._REMEMBERED_S", -1.0)
    assert world.client.get("/readyz").status_code == 503


def test_answers_are_counted_by_kind_of_page_and_never_by_path(world: World) -> None:
    meter = WebMeter(PAGES)
    client = TestClient(counted(world.client.app, meter))
    with client:
        client.get(world.path)
        client.get("/feeds/secret.ics")
        client.get("/secret")
    got = meter.registry.get_sample_value
    assert got("dosecal_http_answers_total", {"page": "feeds", "status": "200"}) == 1
    assert got("dosecal_http_answers_total", {"page": "feeds", "status": "404"}) == 1
    assert got("dosecal_http_answers_total", {"page": "other", "status": "404"}) == 1
    assert got("dosecal_http_seconds_count", {"page": "feeds"}) == 2
