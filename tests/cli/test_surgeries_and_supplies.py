"""``dosecal surgery`` and ``dosecal supply``."""

from __future__ import annotations

import json

from tests.cli.conftest import Run, SetClock, schedule


def listed(run: Run, noun: str) -> list[dict[str, object]]:
    return list(json.loads(run(noun, "list", "zoe", "--format", "json").stdout))


class TestSurgeries:
    def test_one_is_planned_and_moves_no_dose(self, run: Run, ward: str) -> None:
        before = schedule(run, "2026-12-05", "2027-03-01")["doses"]
        told = run("surgery", "add", ward, "2027-01-05", "--dental").stdout.splitlines()
        assert told[:2] == ["An operation is planned for 2027-01-05.", "  No planned dose changes."]
        assert schedule(run, "2026-12-05", "2027-03-01")["doses"] == before
        assert listed(run, "surgery") == [{"on": "2027-01-05", "dental": True}]

    def test_it_is_taken_back(self, run: Run, ward: str) -> None:
        run("surgery", "add", ward, "2027-01-05")
        assert run("surgery", "remove", ward, "2027-01-05").exit_code == 0
        assert run("surgery", "list", ward).stdout == "No operation is planned.\n"

    def test_a_second_one_on_a_date_is_refused(self, run: Run, ward: str) -> None:
        run("surgery", "add", ward, "2027-01-05")
        again = run("surgery", "add", ward, "2027-01-05")
        assert (again.exit_code, again.stderr) == (
            1,
            "dosecal: an operation on 2027-01-05 is planned already\n",
        )

    def test_one_that_is_not_there_cannot_be_taken_back(self, run: Run, ward: str) -> None:
        run("surgery", "add", ward, "2027-01-05")
        refused = run("surgery", "remove", ward, "2027-01-06")
        assert refused.exit_code == 1
        assert "there are: 2027-01-05" in refused.stderr

    def test_a_dry_run_plans_none(self, run: Run, ward: str) -> None:
        run("surgery", "add", ward, "2027-01-05", "--dry-run")
        assert listed(run, "surgery") == []


class TestSupplies:
    def test_a_package_goes_out_and_back_and_is_opened(
        self, run: Run, ward: str, set_clock: SetClock
    ) -> None:
        out = run("supply", "out", ward, "lar", "lot 7")
        assert out.stdout.splitlines()[0] == "The package lot 7 is out of the fridge."
        set_clock("2026-12-05T15:30-05:00")
        run("supply", "back", ward, "lar", "lot 7")
        run("supply", "open", ward, "lar", "lot 7", "--at", "2026-12-05T15:00")
        assert listed(run, "supply") == [
            {
                "regimen": "lar",
                "label": "lot 7",
                "out": "2026-12-05 12:00",
                "back": "2026-12-05 15:30",
                "opened": "2026-12-05 15:00",
            }
        ]

    def test_what_is_still_to_come_is_refused(self, run: Run, ward: str) -> None:
        refused = run("supply", "out", ward, "lar", "lot 7", "--at", "2026-12-05T12:30")
        assert (refused.exit_code, refused.stderr) == (
            1,
            "dosecal: 2026-12-05 12:30 is still to come, so it cannot be recorded\n",
        )
        assert listed(run, "supply") == []

    def test_a_discarded_one_is_gone(self, run: Run, ward: str) -> None:
        run("supply", "open", ward, "octreotide", "pen 2")
        assert run("supply", "discard", ward, "octreotide", "pen 2").stdout.startswith(
            "The package pen 2 is gone."
        )
        assert run("supply", "list", ward).stdout == "No package is out of the fridge or in use.\n"

    def test_out_twice_is_for_the_pharmacy(self, run: Run, ward: str) -> None:
        run("supply", "out", ward, "lar", "lot 7")
        run("supply", "back", ward, "lar", "lot 7")
        again = run("supply", "out", ward, "lar", "lot 7")
        assert (again.exit_code, again.stderr) == (
            1,
            "dosecal: the package lot 7 was out of the fridge before: ask the pharmacy\n",
        )

    def test_what_cannot_be_is_refused(self, run: Run, ward: str) -> None:
        run("supply", "open", ward, "lar", "lot 7")
        for command, text in (
            (("back", ward, "lar", "lot 7"), "no package lot 7 of lar is out of the fridge"),
            (("open", ward, "lar", "lot 7"), "was opened at 2026-12-05 12:00"),
            (
                ("open", ward, "la", "lot 7"),
                "zoe has no regimen la; there are: octreotide, lar, rescue, hourly",
            ),
            (("discard", ward, "lar", "lot 8"), "there is no package lot 8 of lar"),
        ):
            refused = run("supply", *command)
            assert refused.exit_code == 1
            assert text in refused.stderr

    def test_a_label_that_nobody_could_read_is_refused(self, run: Run, ward: str) -> None:
        for label in (" ", "x" * 81, "a\u0007"):
            assert run("supply", "open", ward, "lar", label).exit_code == 2
