"""The words of a digest: discreet unless chosen otherwise, bounded, and true however late it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from scheduler.dosing.product import Market
from scheduler.formulary.formulary import load_formulary
from scheduler.formulary.lead import LeadChoice
from scheduler.reminders.digest_contents import DigestDay, patient_day
from scheduler.reminders.digest_message import MOST_LINES, Digest, ToldPatient, digest_message
from tests.reminders.test_digest_contents import LANREOTIDE
from tests.support.digests import NEW_YORK, SEVEN
from tests.support.plan_text import plan
from tests.support.ward import DEPOT, THRICE_DAILY

A_DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OVERDUE = DEPOT.format(start="2026-11-30")
TODAY = LANREOTIDE.format(at="10:00", start="2026-12-02")
TWICE = THRICE_DAILY.format(start="2026-12-01").replace(', "15:00"', "")


def patient(
    number: int,
    body: str,
    *,
    called: str = "ZM",
    place: str = "",
    home: str = "America/New_York",
    day: DigestDay,
) -> ToldPatient:
    of = plan(body, zone=home)
    entry, prepared = load_formulary().of_product, LeadChoice(prepare=True)
    leads = {r.id: prepared.leads(r.product, entry(r.product, Market.US)) for r in of.regimens}
    # What to get ready for a dose by the clock is left out: it would be a line for each.
    depots = {r.id for r in of.regimens if r.product.is_depot}
    found = patient_day(of, day, {id_: its if id_ in depots else () for id_, its in leads.items()})
    return ToldPatient(id=f"p-{number}", called=called, place=place, day=found)


def digest(
    bodies: Sequence[str], *, moment: datetime = SEVEN, is_full: bool = False, home: str = "America/New_York"
) -> Digest:
    day = DigestDay.of(moment, SEVEN - A_DAY, NEW_YORK)
    places = ["room 12", *[""] * len(bodies)]
    told = [
        patient(number, body, called="ABCDEFGH"[number % 8] + "M", place=places[number], home=home, day=day)
        for number, body in enumerate(bodies)
    ]
    return Digest(
        title="Ward 3" if is_full else "ward-3",
        day=day,
        wall_due=SEVEN.astimezone(NEW_YORK).replace(tzinfo=None),
        due_at=SEVEN,
        is_full=is_full,
        patients=tuple(told),
        unread=0,
    )


def text(
    *bodies: str, moment: datetime = SEVEN, is_full: bool = False, home: str = "America/New_York"
) -> str:
    return digest_message(digest(bodies, moment=moment, is_full=is_full, home=home)).text


DISCREET = """\
ward-3, Wednesday 2 December, as it stands at 07:00 (America/New_York).

Overdue: 1 person, 1 dose.
- AM, room 12: since Mon 30 Nov 10:00

Due today: 2 people, 3 doses.
- CM: 07:00, 23:00
- BM: 10:00

To get ready: 1 person, 1 task.
- BM: from 09:30 for 10:00

Missed or not recorded since Tue 1 Dec 07:00: 1 person, 2 doses.
- CM: Tue 1 Dec 07:00, Tue 1 Dec 23:00"""


def test_a_discreet_one_has_initials_places_counts_and_times_and_names_no_medicine() -> None:
    message = digest_message(digest([OVERDUE, TODAY, TWICE]))
    assert message.subject == "Digest for Wednesday 2 December"
    assert message.text == DISCREET


FULL = """\
Ward 3, Wednesday 2 December, as it stands at 07:00 (America/New_York).

Overdue: 1 person, 1 dose.
- AM, room 12 (p-0): since Mon 30 Nov 10:00 Octreotide LAR 20 mg

Due today: 1 person, 1 dose.
- BM (p-1): 10:00 Lanreotide 120 mg

