"""Files of series, byte for byte and line for line. Each golden file is named by what it shows."""

from __future__ import annotations

import os
import re
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from scheduler.dosing.plan import Plan
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.feed_part import Guidance
from scheduler.ical.privacy import Privacy
from scheduler.ical.series import series_of
from scheduler.ical.series_document import render_series
from scheduler.ical.standing import is_open
from tests.support import schedule
from tests.support.plan_text import plan

GOLDEN = Path(__file__).parent / "golden_series"
TODAY = "2026-12-01"
DISCREET = FeedIdentity(
    audience=uuid.UUID("6f1c9d0a-5a55-4a5b-9c1f-2d4f6a8b0c1e"),
    name="Reminders",
    alias="Garden",
    initials="Z.M.",
)
FULL = replace(DISCREET, name="Doses of Zoe Marsh", privacy=Privacy.FULL)
REVISION = Revision(sequence=3, at=datetime(2026, 11, 19, 17, 30, 5, 987_654, tzinfo=UTC))

OCTREOTIDE = '[[regimen]]\nid = "octreotide"\nproduct = "octreotide-sc"\n[[regimen.phase]]\ndose = "100 ug"\n'
DAILY = OCTREOTIDE + 'times = ["07:00"]\nstart = 2026-12-01\n'
DEPOT = '[[regimen]]\nid = "lar"\nproduct = "octreotide-lar"\n[[regimen.phase]]\ndose = "20 mg"\n'
TABLETS = (
    '[[regimen]]\nid = "tablets"\nproduct = "custom"\nname = "Capecitabine"\nroute = "oral"\n'
    '[[regimen.phase]]\ndose = "1500 mg"\ntimes = ["08:00"]\nstart = 2026-12-02\n'
)
EVERY_FOUR_WEEKS = DEPOT + 'every = "4 wk"\ntimes = ["10:00"]\nstart = 2026-12-01\n'
ON_THE_31ST = DEPOT + 'every = "1 mo"\ntimes = ["10:00"]\nstart = 2026-12-31\n'
THRICE = OCTREOTIDE + 'times = ["07:00", "15:00", "23:00"]\nstart = 2026-12-01\n'
NIGHTLY = OCTREOTIDE + 'times = ["02:30"]\nstart = 2027-03-12\ndoses = 4\n'
WEEKDAYS = TABLETS + 'every = "1 wk"\nweekdays = ["mon", "wed", "fri"]\n'
CYCLE = TABLETS + 'cycle = { length = "28 d", on = ["1-21"] }\n'
TITRATED = DAILY + 'doses = 14\n[[regimen.phase]]\ndose = "200 ug"\ntimes = ["07:00"]\n'
HOLD = '[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-20\nuntil = 2026-12-31\nreason = "operation"\n'
MOVE = '[[move]]\ndose = "octreotide@2026-12-10/1"\nto = 2026-12-10T18:30:00\nreason = "at the dentist"\n'
SKIP = (
    '[[administration]]\ndose = "octreotide@2026-12-08/1"\nstatus = "not-given"\nreason = "fever"\n'
    "at = 2026-12-08T07:00:00\n"
)
JOURNEY = '[[patient.travel]]\nzone = "Europe/Paris"\nfrom = 2026-12-10\nuntil = 2026-12-24\n'


def written(
    plan: Plan,
    *,
    start: str = TODAY,
    end: str = "2027-12-01",
    identity: FeedIdentity = DISCREET,
    guidance: dict[str, Guidance] | None = None,
) -> bytes:
    """The file of the open doses of a period."""
    return render_series(
        series_of(dose for dose in schedule.doses(plan, start, end) if is_open(dose)),
        identity=identity,
        revision=REVISION,
        today=date.fromisoformat(start),
        guidance=guidance or {},
    )


def lines(data: bytes) -> list[str]:
    return re.sub("\r\n[ \t]", "", data.decode()).split("\r\n")


def events(data: bytes) -> list[Any]:
    """The events as icalendar reads them, none of them with a fault."""
    calendar = Calendar.from_ical(data)
    assert isinstance(calendar, Calendar)
    assert not [component.errors for component in calendar.walk() if component.errors]
    return list(calendar.events)


def is_golden(name: str, data: bytes) -> bool:
    """Whether bytes are those of a file; DOSECAL_WRITE_GOLDEN=1 writes the file first."""
    path = GOLDEN / f"{name}.ics"
    if os.environ.get("DOSECAL_WRITE_GOLDEN"):
        path.write_bytes(data)
    return path.read_bytes() == data


