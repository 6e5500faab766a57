"""Whose doses the calendar of a nurse, of a clinic, of a patient and of a carer has, and what it tells."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from scheduler.actions.feed_contents import (
    FeedStyle,
    Member,
    Subject,
    caseload_parts,
    default_alias,
    feed_identity,
    patient_part,
)
from scheduler.actions.feed_rendering import render_plan
from scheduler.actions.lead_choice import LeadChoice
from scheduler.dosing.patient import initials
from scheduler.dosing.product import Route
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.audience import Audience
from scheduler.ical.document import Day, Rendering, render_feed
from scheduler.ical.feed_identity import Revision
from scheduler.ical.feed_part import FeedPart
from scheduler.ical.privacy import Privacy
from scheduler.ical.shown_events import NOTHING_SHOWN, ShownEvents
from tests.support.plan_text import plan
from tests.support.regimen_text import CABOZANTINIB, LAR, THRICE, given

TODAY = date(2026, 12, 1)
NEW_YORK = ZoneInfo("America/New_York")
REVISION = Revision(sequence=0, at=datetime(2026, 12, 1, 5, 0, tzinfo=UTC))
STAFF = (Audience.NURSE, Audience.CLINIC)
LAR_AT_HOME = LAR.replace('setting = "clinic"', 'setting = "home"')
LUTETIUM = """
[[regimen]]
id = "lutetium"
product = "lutetium-dotatate"
setting = "{setting}"
  [[regimen.phase]]
  dose = "7.4 GBq"
  every = "8 wk"
  times = ["09:00"]
  start = 2026-12-10
  doses = 4
"""
OF_ONES_OWN = """
[[regimen]]
id = "own"
product = "custom"
name = "Peginterferon"
route = "subcutaneous"
  [[regimen.phase]]
  dose = "90 ug"
  times = ["08:00"]
  start = 2026-12-01
