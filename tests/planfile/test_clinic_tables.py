"""The tables a clinic fills in: its own window, a stop, its open days, and sites that rest."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from scheduler.dosing.clinic import Clinic
from scheduler.dosing.date_pattern import Weekday
from scheduler.dosing.regimen import ClinicWindow, Stop
from scheduler.dosing.site_rotation import SiteRest
from scheduler.planfile.document import ClinicDocument, RegimenDocument, StopDocument, WindowDocument
from scheduler.planfile.fault import PlanFileError
from scheduler.planfile.public_holidays import PublicHolidays
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, THRICE, resting

MON, TUE = Weekday.MONDAY, Weekday.TUESDAY
NO_COUNTRY = "names no country whose holidays are known, such as US or DE-BY"


def lar(line: str) -> str:
    return LAR.replace("[[regimen.phase]]", f"{line}\n[[regimen.phase]]")


def told(text: str) -> list[str]:
    with pytest.raises(PlanFileError) as refused:
        plan(text)
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("line", "window"),
    [
        ('window = { before = "2 d", after = "3 d" }', ClinicWindow(before=2, after=3)),
        ('window = { before = "1 wk" }', ClinicWindow(before=7, after=0)),
        ('window = { after = "28 d" }', ClinicWindow(before=0, after=28)),
        ("window = {}", ClinicWindow(before=0, after=0)),
    ],
)
def test_a_window_is_read_in_days(line: str, window: ClinicWindow) -> None:
    assert plan(lar(line)).regimens[0].window == window
    assert WindowDocument.of(window).value() == window


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            'window = { before = "1 mo" }',
            '.window.before: "1 mo" is not a number of days or weeks, such as "3 d"',
        ),
        (
            'window = { after = "1 mo" }',
            '.window.after: "1 mo" is not a number of days or weeks, such as "3 d"',
        ),
        (
            'window = { after = "3 h" }',
            '.window.after: "3 h" is not a whole number, a space and d, wk or mo, such as "4 wk"',
        ),
        ('window = { after = "5 wk" }', ": a window of 35 days is not between 0 and 28"),
        ('window = "2 d"', '.window: "2 d" must be a table'),
        (
            'anchor = "scheduled"\nwindow = { before = "2 d" }',
            ": a clinic's window is for doses counted in days from the last one given",
        ),
    ],
)
def test_a_window_that_is_wrong_is_told_with_its_place(line: str, problem: str) -> None:
    assert told(lar(line)) == [f"regimen[0]{problem}"]


def test_a_stop_is_read_as_a_local_time() -> None:
    stop = Stop(at=datetime(2027, 6, 1, 12), reason="moved away")  # noqa: DTZ001  # a wall time
    assert plan(lar('stop = { at = 2027-06-01T12:00:00, reason = "moved away" }')).regimens[0].stop == stop
    assert StopDocument.of(stop).value() == stop


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "stop = { at = 2027-06-01 }",
            ".at: 2027-06-01 must be a date and time without quotes, such as 2026-12-03T15:20:00",
        ),
        (
            "stop = { at = 2027-06-01T12:00:00Z }",
            ".at: 2027-06-01T12:00:00+00:00 has an offset; it is told in the patient's local time",
        ),
        ('stop = { reason = "moved away" }', ".at: is missing"),
        ("stop = 2027-06-01T12:00:00", ": 2027-06-01T12:00:00 must be a table"),
    ],
)
def test_a_stop_that_is_wrong_is_told_with_its_place(line: str, problem: str) -> None:
    assert told(lar(line)) == [f"regimen[0].stop{problem}"]


def test_a_regimen_is_written_with_its_window_and_its_stop() -> None:
    regimen = plan(lar('window = { before = "2 d" }\nstop = { at = 2027-06-01T12:00:00 }')).regimens[0]
    assert RegimenDocument.of(regimen).value(regimen.product) == regimen


def test_a_rest_is_read_with_its_dates_and_its_reason() -> None:
    rests = plan(
        THRICE + resting("thigh-left", "2026-12-05", "2026-12-20") + resting("thigh-right", "2026-12-06")
    ).rests
    assert rests == (
        SiteRest(site="thigh-left", first=date(2026, 12, 5), last=date(2026, 12, 20), reason="lump"),
        SiteRest(site="thigh-right", first=date(2026, 12, 6), last=None, reason="lump"),
    )


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            'site = "thigh-left"\nfrom = 2026-12-05\nuntil = 2026-12-04',
            ": the rest ends on 2026-12-04, before it begins on 2026-12-05",
        ),
        ('site = "thigh-left"', ".from: is missing"),
        ("from = 2026-12-05", ".site: is missing"),
        ('site = ""\nfrom = 2026-12-05', '.site: "" must not be empty'),
        (
            'site = "thigh-left"\nfrom = "soon"',
            '.from: "soon" must be a date without quotes, such as 2026-12-01',
        ),
    ],
)
def test_a_rest_that_is_wrong_is_told_with_its_place(lines: str, problem: str) -> None:
    whole = resting("thigh-right", "2026-12-01")
    assert told(f"{THRICE}{whole}\n[[rest]]\n{lines}\n") == [f"rest[1]{problem}"]


@pytest.mark.parametrize(
    ("lines", "clinic"),
    [
        ('open = ["mon", "tue"]', Clinic(open_on=(MON, TUE))),
        ('open = ["tue", "mon"]', Clinic(open_on=(MON, TUE))),
        ('open = ["mon"]\nholidays = "US"', Clinic(open_on=(MON,), holidays=PublicHolidays(place="US"))),
        (
            'open = ["mon"]\nholidays = "DE-BY"\nclosed = [2027-01-05, 2027-01-04, 2027-01-05]',
            Clinic(
                open_on=(MON,),
                holidays=PublicHolidays(place="DE-BY"),
                closures=(date(2027, 1, 4), date(2027, 1, 5)),
            ),
        ),
    ],
)
def test_a_clinic_is_read_and_written_again_as_itself(lines: str, clinic: Clinic) -> None:
    assert plan(f"{LAR}\n[clinic]\n{lines}\n").clinic == clinic
    assert ClinicDocument.of(clinic).value() == clinic


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("open = []", "open: must have at least one entry"),
        ('holidays = "US"', "open: is missing"),
        (
            'open = ["mon", "tues"]',
            'open[1]: "tues" is not one of mon, tue, wed, thu, fri, sat, sun; did you mean "tue"?',
        ),
        ('open = ["mon"]\nholidays = "USA"', f'holidays: "USA" {NO_COUNTRY}; did you mean "US"?'),
        ('open = ["mon"]\nholidays = "Atlantis"', f'holidays: "Atlantis" {NO_COUNTRY}'),
        (
            'open = ["mon"]\nholidays = "MC-XX"',
            'holidays: "MC-XX" names no part of MC whose holidays are known; there are: none',
        ),
        (
            'open = ["mon"]\nclosed = ["2027-01-04"]',
            'closed[0]: "2027-01-04" must be a date without quotes, such as 2026-12-01',
        ),
        ('open = ["mon"]\nclosed = 2027-01-04', "closed: 2027-01-04 must be a list"),
    ],
)
def test_a_clinic_that_is_wrong_is_told_with_its_place(lines: str, problem: str) -> None:
    assert told(f"{LAR}\n[clinic]\n{lines}\n") == [f"clinic.{problem}"]


def test_an_unknown_part_of_a_country_is_told_with_the_parts_there_are() -> None:
    (problem,) = told(f'{LAR}\n[clinic]\nopen = ["mon"]\nholidays = "DE-XX"\n')
    assert problem.startswith(
        'clinic.holidays: "DE-XX" names no part of DE whose holidays are known; there are: '
    )
    assert "DE-BE, DE-BW, DE-BY" in problem


def test_a_clinic_is_one_table() -> None:
    assert told(f'{LAR}\n[[clinic]]\nopen = ["mon"]\n') == ["clinic: must be a table"]


@pytest.mark.parametrize(
    ("place", "day", "name"),
    [
        ("US", date(2026, 12, 25), "Christmas Day"),
        ("US", date(2026, 12, 24), None),
        ("DE-BY", date(2027, 1, 6), "Epiphany"),
        ("DE-BE", date(2027, 1, 6), None),
    ],
)
def test_the_public_holidays_of_a_place(place: str, day: date, name: str | None) -> None:
    assert PublicHolidays.parse(place).name_on(day) == name