To get ready: 1 person, 1 task.
- BM (p-1): from 09:30 for 10:00 Lanreotide 120 mg: get it ready
Lanreotide, get it ready: """


def test_a_full_one_names_medicines_doses_and_what_the_label_says() -> None:
    message = digest_message(digest([OVERDUE, TODAY], is_full=True))
    assert message.subject == "Digest for Wednesday 2 December"
    assert message.text.startswith(FULL)
    assert "fridge" in message.text.removeprefix(FULL)


def test_with_nothing_to_tell_it_says_so() -> None:
    assert text(DEPOT.format(start="2027-01-01")) == (
        "ward-3, Wednesday 2 December, as it stands at 07:00 (America/New_York).\n\n"
        "Nobody is due today or overdue, there is nothing to get ready, and no dose was missed since "
        "Tue 1 Dec 07:00."
    )


def test_an_empty_caseload_says_that_nobody_is_in_it() -> None:
    assert text().splitlines()[2:] == ["Nobody is in this caseload, so nobody is due."]


def test_whether_there_is_anything_to_tell_hangs_on_every_part() -> None:
    assert digest([DEPOT.format(start="2027-01-01")]).is_empty
    assert digest([]).is_empty
    assert not replace(digest([]), unread=1).is_empty
    nothing = digest([DEPOT.format(start="2027-01-01")])
    for body in (OVERDUE, TODAY, TWICE):
        assert not digest([body]).is_empty
    (told,), (some,) = nothing.patients, digest([TODAY]).patients
    ready = replace(told, day=replace(told.day, ready=some.day.ready))
    assert not replace(nothing, patients=(ready,)).is_empty


def test_a_late_one_says_that_it_is_late_and_when_it_was_due() -> None:
    assert text(TODAY, moment=SEVEN + timedelta(minutes=14)).startswith(
        "ward-3, Wednesday 2 December, as it stands at 07:14 (America/New_York)."
    )
    assert text(TODAY, moment=SEVEN + 2.2 * HOUR).splitlines()[0] == (
        "ward-3, Wednesday 2 December. This is the digest of 07:00, sent late: it tells how things stand at "
        "09:12 (America/New_York)."
    )
    assert text(TODAY, moment=SEVEN + 20 * HOUR).splitlines()[0] == (
        "ward-3, Thursday 3 December. This is the digest of 07:00 on Wednesday 2 December, sent late: it "
        "tells how things stand at 03:00 (America/New_York)."
    )


def test_two_hundred_people_are_counted_and_fifty_named() -> None:
    (one,) = digest([TODAY]).patients
    many = replace(digest([TODAY]), patients=tuple(replace(one, id=f"p-{n:03}") for n in range(200)))
    lines = digest_message(many).text.splitlines()
    assert lines[2] == "Due today: 200 people, 200 doses."
    assert lines[3 : 3 + MOST_LINES + 1] == ["- AM, room 12: 10:00"] * 50 + ["and 150 more."]
    assert len(lines) == 3 + 51 + 1 + 1 + 51


def test_exactly_fifty_people_are_all_named() -> None:
    (one,) = digest([TODAY]).patients
    many = replace(digest([TODAY]), patients=tuple(replace(one, id=f"p-{n:03}") for n in range(MOST_LINES)))
    assert "more" not in digest_message(many).text


def test_a_line_names_eight_doses_and_counts_the_others() -> None:
    hourly = """
    [[regimen]]
    id = "often"
    product = "custom"
    name = "Loperamide"
    route = "oral"

      [[regimen.phase]]
      dose = "2 mg"
      times = ["08:00", "09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00", "17:00"]
      start = 2026-12-02
    """
    assert text(hourly).splitlines()[3] == (
        "- AM, room 12: 08:00, 09:00, 10:00, 11:00, 12:00, 13:00, 14:00, 15:00, and 2 more"
    )


def test_of_several_overdue_depots_the_first_is_told_and_how_many_came_after_it() -> None:
    lines = text(DEPOT.format(start="2026-08-03")).splitlines()
    assert lines[2:4] == [
        "Overdue: 1 person, 5 doses.",
        "- AM, room 12: since Mon 3 Aug 10:00 and 4 after it",
    ]


def test_times_are_by_the_clocks_where_the_patient_is_which_are_named_where_they_are_others() -> None:
    line = text(THRICE_DAILY.format(start="2026-12-01"), home="Europe/Paris").splitlines()[3]
    assert line == "- AM, room 12: 07:00 (Europe/Paris), 15:00 (Europe/Paris), 23:00 (Europe/Paris)"


def test_who_waits_longest_comes_first_in_each_part() -> None:
    later = DEPOT.format(start="2026-12-02").replace("10:00", "18:00")
    lines = text(later, TODAY, DEPOT.format(start="2026-12-02").replace("10:00", "08:00")).splitlines()
    assert lines[3:6] == ["- CM: 08:00", "- BM: 10:00", "- AM, room 12: 18:00"]


def test_plans_that_cannot_be_read_are_counted_and_never_passed_over_in_silence() -> None:
    one = digest_message(replace(digest([]), unread=1)).text
    two = digest_message(replace(digest([TODAY]), unread=2)).text
    assert one.endswith(
        "The plan of 1 person cannot be read, and nothing is told of them here: look at the caseload."
    )
    assert two.endswith(
        "The plans of 2 people cannot be read, and nothing is told of them here: look at the caseload."
    )
    assert "Due today: 1 person" in two
    assert "Nobody" not in one


def test_a_discreet_one_never_names_a_medicine_an_amount_or_an_id() -> None:
    said = text(OVERDUE, TODAY, TWICE, moment=SEVEN + 3 * HOUR).casefold()
    for word in ("octreotide", "lanreotide", " mg", "microgram", "p-0", "p-1", "zoe", "marsh", "fridge"):
        assert word not in said
