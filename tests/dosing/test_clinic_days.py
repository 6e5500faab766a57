"""A clinic's own window and the days on which it is closed. 29 December 2026 is a Tuesday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from scheduler.dosing.clinic import Clinic
from scheduler.dosing.date_pattern import Weekday
from scheduler.dosing.plan import Period
from scheduler.dosing.plan_findings import findings
from scheduler.dosing.refusal import DosingError
from tests.support.plan_text import plan
from tests.support.regimen_text import CABOZANTINIB, LAR, THRICE, given, held, moved, not_given
from tests.support.schedule import dose_named, instant, status

WINDOW = LAR.replace("[[regimen.phase]]", 'window = { before = "2 d", after = "3 d" }\n[[regimen.phase]]')
MON, THU = Weekday.MONDAY, Weekday.THURSDAY


def clinic(*days: str, more: str = "") -> str:
    return f"\n[clinic]\nopen = [{', '.join(f'{day!r}' for day in days)}]\n{more}\n"


def told(text: str, moment: str = "2026-11-01T12:00-04:00", zone: str = "America/New_York") -> dict[str, str]:
    """What is told of closed days, by dose, from December to February."""
    period = Period(start=date(2026, 12, 1), end=date(2027, 2, 1))
    found = findings(plan(text, zone=zone), period, instant(moment))
    return {str(finding.dose): finding.text for finding in found if finding.code == "clinic-closed"}


class TestTheWindow:
    def test_it_is_of_whole_local_dates_and_the_clinics_own(self) -> None:
        window = dose_named(plan(WINDOW), "lar#2").window
        assert window.earliest == instant("2026-12-27T00:00-05:00")
        assert window.latest == instant("2027-01-02T00:00-05:00")
        assert window.stated_by == "clinic"

    def test_without_one_nothing_is_stated(self) -> None:
        window = dose_named(plan(LAR), "lar#2").window
        assert (window.earliest, window.latest, window.stated_by) == (None, None, None)

    def test_one_of_no_days_is_the_date_itself(self) -> None:
        only = LAR.replace("[[regimen.phase]]", "window = {}\n[[regimen.phase]]")
        window = dose_named(plan(only), "lar#2").window
        assert window.earliest == instant("2026-12-29T00:00-05:00")
        assert window.latest == instant("2026-12-30T00:00-05:00")

    def test_what_a_label_states_is_the_labels(self) -> None:
        window = dose_named(plan(CABOZANTINIB), "cabozantinib@2026-12-01/1").window
        assert window.latest == instant("2026-12-02T09:00-05:00")
        assert window.stated_by == "label"

    def test_it_follows_a_depot_given_late(self) -> None:
        window = dose_named(plan(WINDOW + given("lar#1", "2026-12-03T10:00:00")), "lar#2").window
        assert window.earliest == instant("2026-12-29T00:00-05:00")

    def test_its_dates_are_those_of_the_wall_through_a_change_of_clocks(self) -> None:
        # Clocks go forward on 14 March: the dates from the 13th to the 18th are 6 x 24 hours less one.
        spring = WINDOW.replace("2026-12-01", "2027-03-15")
        window = dose_named(plan(spring), "lar#1").window
        assert window.earliest == instant("2027-03-13T00:00-05:00")
        assert window.latest == instant("2027-03-19T00:00-04:00")

    def test_a_depot_past_its_window_is_late_and_never_missed(self) -> None:
        assert status(plan(WINDOW), "lar#1", "2027-03-01T12:00-05:00") == "late"

    @pytest.mark.parametrize(
        ("moment", "ended"),
        [("2026-12-04T23:59-05:00", False), ("2026-12-05T00:00-05:00", True)],
    )
    def test_an_overdue_depot_is_told_when_its_window_has_ended(self, moment: str, ended: bool) -> None:
        period = Period(start=date(2026, 12, 1), end=date(2026, 12, 2))
        (found,) = findings(plan(WINDOW), period, instant(moment))
        assert ("The clinic's own window ended on 2026-12-04." in found.text) is ended


class TestAClosedDay:
    def test_a_depot_on_it_is_told_with_the_nearest_open_day(self) -> None:
        # 1 and 29 December and 26 January are Tuesdays; of Monday and Wednesday the later one is offered.
        found = told(WINDOW + clinic("mon", "wed", "fri"))
        assert list(found) == ["lar#1", "lar#2", "lar#3"]
        assert found["lar#2"] == (
            "falls on Tuesday 2026-12-29, when the clinic is closed (closed on Tuesdays). "
            "The nearest open day inside the clinic's own window is Wednesday 2026-12-30."
        )

    def test_an_open_day_before_it_is_offered_where_it_is_nearer(self) -> None:
        assert told(WINDOW + clinic("mon", "fri"))["lar#2"].endswith("window is Monday 2026-12-28.")

    def test_an_open_day_outside_the_window_is_not_offered(self) -> None:
        # Saturday 2 January is four days after, Saturday 26 December three days before.
        assert told(WINDOW + clinic("sat"))["lar#2"].endswith(
            "The clinic is closed on every day of its own window: ask the team for another day."
        )

    def test_without_a_window_no_day_is_offered(self) -> None:
        assert told(LAR + clinic("mon"))["lar#2"].endswith(
            "No window is entered for it: ask the team for another day."
        )

    def test_a_public_holiday_is_told_by_its_name(self) -> None:
        # Four weeks after Friday 27 November is Christmas Day; Saturday is closed, so it is the Thursday.
        text = WINDOW.replace("2026-12-01", "2026-11-27")
        found = told(text + clinic("mon", "tue", "wed", "thu", "fri", more='holidays = "US"'))
        assert found == {
            "lar#2": "falls on Friday 2026-12-25, when the clinic is closed (Christmas Day). "
            "The nearest open day inside the clinic's own window is Thursday 2026-12-24."
        }

    def test_a_date_on_which_the_clinic_is_closed_is_told(self) -> None:
        found = told(WINDOW + clinic("tue", "thu", more="closed = [2026-12-29]"))
        assert found == {
            "lar#2": "falls on Tuesday 2026-12-29, when the clinic is closed (closed that day). "
            "The nearest open day inside the clinic's own window is Thursday 2026-12-31."
        }

    def test_an_open_day_has_nothing_to_tell(self) -> None:
        assert told(WINDOW + clinic("tue")) == {}
        assert told(WINDOW) == {}

    def test_what_is_given_at_home_does_not_ask_for_an_open_clinic(self) -> None:
        assert (
            told(THRICE + LAR.replace('setting = "clinic"', 'setting = "nurse-visit"') + clinic("wed")) == {}
        )

    def test_a_dose_moved_to_an_open_day_is_no_longer_told(self) -> None:
        # And the ones after it are counted from Wednesday: 27 January.
        assert list(told(WINDOW + moved("lar#2", "2026-12-30T10:00:00") + clinic("wed"))) == ["lar#1"]

    def test_a_dose_that_was_recorded_or_is_withheld_is_not_told(self) -> None:
        text = WINDOW + clinic("wed")
        assert list(told(text + given("lar#1", "2026-12-01T10:00:00"))) == ["lar#2", "lar#3"]
        assert list(told(text + not_given("lar#1", "2026-12-01T10:00:00"))) == ["lar#2", "lar#3"]
        assert list(told(text + held("lar", "2026-12-20"))) == ["lar#1"]

    def test_a_depot_is_never_moved_by_it(self) -> None:
        closed = plan(WINDOW + clinic("wed"))
        assert dose_named(closed, "lar#2").local_date == date(2026, 12, 29)


@dataclass(frozen=True)
class OneHoliday:
    on: date

    def name_on(self, day: date) -> str | None:
        return "New Year" if day == self.on else None


OPEN = Clinic(
    open_on=(MON, THU),
    holidays=OneHoliday(date(2026, 12, 31)),
    closures=(date(2026, 12, 28), date(2027, 1, 4)),
)


@pytest.mark.parametrize(
    ("day", "because"),
    [
        (date(2026, 12, 24), None),
        (date(2026, 12, 28), "closed that day"),
        (date(2026, 12, 29), "closed on Tuesdays"),
        (date(2026, 12, 31), "New Year"),
        (date(2027, 1, 3), "closed on Sundays"),
    ],
)
def test_why_a_clinic_is_closed(day: date, because: str | None) -> None:
    assert OPEN.closed_because(day) == because


@pytest.mark.parametrize(
    ("day", "before", "after", "nearest"),
    [
        # Open are Thursday 24 December and Thursday 7 January.
        (date(2026, 12, 31), 7, 7, date(2027, 1, 7)),
        (date(2026, 12, 31), 7, 6, date(2026, 12, 24)),
        (date(2026, 12, 31), 6, 7, date(2027, 1, 7)),
        (date(2026, 12, 31), 6, 6, None),
        (date(2026, 12, 29), 5, 9, date(2026, 12, 24)),
        (date(2026, 12, 24), 0, 0, date(2026, 12, 24)),
        (date(2026, 12, 29), 0, 0, None),
    ],
)
def test_the_nearest_open_day(day: date, before: int, after: int, nearest: date | None) -> None:
    earliest, latest = date.fromordinal(day.toordinal() - before), date.fromordinal(day.toordinal() + after)
    assert OPEN.nearest_open_day(day, earliest, latest) == nearest


def test_a_clinic_that_never_opens_is_refused() -> None:
    with pytest.raises(DosingError, match="at least one day"):
        Clinic(open_on=())
