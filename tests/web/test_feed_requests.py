"""What a calendar client meets at a feed's address."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from scheduler.actions.feed import list_feeds, revoke_feed
from scheduler.actions.patient import remove_patient
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import PLAIN, World, lose_the_database
from tests.support.one_patient import MORNING


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    with made.client:
        yield made


def test_a_feed_is_a_calendar_with_a_dose_to_an_event(world: World) -> None:
    answer = world.client.get(world.path)
    assert answer.status_code == 200
    calendar = icalendar.Calendar.from_ical(answer.content)
    # 120 days ahead from 1 December, today included, three doses a day
    assert len(calendar.events) == 360
    assert {str(event["SUMMARY"]) for event in calendar.events} == {"Reminder"}


def test_the_headers_are_those_that_clients_and_privacy_need(world: World) -> None:
    headers = world.client.get(world.path, headers=PLAIN).headers
    assert headers["content-type"] == "text/calendar; charset=utf-8"
    assert headers["content-disposition"] == 'inline; filename="plan.ics"'
    assert headers["cache-control"] == "private, max-age=900, must-revalidate"
    assert headers["vary"] == "Accept-Encoding"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["etag"].startswith('"')
    assert "set-cookie" not in headers


def test_head_answers_as_get_does_without_a_body(world: World) -> None:
    got, head = world.client.get(world.path, headers=PLAIN), world.client.head(world.path, headers=PLAIN)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers == got.headers


def test_no_user_agent_and_no_accept_header_is_turned_away(world: World) -> None:
    for agent in ("", "Google-Calendar-Importer", "curl/8"):
        assert world.client.get(world.path, headers={"user-agent": agent, "accept": ""}).status_code == 200


@pytest.mark.parametrize("write", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
def test_a_client_that_has_the_bytes_gets_304_with_both_validators(world: World, write: str) -> None:
    first = world.client.get(world.path, headers=PLAIN)
    condition = {**PLAIN, "if-none-match": write.format(etag=first.headers["etag"])}
    again = world.client.get(world.path, headers=condition)
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["last-modified"] == first.headers["last-modified"]
    assert again.headers["vary"] == "Accept-Encoding"


def test_an_etag_of_something_else_gets_the_bytes_whatever_the_date_says(world: World) -> None:
    condition = {"if-none-match": '"stale"', "if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert world.client.get(world.path, headers=condition).status_code == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("{last_modified}", 304),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 304),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("yesterday", 200),
        ("", 200),
        ("Fri, 99 Foo 2100 77:00:00 GMT", 200),
    ],
)
def test_if_modified_since_is_really_compared(world: World, since: str, status: int) -> None:
    last_modified = world.client.get(world.path).headers["last-modified"]
    condition = {"if-modified-since": since.format(last_modified=last_modified)}
    assert world.client.get(world.path, headers=condition).status_code == status


def test_a_compressed_answer_has_a_weak_etag_that_still_gives_304(world: World) -> None:
    packed = world.client.get(world.path, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"].startswith('W/"')
    again = world.client.get(world.path, headers={**PLAIN, "if-none-match": packed.headers["etag"]})
    assert again.status_code == 304


def test_two_servers_give_the_same_bytes_at_different_hours_of_a_day(world: World) -> None:
    first = world.client.get(world.path, headers=PLAIN)
    world.moment += timedelta(hours=9)
    with world.new_server() as other:
        second = other.get(world.path, headers=PLAIN)
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["last-modified"] == first.headers["last-modified"]


def test_the_window_rolls_at_the_patients_midnight_and_last_modified_with_it(world: World) -> None:
    before = world.client.get(world.path, headers=PLAIN)
    world.moment = datetime(2026, 12, 2, 4, 59, tzinfo=UTC)  # 23:59 in New York
    assert world.client.get(world.path, headers=PLAIN).headers["etag"] == before.headers["etag"]
    world.moment = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)  # midnight
    after = world.client.get(world.path, headers=PLAIN)
    assert after.headers["etag"] != before.headers["etag"]
    assert after.headers["last-modified"] == "Wed, 02 Dec 2026 05:00:00 GMT"


def test_recording_a_dose_changes_the_bytes_and_both_validators(world: World) -> None:
    before = world.client.get(world.path, headers=PLAIN)
    world.give_the_first_dose()
    old = {"if-none-match": before.headers["etag"], "if-modified-since": before.headers["last-modified"]}
    after = world.client.get(world.path, headers={**PLAIN, **old})
    assert after.status_code == 200
    assert after.headers["last-modified"] == "Tue, 01 Dec 2026 12:05:00 GMT"
    first = icalendar.Calendar.from_ical(after.content).events[0]
    assert first["SEQUENCE"] == 1
    assert not first.alarms.times
    assert first["UID"] == icalendar.Calendar.from_ical(before.content).events[0]["UID"]


@pytest.mark.parametrize("token", ["abcdefgh-wrong", "abcdefgh", "-", "x" * 500, "%00-%00", "né-né"])
def test_an_unknown_token_is_not_found(world: World, token: str) -> None:
    answer = world.client.get(f"/feeds/{token}.ics")
    assert answer.status_code == 404
    assert "no-store" in answer.headers["cache-control"]


def test_a_known_key_with_a_wrong_secret_is_not_found(world: World) -> None:
    assert world.client.get(f"/feeds/{world.token.key_id}-{'A' * 43}.ics").status_code == 404


def test_a_revoked_feed_says_so_for_thirty_days_and_is_then_gone(world: World) -> None:
    revoke_feed(world.store, world.token.key_id, world.moment)
    ended = world.client.get(world.path)
    assert ended.status_code == 200
    (event,) = icalendar.Calendar.from_ical(ended.content).events
    assert str(event["SUMMARY"]) == "Subscription ended"
    world.moment += timedelta(days=29, hours=23)
    assert world.client.get(world.path).status_code == 200
    world.moment += timedelta(hours=1)
    assert world.client.get(world.path).status_code == 410


def test_a_feed_of_a_removed_patient_is_not_found(world: World) -> None:
    remove_patient(world.store, world.patient)
    assert world.client.get(world.path).status_code == 404


def test_no_request_is_redirected_with_its_token(world: World) -> None:
    answer = world.client.get(f"{world.path}/", follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_only_reading_is_allowed(world: World) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert world.client.request(method, world.path).status_code == 405


def test_the_day_of_the_last_use_is_remembered_and_nothing_finer(world: World) -> None:
    world.client.get(world.path)
    (feed,) = list_feeds(world.store, world.patient)
    assert feed.last_used_on == MORNING.date()


def test_a_second_request_of_an_unchanged_plan_renders_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.client.get(world.path)
    monkeypatch.setattr("scheduler.web.feeds.refresh_feed", _must_not_be_called)
    assert world.client.get(world.path).status_code == 200


def test_no_status_puts_the_token_into_a_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    # httpx2 logs the address of each request; that is the client's log, not ours.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    caplog.set_level(logging.DEBUG)
    world.client.get(world.path)
    world.client.get(f"/feeds/{world.token.key_id}-{'A' * 43}.ics")
    revoke_feed(world.store, world.token.key_id, world.moment)
    world.client.get(world.path)
    world.moment += timedelta(days=60)
    world.client.get(world.path)
    assert world.token.secret not in caplog.text


def test_a_database_that_is_gone_gives_503_and_a_time_to_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lose_the_database(monkeypatch)
    answer = world.client.get(world.path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert world.token.secret not in caplog.text


def test_a_plan_that_cannot_be_rendered_is_logged_without_what_it_says(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("Zoe Marsh takes octreotide")

    monkeypatch.setattr("scheduler.web.feeds.refresh_feed", broken)
    assert world.client.get(world.path).status_code == 500
    assert "a feed could not be rendered: ValueError at" in caplog.text
    assert "Zoe" not in caplog.text
    assert world.token.secret not in "".join(
        record.getMessage() for record in caplog.records if record.name != "httpx2"
    )


def _must_not_be_called(*_: object) -> None:
    raise AssertionError("rendered a second time")
