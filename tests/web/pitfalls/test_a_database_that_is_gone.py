"""Nothing that a program takes for a fault while there is something to show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.actions.feed import revoke_feed
from scheduler.actions.patient import remove_patient
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import (
    World,
    lose_the_database,
    unreachable,
)


def broken(*told: object) -> None:
    raise ValueError(f"Zoe Marsh: {' '.join(map(str, told))}")


def test_with_the_database_gone_whoever_may_have_the_calendar_still_gets_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.get()
    lose_the_database(monkeypatch)
    for _ in range(2):
        answer = world.get()
        assert (answer.status_code, answer.content) == (200, first.content)
        assert answer.headers == first.headers
    assert world.get({"if-none-match": first.headers["etag"]}).status_code == 304
    assert world.get({"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert world.client.head(world.path).status_code == 200


def test_with_the_database_gone_a_wrong_secret_and_an_unknown_key_get_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.get()
    lose_the_database(monkeypatch)
    for token in (f"{world.token.key_id}-{'A' * 43}", f"{'z' * 8}-{world.token.secret}"):
        answer = world.get(path=f"/feeds/{token}.ics")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "60"
        assert b"VEVENT" not in answer.content


@pytest.mark.parametrize("end", ["revoked", "removed"])
def test_with_the_database_gone_a_calendar_that_has_ended_does_not_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    world.get()
    if end == "revoked":
        revoke_feed(world.store, world.token.key_id, world.moment)
    else:
        remove_patient(world.store, world.patient)
    assert world.get().status_code == (200 if end == "revoked" else 404)
    lose_the_database(monkeypatch)
    assert world.get().status_code == 503


def test_a_rendering_that_fails_leaves_the_stored_bytes_to_every_server(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = world.get()
    world.skip()
    monkeypatch.setattr("scheduler.web.feeds.refresh_feed", broken)
    with world.new_server() as other:
        for server in (world.client, other):
            answer = world.get(server=server)
            assert (answer.status_code, answer.content) == (200, first.content)
            assert answer.headers == first.headers
            assert world.get({"if-none-match": first.headers["etag"]}, server=server).status_code == 304
    assert "a feed could not be rendered and is served as it was: ValueError at" in caplog.text
    assert "Zoe" not in caplog.text


def test_a_use_that_cannot_be_written_down_keeps_nobody_from_the_calendar(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.get()
    world.moment += timedelta(hours=16)  # another day in UTC, the same in New York
    monkeypatch.setattr(Store, "transaction", unreachable)
    assert world.get().status_code == 200
