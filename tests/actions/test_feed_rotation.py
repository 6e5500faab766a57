"""The end of a feed's address, at once or beside a new one, and what is left of it in a calendar program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from scheduler.actions.caseload import add_to_caseload, create_caseload
from scheduler.actions.feed import ENDED_FOR, OVERLAP, list_feeds, revoke_feed, rotate_feed
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.lead_choice import LeadChoice
from scheduler.dosing.timezone import local_date
from scheduler.errors import InputError, NotFoundError
from scheduler.ical.audience import Audience
from scheduler.ical.privacy import Privacy
from scheduler.store.feeds import FeedRecord
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import PROGRAMS, Subscriber, World, path_of, titled
from tests.support.one_patient import DEPOT, MORNING
from tests.support.waiting_reminders import ZOE

A_DAY = timedelta(days=1)
NEW_ADDRESS = "This calendar has a new address"
ENDED = "Subscription ended"


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    with made.client:
        yield made


@pytest.fixture
def programs(world: World) -> list[Subscriber]:
    """One of each kind, which has fetched the doses once."""
    made = [program(world) for program in PROGRAMS]
    for program in made:
        assert program.sync() == 200
        assert program.titles == {"Reminder"}
    return made


def feed_of(world: World, key_id: str) -> FeedRecord:
    return next(feed for feed in list_feeds(world.store, None) if feed.key_id == key_id)


def today(world: World) -> str:
    return f"{local_date(world.moment, ZOE.zone):%Y%m%d}"


def test_a_revoked_feed_clears_the_doses_out_of_every_program(
    world: World, programs: list[Subscriber]
) -> None:
    revoke_feed(world.store, world.token.key_id, world.later())
    for program in programs:
        assert program.sync() == 200
        assert program.titles == {ENDED}
        assert not any(event.rings for event in program.shown.values())


def test_a_program_shows_the_end_on_the_day_it_looks_for_thirty_days_then_the_address_is_gone(
    world: World, programs: list[Subscriber]
) -> None:
    revoke_feed(world.store, world.token.key_id, world.moment)
    for _ in range(ENDED_FOR.days):
        for program in programs:
            assert program.sync() == 200
            assert [(e.title, e.start) for e in program.shown.values()] == [(ENDED, today(world))]
            assert program.sync() == 304
        world.moment += A_DAY
    for program in programs:
        assert program.sync() == 410
        assert program.titles == {ENDED}


def test_a_program_that_looks_only_after_thirty_days_is_told_that_it_is_gone(world: World) -> None:
    revoke_feed(world.store, world.token.key_id, world.moment)
    world.moment += ENDED_FOR
    answer = world.get()
    assert answer.status_code == 410
    assert b"This calendar has ended." in answer.content
    assert "no-store" in answer.headers["cache-control"]


def test_an_ended_calendar_says_nothing_of_anybody_at_any_privacy(world: World) -> None:
    for privacy in Privacy:
        style = FeedStyle(privacy=privacy, alias="Sandy")
        token = world.issue(style=style)
        assert world.get(path=path_of(token)).status_code == 200
        revoke_feed(world.store, token.key_id, world.moment)
        text = world.get(path=path_of(token)).text
        for told in ("Zoe", "Marsh", "ctreotide", "VALARM", "100 "):
            assert told not in text


def test_the_bytes_of_a_revoked_feed_are_forgotten_at_once(world: World) -> None:
    world.get()
    revoke_feed(world.store, world.token.key_id, world.moment)
    with world.store.reading() as work:
        assert work.rendered_feeds.find(world.token.key_id) is None


def test_the_bytes_of_a_feed_that_ended_by_itself_are_forgotten_when_it_is_asked_for(world: World) -> None:
    world.get()
    rotate_feed(world.store, world.token.key_id, world.moment)
    world.moment += OVERLAP
    world.get()
    with world.store.reading() as work:
        assert work.rendered_feeds.find(world.token.key_id) is None


def test_a_feed_revoked_twice_ended_the_first_time(world: World) -> None:
    revoke_feed(world.store, world.token.key_id, world.moment)
    revoke_feed(world.store, world.token.key_id, world.moment + A_DAY)
    assert feed_of(world, world.token.key_id).revoked_at == MORNING
    with pytest.raises(NotFoundError, match="'nobody'"):
        revoke_feed(world.store, "nobody", world.moment)


def test_a_new_address_goes_on_with_the_very_bytes_of_the_old_one(world: World) -> None:
    world.get()
    world.skip()
    world.get()
    world.undo()
    before = world.get()
    newer = rotate_feed(world.store, world.token.key_id, world.later())
    after = world.get(path=path_of(newer))
    assert after.content == before.content
    assert b"\r\nSEQUENCE:2\r\n" in after.content
    for name in ("etag", "last-modified"):
        assert after.headers[name] == before.headers[name]


def test_a_new_address_is_not_rendered_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.get()
    newer = rotate_feed(world.store, world.token.key_id, world.moment)

    def rendered(*_: object) -> None:
        raise AssertionError("rendered again")

    monkeypatch.setattr("scheduler.web.feeds.refresh_feed", rendered)
    assert world.get(path=path_of(newer)).status_code == 200


def test_the_old_address_goes_on_with_the_doses_and_a_notice_on_every_day_until_it_ends(
    world: World, programs: list[Subscriber]
) -> None:
    rotate_feed(world.store, world.token.key_id, world.moment)
    for _ in range(OVERLAP.days):
        for program in programs:
            assert program.sync() == 200
            (notice,) = titled(program.shown, NEW_ADDRESS)
            assert (notice.start, notice.rings) == (today(world), False)
            assert "15 Dec 2026" in notice.says
            assert len(titled(program.shown, "Reminder")) >= 360
        world.moment += A_DAY
    for program in programs:
        assert program.sync() == 200
        assert program.titles == {ENDED}
    world.moment += ENDED_FOR - A_DAY
    assert world.get().status_code == 200
    world.moment += A_DAY
    assert world.get().status_code == 410


def test_the_notice_moves_the_validators_and_touches_no_dose(world: World) -> None:
    before, first = world.events(), world.get()
    rotate_feed(world.store, world.token.key_id, world.later())
    old = {"if-none-match": first.headers["etag"], "if-modified-since": first.headers["last-modified"]}
    for condition in (old, {"if-modified-since": first.headers["last-modified"]}):
        assert world.get(condition).status_code == 200
    after = world.events()
    assert {uid: event for uid, event in after.items() if uid in before} == before
    assert [after[uid].title for uid in after.keys() - before.keys()] == [NEW_ADDRESS]


def test_the_new_address_says_nothing_of_the_old_one_and_does_not_end(world: World) -> None:
    newer = rotate_feed(world.store, world.token.key_id, world.moment)
    for _ in range(3):
        assert {event.title for event in world.events(path_of(newer)).values()} == {"Reminder"}
        world.moment += OVERLAP


def test_both_addresses_count_a_later_change_alike(world: World) -> None:
    world.get()
    newer = rotate_feed(world.store, world.token.key_id, world.later())
    world.give_the_first_dose()
    old, new = world.events(), world.events(path_of(newer))
    assert {uid: event for uid, event in old.items() if event.title != NEW_ADDRESS} == new
    assert max(event.sequence for event in new.values()) == 1


def test_a_feed_rotated_before_anybody_fetched_it_has_the_same_uids_at_both_addresses(world: World) -> None:
    newer = rotate_feed(world.store, world.token.key_id, world.moment)
    old, new = world.events(), world.events(path_of(newer))
    assert {uid: event for uid, event in old.items() if event.title != NEW_ADDRESS} == new


def test_without_an_overlap_the_old_address_ends_at_once_and_the_new_one_goes_on(world: World) -> None:
    before = world.get().content
    newer = rotate_feed(world.store, world.token.key_id, world.moment, overlap=timedelta())
    assert {event.title for event in world.events().values()} == {ENDED}
    assert world.get(path=path_of(newer)).content == before


def test_the_secret_of_the_old_address_does_not_open_the_new_one(world: World) -> None:
    newer = rotate_feed(world.store, world.token.key_id, world.moment)
    assert newer.secret != world.token.secret
    assert world.get(path=f"/feeds/{newer.key_id}-{world.token.secret}.ics").status_code == 404
    assert world.get(path=f"/feeds/{world.token.key_id}-{newer.secret}.ics").status_code == 404


def test_an_old_address_can_be_ended_before_its_time(world: World) -> None:
    newer = rotate_feed(world.store, world.token.key_id, world.moment)
    revoke_feed(world.store, world.token.key_id, world.later())
    assert {event.title for event in world.events().values()} == {ENDED}
    assert len(world.events(path_of(newer))) == 360


def test_a_new_address_says_whose_it_is_as_the_old_one_did_and_was_never_used(world: World) -> None:
    leads = LeadChoice(prepare=True, order_days=7)
    style = FeedStyle(privacy=Privacy.FULL, alias="Sandy", leads=leads)
    old = world.issue(audience=Audience.CARER, style=style)
    world.get(path=path_of(old))
    newer = rotate_feed(world.store, old.key_id, world.later())
    was, now = feed_of(world, old.key_id), feed_of(world, newer.key_id)
    for name in ("patient_id", "caseload_id", "audience", "label", "privacy", "alias", "lead_tasks"):
        assert getattr(now, name) == getattr(was, name)
    assert (now.issued_at, now.revoked_at) == (world.moment, None)
    assert (now.last_used_on, now.last_used_by) == (None, None)
    assert was.last_used_on == MORNING.date()
    assert was.revoked_at == world.moment + OVERLAP


def test_a_feed_of_a_caseload_can_be_rotated_too(store: Store) -> None:
    world = World(store, DEPOT)
    create_caseload(store, "clinic", "Day clinic", ZOE.zone, MORNING)
    add_to_caseload(store, "clinic", [world.patient], "room 4", MORNING)
    style = FeedStyle(privacy=Privacy.INITIALS, alias="Appointment")
    old = world.issue("clinic", audience=Audience.CLINIC, style=style)
    before = world.get(path=path_of(old)).content
    newer = rotate_feed(store, old.key_id, world.later())
    assert world.get(path=path_of(newer)).content == before
    assert titled(world.events(path_of(old)), NEW_ADDRESS)


def test_only_a_feed_that_goes_on_gets_a_new_address(world: World) -> None:
    rotate_feed(world.store, world.token.key_id, world.moment)
    with pytest.raises(InputError, match="ends or has ended"):
        rotate_feed(world.store, world.token.key_id, world.moment)
    other = world.issue()
    revoke_feed(world.store, other.key_id, world.moment)
    with pytest.raises(InputError, match="ends or has ended"):
        rotate_feed(world.store, other.key_id, world.moment)
    with pytest.raises(NotFoundError, match="'nobody'"):
        rotate_feed(world.store, "nobody", world.moment)


@pytest.mark.parametrize("overlap", [-timedelta(seconds=1), timedelta(days=90, seconds=1)])
def test_an_overlap_is_of_up_to_ninety_days(world: World, overlap: timedelta) -> None:
    with pytest.raises(InputError, match="0 to 90 days"):
        rotate_feed(world.store, world.token.key_id, world.moment, overlap=overlap)
    assert len(list_feeds(world.store, world.patient)) == 1
