"""Which phase an amendment finds in force, and what is left of it. 1 December 2026 is a Tuesday."""

from __future__ import annotations

from datetime import date, time

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.phase_in_force import PhaseInForce, Restart, phase_in_force
from scheduler.dosing.plan import Plan
from scheduler.dosing.regimen import DoseCount, Lasting, OpenEnded, Until
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, LAR_20_THEN_30, THRICE, course, given, held
from tests.support.schedule import amended

DAILY = 'dose = "50 ug"\ntimes = ["08:00"]\n'


def found(of: Plan, on: str, version: int = -1) -> PhaseInForce:
    return phase_in_force(of, of.regimens[0].versions[version], date.fromisoformat(on))


def restart(on: str, end: object, at: time | None = None) -> Restart:
    return Restart(on=date.fromisoformat(on), at=at, end=end)  # type: ignore[arg-type]


class TestAChain:
    def test_the_phase_of_the_next_dose_and_no_restart(self) -> None:
        of = plan(LAR_20_THEN_30)
        assert found(of, "2026-12-29") == PhaseInForce(index=0, restart=None)
        assert found(of, "2026-12-30") == PhaseInForce(index=1, restart=None)

    def test_a_late_dose_keeps_its_phase_in_force(self) -> None:
        of = plan(LAR_20_THEN_30 + given("lar#1", "2026-12-10T10:00:00"))
        assert found(of, "2027-01-07").index == 0
        assert found(of, "2027-01-08").index == 1

    def test_after_its_last_dose_the_last_phase(self) -> None:
        assert found(plan(LAR_20_THEN_30 + "  doses = 1\n"), "2028-01-01").index == 1

    def test_as_if_a_hold_without_an_end_had_one(self) -> None:
        assert found(plan(LAR_20_THEN_30 + held("lar", "2026-12-20")), "2027-01-10").index == 1

    def test_as_if_nothing_had_been_ordered_after_the_version(self) -> None:
        stronger = LAR.replace("20 mg", "30 mg")
        of = amended(plan(LAR_20_THEN_30), "2026-12-10", plan(stronger))
        assert found(of, "2027-01-20", version=0).index == 1
        assert found(of, "2027-01-20").index == 0


class TestAGrid:
    def test_an_open_phase_restarts_on_the_date(self) -> None:
        assert found(plan(THRICE), "2026-12-10") == PhaseInForce(
            index=0, restart=restart("2026-12-10", OpenEnded())
        )

    def test_before_it_begins_at_its_beginning(self) -> None:
        assert found(plan(THRICE), "2026-11-10").restart == restart("2026-12-01", OpenEnded())

    def test_of_a_number_of_doses_those_that_are_left(self) -> None:
        of = plan(course(f"{DAILY}start = 2026-12-01\ndoses = 10"))
        assert found(of, "2026-12-04").restart == restart("2026-12-04", DoseCount(count=7))
        assert found(of, "2026-11-04").restart == restart("2026-12-01", DoseCount(count=10))

    def test_of_a_length_the_date_on_which_it_ends(self) -> None:
        of = plan(course(f'{DAILY}start = 2026-12-01\nfor = "10 d"'))
        assert found(of, "2026-12-04").restart == restart("2026-12-04", Until(last=date(2026, 12, 10)))

    def test_a_last_date_stays(self) -> None:
        of = plan(course(f"{DAILY}start = 2026-12-01\nuntil = 2026-12-20"))
        assert found(of, "2026-12-04").restart == restart("2026-12-04", Until(last=date(2026, 12, 20)))

    def test_the_phase_whose_dose_comes_next(self) -> None:
        of = plan(course(f'{DAILY}every = "2 d"\nstart = 2026-12-01\nfor = "4 d"', DAILY))
        assert found(of, "2026-12-03").index == 0
        # The 4th is of the first phase and has no dose any more; the second begins on the 5th.
        assert found(of, "2026-12-04") == PhaseInForce(index=1, restart=restart("2026-12-05", OpenEnded()))

    def test_after_its_last_dose_the_last_phase_anew(self) -> None:
        of = plan(course(f'{DAILY}start = 2026-12-01\nfor = "4 d"'))
        length = Lasting(length=CalendarInterval.parse("4 d"))
        assert found(of, "2026-12-20") == PhaseInForce(index=0, restart=restart("2026-12-20", length, time()))

    def test_elapsed_hours_restart_with_the_next_dose(self) -> None:
        of = plan(course('dose = "50 ug"\nevery = "36 h"\nstart = 2026-12-01T07:00:00\ndoses = 5'))
        # Due on the 1st at 7, the 2nd at 19, the 4th at 7, the 5th at 19, the 7th at 7.
        assert found(of, "2026-12-03").restart == restart("2026-12-04", DoseCount(count=3), time(7))
        assert found(of, "2026-12-05").restart == restart("2026-12-05", DoseCount(count=2), time(19))

    def test_what_is_given_as_needed_goes_on_to_its_last_date(self) -> None:
        needed = 'dose = "50 ug"\nas_needed = { max_per_day = 4, min_gap = "4 h" }\n'
        of = plan(course(f'{needed}start = 2026-12-01\nfor = "4 d"', needed))
        assert found(of, "2026-12-04").index == 0
        assert found(of, "2026-12-05") == PhaseInForce(index=1, restart=restart("2026-12-05", OpenEnded()))
