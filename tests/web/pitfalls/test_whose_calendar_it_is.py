"""Each audience sees what is theirs, under UIDs of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.actions import record_dose
from scheduler.actions.caseload import add_to_caseload
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.lead_choice import LeadChoice
from scheduler.ical.audience import Audience
from scheduler.ical.privacy import Privacy
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import (
    Ward,
    World,
    path_of,
    the_one_at,
    titled,
)
from tests.support.one_patient import DEPOT, THREE_A_DAY

A_DAY = timedelta(days=1)
FULL = FeedStyle(privacy=Privacy.FULL)
HOME_DEPOT = DEPOT.replace('setting = "clinic"\n', "")


def test_a_carer_sees_the_same_doses_under_other_uids(world: World) -> None:
    own = world.events()
    carers = world.events(path_of(world.issue(audience=Audience.CARER)))
    assert [event.says for event in carers.values()] == [event.says for event in own.values()]
    assert not own.keys() & carers.keys()


def test_two_feeds_of_one_audience_have_the_same_uids(world: World) -> None:
    assert world.events().keys() == world.events(path_of(world.issue(style=FULL))).keys()


def test_the_clinic_sees_who_comes_where_they_are_and_what_to_bring(store: Store) -> None:
    ward = Ward(store)
    today = [event for event in ward.events().values() if event.start == "20261201T100000"]
    assert {event.title for event in today} == {"Visit (ZM)", "Visit (BF)"}
    for event, room in ((e, "room 1" if "ZM" in e.title else "room 2") for e in today):
        assert f"Place: {room}." in event.says
        assert "Have ready: Octreotide LAR 20 mg" in event.says


@pytest.mark.parametrize(
    ("audience", "body"), [(Audience.NURSE, HOME_DEPOT), (Audience.CLINIC, DEPOT)], ids=["nurse", "clinic"]
)
def test_below_full_no_calendar_of_staff_has_a_name_and_a_discreet_one_nothing_of_anybody(
    store: Store, audience: Audience, body: str
) -> None:
    ward = Ward(store, audience, Privacy.INITIALS, body)
    discreet = path_of(ward.world.issue("ward", audience=audience))
    for path, tells in ((ward.path, True), (discreet, False)):
        text = ward.world.get(path=path).text
        assert text.count("BEGIN:VEVENT") >= 6
        for told in ("Zoe", "Marsh", "Bob", "Ferris", "Day ward", "birth", "born", *ward.patients.values()):
            assert told not in text
        for told in ("ZM", "BF", "room", "ctreotide"):
            assert (told in text) is tells


def test_a_nurse_sees_the_depots_given_at_home_and_a_clinic_those_given_there(store: Store) -> None:
    ward = Ward(store, Audience.NURSE, body=HOME_DEPOT + THREE_A_DAY, of_b=DEPOT + THREE_A_DAY)
    style = FeedStyle(privacy=Privacy.INITIALS, alias="Visit")
    clinic = ward.world.events(path_of(ward.world.issue("ward", audience=Audience.CLINIC, style=style)))
    for events, title in ((ward.events(), "Visit (ZM)"), (clinic, "Visit (BF)")):
        assert len(titled(events, title)) == len(events) == 5
        assert {event.start[9:] for event in events.values()} == {"100000"}


@pytest.mark.parametrize("names", ["b", "ab"])
def test_who_leaves_a_caseload_is_struck_out_without_initials(store: Store, names: str) -> None:
    ward = Ward(store)
    before = ward.events()
    for name in names:
        ward.remove(name)
        after = ward.events()
    left = [event for event in before.values() if "(BF)" in event.title or len(names) == 2]
    assert len(left) == len(names) * 5
    for event in left:
        struck = after[event.uid]
        assert (struck.status, struck.title, struck.rings) == ("CANCELLED", "Cancelled: Visit", False)
        assert struck.sequence == event.sequence + 1
        assert "room" not in struck.says
    stayed = [event for event in before.values() if event not in left]
    assert [after[event.uid] for event in stayed] == stayed
    ward.world.moment += 15 * A_DAY
    assert not any(event.status == "CANCELLED" for event in ward.events().values())


def test_a_patient_who_comes_back_is_shown_under_the_same_uids(store: Store) -> None:
    ward = Ward(store)
    before = ward.events()
    ward.remove("b")
    ward.events()
    add_to_caseload(store, "ward", [ward.patients["b"]], "room 2", ward.world.later())
    after = ward.events()
    assert after.keys() == before.keys()
    for uid, event in after.items():
        assert event.says == before[uid].says
        assert event.sequence == (2 if "(BF)" in event.title else 0)


def test_leads_are_events_of_their_own_for_whoever_chose_them(store: Store) -> None:
    world = World(store, DEPOT.replace("2026-12-01", "2026-12-20"))
    without = world.events()
    leads = LeadChoice(prepare=True, order_days=7)
    told = world.events(path_of(world.issue(style=FeedStyle(privacy=Privacy.FULL, leads=leads))))
    assert without.keys() < told.keys()
    assert the_one_at(told, "20261220T090000").title == "Octreotide LAR: get it ready"
    assert the_one_at(told, "20261213").title == "Octreotide LAR: see that it is in stock"
    quiet = world.events(path_of(world.issue(style=FeedStyle(privacy=Privacy.DISCREET, leads=leads))))
    assert quiet.keys() == told.keys()
    assert {event.title for event in quiet.values()} == {"Reminder", "Reminder: get ready"}


def test_a_lead_moves_with_its_dose_and_goes_with_it(store: Store) -> None:
    leads = LeadChoice(prepare=True)
    style = FeedStyle(privacy=Privacy.FULL, leads=leads)
    world = World(store, DEPOT.replace("2026-12-01", "2026-12-20"), style)
    lead = the_one_at(world.events(), "20261220T090000")
    to = datetime(2026, 12, 21, 14)  # noqa: DTZ001  # a wall time
    record_dose.move(store, world.patient, "lar#1", world.later(), to=to, reason="visit")
    moved = world.events()[lead.uid]
    assert (moved.start, moved.sequence, moved.rings) == ("20261221T130000", 1, True)
    record_dose.skip(store, world.patient, "lar#1", world.later(), at=None, reason="ill")
    gone = world.events()[lead.uid]
    assert (gone.status, gone.sequence, gone.rings) == ("CANCELLED", 2, False)