@pytest.mark.parametrize(
    ("name", "body", "zone", "identity"),
    [
        ("three_times_a_day", THRICE, "Europe/Berlin", DISCREET),
        ("depot_every_four_weeks", EVERY_FOUR_WEEKS, "America/New_York", FULL),
        ("monthly_on_the_31st", ON_THE_31ST, "America/New_York", DISCREET),
        ("nightly_across_a_change_of_clocks", NIGHTLY, "America/New_York", DISCREET),
        ("twice_on_the_clock", DAILY.replace("07:00", "23:30"), "America/Santiago", DISCREET),
        ("monday_wednesday_friday", WEEKDAYS, "America/New_York", DISCREET),
        ("three_weeks_on_one_off", CYCLE, "America/New_York", FULL),
        ("hold", DAILY + HOLD, "America/New_York", FULL),
        ("moved_and_skipped", DAILY + MOVE + SKIP, "America/New_York", FULL),
        ("dose_change", TITRATED, "America/New_York", FULL),
        ("journey", JOURNEY + DAILY, "America/New_York", DISCREET),
        ("zone_told_change_by_change", DAILY, "Asia/Gaza", DISCREET),
        ("utc", DAILY + MOVE, "UTC", DISCREET),
        ("nothing_planned", DAILY + "doses = 2\n", "Europe/Berlin", DISCREET),
    ],
)
def test_golden(name: str, body: str, zone: str, identity: FeedIdentity) -> None:
    start = "2026-12-05" if name == "nothing_planned" else TODAY
    assert is_golden(name, written(plan(body, zone=zone), start=start, identity=identity))


