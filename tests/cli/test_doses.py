"""``dosecal dose``: what is given as needed, why a dose is when it is, and what undoing tells."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Run, SetClock, statuses

NEW_YORK = "(America/New_York)"


def explained(run: Run, dose: str, *options: str) -> str:
    told = run("dose", "explain", "zoe", dose, *options)
    assert told.exit_code == 0, told.stderr
    return told.stdout.strip()


class TestAsNeeded:
    def test_the_regimens_id_records_that_days_next_dose(self, run: Run, ward: str) -> None:
        first = run("dose", "give", ward, "rescue", "--at", "2026-12-05T06:30")
        assert first.stdout == (
            "rescue@2026-12-05/1: Octreotide (short-acting) 50 micrograms, "
            "planned for Sat 2026-12-05 06:30: given\n"
        )
        second = run("dose", "give", ward, "rescue")
        assert second.stdout.startswith("rescue@2026-12-05/2: ")
        assert statuses(run, "2026-12-01", "2026-12-10", "rescue") == {
            "rescue@2026-12-05/1": "given",
            "rescue@2026-12-05/2": "given",
        }

    def test_one_over_the_maximum_is_recorded_with_a_warning(self, run: Run, ward: str) -> None:
        for at in ("00:10", "04:20"):
            run("dose", "give", ward, "rescue", "--at", f"2026-12-05T{at}")
        third = run("dose", "give", ward, "rescue", "--at", "2026-12-05T11:30")
        assert third.exit_code == 0
        assert third.stdout.splitlines()[1:] == [
            (
                "warning: rescue@2026-12-05/3: is dose 3 on 2026-12-05; at most 2 a day are ordered. "
                "[as-needed-maximum]"
            )
        ]
        assert len(statuses(run, "2026-12-05", "2026-12-06", "rescue")) == 3

    def test_one_too_soon_is_recorded_with_a_warning(self, run: Run, ward: str) -> None:
        run("dose", "give", ward, "rescue", "--at", "2026-12-05T09:00")
        told = json.loads(run("dose", "give", ward, "rescue", "--format", "json").stdout)
        (finding,) = told["findings"]
        assert (finding["code"], finding["dose"]) == ("as-needed-gap", "rescue@2026-12-05/2")
        assert finding["text"] == "was given 3.0 hours after the one before; at least 4 hours are ordered."

    def test_taking_one_back_says_so(self, run: Run, ward: str) -> None:
        run("dose", "give", ward, "rescue", "--at", "2026-12-05T06:30")
        assert run("dose", "undo", ward, "rescue@2026-12-05/1").stdout == (
            "rescue@2026-12-05/1: Octreotide (short-acting) 50 micrograms, "
            "given at Sat 2026-12-05 06:30: the record is taken back\n"
        )
        assert statuses(run, "2026-12-01", "2026-12-10", "rescue") == {}

    def test_a_regimen_with_planned_doses_is_told_to_have_them(self, run: Run, ward: str) -> None:
        refused = run("dose", "give", ward, "lar")
        assert refused.exit_code == 2
        assert "lar is a regimen with planned doses: name one of them" in refused.stderr

    @pytest.mark.parametrize(
        "command", [("skip", "--reason", "asleep"), ("move", "--to", "2026-12-06T08:00")]
    )
    def test_it_has_no_planned_dose_to_skip_or_move(
        self, run: Run, ward: str, command: tuple[str, ...]
    ) -> None:
        verb, *options = command
        refused = run("dose", verb, ward, "rescue", *options)
        assert refused.exit_code == 2
        assert "'rescue' is not the id of a dose" in refused.stderr


class TestUndo:
    def test_a_move_over_a_month_tells_the_dose_and_not_that_it_is_gone(
        self, run: Run, ward: str, set_clock: SetClock
    ) -> None:
        run("dose", "move", ward, "lar#1", "--to", "2027-01-08T10:00")
        set_clock("2027-01-04T12:00-05:00")
        undone = run("dose", "undo", ward, "lar#1").stdout.splitlines()
        assert undone[:2] == [
            "lar#1: Octreotide LAR 20 mg, planned for Tue 2026-12-01 10:00: late by 34 days",
            "  lar#2 moves from Fri 2027-02-05 10:00 to Tue 2026-12-29 10:00",
        ]

    def test_a_move_by_years_is_told(self, run: Run, ward: str) -> None:
        moved = run("dose", "move", ward, "lar#2", "--to", "2029-12-31T10:00").stdout.splitlines()
        assert moved[0] == "lar#2: Octreotide LAR 20 mg, planned for Mon 2029-12-31 10:00: upcoming"


class TestExplain:
    def test_a_dose_on_a_grid(self, run: Run, ward: str) -> None:
        assert explained(run, "octreotide@2026-12-05/2") == (
            "octreotide@2026-12-05/2 is Octreotide (short-acting) 100 micrograms, planned for Saturday "
            f"5 December 2026 at 15:00 {NEW_YORK}: its phase has doses every day at 07:00, 15:00 and 23:00."
        )

    def test_the_first_of_a_chain(self, run: Run, ward: str) -> None:
        assert explained(run, "lar#1") == (
            f"lar#1 is Octreotide LAR 20 mg, planned for Tuesday 1 December 2026 at 10:00 {NEW_YORK}: the "
            "regimen starts with it and goes on every 4 weeks at 10:00. It is late by 4 days: nothing is "
            "recorded yet."
        )

    def test_a_later_one_of_a_chain(self, run: Run, ward: str) -> None:
        assert explained(run, "lar#2").endswith(
            "4 weeks are counted from dose 1, which is planned for 1 December 2026."
        )

    def test_one_after_a_late_one(self, run: Run, ward: str) -> None:
        run("dose", "give", ward, "lar#1", "--at", "2026-12-03T10:15", "--site", "gluteal-right")
        assert explained(run, "lar#1").endswith(
            "It was given on Thursday 3 December 2026 at 10:15, gluteal-right."
        )
        assert "planned for Thursday 31 December 2026" in explained(run, "lar#2")
        assert explained(run, "lar#2").endswith(
            "4 weeks are counted from dose 1, which was given on 3 December 2026."
        )

    def test_one_after_one_that_was_not_given(self, run: Run, ward: str) -> None:
        run("dose", "skip", ward, "lar#1", "--reason", "ill", "--at", "2026-12-01T10:00")
        assert explained(run, "lar#1").endswith("It was recorded as not given: ill.")
        assert "which was not given and was planned for 1 December 2026" in explained(run, "lar#2")

    def test_one_that_is_withheld(self, run: Run, ward: str) -> None:
        run("hold", "start", ward, "octreotide", "--reason", "surgery", "--until", "2026-12-07")
        assert explained(run, "octreotide@2026-12-06/1").endswith(
            "It is withheld by the hold from 5 December 2026 to 7 December 2026: surgery."
        )

    def test_one_that_waits_for_the_end_of_a_hold(self, run: Run, ward: str) -> None:
        run(
            "hold",
            "start",
            ward,
            "lar",
            "--reason",
            "surgery",
            "--from",
            "2026-12-20",
            "--until",
            "2027-01-04",
        )
        assert explained(run, "lar#2").endswith(
            "planned for the day after the hold that ends on 2027-01-04: surgery."
        )

    def test_one_that_was_moved(self, run: Run, ward: str) -> None:
        run("dose", "move", ward, "lar#2", "--to", "2026-12-30T11:00", "--reason", "bus strike")
        told = explained(run, "lar#2")
        assert "planned for Wednesday 30 December 2026 at 11:00" in told
        assert told.endswith("moved from 2026-12-29 10:00: bus strike.")

    def test_one_by_the_clocks_of_a_journey(self, run: Run, ward: str) -> None:
        run("travel", "add", ward, "Europe/Paris", "--from", "2026-12-10", "--until", "2026-12-12")
        told = explained(run, "octreotide@2026-12-10/1")
        assert "at 07:00 (Europe/Paris)" in told
        assert told.endswith("away from home: the clock times follow Europe/Paris.")

    def test_one_given_as_needed(self, run: Run, ward: str) -> None:
        run("dose", "give", ward, "rescue", "--at", "2026-12-05T06:30")
        assert explained(run, "rescue@2026-12-05/1") == (
            "rescue@2026-12-05/1 is Octreotide (short-acting) 50 micrograms, as needed, at most 2 a day and "
            "4 hours apart. It was given on Saturday 5 December 2026 at 06:30."
        )

    def test_one_of_elapsed_hours_that_was_missed(self, run: Run, ward: str) -> None:
        assert explained(run, "hourly#3") == (
            f"hourly#3 is Loperamide 4 mg, planned for Thursday 3 December 2026 at 23:30 {NEW_YORK}: its "
            "phase has doses every 8 hours. It was missed: nothing was recorded while it was of use."
        )

    def test_at_another_moment_and_as_json(self, run: Run, ward: str) -> None:
        options = ("--now", "2026-12-01T16:00:00Z", "--format", "json")
        told = json.loads(explained(run, "lar#1", *options))
        assert told["id"] == "lar#1"
        assert told["explanation"].endswith("It is due now.")

    @pytest.mark.parametrize(
        ("dose", "code", "said"),
        [
            ("lar", 2, "'lar' is not the id of a dose"),
            ("lar#999999", 1, "lar#999999 is not a planned dose; see 'dosecal schedule show zoe'"),
            ("rescue@2026-12-05/1", 1, "rescue@2026-12-05/1 is not a planned dose"),
            ("hourly@2026-12-05/1", 1, "hourly@2026-12-05/1 is not a planned dose"),
        ],
    )
    def test_what_is_no_dose_is_refused(self, run: Run, ward: str, dose: str, code: int, said: str) -> None:
        refused = run("dose", "explain", ward, dose)
        assert refused.exit_code == code
        assert said in refused.stderr


class TestLate:
    def test_it_says_what_the_label_says_at_that_moment_with_the_source(self, run: Run, ward: str) -> None:
        run(*DAILY_TABLET)
        told = run("dose", "late", ward, "everolimus@2026-12-06/1", "--now", "2026-12-06T13:59:00-05:00")
        assert told.exit_code == 0
        text, rule = told.stdout.splitlines()
        assert text == (
            "everolimus@2026-12-06/1: Take it now: 5 hours and 59 minutes have passed since its usual time, "
            "less than 6 hours."
        )
        assert rule.startswith("The rule: If less than 6 hours have passed since the usual time")
        assert rule.endswith("how to take Afinitor and on dosing)")

    def test_as_json(self, run: Run, ward: str) -> None:
        shown = run("dose", "late", ward, "lar#1", "--format", "json")
        found = json.loads(shown.stdout)
        assert (found["id"], found["action"], found["rule"]["source"]) == ("lar#1", "ask-team", None)

    def test_a_dose_that_is_not_planned_is_told(self, run: Run, ward: str) -> None:
        refused = run("dose", "late", ward, "lar#x")
        assert refused.exit_code == 2
        assert run("dose", "late", ward, "octreotide@2026-11-01/1").exit_code == 1


DAILY_TABLET = (
    *("regimen", "start", "zoe", "everolimus", "--product", "everolimus", "--dose", "10 mg"),
    *("--times", "08:00", "--start", "2026-12-06"),
)