"""
EIGHT_A_DAY = (
    LAR_AT_HOME.replace('"4 wk"', '"1 d"')
    .replace('"10:00"', '"01:00", "04:00", "07:00", "10:00", "13:00", "16:00", "19:00", "22:00"')
    .replace('"home"', '"home"\nanchor = "scheduled"')
)


def subject(audience: Audience = Audience.NURSE, name: str = "Nurse Kim") -> Subject:
    return Subject(audience=audience, id="ward-3", name=name)


def style(privacy: Privacy = Privacy.FULL, audience: Audience = Audience.NURSE) -> FeedStyle:
    return FeedStyle(privacy=privacy, alias=default_alias(audience))


def member(body: str, patient_id: str = "p-1", *, name: str = "Zoe Marsh", place: str = "") -> Member:
    return Member(id=patient_id, plan=plan(body, name=name), place=place)


def parts(
    *members: Member, privacy: Privacy = Privacy.FULL, audience: Audience = Audience.NURSE, on: date = TODAY
) -> list[FeedPart]:
    told = style(privacy, audience)
    return caseload_parts(members, load_formulary(), subject(audience), told, on)


def regimens(*members: Member, audience: Audience = Audience.NURSE) -> set[str]:
    shown = parts(*members, audience=audience)
    return {dose.regimen.id for part in shown for dose in part.contents.occurrences}


def events(
    *members: Member, privacy: Privacy = Privacy.FULL, audience: Audience = Audience.NURSE, on: date = TODAY
) -> list[icalendar.Event]:
    body = rendered(parts(*members, privacy=privacy, audience=audience, on=on), privacy, audience, on)
    return list(icalendar.Calendar.from_ical(body).events)


def rendered(
    shown: Sequence[FeedPart], privacy: Privacy, audience: Audience = Audience.NURSE, on: date = TODAY
) -> bytes:
    identity = feed_identity(subject(audience), style(privacy, audience))
    day = Day(today=on, zone=NEW_YORK)
    return render_feed(shown, identity=identity, day=day, revision=REVISION).body


def titles(found: Sequence[icalendar.Event]) -> set[str]:
    return {str(event["SUMMARY"]) for event in found}


def uids(found: Sequence[icalendar.Event]) -> set[str]:
    return {str(event["UID"]) for event in found}


def test_a_nurse_sees_the_depots_that_are_given_at_home() -> None:
    assert regimens(member(LAR_AT_HOME)) == {"lar"}
    assert regimens(member(LAR)) == set()


def test_a_nurse_does_not_see_what_people_take_or_inject_themselves() -> None:
    assert regimens(member(THRICE + CABOZANTINIB + LAR_AT_HOME)) == {"lar"}


def test_a_nurse_sees_what_only_professionals_give_by_the_label() -> None:
    assert regimens(member(LUTETIUM.format(setting="home"))) == {"lutetium"}
    assert regimens(member(LUTETIUM.format(setting="clinic"))) == set()


def test_what_is_swallowed_is_no_visit() -> None:
    visited = member(LAR_AT_HOME)
    (depot,) = visited.plan.regimens
    swallowed = replace(depot, product=replace(depot.product, route=Route.ORAL))
    assert regimens(replace(visited, plan=replace(visited.plan, regimens=(swallowed,)))) == set()


def test_a_product_that_no_label_knows_is_no_visit() -> None:
    assert regimens(member(OF_ONES_OWN)) == set()


def test_a_clinic_sees_the_depots_that_are_given_there_and_nothing_else() -> None:
    body = LAR + THRICE + CABOZANTINIB + LUTETIUM.format(setting="clinic")
    assert regimens(member(body), audience=Audience.CLINIC) == {"lar"}
    assert regimens(member(LAR_AT_HOME), audience=Audience.CLINIC) == set()


def test_a_patient_sees_everything() -> None:
    whole = plan(LAR + THRICE + CABOZANTINIB)
    whose = Subject(audience=Audience.PATIENT, id="p-1", name="Zoe Marsh")
    shown = patient_part(whole, load_formulary(), whose, style(), TODAY)
    assert {dose.regimen.id for dose in shown.contents.occurrences} == {"lar", "octreotide", "cabozantinib"}


def test_in_full_a_visit_says_whose_it_is_where_and_what_to_bring() -> None:
    (first, *_) = events(member(LAR_AT_HOME, place="12 Elm Street"))
    assert str(first["SUMMARY"]) == "ZM: Octreotide LAR 20 mg"
    lines = str(first["DESCRIPTION"]).split("\n")
    assert lines[:4] == [
        "Planned for 10:00.",
        "Place: 12 Elm Street.",
        "Bring: Octreotide LAR 20 mg, injected into a muscle.",
        "Site: gluteal-left.",
    ]
    assert lines[4].startswith("The kit comes out of the fridge 30 to 60 minutes before it is mixed.")


def test_at_initials_the_title_is_the_alias_and_the_rest_is_told() -> None:
    (first, *_) = events(member(LAR_AT_HOME, place="12 Elm Street"), privacy=Privacy.INITIALS)
    assert str(first["SUMMARY"]) == "Visit (ZM)"
    assert str(first["DESCRIPTION"]).split("\n")[:3] == [
        "Planned for 10:00.",
        "Place: 12 Elm Street.",
        "Bring: Octreotide LAR 20 mg, injected into a muscle.",
    ]


@pytest.mark.parametrize("audience", STAFF)
def test_a_discreet_visit_tells_neither_whose_nor_where_nor_what(audience: Audience) -> None:
    body = LAR_AT_HOME if audience is Audience.NURSE else LAR
    shown = parts(member(body, place="12 Elm Street"), privacy=Privacy.DISCREET, audience=audience)
    written = rendered(shown, Privacy.DISCREET, audience).decode()
    found = icalendar.Calendar.from_ical(written).events
    assert titles(found) == {default_alias(audience)}
    assert {str(event["DESCRIPTION"]) for event in found} == {"Planned for 10:00."}
    assert {part.identity.initials for part in shown} == {""}
    for secret in ("ZM", "Zoe", "Marsh", "Elm", "Octreotide", "octreotide", "20 mg", "Kim", "lar", "p-1"):
        assert secret not in written.replace("Calendar", "").replace("CALENDAR", "")


def test_without_a_place_none_is_told() -> None:
    (first, *_) = events(member(LAR_AT_HOME))
    assert "Place" not in str(first["DESCRIPTION"])


def test_what_was_given_needs_nothing_to_be_brought() -> None:
    (first, *_) = events(member(LAR_AT_HOME + given("lar#1", "2026-12-01T10:00:00"), place="Room 4"))
    assert str(first["DESCRIPTION"]) == "Planned for 10:00.\nPlace: Room 4."
    assert not first.walk("VALARM")


def test_a_patients_own_calendar_in_full_has_no_initials_and_no_place() -> None:
    body = render_plan(plan(LAR), load_formulary(), style(), "p-1", REVISION, TODAY)
    (first, *_) = icalendar.Calendar.from_ical(body).events
    assert str(first["SUMMARY"]) == "Octreotide LAR 20 mg"
    assert "ZM" not in body.decode()
    assert "Place" not in str(first["DESCRIPTION"])


def test_patient_carer_nurse_and_clinic_have_different_uids_for_one_dose() -> None:
    """Under one id, so that nothing but the audience can tell them apart."""
    dose = "lar#1"
    identities = [
        feed_identity(Subject(audience=audience, id="same", name="Zoe Marsh"), style())
        for audience in Audience
    ]
    assert len({identity.uid(dose) for identity in identities}) == len(Audience) == 4


def test_a_uid_hangs_on_whose_calendar_it_is_and_on_nothing_that_may_change() -> None:
    whose = Subject(audience=Audience.PATIENT, id="p-1", name="Zoe Marsh")
    renamed, other = replace(whose, name="Zoe Hill"), replace(whose, id="p-2")
    uid = feed_identity(whose, style()).uid("lar#1")
    assert feed_identity(renamed, style(Privacy.DISCREET)).uid("lar#1") == uid
    assert feed_identity(other, style()).uid("lar#1") != uid


def test_two_patients_with_the_same_regimen_do_not_collide() -> None:
    both = [member(LAR_AT_HOME, "p-1"), member(LAR_AT_HOME, "p-2", name="Ann Hill")]
    found = events(*both)
    assert len(uids(found)) == len(found) == 2 * len(events(both[0]))
    assert titles(found) == {"ZM: Octreotide LAR 20 mg", "AH: Octreotide LAR 20 mg"}


def test_two_patients_whose_ids_run_into_each_other_do_not_collide() -> None:
    found = events(*(member(LAR_AT_HOME, patient_id) for patient_id in ("p", "p-1", "p-11")))
    assert len(uids(found)) == len(found)


def test_a_patients_events_are_the_same_whoever_else_is_in_the_caseload() -> None:
    alone = events(member(LAR_AT_HOME))
    beside = events(member(LAR_AT_HOME), member(LAR_AT_HOME, "p-2", name="Ann Hill"))
    assert uids(alone) < uids(beside)


@pytest.mark.parametrize("stays", [True, False])
@pytest.mark.parametrize("privacy", Privacy)
def test_the_visits_to_a_patient_who_has_left_the_caseload_are_cancelled(
    privacy: Privacy, stays: bool
) -> None:
    zoe, ann = member(LAR_AT_HOME), member(LAR_AT_HOME, "p-2", name="Ann Hill")
    identity = feed_identity(subject(), style(privacy))
    day = Day(today=TODAY, zone=NEW_YORK)

    def show(*members: Member, before: ShownEvents = NOTHING_SHOWN) -> Rendering:
        shown = parts(*members, privacy=privacy)
        return render_feed(shown, identity=identity, day=day, revision=REVISION, shown=before)

    both = show(zoe, ann)
    after = show(*([zoe] if stays else []), before=both.shown)
    found = icalendar.Calendar.from_ical(after.body).events
    gone = [event for event in found if str(event["STATUS"]) == "CANCELLED"]
    assert uids(gone) == uids(events(zoe, ann)) - (uids(events(zoe)) if stays else set())
    assert titles(gone) == {"Cancelled: Visit"}


def test_beyond_the_nearest_horizon_of_a_caseload_nothing_is_cancelled() -> None:
    """The second patient's doses reach farther than the first's; once they come nearer they are told."""
    near, far, as_far = (
        member(LAR_AT_HOME.replace('"4 wk"', f'"{weeks} wk"'), patient_id)
        for weeks, patient_id in ((4, "p-1"), (12, "p-2"), (12, "p-3"))
    )
    identity = feed_identity(subject(), style())

    def show(on: date, *members: Member, before: ShownEvents = NOTHING_SHOWN) -> Rendering:
        day = Day(today=on, zone=NEW_YORK)
        revision = Revision(sequence=0, at=day.begins)
        shown = parts(*members, on=on)
        return render_feed(shown, identity=identity, day=day, revision=revision, shown=before)

    def cancelled(rendering: Rendering) -> list[str]:
        found = icalendar.Calendar.from_ical(rendering.body).events
        return [f"{event.start:%Y-%m-%d}" for event in found if str(event["STATUS"]) == "CANCELLED"]

    after = show(TODAY, near, as_far, before=show(TODAY, near, far, as_far).shown)
    assert cancelled(after) == ["2026-12-01", "2027-02-23"]
    assert cancelled(show(date(2027, 2, 1), near, as_far, before=after.shown)) == ["2027-05-18"]


@pytest.mark.parametrize("name", ["7 9", "(Ann)", "'Abd"])
def test_a_patient_without_initials_has_no_empty_place_for_them(name: str) -> None:
    (first, *_) = events(member(LAR_AT_HOME, name=name))
    assert str(first["SUMMARY"]) == "Octreotide LAR 20 mg"
    (below, *_) = events(member(LAR_AT_HOME, name=name), privacy=Privacy.INITIALS)
    assert str(below["SUMMARY"]) == "Visit"


def crowd(count: int, body: str = EIGHT_A_DAY) -> list[Member]:
    return [member(body, f"p-{number}") for number in range(count)]


@pytest.mark.parametrize("count", [2, 5, 20])
def test_a_crowded_caseload_has_one_horizon_and_a_thousand_events_at_most(count: int) -> None:
    shown = parts(*crowd(count), member(LAR_AT_HOME, "p-rare"))
    assert len({part.contents.until for part in shown}) == 1
    assert all(part.contents.shortened for part in shown)
    found = list(icalendar.Calendar.from_ical(rendered(shown, Privacy.DISCREET)).events)
    assert 1000 - 8 * (count + 1) < len(found) <= 1000
    (last,) = [event for event in found if str(event["SUMMARY"]) == "Calendar shown up to here"]
    assert last.start == shown[0].contents.until


def test_within_the_horizon_every_patient_is_shown_whole() -> None:
    shown = parts(*crowd(5))
    until = shown[0].contents.until
    assert {len(part.contents.occurrences) for part in shown} == {8 * (until - TODAY).days}


NINE_A_DAY = EIGHT_A_DAY + EIGHT_A_DAY.replace('"lar"', '"nine"').replace(
    '"01:00", "04:00", "07:00", "10:00", "13:00", "16:00", "19:00", "22:00"', '"09:00"'
)


@pytest.mark.parametrize("start", ["2027-03-01", "2027-04-25"])
def test_one_crowded_patient_brings_the_horizon_of_all_nearer(start: str) -> None:
    """Nine a day fill the calendar but for its notice by 22 March."""
    once = LAR_AT_HOME.replace("2026-12-01", start) + "  doses = 1\n"
    shown = parts(member(NINE_A_DAY), member(once, "p-2"))
    assert len({part.contents.until for part in shown}) == 1
    assert shown[0].contents.until <= date(2027, 3, 22)
    found = icalendar.Calendar.from_ical(rendered(shown, Privacy.DISCREET)).events
    assert 990 < len(found) <= 1000
    assert str(found[-1]["SUMMARY"]) == "Calendar shown up to here"


def test_a_crowded_past_gives_way_to_today() -> None:
    shown = parts(*crowd(20), on=date(2026, 12, 11))
    assert {part.contents.since for part in shown} == {date(2026, 12, 11)}
    dates = {dose.local_date for part in shown for dose in part.contents.occurrences}
    assert min(dates) == date(2026, 12, 11)
    assert max(dates) == date(2026, 12, 16)


def test_a_past_with_room_beside_today_stays() -> None:
    shown = parts(*crowd(5), on=date(2026, 12, 11))
    dates = {dose.local_date for part in shown for dose in part.contents.occurrences}
    assert min(dates) == TODAY


def test_today_is_shown_whole_however_many_patients_there_are() -> None:
    shown = parts(*crowd(130))
    assert {len(part.contents.occurrences) for part in shown} == {8}


def test_a_caseload_with_room_for_all_is_not_shortened() -> None:
    shown = parts(*crowd(3, LAR_AT_HOME))
    assert not any(part.contents.shortened for part in shown)


def test_what_is_to_be_done_before_the_doses_has_its_room_too() -> None:
    chosen = replace(style(), leads=LeadChoice(prepare=True))
    members = crowd(6, LAR_AT_HOME.replace('"4 wk"', '"1 d"'))
    shown = caseload_parts(members, load_formulary(), subject(), chosen, TODAY)
    found = icalendar.Calendar.from_ical(rendered(shown, Privacy.FULL)).events
    assert 1000 - 2 * 6 <= len(found) <= 1000
    assert titles(found) == {
        "ZM: Octreotide LAR 20 mg",
        "ZM: Octreotide LAR: get it ready",
        "Calendar shown up to here",
    }


@pytest.mark.parametrize("audience", STAFF)
@pytest.mark.parametrize("members", [(), (member(THRICE),)], ids=["nobody", "nobody to visit"])
def test_with_nobody_to_see_the_calendar_says_that_nothing_is_planned(
    audience: Audience, members: tuple[Member, ...]
) -> None:
    (event,) = events(*members, audience=audience)
    assert str(event["SUMMARY"]) == "Nothing planned"
    assert (event.start, event.end) == (TODAY, TODAY + timedelta(days=1))


def test_an_overdue_depot_is_told_to_the_nurse_with_whose_it_is() -> None:
    found = titles(events(member(LAR_AT_HOME), on=date(2026, 12, 3)))
    assert "ZM: Octreotide LAR: overdue since 1 Dec 2026" in found


def test_an_overdue_depot_is_told_to_the_clinic_alone_where_it_is_given_there() -> None:
    def told(audience: Audience) -> set[str]:
        found = events(
            member(LAR + CABOZANTINIB),
            privacy=Privacy.INITIALS,
            audience=audience,
            on=date(2026, 12, 3),
        )
        return {title for title in titles(found) if "overdue" in title}

    assert told(Audience.CLINIC) == {"Appointment (ZM): overdue since 1 Dec 2026"}
    assert told(Audience.NURSE) == set()


@pytest.mark.parametrize(("audience", "privacy"), list(itertools.product(Audience, Privacy)))
def test_below_full_no_calendar_has_a_name_of_a_person_or_a_medicine(
    audience: Audience, privacy: Privacy
) -> None:
    name = feed_identity(subject(audience, "Zoe Marsh"), style(privacy, audience)).name
    assert ("Zoe Marsh" in name) == (privacy is Privacy.FULL)
    if privacy is not Privacy.FULL:
        assert name == f"{default_alias(audience)}s"


def test_calendars_are_called_by_what_is_in_them() -> None:
    def name(audience: Audience, privacy: Privacy, alias: str | None = None) -> str:
        told = FeedStyle(privacy=privacy, alias=alias or default_alias(audience))
        return feed_identity(subject(audience, "Ward 3"), told).name

    assert name(Audience.PATIENT, Privacy.FULL) == "Doses of Ward 3"
    assert name(Audience.CLINIC, Privacy.FULL) == "Ward 3"
    assert [name(audience, Privacy.DISCREET) for audience in Audience] == [
        "Reminders",
        "Reminders",
        "Visits",
        "Appointments",
    ]
    assert name(Audience.NURSE, Privacy.INITIALS, "Rounds") == "Rounds"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Zoe Marsh", "ZM"),
        ("ann-marie o'neil", "AO"),
        ("Émile Zola", "ÉZ"),
        ("Anna (Nan) Maria Rosa Ines Lopez", "AMRI"),
        ("7 of 9", "O"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_initials_are_the_first_letters_of_up_to_four_words(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize("audience", [Audience.PATIENT, Audience.CARER])
def test_a_calendar_of_one_patient_has_the_initials_at_their_level_alone(audience: Audience) -> None:
    whose = Subject(audience=audience, id="p-1", name="Zoe Marsh")
    shown = {privacy: feed_identity(whose, style(privacy, audience)).initials for privacy in Privacy}
    assert shown == {Privacy.DISCREET: "", Privacy.INITIALS: "ZM", Privacy.FULL: ""}


@pytest.mark.parametrize("privacy", Privacy)
def test_a_calendar_of_staff_has_no_initials_of_its_own(privacy: Privacy) -> None:
    """They would be those of the caseload."""
    assert feed_identity(subject(), style(privacy)).initials == ""