FILES = sorted(GOLDEN.glob("*.ics"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_icalendar_reads_every_file_and_writes_it_back_with_the_same_content(path: Path) -> None:
    read = Calendar.from_ical(path.read_bytes())
    assert not [component.errors for component in read.walk() if component.errors]
    assert Calendar.from_ical(read.to_ical()) == read


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_event_is_stamped_with_the_revision_alone(path: Path) -> None:
    found = events(path.read_bytes())
    assert found
    revised_at = datetime(2026, 11, 19, 17, 30, 5, tzinfo=UTC)
    assert {(e.DTSTAMP, e.LAST_MODIFIED, e.sequence) for e in found} == {(revised_at, revised_at, 3)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_dose_rings_once_at_its_start_under_its_title(path: Path) -> None:
    for event in events(path.read_bytes()):
        title = str(event["SUMMARY"])
        alarms = [(str(a["ACTION"]), str(a["DESCRIPTION"])) for a in event.walk("VALARM")]
        assert alarms == ([] if title == "Nothing planned" else [("DISPLAY", title)])


def test_a_daily_dose_is_one_event_that_ends_with_its_last_dose_in_utc() -> None:
    told = lines(written(plan(DAILY)))
    assert "DTSTART;TZID=America/New_York:20261201T070000" in told
    assert "DTEND;TZID=America/New_York:20261201T071500" in told
    assert "RRULE:FREQ=DAILY;UNTIL=20271130T120000Z;INTERVAL=1" in told
    assert told.count("BEGIN:VEVENT") == 1


def test_a_dose_left_out_is_named_in_the_zone_of_the_rule() -> None:
    told = lines(written(plan(DAILY + MOVE + SKIP)))
    assert "EXDATE;TZID=America/New_York:20261208T070000,20261210T070000" in told
    assert "DTSTART;TZID=America/New_York:20261210T183000" in told


def test_weeks_and_months_are_told_as_such() -> None:
    assert "RRULE:FREQ=WEEKLY;UNTIL=20271130T150000Z;INTERVAL=4" in lines(written(plan(EVERY_FOUR_WEEKS)))
    monthly = plan(ON_THE_31ST.replace("2026-12-31", "2026-12-28"))
    assert "RRULE:FREQ=MONTHLY;UNTIL=20271128T150000Z;INTERVAL=1;BYMONTHDAY=28" in lines(written(monthly))


def test_a_time_that_clocks_show_twice_is_written_in_utc() -> None:
    """In Santiago they go from 00:00 back to 23:00 at the end of 3 April 2027."""
    told = lines(written(plan(DAILY.replace("07:00", "23:30"), zone="America/Santiago")))
    assert {"DTSTART:20270404T023000Z", "DTEND:20270404T024500Z"} <= set(told)


def test_a_patient_in_utc_needs_no_zone() -> None:
    told = lines(written(plan(DAILY + MOVE, zone="UTC")))
    assert {"DTSTART:20261201T070000Z", "EXDATE:20261210T070000Z"} <= set(told)
    assert not [line for line in told if "TZID" in line or "VTIMEZONE" in line]


def test_the_block_of_a_zone_reaches_from_the_first_dose_to_the_last() -> None:
    """No yearly rule says when Gaza sets its clocks, so that each change has a line of its own."""
    data = written(plan(DAILY, zone="Asia/Gaza"), end="2029-12-01")
    block = lines(data)[: lines(data).index("END:VTIMEZONE")]
    years = {line[8:12] for line in block if line.startswith("DTSTART:")}
    assert years == {"1970", "2027", "2028", "2029"}


def test_each_zone_of_a_journey_has_a_block() -> None:
    told = lines(written(plan(JOURNEY + DAILY)))
    assert [line for line in told if line.startswith("TZID:")] == [
        "TZID:America/New_York",
        "TZID:Europe/Paris",
    ]


def test_events_stand_in_order_of_time() -> None:
    starts = [e["DTSTART"].dt for e in events(written(plan(JOURNEY + THRICE + EVERY_FOUR_WEEKS)))]
    assert starts == sorted(starts)


def test_uids_come_from_the_first_dose_of_a_series_and_are_those_of_no_feed() -> None:
    found = {str(event["UID"]) for event in events(written(plan(DAILY + MOVE)))}
    first = ("octreotide@2026-12-01/1", "octreotide@2026-12-10/1")
    assert found == {DISCREET.uid(f"series:{dose}") for dose in first}
    assert found.isdisjoint(DISCREET.uid(dose) for dose in first)


def test_full_tells_medicine_dose_and_what_to_do_and_neither_site_nor_reasons() -> None:
    guidance = {"octreotide": Guidance(prepare=("Warm it in your hand",), late=("If late: ask your team",))}
    found = events(written(plan(DAILY + MOVE), identity=FULL, guidance=guidance))
    assert {str(event["SUMMARY"]) for event in found} == {"Octreotide (short-acting) 100 micrograms"}
    assert [str(event["DESCRIPTION"]).splitlines() for event in found] == [
        [
            f"Planned for {clock}: 100 micrograms, injected under the skin.",
            "Site: as your plan says.",
            "Warm it in your hand.",
            "If late: ask your team.",
        ]
        for clock in ("07:00", "18:30")
    ]


def test_what_has_no_sites_says_nothing_of_them() -> None:
    (event,) = events(written(plan(TABLETS + "every = '1 d'"), identity=FULL))
    assert str(event["DESCRIPTION"]) == "Planned for 08:00: 1500 mg, by mouth."


@pytest.mark.parametrize(
    ("privacy", "title"), [(Privacy.DISCREET, "Garden"), (Privacy.INITIALS, "Garden (Z.M.)")]
)
def test_below_full_nothing_tells_the_medicine(privacy: Privacy, title: str) -> None:
    guidance = {"octreotide": Guidance(prepare=("Octreotide is kept cold",))}
    identity = replace(DISCREET, privacy=privacy)
    data = written(plan(TITRATED + MOVE), identity=identity, guidance=guidance)
    assert {str(event["SUMMARY"]) for event in events(data)} == {title}
    assert {str(event["DESCRIPTION"]) for event in events(data)} == {
        "Planned for 07:00.",
        "Planned for 18:30.",
    }
    assert not re.search("octreotide|microgram|dentist|cold|site", data.decode(), re.IGNORECASE)


def test_with_nothing_to_come_a_notice_says_so_today() -> None:
    (notice,) = events(written(plan(DAILY + "doses = 2"), start="2026-12-05"))
    assert str(notice["SUMMARY"]) == "Nothing planned"
    assert notice["DTSTART"].dt == date(2026, 12, 5)
    assert notice["DTEND"].dt - notice["DTSTART"].dt == timedelta(days=1)


def test_hostile_names_do_not_break_out_of_their_lines() -> None:
    evil = replace(DISCREET, name="x\r\nRRULE:FREQ=SECONDLY", alias="y\rEXDATE:1\u2028;,\\Nz" * 5)
    data = written(plan(DAILY), identity=evil)
    assert len([line for line in lines(data) if line.startswith("RRULE")]) == 3
    (event,) = events(data)
    assert "EXDATE" not in event
    assert max(map(len, data.split(b"\r\n"))) <= 75


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert written(plan(JOURNEY + THRICE + HOLD)) == written(plan(JOURNEY + THRICE + HOLD))
