"""``dosecal regimen``: starting, amending, stopping, and taking back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import WARD, Run, SetClock, doses, everything_shown

LANREOTIDE = ("--product", "lanreotide", "--setting", "clinic", "--dose", "120 mg", "--every", "4 wk")
MONTHS = ("2026-12-01", "2027-04-01")
DAYS = ("2026-12-06", "2026-12-09")

COURSE = """
version = 1
[patient]
id = "zoe"
name = "Zoe Marsh"
zone = "America/New_York"
[[regimen]]
id = "course"
product = "octreotide-sc"
  [[regimen.phase]]
  dose = "100 ug"
  times = ["07:00"]
  start = 2026-12-01
  for = "14 d"
  [[regimen.phase]]
  dose = "200 ug"
  times = ["07:00"]
  doses = 6
  [[regimen.phase]]
  dose = "300 ug"
  times = ["07:00"]
"""


@pytest.fixture
def course(run: Run, tmp_path: Path, set_clock: SetClock) -> str:
    """100 micrograms a day from 1 to 14 December, 200 to the 20th, then 300. It is the 5th."""
    set_clock("2026-12-05T12:00-05:00")
    file = tmp_path / "course.toml"
    file.write_text(COURSE)
    assert run("import", file).exit_code == 0
    return "zoe"


def phases(run: Run, regimen: str) -> list[str]:
    """The phases of a regimen as ``regimen show`` tells them."""
    lines = run("regimen", "show", "zoe", regimen).stdout.splitlines()
    return [
        line.strip() for line in lines if line.startswith("  ") and line.strip()[:2].rstrip(".").isdigit()
    ]


def history(run: Run, regimen: str) -> list[dict[str, Any]]:
    return list(json.loads(run("regimen", "history", "zoe", regimen, "--format", "json").stdout))


def standing(run: Run, regimen: str) -> list[tuple[int, str]]:
    """The versions that are part of the regimen, with the date from which each is in force."""
    return [(v["version"], v["in_force_from"]) for v in history(run, regimen) if v["taken_back"] is None]


class TestStart:
    def test_its_doses_are_told_and_planned(self, run: Run, ward: str) -> None:
        started = run(
            *("regimen", "start", ward, "lan", *LANREOTIDE, "--times", "09:00", "--start", "2026-12-15"),
            *("--confirm", "dup-la-ssa", "--reason", "LAR is stopped by then"),
        )
        assert started.exit_code == 0
        assert started.stdout.splitlines()[:2] == [
            "Started lan.",
            "  lan#1 is added: Tue 2026-12-15 09:00, Lanreotide 120 mg",
        ]
        assert list(doses(run, "2026-12-01", "2027-01-20", "lan").values()) == [
            "2026-12-15 09:00 120 mg",
            "2027-01-12 09:00 120 mg",
        ]

    def test_phases_can_be_said_as_in_a_file(self, run: Run, ward: str) -> None:
        first = 'dose = "5 mg", times = ["08:00"], start = 2026-12-10, for = "2 d"'
        then = 'dose = "10 mg", times = ["08:00"], doses = 2'
        started = run(
            "regimen", "start", ward, "eve", "--product", "everolimus", "--phase", first, "--phase", then
        )
        assert started.exit_code == 0
        assert list(doses(run, "2026-12-01", "2027-01-01", "eve").values()) == [
            "2026-12-10 08:00 5 mg",
            "2026-12-11 08:00 5 mg",
            "2026-12-12 08:00 10 mg",
            "2026-12-13 08:00 10 mg",
        ]

    def test_it_can_hang_on_a_dose_of_another_one(self, run: Run, ward: str) -> None:
        start = '{ regimen = "lar", dose = 2, plus = "1 d" }'
        hangs = f'dose = "50 ug", times = ["08:00"], start = {start}, doses = 1'
        assert (
            run("regimen", "start", ward, "b", "--product", "octreotide-sc", "--phase", hangs).exit_code == 0
        )
        assert list(doses(run, "2026-12-01", "2027-02-01", "b").values()) == ["2026-12-30 08:00 50 ug"]

    @pytest.mark.parametrize(
        ("regimen", "options", "said"),
        [
            (
                "lan",
                ["--product", "lanreotid"],
                'product: "lanreotid" is not a product of the formulary; did you',
            ),
            (
                "lan",
                ["--dose", "120"],
                'regimen lan: phase[0].dose: "120" is not a number, a space and a unit',
            ),
            ("lan", ["--every", "4 weeks"], 'phase[0].every: "4 weeks"'),
            ("lan", ["--times", "9:00"], "phase[0].times[0]"),
            ("lan", ["--start", "2026-13-01"], "'2026-13-01' is not 2026-12-01"),
            ("lan", ["--start", "2926-12-01"], "'2926-12-01' is not between the years 1900 and 2199"),
            ("lan", ["--until", "2026-12-20", "--doses", "3"], "a phase ends in one way"),
            ("lan", ["--weekdays", "mon"], "repeats every so many days, weeks or months"),
            ("lan", ["--phase", 'dose = "1 mg"'], "leave out the options that say parts of one"),
            ("Lan", [], 'regimen Lan: id: "Lan" must be a-z, 0-9'),
        ],
    )
    def test_what_cannot_be_a_regimen_is_told_with_its_place(
        self, run: Run, ward: str, regimen: str, options: list[str], said: str
    ) -> None:
        before = everything_shown(run)
        refused = run(
            "regimen",
            "start",
            ward,
            regimen,
            *LANREOTIDE,
            "--times",
            "09:00",
            "--start",
            "2026-12-15",
            *options,
        )
        assert refused.exit_code == 2
        assert said in refused.stderr
        assert everything_shown(run) == before

    def test_a_phase_that_is_not_toml_is_told(self, run: Run, ward: str) -> None:
        refused = run("regimen", "start", ward, "x", "--product", "everolimus", "--phase", 'dose = "10')
        assert refused.exit_code == 2
        assert "regimen x: is not TOML" in refused.stderr

    def test_an_id_in_use_is_refused(self, run: Run, ward: str) -> None:
        refused = run(
            "regimen", "start", ward, "lar", *LANREOTIDE, "--times", "09:00", "--start", "2026-12-15"
        )
        assert refused.exit_code == 1
        assert "there is a regimen lar already; 'dosecal regimen amend' changes it" in refused.stderr

    def test_what_hangs_on_a_regimen_that_is_not_there_is_refused(self, run: Run, ward: str) -> None:
        hangs = 'dose = "50 ug", times = ["08:00"], start = { regimen = "nope", dose = 1 }'
        refused = run("regimen", "start", ward, "b", "--product", "octreotide-sc", "--phase", hangs)
        assert refused.exit_code == 1
        assert (
            "nope: is no regimen of this plan; there are: b, hourly, lar, octreotide, rescue"
            in refused.stderr
        )
        assert run("regimen", "show", ward, "b").exit_code == 1


class TestAmendAGrid:
    def test_another_dose_leaves_everything_before_the_date_and_every_id(self, run: Run, ward: str) -> None:
        before = doses(run, *DAYS, "octreotide")
        amended = run("regimen", "amend", ward, "octreotide", "--from", "2026-12-08", "--dose", "150 ug")
        assert amended.stdout.splitlines()[:2] == [
            "Amended octreotide.",
            "  octreotide@2026-12-08/1 changes from 100 micrograms to 150 micrograms",
        ]
        after = doses(run, *DAYS, "octreotide")
        assert list(after) == list(before)
        changed = {dose for dose in after if after[dose] != before[dose]}
        assert changed == {f"octreotide@2026-12-08/{slot}" for slot in (1, 2, 3)}
        assert doses(run, "2026-11-01", "2026-12-08", "octreotide").keys() >= {"octreotide@2026-12-01/1"}

    def test_today_is_the_date_where_none_is_said(self, run: Run, ward: str) -> None:
        run("regimen", "amend", ward, "octreotide", "--dose", "150 ug")
        assert standing(run, "octreotide") == [(1, "the beginning"), (2, "2026-12-05")]

    def test_other_times_keep_the_ids_of_the_slots_that_stay(self, run: Run, ward: str) -> None:
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-08", "--times", "08:00,20:00")
        assert doses(run, "2026-12-07", "2026-12-09", "octreotide") == {
            "octreotide@2026-12-07/1": "2026-12-07 07:00 100 ug",
            "octreotide@2026-12-07/2": "2026-12-07 15:00 100 ug",
            "octreotide@2026-12-07/3": "2026-12-07 23:00 100 ug",
            "octreotide@2026-12-08/1": "2026-12-08 08:00 100 ug",
            "octreotide@2026-12-08/2": "2026-12-08 20:00 100 ug",
        }

    def test_the_phase_in_force_on_the_date_is_the_one_that_changes(self, run: Run, course: str) -> None:
        run("regimen", "amend", course, "course", "--from", "2026-12-16", "--dose", "250 ug")
        assert list(doses(run, "2026-12-14", "2026-12-22", "course").values()) == [
            "2026-12-14 07:00 100 ug",
            "2026-12-15 07:00 200 ug",
            *(f"2026-12-{day} 07:00 250 ug" for day in (16, 17, 18, 19, 20)),
            "2026-12-21 07:00 300 ug",
        ]

    def test_a_new_rhythm_starts_on_the_date(self, run: Run, course: str) -> None:
        run("regimen", "amend", course, "course", "--from", "2026-12-25", "--every", "3 d")
        assert list(doses(run, "2026-12-23", "2027-01-02", "course")) == [
            *(f"course@2026-12-{day}/1" for day in (23, 24, 25, 28, 31)),
        ]

    def test_a_new_rhythm_leaves_a_phase_its_last_date(self, run: Run, course: str) -> None:
        run("regimen", "amend", course, "course", "--from", "2026-12-08", "--every", "2 d")
        assert list(doses(run, "2026-12-07", "2026-12-17", "course").values()) == [
            *(f"2026-12-{day} 07:00 100 ug" for day in ("07", "08", "10", "12", "14")),
            "2026-12-15 07:00 200 ug",
            "2026-12-16 07:00 200 ug",
        ]

    def test_a_new_rhythm_leaves_a_phase_its_number_of_doses(self, run: Run, course: str) -> None:
        run("regimen", "amend", course, "course", "--from", "2026-12-17", "--every", "2 d")
        shown = list(doses(run, "2026-12-15", "2026-12-27", "course").values())
        assert [dose[:10] for dose in shown if dose.endswith("200 ug")] == [
            *(f"2026-12-{day}" for day in (15, 16, 17, 19, 21, 23)),
        ]
        assert "2026-12-25 07:00 300 ug" in shown

    def test_a_new_rhythm_of_what_has_not_begun_waits_for_its_start(self, run: Run, ward: str) -> None:
        phase = ("--dose", "10 mg", "--times", "08:00", "--start", "2026-12-20")
        run("regimen", "start", ward, "eve", "--product", "everolimus", *phase)
        run("regimen", "amend", ward, "eve", "--every", "2 d")
        assert list(doses(run, "2026-12-01", "2026-12-25", "eve")) == [
            "eve@2026-12-20/1",
            "eve@2026-12-22/1",
            "eve@2026-12-24/1",
        ]

    def test_other_days_of_every_second_week_stay_of_every_second_week(self, run: Run, ward: str) -> None:
        phase = ("--dose", "10 mg", "--times", "08:00", "--every", "2 wk", "--weekdays", "mon")
        run("regimen", "start", ward, "eve", "--product", "everolimus", *phase, "--start", "2026-12-07")
        run("regimen", "amend", ward, "eve", "--from", "2026-12-21", "--weekdays", "tue")
        assert phases(run, "eve") == [
            "1. 10 mg on Tuesday, every 2 weeks at 08:00, from 2026-12-21, until further notice"
        ]

    def test_elapsed_hours_go_on_from_the_first_dose_of_the_date(self, run: Run, ward: str) -> None:
        run("regimen", "amend", ward, "hourly", "--from", "2026-12-07", "--every", "6 h")
        assert doses(run, "2026-12-06", "2026-12-08", "hourly") == {
            "hourly#10": "2026-12-06 07:30 4 mg",
            "hourly#11": "2026-12-06 15:30 4 mg",
            "hourly#12": "2026-12-06 23:30 4 mg",
            "hourly#13": "2026-12-07 07:30 4 mg",
            "hourly#14": "2026-12-07 13:30 4 mg",
            "hourly#15": "2026-12-07 19:30 4 mg",
        }

    def test_one_limit_of_what_is_given_as_needed_leaves_the_other(self, run: Run, ward: str) -> None:
        run("regimen", "amend", ward, "rescue", "--max-per-day", "3")
        (phase,) = phases(run, "rescue")
        assert "at most 3 a day and 4 hours apart" in phase


class TestAmendADepot:
    def test_another_dose_changes_the_phase_in_force_and_keeps_the_dates(self, run: Run, ward: str) -> None:
        amended = run("regimen", "amend", ward, "lar", "--from", "2026-12-10", "--dose", "10 mg")
        assert amended.stdout.splitlines() == ["Amended lar.", "  lar#2 changes from 20 mg to 10 mg"]
        assert doses(run, *MONTHS, "lar") == {
            "lar#1": "2026-12-01 10:00 20 mg",
            "lar#2": "2026-12-29 10:00 10 mg",
            "lar#3": "2027-01-26 10:00 30 mg",
            "lar#4": "2027-02-23 10:00 30 mg",
            "lar#5": "2027-03-23 10:00 30 mg",
        }

    def test_another_rhythm_runs_on_from_the_last_one_given(self, run: Run, ward: str) -> None:
        run("dose", "give", ward, "lar#1", "--at", "2026-12-02T10:00")
        run("regimen", "amend", ward, "lar", "--from", "2026-12-10", "--every", "3 wk")
        assert doses(run, "2026-12-01", "2027-02-20", "lar") == {
            "lar#1": "2026-12-01 10:00 20 mg",
            "lar#2": "2026-12-23 10:00 20 mg",
            "lar#3": "2027-01-13 10:00 30 mg",
            "lar#4": "2027-02-10 10:00 30 mg",
        }

    def test_its_phases_can_be_replaced(self, run: Run, ward: str) -> None:
        phase = 'dose = "10 mg", every = "4 wk", times = ["11:00"], start = 2026-12-01'
        assert run("regimen", "amend", ward, "lar", "--from", "2027-01-01", "--phase", phase).exit_code == 0
        assert list(doses(run, "2026-12-01", "2027-03-01", "lar").values()) == [
            "2026-12-01 10:00 20 mg",
            "2026-12-29 10:00 20 mg",
            "2027-01-26 11:00 10 mg",
            "2027-02-23 11:00 10 mg",
        ]

    def test_one_end_of_the_clinics_window_leaves_the_other(self, run: Run, ward: str) -> None:
        run("regimen", "amend", ward, "lar", "--window-before", "2 d")
        run("regimen", "amend", ward, "lar", "--window-after", "3 d")
        assert "window: 2 days before to 3 days after" in run("regimen", "show", ward, "lar").stdout


class TestTwoAmendments:
    def test_on_one_date_the_second_one_builds_on_the_first_and_takes_its_place(
        self, run: Run, ward: str
    ) -> None:
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-08", "--dose", "150 ug")
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-08", "--times", "08:00,20:00")
        assert standing(run, "octreotide") == [(1, "the beginning"), (3, "2026-12-08")]
        assert list(doses(run, "2026-12-08", "2026-12-09", "octreotide").values()) == [
            "2026-12-08 08:00 150 ug",
            "2026-12-08 20:00 150 ug",
        ]

    def test_a_later_one_stands_beside_the_first(self, run: Run, ward: str) -> None:
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-08", "--dose", "150 ug")
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-10", "--times", "08:00")
        assert standing(run, "octreotide") == [(1, "the beginning"), (2, "2026-12-08"), (3, "2026-12-10")]
        assert list(doses(run, "2026-12-09", "2026-12-11", "octreotide").values()) == [
            *(f"2026-12-09 {time} 150 ug" for time in ("07:00", "15:00", "23:00")),
            "2026-12-10 08:00 150 ug",
        ]

    def test_one_before_another_takes_its_place_and_nothing_from_it(self, run: Run, ward: str) -> None:
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-08", "--dose", "150 ug")
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-07", "--times", "08:00")
        assert standing(run, "octreotide") == [(1, "the beginning"), (3, "2026-12-07")]
        assert list(doses(run, "2026-12-07", "2026-12-09", "octreotide").values()) == [
            "2026-12-07 08:00 100 ug",
            "2026-12-08 08:00 100 ug",
        ]

    def test_the_phase_in_force_is_sought_in_the_version_in_force(self, run: Run, course: str) -> None:
        run("regimen", "amend", course, "course", "--from", "2026-12-17", "--every", "2 d")
        run("regimen", "amend", course, "course", "--from", "2026-12-10", "--dose", "50 ug")
        assert phases(run, "course") == [
            "1. 50 micrograms every day at 07:00, from 2026-12-01, for 14 days",
            "2. 200 micrograms every day at 07:00, 6 doses",
            "3. 300 micrograms every day at 07:00, until further notice",
        ]


class TestRefusedAmendments:
    @pytest.mark.parametrize(
        ("regimen", "options", "said"),
        [
            ("octreotide", ["--dose", "100"], 'regimen octreotide: phase[0].dose: "100" is not a number'),
            ("octreotide", ["--every", "8 h"], "regimen octreotide: phase[0]: counts elapsed hours"),
            ("octreotide", ["--from", "8 Dec", "--dose", "1 ug"], "'8 Dec' is not a date such as 2026-12-01"),
            ("octreotide", ["--sites", "a,,b"], "regimen octreotide: sites[1]"),
            (
                "octreotide",
                ["--phase", 'dose = "1 ug", times = ["08:00"]'],
                "the first phase needs a start date",
            ),
            ("octreotide", ["--window-after", "3 d"], "a clinic's window is for doses counted in days"),
            ("lar", ["--times", "10:00,18:00"], "has one time of day"),
            ("lar", ["--window-before", "3 h"], 'window.before: "3 h"'),
            ("lar", [], "say what changes, such as --dose or --times"),
            ("rescue", ["--times", "08:00"], "has as_needed, which goes without times"),
        ],
    )
    def test_what_cannot_be_a_regimen_is_told_with_its_place(
        self, run: Run, ward: str, regimen: str, options: list[str], said: str
    ) -> None:
        before = everything_shown(run)
        refused = run("regimen", "amend", ward, regimen, *options)
        assert refused.exit_code == 2
        assert said in refused.stderr
        assert everything_shown(run) == before

    def test_a_change_without_room_for_what_was_recorded_is_refused(
        self, run: Run, ward: str, set_clock: SetClock
    ) -> None:
        set_clock("2026-12-05T23:30-05:00")
        run("dose", "give", ward, "octreotide@2026-12-05/3", "--at", "2026-12-05T23:05")
        before = everything_shown(run)
        refused = run("regimen", "amend", ward, "octreotide", "--times", "07:00,15:00")
        assert refused.exit_code == 1
        assert "nothing was changed: with what is recorded" in refused.stderr
        assert "octreotide@2026-12-05/3" in refused.stderr
        assert everything_shown(run) == before

    @pytest.mark.parametrize("verb", ["amend", "stop", "undo", "show", "history"])
    def test_a_regimen_that_is_not_there_is_told_with_those_that_are(
        self, run: Run, ward: str, verb: str
    ) -> None:
        refused = run("regimen", verb, ward, "nope", *(["--dose", "1 mg"] if verb == "amend" else []))
        assert refused.exit_code == 1
        assert "zoe has no regimen nope; there are: octreotide, lar, rescue, hourly" in refused.stderr


class TestStop:
    def test_no_dose_is_planned_from_then_on(self, run: Run, ward: str) -> None:
        stopped = run("regimen", "stop", ward, "octreotide", "--at", "2026-12-08T12:00", "--reason", "rash")
        assert stopped.exit_code == 0
        assert stopped.stdout.splitlines()[0] == "Stopped octreotide."
        assert list(doses(run, "2026-12-08", "2027-01-01", "octreotide")) == ["octreotide@2026-12-08/1"]
        assert "stopped on 2026-12-08 12:00: rash" in run("regimen", "show", ward, "octreotide").stdout
        (shown,) = json.loads(run("regimen", "show", ward, "octreotide", "--format", "json").stdout)
        assert (shown["status"], shown["stopped_at"]) == ("stopped", "2026-12-08T12:00:00")

    def test_now_is_the_time_where_none_is_said(self, run: Run, ward: str) -> None:
        run("regimen", "stop", ward, "octreotide")
        assert list(doses(run, "2026-12-05", "2027-01-01", "octreotide")) == ["octreotide@2026-12-05/1"]

    def test_what_was_to_change_later_does_not_change_the_day_of_the_stop(self, run: Run, ward: str) -> None:
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-10", "--dose", "150 ug")
        run("regimen", "stop", ward, "octreotide", "--at", "2026-12-08T12:00")
        assert doses(run, "2026-12-08", "2027-01-01", "octreotide") == {
            "octreotide@2026-12-08/1": "2026-12-08 07:00 100 ug"
        }

    def test_a_second_stop_and_an_amendment_are_refused(self, run: Run, ward: str) -> None:
        run("regimen", "stop", ward, "lar", "--at", "2026-12-20T12:00")
        again = run("regimen", "stop", ward, "lar")
        assert again.exit_code == 1
        assert "lar was stopped on 2026-12-20 12:00 already" in again.stderr
        amended = run("regimen", "amend", ward, "lar", "--dose", "10 mg")
        assert amended.exit_code == 1
        assert "lar was stopped on 2026-12-20 12:00: start another one" in amended.stderr

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--at", "2026-12-20"], "'2026-12-20' has no time of day"),
            (["--at", "2026-12-20T12:00Z"], "has an offset"),
            (["--at", "9999-12-31T23:59"], "is not between the years 1900 and 2199"),
            (["--reason", "x" * 201], "the reason has at most 200 characters"),
            (["--reason", "a\x1b[2Jb"], "the reason holds a control character"),
        ],
    )
    def test_a_wrong_time_or_reason_is_told(self, run: Run, ward: str, options: list[str], said: str) -> None:
        refused = run("regimen", "stop", ward, "lar", *options)
        assert refused.exit_code == 2
        assert said in refused.stderr
        assert standing(run, "lar") == [(1, "the beginning")]

    def test_a_file_that_says_the_same_does_not_start_it_again(
        self, run: Run, ward: str, tmp_path: Path
    ) -> None:
        run("regimen", "stop", ward, "octreotide", "--reason", "rash")
        before = everything_shown(run)
        assert "unchanged" in run("import", tmp_path / "ward.toml").stdout
        assert everything_shown(run) == before

    def test_a_file_that_changes_it_is_refused(self, run: Run, ward: str, tmp_path: Path) -> None:
        run("regimen", "stop", ward, "octreotide", "--reason", "rash")
        before = everything_shown(run)
        (tmp_path / "ward.toml").write_text(WARD.replace("100 ug", "150 ug"))
        refused = run("import", tmp_path / "ward.toml")
        assert refused.exit_code == 1
        assert "octreotide was stopped on 2026-12-05, and the file changes it" in refused.stderr
        assert everything_shown(run) == before

    def test_a_file_that_says_the_stop_itself_is_imported_once(
        self, run: Run, ward: str, tmp_path: Path
    ) -> None:
        stop = 'product = "octreotide-lar"\nstop = { at = 2027-01-01T12:00:00, reason = "moved away" }'
        (tmp_path / "ward.toml").write_text(WARD.replace('product = "octreotide-lar"', stop))
        assert "amended regimen lar" in run("import", tmp_path / "ward.toml").stdout
        assert "unchanged" in run("import", tmp_path / "ward.toml").stdout
        assert list(doses(run, *MONTHS, "lar")) == ["lar#1", "lar#2"]


class TestUndo:
    @pytest.mark.parametrize(
        "change",
        [
            ("amend", "zoe", "octreotide", "--from", "2026-12-08", "--dose", "150 ug"),
            ("amend", "zoe", "octreotide", "--every", "2 d"),
            ("stop", "zoe", "octreotide"),
        ],
    )
    def test_the_plan_is_as_it_was_and_the_history_keeps_the_change(
        self, run: Run, ward: str, change: tuple[str, ...]
    ) -> None:
        before = doses(run, *MONTHS, "octreotide")
        shown = run("regimen", "show", ward, "--format", "json").stdout
        run("regimen", *change)
        undone = run("regimen", "undo", ward, "octreotide")
        assert undone.stdout.splitlines()[0] == "Took back the last change of octreotide."
        assert doses(run, *MONTHS, "octreotide") == before
        assert run("regimen", "show", ward, "--format", "json").stdout == shown
        assert [version["version"] for version in history(run, "octreotide")] == [1, 2]
        assert standing(run, "octreotide") == [(1, "the beginning")]

    def test_each_undo_takes_back_one_change_and_puts_back_what_it_had_superseded(
        self, run: Run, ward: str
    ) -> None:
        changes = [
            ("amend", ward, "octreotide", "--from", "2026-12-10", "--dose", "150 ug"),
            ("amend", ward, "octreotide", "--from", "2026-12-20", "--times", "08:00"),
            ("stop", ward, "octreotide", "--at", "2026-12-08T12:00"),
        ]
        seen = [standing(run, "octreotide")]
        for change in changes:
            assert run("regimen", *change).exit_code == 0
            seen.append(standing(run, "octreotide"))
        assert seen[-1] == [(1, "the beginning"), (4, "2026-12-08")]
        for expected in reversed(seen[:-1]):
            run("regimen", "undo", ward, "octreotide")
            assert standing(run, "octreotide") == expected
        refused = run("regimen", "undo", ward, "octreotide")
        assert refused.exit_code == 1
        assert "octreotide was neither amended nor stopped: there is nothing to undo" in refused.stderr

    def test_what_was_taken_back_before_is_not_put_back(self, run: Run, ward: str) -> None:
        """All in one instant, by which the store tells what superseded what."""
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-08", "--dose", "150 ug")
        run("regimen", "undo", ward, "octreotide")
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-10", "--dose", "200 ug")
        run("regimen", "undo", ward, "octreotide")
        assert standing(run, "octreotide") == [(1, "the beginning")]

    def test_a_change_that_leaves_no_room_for_a_record_cannot_be_taken_back(
        self, run: Run, ward: str
    ) -> None:
        run("regimen", "amend", ward, "octreotide", "--times", "07:00,10:00,15:00,23:00")
        run("dose", "give", ward, "octreotide@2026-12-05/4", "--at", "2026-12-05T11:00")
        refused = run("regimen", "undo", ward, "octreotide")
        assert refused.exit_code == 1
        assert "octreotide@2026-12-05/4" in refused.stderr
        assert standing(run, "octreotide") == [(1, "the beginning"), (2, "2026-12-05")]


class TestShowAndHistory:
    def test_all_regimens_are_shown_in_the_order_of_the_file(self, run: Run, ward: str) -> None:
        shown = json.loads(run("regimen", "show", ward, "--format", "json").stdout)
        assert [regimen["id"] for regimen in shown] == ["octreotide", "lar", "rescue", "hourly"]
        assert shown[1]["phases"] == ["20 mg every 4 weeks at 10:00", "30 mg every 4 weeks at 10:00"]
        assert (shown[1]["anchor"], shown[1]["versions"], shown[1]["status"]) == ("last-given", 1, "active")

    def test_as_json_it_has_the_table_that_a_plan_file_would_have(self, run: Run, ward: str) -> None:
        (shown,) = json.loads(run("regimen", "show", ward, "lar", "--format", "json").stdout)
        first, second = shown["table"].pop("phase")
        assert (first["start"], first["doses"], first["every"]) == ("2026-12-01", 2, "4 wk")
        assert (second["dose"], "start" in second) == ("30 mg", False)
        assert shown["table"]["sites"] == ["gluteal-left", "gluteal-right"]

    def test_a_regimen_is_told_in_words(self, run: Run, ward: str) -> None:
        assert run("regimen", "show", ward, "lar").stdout.splitlines() == [
            "lar: Octreotide LAR, intramuscular, clinic",
            "  1. 20 mg every 4 weeks at 10:00, from 2026-12-01, 2 doses",
            "  2. 30 mg every 4 weeks at 10:00, until further notice",
            "  each dose counts from the one given before; clock times follow the traveller",
            "  sites in turn: gluteal-left, gluteal-right",
        ]

    def test_every_version_is_listed_with_what_it_says(
        self, run: Run, ward: str, set_clock: SetClock
    ) -> None:
        set_clock("2026-12-06T12:00-05:00")
        run("regimen", "amend", ward, "octreotide", "--from", "2026-12-08", "--dose", "150 ug")
        rhythm = "every day at 07:00, 15:00 and 23:00, from 2026-12-01, until further notice"
        assert history(run, "octreotide") == [
            {
                "version": 1,
                "in_force_from": "the beginning",
                "written": "2026-12-05T17:00:00+00:00",
                "taken_back": None,
                "says": f"100 micrograms {rhythm}",
            },
            {
                "version": 2,
                "in_force_from": "2026-12-08",
                "written": "2026-12-06T17:00:00+00:00",
                "taken_back": None,
                "says": f"150 micrograms {rhythm}",
            },
        ]
        listed = run("regimen", "history", ward, "octreotide").stdout.splitlines()
        assert listed[0].split() == ["version", "in", "force", "from", "written", "taken", "back", "says"]
        assert len(listed) == 4

    def test_a_change_as_json_has_the_dose_before_and_after(self, run: Run, ward: str) -> None:
        options = ("--from", "2026-12-10", "--dose", "10 mg", "--format", "json")
        told = json.loads(run("regimen", "amend", ward, "lar", *options).stdout)
        before = {
            "due_at": "2026-12-29T10:00:00-05:00",
            "zone": "America/New_York",
            "dose": {"value": "20", "unit": "mg"},
            "held": False,
            "recorded": None,
        }
        after = {**before, "dose": {"value": "10", "unit": "mg"}}
        changed = {"id": "lar#2", "regimen": "lar", "kind": "changed", "before": before, "after": after}
        assert told == {"saved": True, "changes": [changed], "findings": []}
