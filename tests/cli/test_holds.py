"""``dosecal hold``: doses withheld, their reminders with them, and given again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import WARD, Run, SetClock, doses, everything_shown, statuses

HELD = """
[[hold]]
regimen = "octreotide"
from = 2026-12-04
reason = "surgery"
"""


def holds(run: Run) -> list[tuple[str, str, str | None]]:
    listed = json.loads(run("hold", "list", "zoe", "--format", "json").stdout)
    return [(hold["regimen"], hold["from"], hold["until"]) for hold in listed]


def reminders(run: Run, state: str, regimen: str = "octreotide") -> list[str]:
    """The doses of ``regimen`` whose reminders are pending, or ended as ``state`` says."""
    command = "upcoming" if state == "pending" else "log"
    rows: list[dict[str, Any]] = json.loads(run("reminder", command, "zoe", "--format", "json").stdout)
    own = [row for row in rows if row["state"] == state]
    return sorted(row["dose"] for row in own if row["dose"].startswith((f"{regimen}@", f"{regimen}#")))


class TestOnAGrid:
    def test_the_doses_inside_are_withheld_and_stay_visible(self, run: Run, ward: str) -> None:
        started = run(
            "hold",
            "start",
            ward,
            "octreotide",
            "--from",
            "2026-12-07",
            "--until",
            "2026-12-07",
            "--reason",
            "CT",
        )
        assert started.stdout.splitlines() == [
            "octreotide is withheld from 2026-12-07 to 2026-12-07.",
            *(f"  octreotide@2026-12-07/{slot} is withheld" for slot in (1, 2, 3)),
        ]
        shown = statuses(run, "2026-12-06", "2026-12-09", "octreotide")
        assert [dose for dose, status in shown.items() if status == "held"] == [
            *(f"octreotide@2026-12-07/{slot}" for slot in (1, 2, 3))
        ]
        assert len(shown) == 9

    def test_pending_reminders_are_cancelled_and_come_back_after_it_has_ended(
        self, run: Run, ward: str
    ) -> None:
        run("policy", "set", ward, "--no-follow-ups", "--no-missed")
        run("recipient", "add", ward, "Zoe", "--channel", "console")
        waiting = reminders(run, "pending")
        assert len(waiting) == 5
        run("hold", "start", ward, "octreotide", "--reason", "surgery")
        assert reminders(run, "pending") == []
        assert reminders(run, "cancelled") == waiting
        run("hold", "end", ward, "octreotide", "--on", "2026-12-06")
        tomorrow = [dose for dose in waiting if "@2026-12-05" not in dose]
        assert reminders(run, "pending") == tomorrow
        run("hold", "end", ward, "octreotide")
        assert reminders(run, "pending") == waiting
        assert reminders(run, "cancelled") == []

    def test_other_regimens_are_reminded_of_as_before(self, run: Run, ward: str) -> None:
        run("recipient", "add", ward, "Zoe", "--channel", "console")
        waiting = reminders(run, "pending", "hourly")
        run("hold", "start", ward, "octreotide", "--reason", "surgery")
        assert reminders(run, "pending", "hourly") == waiting != []


class TestOnADepot:
    def test_the_first_dose_inside_comes_after_it_and_the_others_follow(self, run: Run, ward: str) -> None:
        run(
            "hold",
            "start",
            ward,
            "lar",
            "--from",
            "2026-12-20",
            "--until",
            "2027-01-04",
            "--reason",
            "surgery",
        )
        assert doses(run, "2026-12-01", "2027-03-01", "lar") == {
            "lar#1": "2026-12-01 10:00 20 mg",
            "lar#2": "2027-01-05 10:00 20 mg",
            "lar#3": "2027-02-02 10:00 30 mg",
        }

    def test_nothing_is_promised_while_it_has_no_end(self, run: Run, ward: str) -> None:
        started = run("hold", "start", ward, "lar", "--from", "2026-12-20", "--reason", "surgery")
        assert started.stdout.splitlines()[:3] == [
            "lar is withheld from 2026-12-20 until further notice.",
            "  lar#2 is withheld",
            "  lar#3 is no longer planned: Tue 2027-01-26 10:00, Octreotide LAR 30 mg",
        ]
        assert statuses(run, "2026-12-02", "2027-12-01", "lar") == {"lar#2": "held"}

    def test_the_reminder_of_a_depot_follows_it(self, run: Run, ward: str, set_clock: SetClock) -> None:
        set_clock("2026-12-28T12:00-05:00")
        run("recipient", "add", ward, "Zoe", "--channel", "console")
        run("dose", "give", ward, "lar#1", "--at", "2026-12-01T10:00")
        assert reminders(run, "pending", "lar") == ["lar#2"]
        run("hold", "start", ward, "lar", "--reason", "surgery")
        assert reminders(run, "pending", "lar") == []
        run("hold", "end", ward, "lar", "--on", "2026-12-29")
        assert reminders(run, "pending", "lar") == ["lar#2"]


class TestEnd:
    def test_an_open_one_ends_the_day_before(self, run: Run, ward: str) -> None:
        run("hold", "start", ward, "lar", "--from", "2026-12-20", "--reason", "surgery")
        ended = run("hold", "end", ward, "lar", "--on", "2027-01-05")
        assert ended.stdout.splitlines()[:3] == [
            "lar goes on from 2027-01-05.",
            "  lar#2 moves from Tue 2026-12-29 10:00 to Tue 2027-01-05 10:00; is no longer withheld",
            "  lar#3 is added: Tue 2027-02-02 10:00, Octreotide LAR 30 mg",
        ]
        assert holds(run) == [("lar", "2026-12-20", "2027-01-04")]

    def test_a_dated_one_ends_early(self, run: Run, ward: str, set_clock: SetClock) -> None:
        run("hold", "start", ward, "octreotide", "--until", "2026-12-20", "--reason", "surgery")
        set_clock("2026-12-08T12:00-05:00")
        assert (
            run("hold", "end", ward, "octreotide").stdout.splitlines()[0] == "octreotide goes on from today."
        )
        assert holds(run) == [("octreotide", "2026-12-05", "2026-12-07")]

    def test_one_that_has_not_begun_is_taken_back(self, run: Run, ward: str) -> None:
        before = doses(run, "2026-12-01", "2027-03-01", "lar")
        run("hold", "start", ward, "lar", "--from", "2026-12-20", "--reason", "surgery")
        assert run("hold", "end", ward, "lar").exit_code == 0
        assert holds(run) == []
        assert doses(run, "2026-12-01", "2027-03-01", "lar") == before

    def test_a_later_one_stands_when_the_one_in_force_ends(self, run: Run, ward: str) -> None:
        run("hold", "start", ward, "lar", "--reason", "surgery", "--until", "2026-12-31")
        run(
            "hold",
            "start",
            ward,
            "lar",
            "--from",
            "2027-03-01",
            "--until",
            "2027-03-10",
            "--reason",
            "cruise",
        )
        run(
            "hold",
            "start",
            ward,
            "lar",
            "--from",
            "2027-06-01",
            "--until",
            "2027-06-10",
            "--reason",
            "cruise",
        )
        run("hold", "end", ward, "lar", "--on", "2026-12-10")
        later = [("lar", "2027-03-01", "2027-03-10"), ("lar", "2027-06-01", "2027-06-10")]
        assert holds(run) == [("lar", "2026-12-05", "2026-12-09"), *later]
        run("hold", "end", ward, "lar", "--on", "2026-12-10")
        assert holds(run) == [("lar", "2026-12-05", "2026-12-09"), later[1]]

    def test_where_nothing_is_withheld_there_is_nothing_to_end(self, run: Run, ward: str) -> None:
        refused = run("hold", "end", ward, "lar")
        assert refused.exit_code == 1
        assert "nothing withholds lar on 2026-12-05, so there is no hold to end" in refused.stderr


class TestWrongInput:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ([], "Missing option '--reason'"),
            (["--reason", "CT", "--from", "tomorrow"], "'tomorrow' is not a date such as 2026-12-01"),
            (["--reason", "CT", "--from", "9999-12-30"], "is not between the years 1900 and 2199"),
            (["--reason", "CT", "--until", "2026-12-04"], "the hold ends on 2026-12-04, before it begins on"),
            (["--reason", "x" * 201], "the reason has at most 200 characters"),
            (["--reason", "a\x1b[2J"], "the reason holds a control character"),
        ],
    )
    def test_it_is_told_and_nothing_is_withheld(
        self, run: Run, ward: str, options: list[str], said: str
    ) -> None:
        before = everything_shown(run)
        refused = run("hold", "start", ward, "lar", *options)
        assert refused.exit_code == 2
        assert said in refused.stderr
        assert everything_shown(run) == before

    def test_a_regimen_that_is_not_there_is_told_with_those_that_are(self, run: Run, ward: str) -> None:
        refused = run("hold", "start", ward, "nope", "--reason", "CT")
        assert refused.exit_code == 1
        assert "zoe has no regimen nope; there are: octreotide, lar, rescue, hourly" in refused.stderr


class TestListAndFiles:
    def test_holds_are_listed_the_earliest_first(self, run: Run, ward: str) -> None:
        assert run("hold", "list", ward).stdout == "Nothing is withheld.\n"
        run("hold", "start", ward, "lar", "--from", "2026-12-20", "--reason", "surgery")
        run(
            "hold",
            "start",
            ward,
            "octreotide",
            "--from",
            "2026-12-06",
            "--until",
            "2026-12-07",
            "--reason",
            "CT",
        )
        assert [line.split() for line in run("hold", "list", ward).stdout.splitlines()[2:]] == [
            ["octreotide", "2026-12-06", "2026-12-07", "CT"],
            ["lar", "2026-12-20", "surgery"],
        ]
        assert json.loads(run("hold", "list", ward, "--format", "json").stdout)[1] == {
            "regimen": "lar",
            "from": "2026-12-20",
            "until": None,
            "reason": "surgery",
        }

    def test_one_that_people_ended_is_not_begun_anew_by_the_same_file(
        self, run: Run, ward: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "ward.toml"
        file.write_text(WARD + HELD)
        run("import", file)
        run("hold", "end", ward, "octreotide")
        assert "unchanged" in run("import", file).stdout
        assert holds(run) == [("octreotide", "2026-12-04", "2026-12-04")]

    def test_one_that_the_file_now_tells_otherwise_is_withheld(
        self, run: Run, ward: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "ward.toml"
        file.write_text(WARD + HELD)
        run("import", file)
        run("hold", "end", ward, "octreotide")
        file.write_text(WARD + HELD + "until = 2026-12-20\n")
        told = "added the hold of octreotide from 2026-12-04 to 2026-12-20"
        assert told in run("import", file).stdout
