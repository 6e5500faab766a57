"""Where a dose in a patient's calendar leads, and what somebody gets who asks for a link there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from scheduler.actions import record_dose
from scheduler.actions.caseload import add_to_caseload, create_caseload
from scheduler.actions.feed import issue_feed, rotate_feed
from scheduler.actions.feed_address import BaseUrl
from scheduler.actions.feed_contents import FeedStyle
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.audience import Audience
from scheduler.ical.event_body import GAP
from scheduler.ical.privacy import Privacy
from scheduler.store.recipients import RecipientRole
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from scheduler.web.app import make_app
from tests.support.answer_world import AT_SEVEN, FIRST, OUTSIDE, World
from tests.support.feed_world import SeenEvent, events_of
from tests.support.one_patient import DEPOT

LINK = re.compile(r"To answer: (https://doses\.example/dose/[a-z2-9]{12}/[0-9a-f]{16})(?:\n|$)")
SECOND = "octreotide@2026-12-01/2"


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    made.plan(AT_SEVEN)
    made.send_what_is_due()
    with made.browser:
        yield made


def issue(world: World, audience: Audience = Audience.PATIENT, privacy: Privacy = Privacy.DISCREET) -> str:
    whose = "ward" if audience.is_staff else world.patient
    style = FeedStyle(privacy=privacy)
    token = issue_feed(world.store, whose, world.moment, label="phone", style=style, audience=audience)
    return f"/feeds/{token}.ics"


def fetched(world: World, path: str) -> dict[str, SeenEvent]:
    answer = world.get(path)
    assert answer.status_code == 200
    return events_of(answer.content)


def link_of(event: SeenEvent) -> str:
    """The path of the link of an event."""
    found = LINK.search(event.says.replace("\\n", "\n"))
    assert found is not None
    return found[1].removeprefix(OUTSIDE.text)


def link_at(world: World, start: str) -> str:
    events = fetched(world, issue(world))
    return next(link_of(event) for event in events.values() if event.start == start)


def test_every_dose_of_a_patients_calendar_leads_to_a_page_of_its_own(world: World) -> None:
    events = fetched(world, issue(world))
    links = [link_of(event) for event in events.values()]
    assert len(links) > 300
    assert len(set(links)) == len(links)
    assert not any(link.endswith(GAP) for link in links)
    for link in links[:3]:
        assert world.get(link).status_code == 200


@pytest.mark.parametrize("privacy", list(Privacy))
def test_the_link_stands_whole_at_the_end_at_each_level(world: World, privacy: Privacy) -> None:
    for event in fetched(world, issue(world, privacy=privacy)).values():
        line = next(line for line in event.says.splitlines() if line.startswith("DESCRIPTION:"))
        assert re.search(r"\\nTo answer: https://doses\.example/dose/[a-z2-9]{12}/[0-9a-f]{16}$", line)


def test_each_link_names_the_event_that_it_stands_in(world: World) -> None:
    for event in fetched(world, issue(world)).values():
        assert link_of(event).endswith(f"/{event.uid.replace('-', '')[:16]}")


@pytest.mark.parametrize("length", range(47, 67))
def test_the_line_may_be_folded_anywhere_in_the_link(world: World, length: int) -> None:
    outside = BaseUrl.parse(f"https://doses.example/{'x' * length}")
    app = make_app(world.store, load_formulary(), lambda: world.moment, outside, outside)
    with TestClient(app) as browser:
        events = events_of(browser.get(issue(world)).content)
    for event in events.values():
        assert f"{outside.text}/dose/" in event.says
        assert event.uid.replace("-", "")[:16] in event.says


def test_others_do_not_answer_for_a_patient(world: World) -> None:
    create_caseload(world.store, "ward", "Day ward", ZoneInfo("America/New_York"), world.moment)
    add_to_caseload(world.store, "ward", [world.patient], "room 1", world.moment)
    for audience in (Audience.CARER, Audience.NURSE, Audience.CLINIC):
        assert b"To answer" not in world.get(issue(world, audience)).content


def test_without_a_known_address_there_is_no_link(world: World) -> None:
    app = make_app(world.store, load_formulary(), lambda: world.moment, OUTSIDE)
    with TestClient(app) as browser:
        assert b"To answer" not in browser.get(issue(world)).content


def test_a_new_address_of_the_calendar_changes_no_event(world: World) -> None:
    path = issue(world)
    before = fetched(world, path)
    world.moment += timedelta(minutes=5)
    newer = rotate_feed(world.store, path[7:15], world.moment)
    after = fetched(world, f"/feeds/{newer}.ics")
    assert {uid: event for uid, event in after.items() if uid in before} == before


def test_a_calendar_that_gets_links_counts_one_change_for_each_event(world: World) -> None:
    path = issue(world)
    app = make_app(world.store, load_formulary(), lambda: world.moment, OUTSIDE)
    with TestClient(app) as browser:
        before = events_of(browser.get(path).content)
    for _ in range(2):
        after = fetched(world, path)
        assert {e.sequence - before[uid].sequence for uid, e in after.items()} == {1}


def test_the_page_shows_nothing_and_is_the_same_for_all(world: World) -> None:
    link = link_at(world, "20261201T150000")
    page = world.get(link)
    assert page.status_code == 200
    assert page.content == world.get("/dose/nobody/nothing").content
    for told in ("ctreotide", "Zoe", "15:00", "07:00"):
        assert told not in page.text
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"


def test_opening_it_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    link = link_at(world, "20261201T150000")
    for name in ("transaction", "reading"):
        monkeypatch.setattr(Store, name, must_not_be_called)
    assert world.get(link).status_code == world.browser.head(link).status_code == 200
    assert world.browser.put(link).status_code == 405


def test_a_link_is_sent_to_whom_it_reminds_and_answers_the_dose(world: World) -> None:
    told_only = world.remind("yan@example.org", role=RecipientRole.ESCALATION)
    link = link_at(world, "20261201T150000")
    answer = world.press(link, "link")
    assert answer.status_code == 200
    assert "Look at your messages" in answer.text
    path = world.send("asked-1", SECOND)
    message = world.say(world.rows(SECOND)["asked-1"])
    assert message.text.startswith("The link that was asked for, to answer your 15:00:\nhttps://")
    with world.store.reading() as work:
        asked = work.reminder_log.of_step(world.rows(SECOND)["asked-1"])
    assert told_only.id not in {row.recipient_id for row in asked}
    assert "It is still to come." in world.get(path).text
    assert world.press(path, "given").status_code == 200
    assert world.recorded(SECOND) is not None


def test_a_link_can_be_asked_for_long_before_a_depot_is_due(store: Store) -> None:
    world = World(store, DEPOT)
    world.plan(AT_SEVEN)
    with world.browser:
        world.press(link_at(world, "20270223T100000"), "link")
        path = world.send("asked-1", "lar#4")
        assert "Your 10:00 on Tuesday 23 February" in world.get(path).text
        world.plan(world.moment + timedelta(hours=1))
        assert world.states("lar#4") == {"asked-1": ReminderState.SENT}


def test_nobody_can_have_many_sent(world: World) -> None:
    link = link_at(world, "20261201T150000")
    for minutes, count in ((0, 1), (1, 1), (5, 2), (10, 3), (15, 3)):
        world.moment = AT_SEVEN + timedelta(minutes=minutes)
        assert world.press(link, "link").status_code == 200
        world.send_what_is_due()
        assert len([step for step in world.states(SECOND) if step.startswith("asked")]) == count


def test_nobody_can_have_many_sent_of_many_doses(world: World) -> None:
    links = [link_of(event) for event in fetched(world, issue(world)).values()]
    for link in links[:20]:
        world.press(link, "link")
    with world.store.reading() as work:
        assert work.answers.count_asked(world.patient, world.moment) == 12


def test_of_a_recorded_dose_no_link_is_sent_and_nothing_tells_so(world: World) -> None:
    link = link_at(world, "20261201T070000")
    record_dose.give(world.store, world.patient, FIRST, world.moment, at=None, site=None)
    answer = world.press(link, "link")
    assert answer.content == world.press("/dose/nobody/nothing", "link").content
    assert "asked-1" not in world.states()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS"]),
    room=st.sampled_from(["answer", "dose/aaaaaaaaaaaa", "feeds", "subscribe", "dose"]),
    rest=st.text(alphabet=st.characters(codec="utf-8", exclude_characters="?#"), max_size=80),
    body=st.binary(max_size=200),
)
def test_no_address_and_no_body_is_too_much(
    fuzzed: World, method: str, room: str, rest: str, body: bytes
) -> None:
    from urllib.parse import quote

    answer = fuzzed.browser.request(method, f"/{room}/{quote(rest, safe='')}", content=body)
    assert answer.status_code < 500


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=st.binary(max_size=300)
    | st.dictionaries(st.sampled_from(["answer", "at", "site", "wait", "more"]), st.text(max_size=20))
)
def test_no_form_is_too_much_for_a_good_link(fuzzed: World, body: bytes | dict[str, str]) -> None:
    path = f"/answer/{fuzzed.token_for()}"
    sent = {"content": body} if isinstance(body, bytes) else {"data": body}
    assert fuzzed.browser.post(path, **sent).status_code in {200, 400, 409, 422}


@pytest.fixture
def fuzzed(world: World) -> World:
    return world


def must_not_be_called(*_: object) -> None:
    raise AssertionError("the database was asked")
