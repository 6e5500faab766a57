"""Each event counts its own changes, whatever clocks do and whatever comes and goes beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.ical.event import Draft, EventKind
from scheduler.ical.event_body import EventText, event_body
from scheduler.ical.feed_identity import Revision
from scheduler.ical.shown_events import NOTHING_SHOWN, ShownEvent, ShownEvents, stamp

BERLIN = ZoneInfo("Europe/Berlin")
SLOT = datetime(2026, 10, 20, 6, 0, tzinfo=UTC)
FIRST = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
LATER = FIRST + timedelta(days=3)
TEXT: dict[str, Any] = {
    "status": "CONFIRMED",
    "title": "Garden",
    "description": "Planned for 08:00.",
    "rings": True,
    "times": "Europe/Berlin",
}


def draft(uid: str = "one", *, starts_at: datetime = SLOT, **changes: Any) -> Draft:
    """A dose at ``starts_at``; ``changes`` are of its text, or of the draft itself."""
    text = {key: changes.pop(key, value) for key, value in TEXT.items()}
    wall = starts_at.astimezone(BERLIN)
    facts: dict[str, Any] = {
        "uid": uid,
        "starts_at": starts_at,
        "zone": BERLIN,
        "start": f"{wall:%Y%m%dT%H%M%S}",
        "end": f"{wall + timedelta(minutes=15):%Y%m%dT%H%M%S}",
        "body": event_body(EventText(**text)),
        "kind": "dose",
        "subject": "/octreotide",
    }
    return Draft(**(facts | changes))


def at(moment: datetime, sequence: int = 0) -> Revision:
    return Revision(sequence=sequence, at=moment)


def counted(shown: ShownEvents, uid: str = "one") -> tuple[int, datetime]:
    event = shown.events[uid]
    return event.sequence, datetime.fromtimestamp(event.at, UTC)


def test_a_new_event_has_the_revision_it_is_given() -> None:
    shown = NOTHING_SHOWN.revised([draft()], at(FIRST, sequence=7))
    assert counted(shown) == (7, FIRST)


def test_a_revision_counts_to_the_whole_second() -> None:
    shown = NOTHING_SHOWN.revised([draft()], at(FIRST + timedelta(microseconds=999_999)))
    assert counted(shown) == (0, FIRST)


def test_an_event_that_did_not_change_keeps_its_count_and_its_stamp() -> None:
    before = NOTHING_SHOWN.revised([draft()], at(FIRST))
    after = before.revised([draft()], at(LATER, sequence=9))
    assert after == before


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Orchard"},
        {"description": "Planned for 8."},
        {"status": "CANCELLED"},
        {"rings": False},
        {"times": "Europe/Paris"},
        {"start": "20261020T090000"},
        {"end": "20261020T090000"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_is_visible_counts_when_it_changes(change: dict[str, Any]) -> None:
    before = NOTHING_SHOWN.revised([draft()], at(FIRST, sequence=4))
    after = before.revised([draft(**change)], at(LATER, sequence=0))
    assert counted(after) == (5, LATER)


@pytest.mark.parametrize("change", [{"subject": "/other"}, {"gone_at": 7}, {"kind": "lead"}], ids=str)
def test_what_nobody_sees_does_not_count(change: dict[str, Any]) -> None:
    before = NOTHING_SHOWN.revised([draft()], at(FIRST))
    assert counted(before.revised([draft(**change)], at(LATER))) == (0, FIRST)


@pytest.mark.parametrize("back", [timedelta(0), timedelta(microseconds=1), timedelta(hours=1), timedelta(30)])
def test_a_change_is_stamped_a_second_later_at_least_even_where_clocks_went_back(back: timedelta) -> None:
    before = NOTHING_SHOWN.revised([draft()], at(FIRST))
    after = before.revised([draft(title="Orchard")], at(FIRST - back))
    assert counted(after) == (1, FIRST + timedelta(seconds=1))


def test_a_change_a_second_later_is_stamped_at_its_own_time() -> None:
    before = NOTHING_SHOWN.revised([draft()], at(FIRST))
    after = before.revised([draft(title="Orchard")], at(FIRST + timedelta(seconds=1)))
    assert counted(after) == (1, FIRST + timedelta(seconds=1))


def test_two_events_changed_at_once_count_each_for_itself() -> None:
    before = NOTHING_SHOWN.revised([draft("one")], at(FIRST))
    before = before.revised([draft("one", title="Orchard"), draft("other")], at(FIRST))
    after = before.revised([draft("one", title="Garden"), draft("other", title="Orchard")], at(LATER))
    assert counted(before) == (1, FIRST + timedelta(seconds=1))
    assert (counted(after, "one"), counted(after, "other")) == ((2, LATER), (1, LATER))


def test_one_change_leaves_the_events_beside_it_alone() -> None:
    before = NOTHING_SHOWN.revised([draft("one"), draft("other")], at(FIRST))
    after = before.revised([draft("one", title="Orchard"), draft("other")], at(LATER))
    assert after.events["other"] == before.events["other"]


def test_what_was_gone_and_comes_back_as_another_counts_on() -> None:
    before = NOTHING_SHOWN.revised([draft()], at(FIRST, sequence=4))
    gone = before.revised([], at(LATER))
    back = gone.revised([draft(title="Orchard")], at(FIRST))
    assert counted(gone) == (4, FIRST)
    assert counted(back) == (5, FIRST + timedelta(seconds=1))


def test_what_was_gone_and_comes_back_as_it_was_is_the_same_event() -> None:
    before = NOTHING_SHOWN.revised([draft()], at(FIRST))
    assert before.revised([], at(LATER)).revised([draft()], at(LATER)) == before


@pytest.mark.parametrize(("days", "is_remembered"), [(0, True), (59, True), (60, False), (400, False)])
def test_what_is_gone_is_remembered_for_60_days_from_its_start(days: int, is_remembered: bool) -> None:
    before = NOTHING_SHOWN.revised([draft()], at(FIRST))
    after = before.revised([], at(SLOT + timedelta(days=days)))
    assert ("one" in after.events) == is_remembered


@pytest.mark.parametrize(("days", "is_remembered"), [(59, True), (60, False)])
def test_what_changed_after_its_start_is_remembered_for_60_days_from_then(
    days: int, is_remembered: bool
) -> None:
    changed_at = SLOT + timedelta(days=30)
    before = NOTHING_SHOWN.revised([draft()], at(changed_at))
    assert ("one" in before.revised([], at(changed_at + timedelta(days=days))).events) == is_remembered


def test_what_is_gone_before_its_time_is_remembered_until_then() -> None:
    far_off = draft(starts_at=SLOT + timedelta(days=300))
    before = NOTHING_SHOWN.revised([far_off], at(FIRST))
    assert "one" in before.revised([], at(SLOT + timedelta(days=300))).events


def test_what_was_forgotten_begins_anew() -> None:
    before = NOTHING_SHOWN.revised([draft()], at(FIRST)).revised([draft(title="Orchard")], at(FIRST))
    forgotten = before.revised([], at(SLOT + timedelta(days=60)))
    back_at = SLOT + timedelta(days=61)
    assert counted(forgotten.revised([draft()], at(back_at))) == (0, back_at)


def test_the_order_of_the_events_does_not_matter() -> None:
    known = NOTHING_SHOWN.revised([draft("one"), draft("two")], at(FIRST))
    changed = [draft("one", title="Orchard"), draft("two"), draft("three")]
    assert known.revised(changed, at(LATER)) == known.revised(changed[::-1], at(LATER))


def test_what_it_is_called_by_is_kept_for_when_it_is_gone() -> None:
    lead = draft(kind="lead", subject="p-1/octreotide", gone_at=1_790_000_000)
    (event,) = NOTHING_SHOWN.revised([lead], at(FIRST)).events.values()
    assert (event.kind, event.subject, event.gone_at) == ("lead", "p-1/octreotide", 1_790_000_000)
    assert (event.starts, event.times) == (int(SLOT.timestamp()), "Europe/Berlin")


def test_times_without_a_zone_are_kept_as_utc() -> None:
    assert NOTHING_SHOWN.revised([draft(zone=None, times="UTC")], at(FIRST)).events["one"].times == "UTC"


def test_a_stamp_is_in_utc_and_in_whole_seconds() -> None:
    assert stamp(int(FIRST.timestamp())) == "20261001T120000Z"
    assert stamp(0) == "19700101T000000Z"


kinds: st.SearchStrategy[EventKind] = st.sampled_from(["dose", "lead", "notice"])
seconds = st.integers(0, 2**33)
events = st.builds(
    ShownEvent,
    digest=st.text(max_size=60),
    sequence=st.integers(0, 2**31),
    at=seconds,
    starts=seconds,
    times=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"]),
    kind=kinds,
    subject=st.text(max_size=30),
    gone_at=st.none() | seconds,
)


@given(st.dictionaries(st.uuids().map(str), events, max_size=9))
def test_what_is_written_down_is_read_back(known: dict[str, ShownEvent]) -> None:
    shown = ShownEvents(known)
    assert ShownEvents.load(shown.dump()) == shown
    assert ShownEvents(dict(known)).dump() == shown.dump()
