"""The stored bytes of feeds on every database: one state is replaced once, whoever comes first."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.actions.feed import issue_feed, rotate_feed
from scheduler.actions.feed_rendering import refresh_feed
from scheduler.actions.patient import remove_patient
from scheduler.errors import ConflictError, NotFoundError
from scheduler.formulary.formulary import load_formulary
from scheduler.store.rendered_feeds import RenderedRecord
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import DISCREET
from tests.support.one_patient import MORNING, add_patient

FIRST = RenderedRecord(
    state="one", etag='"1"', last_modified=MORNING, body=b"\x1f\x8b\x00\xff", events=b"\x00e"
)
SECOND = replace(FIRST, state="two", etag='"2"', last_modified=MORNING + timedelta(seconds=1), body=b"2")
THIRD = replace(FIRST, state="three", etag='"3"')


@pytest.fixture
def key_id(store: Store) -> str:
    """A feed that was never rendered."""
    return issue_feed(store, add_patient(store), MORNING, label="", style=DISCREET).key_id


def put(store: Store, key_id: str, before: RenderedRecord | None, after: RenderedRecord) -> bool:
    with store.transaction() as work:
        return work.rendered_feeds.replace(key_id, before, after)


def kept(store: Store, key_id: str) -> RenderedRecord | None:
    with store.reading() as work:
        return work.rendered_feeds.find(key_id)


def test_what_is_kept_comes_back_as_it_went_in(store: Store, key_id: str) -> None:
    assert kept(store, key_id) is None
    assert put(store, key_id, None, FIRST)
    assert kept(store, key_id) == FIRST
    with store.reading() as work:
        assert work.rendered_feeds.get(key_id) == FIRST


def test_a_feed_without_bytes_is_told_without_its_key(store: Store, key_id: str) -> None:
    with store.reading() as work, pytest.raises(NotFoundError, match=r"^the feed has no bytes$"):
        work.rendered_feeds.get(key_id)


def test_a_later_state_takes_the_place_of_the_one_it_came_from(store: Store, key_id: str) -> None:
    put(store, key_id, None, FIRST)
    assert put(store, key_id, FIRST, SECOND)
    assert kept(store, key_id) == SECOND


def test_who_comes_second_changes_nothing(store: Store, key_id: str) -> None:
    put(store, key_id, None, FIRST)
    put(store, key_id, FIRST, SECOND)
    assert not put(store, key_id, FIRST, THIRD)
    assert kept(store, key_id) == SECOND


def test_of_two_first_renderings_one_is_a_conflict(store: Store, key_id: str) -> None:
    put(store, key_id, None, FIRST)
    with pytest.raises(ConflictError):
        put(store, key_id, None, SECOND)
    assert kept(store, key_id) == FIRST


def test_bytes_that_were_forgotten_meanwhile_do_not_come_back(store: Store, key_id: str) -> None:
    put(store, key_id, None, FIRST)
    with store.transaction() as work:
        work.rendered_feeds.remove(key_id)
        work.rendered_feeds.remove(key_id)
    assert not put(store, key_id, FIRST, SECOND)
    assert kept(store, key_id) is None


def test_a_feed_goes_on_where_another_stands(store: Store, key_id: str) -> None:
    put(store, key_id, None, FIRST)
    newer = rotate_feed(store, key_id, MORNING)
    assert kept(store, newer.key_id) == kept(store, key_id) == FIRST


def test_of_a_feed_that_was_never_rendered_there_is_nothing_to_go_on_from(store: Store, key_id: str) -> None:
    newer = rotate_feed(store, key_id, MORNING)
    assert kept(store, newer.key_id) is None


def test_bytes_go_with_their_patient(store: Store) -> None:
    patient = add_patient(store)
    feed = issue_feed(store, patient, MORNING, label="", style=DISCREET)
    put(store, feed.key_id, None, FIRST)
    remove_patient(store, patient)
    assert kept(store, feed.key_id) is None


def test_a_look_up_tells_of_the_kept_bytes_what_a_304_needs(store: Store, key_id: str) -> None:
    with store.reading() as work:
        bare = work.feeds.look_up(key_id)
    assert bare is not None
    assert (bare.state, bare.etag, bare.last_modified) == (None, None, None)
    put(store, key_id, None, FIRST)
    with store.reading() as work:
        found = work.feeds.look_up(key_id)
    assert found is not None
    assert (found.state, found.etag, found.last_modified) == (FIRST.state, FIRST.etag, FIRST.last_modified)


def test_no_name_and_no_medicine_is_stored_with_the_revisions_of_a_discreet_feed(
    store: Store, key_id: str
) -> None:
    rendered = refresh_feed(store, load_formulary(), key_id, MORNING)
    record = kept(store, key_id)
    assert record is not None
    assert record.body == rendered.packed
    assert re.search(r"(?i)zoe|marsh|octreotide", record.state + rendered.body.decode()) is None
