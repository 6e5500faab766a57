"""Amended courses that have an end, count hours, go by other sites, or had late doses before the change.

1 December 2026 is a Tuesday.
"""

from __future__ import annotations

from scheduler.dosing.plan import Plan
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, THRICE, course, given, held
from tests.support.schedule import amended, amounts, dose_dates, dose_named, doses, named, reasons

ENDLESS = ("2026-12-01", "2030-01-01")
STRONGER = LAR.replace("20 mg", "30 mg")
SITES = '[[regimen.phase]]\ndose = "100 ug"\ntimes = ["08:00"]\nstart = 2026-12-01\n'


def changed(before: str, on: str, after: str, more: str = "") -> Plan:
    return amended(plan(before + more), on, plan(after))


def hours(every: int, end: str, start: str = "2026-12-01T07:00:00") -> str:
    begin = f"start = {start}\n" if start else ""
    return f'dose = "100 ug"\nevery = "{every} h"\n{begin}{end}'


class TestAnEnd:
    def test_a_number_of_doses_counts_from_the_start_of_the_new_version(self) -> None:
        nine = THRICE + "  doses = 9\n"
        found = amounts(changed(nine, "2026-12-02", nine.replace("100", "200")), *ENDLESS)
        assert found == ["2026-12-01 100 ug"] * 3 + ["2026-12-02 200 ug"] * 3 + ["2026-12-03 200 ug"] * 3

    def test_a_phase_of_the_new_version_that_is_over_by_its_date_has_no_dose(self) -> None:
        over = THRICE + '  until = 2026-12-03\n  [[regimen.phase]]\n  dose = "200 ug"\n  times = ["12:00"]\n'
        found = doses(changed(THRICE, "2026-12-04", over), "2026-12-03", "2026-12-05")
        assert [f"{dose.number} {dose.dose} {dose.phase}" for dose in found] == [
            "7 100 ug 1",
            "8 100 ug 1",
            "9 100 ug 1",
            "10 200 ug 2",
        ]

    def test_a_version_that_had_not_begun_leaves_no_trace(self) -> None:
        later = THRICE.replace("2026-12-01", "2026-12-20")
        found = doses(changed(later, "2026-12-10", THRICE), "2026-12-01", "2026-12-11")
        assert [f"{dose.id} {dose.number}" for dose in found] == [
            "octreotide@2026-12-10/1 1",
            "octreotide@2026-12-10/2 2",
            "octreotide@2026-12-10/3 3",
        ]


class TestElapsedHours:
    def test_a_number_of_doses_ends_an_amended_course(self) -> None:
        six = course(hours(12, "doses = 6"))
        assert named(changed(six, "2026-12-02", six.replace("100", "200")), *ENDLESS) == {
            "a#1": "2026-12-01 07:00",
            "a#2": "2026-12-01 19:00",
            "a#3": "2026-12-02 07:00",
            "a#4": "2026-12-02 19:00",
            "a#5": "2026-12-03 07:00",
            "a#6": "2026-12-03 19:00",
        }

    def test_a_phase_goes_on_one_gap_of_the_one_before_it_after_its_last(self) -> None:
        text = course(hours(8, "doses = 4"), hours(12, 'for = "2 d"', start=""))
        # The fifth is due on 2 December at 15:00, and so the phase lasts to the end of the third.
        assert named(plan(text), *ENDLESS) == {
            "a#1": "2026-12-01 07:00",
            "a#2": "2026-12-01 15:00",
            "a#3": "2026-12-01 23:00",
            "a#4": "2026-12-02 07:00",
            "a#5": "2026-12-02 15:00",
            "a#6": "2026-12-03 03:00",
            "a#7": "2026-12-03 15:00",
        }


class TestLateDosesBeforeTheChange:
    LATE_THIRD = given("lar#3", "2027-01-31T10:00:00")

    def test_a_new_start_is_taken_along_by_the_last_dose_before_it(self) -> None:
        # Given five days late: what was to start on 23 February starts on the 28th.
        anew = STRONGER.replace("2026-12-01", "2027-02-23")
        found = changed(LAR, "2027-02-05", anew, self.LATE_THIRD)
        assert dose_dates(found, "lar", "2027-01-01", "2027-04-15") == [
            "2027-01-26",
            "2027-02-28",
            "2027-03-28",
        ]
        assert reasons(found, "lar#4") == ["re-anchored"]
        assert reasons(found, "lar#5") == ["re-anchored"]

    def test_a_start_on_the_date_of_the_change_is_kept(self) -> None:
        anew = STRONGER.replace("2026-12-01", "2027-01-10")
        found = changed(LAR, "2027-01-10", anew)
        assert dose_dates(found, "lar", "2026-12-20", "2027-02-10") == [
            "2026-12-29",
            "2027-01-10",
            "2027-02-07",
        ]

    def test_an_interval_that_ends_on_the_date_of_the_change_is_not_put_off(self) -> None:
        found = changed(LAR, "2027-01-12", LAR.replace("4 wk", "2 wk"))
        assert named(found, "2027-01-01", "2027-01-20") == {"lar#3": "2027-01-12 10:00"}
        assert [reason.text for reason in dose_named(found, "lar#3").reasons] == [
            "counted from dose 2, planned for 2026-12-29"
        ]

    def test_a_start_that_hangs_on_a_depot_without_a_date_promises_nothing(self) -> None:
        daily = course(
            'dose = "50 ug"\nevery = "2 d"\ntimes = ["08:00"]\nstart = 2026-12-01',
            keys='anchor = "last-given"',
        )
        waiting = daily.replace("start = 2026-12-01", 'start = { regimen = "lar", dose = 2, plus = "1 d" }')
        before = plan(daily + LAR + held("lar", "2026-12-20"))
        after = plan(waiting + LAR)
        assert dose_dates(amended(before, "2026-12-05", after), "a", *ENDLESS) == ["2026-12-01", "2026-12-03"]


class TestSites:
    def test_an_amendment_goes_on_with_sites_of_its_own(self) -> None:
        two = SITES.join(
            [
                '\n[[regimen]]\nid = "a"\nproduct = "octreotide-sc"\nsites = ["thigh-left", "thigh-right"]\n',
                "",
            ]
        )
        three = two.replace(
            '["thigh-left", "thigh-right"]', '["abdomen-left", "abdomen-right", "thigh-left"]'
        )
        found = doses(changed(two, "2026-12-04", three), "2026-12-01", "2026-12-09")
        assert [dose.site for dose in found] == [
            "thigh-left",
            "thigh-right",
            "thigh-left",
            "abdomen-left",
            "abdomen-right",
            "thigh-left",
            "abdomen-left",
            "abdomen-right",
        ]
