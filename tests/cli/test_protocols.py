"""``dosecal protocol`` and ``dosecal regimen start --protocol``. It is noon on Saturday, 5 December 2026."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli import terminal
from tests.cli.conftest import Run, doses, schedule

LANREOTIDE = ("--protocol", "lanreotide-4-weeks", "--set", "start=2027-01-26", "--set", "dose=120 mg")
TABLET = (
    *("--protocol", "cabozantinib-under-40-kg", "--set", "start=2026-12-10"),
    *("--set", "step=3", "--set", "times=21:00"),
)


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    monkeypatch.setattr("cli.protocol_entry.is_interactive", lambda: True)


class TestLooking:
    def test_they_are_listed(self, run: Run) -> None:
        shown = run("protocol", "list")
        assert "octreotide-sc-then-lar" in shown.stdout
        listed = json.loads(run("protocol", "list", "--format", "json").stdout)
        assert {
            "id": "lanreotide-2-weeks",
            "title": "Lanreotide every 2 weeks (off label)",
            "off_label": True,
        } in listed

    def test_a_market_without_any_says_so(self, run: Run) -> None:
        assert run("protocol", "list", "--market", "eu").stdout == "There is no protocol for the market eu.\n"

    def test_one_is_shown_with_what_it_asks_and_from_which_source(self, run: Run) -> None:
        lines = run("protocol", "show", "lanreotide-2-weeks").stdout.splitlines()
        assert lines[0] == "lanreotide-2-weeks: Lanreotide every 2 weeks (off label)"
        assert lines[1] == "No label states this course: the prescriber confirms it."
        assert lines[2].endswith("and NCT02651987, summary of the trial)")
        assert lines[-1] == "  times: Time of the injection. [10:00]"

    def test_one_is_shown_as_json(self, run: Run) -> None:
        shown = json.loads(run("protocol", "show", "cabozantinib-under-40-kg", "--format", "json").stdout)
        steps = next(question for question in shown["questions"] if question["key"] == "step")
        assert steps["steps"] == ["40 mg once a day", "20 mg once a day", "20 mg every other day"]
        assert all(statement["source"] for statement in shown["statements"])

    def test_an_unknown_one_is_told_with_the_likely_one(self, run: Run) -> None:
        refused = run("protocol", "show", "captam")
        assert refused.exit_code == 2
        assert "did you mean captem?" in refused.stderr


class TestStarting:
    def test_all_is_said_and_it_starts(self, run: Run, ward: str) -> None:
        told = run("regimen", "start", ward, *TABLET, "--yes")
        assert told.exit_code == 0, told.stderr
        assert told.stdout.splitlines()[0] == "Started cabozantinib."
        assert list(doses(run, "2026-12-10", "2026-12-15", "cabozantinib").values()) == [
            "2026-12-10 21:00 20 mg",
            "2026-12-12 21:00 20 mg",
            "2026-12-14 21:00 20 mg",
        ]

    def test_what_is_open_is_told_where_nobody_can_be_asked(self, run: Run, ward: str) -> None:
        refused = run("regimen", "start", ward, "--protocol", "lanreotide-4-weeks", "--yes")
        assert (refused.exit_code, refused.stderr.splitlines()) == (
            2,
            [
                "dosecal: start: is not answered: Date of the first injection",
                "dosecal: dose: is not answered: Ordered amount",
            ],
        )

    def test_nobody_to_ask_and_no_yes_saves_nothing(self, run: Run, ward: str) -> None:
        refused = run("regimen", "start", ward, *TABLET)
        assert refused.exit_code == 2
        assert "say --yes where nobody can be asked" in refused.stderr
        assert doses(run, "2026-12-10", "2026-12-15", "cabozantinib") == {}

    def test_a_dry_run_needs_no_yes_and_saves_nothing(self, run: Run, ward: str) -> None:
        told = run("regimen", "start", ward, *TABLET, "--dry-run")
        assert told.stdout.startswith("Dry run, nothing is saved. Started cabozantinib.")
        assert doses(run, "2026-12-10", "2026-12-15", "cabozantinib") == {}

    def test_two_regimens_start_together_or_not_at_all(self, run: Run, ward: str) -> None:
        answers = ("start=2027-02-01", "sc_dose=100 ug", "sc_times=08:00,20:00", "lar_dose=20 mg")
        texts = [part for answer in answers for part in ("--set", answer)]
        refused = run("regimen", "start", ward, "--protocol", "octreotide-sc-then-lar", *texts, "--yes")
        assert (refused.exit_code, "there is a regimen octreotide already" in refused.stderr) == (1, True)

    def test_it_is_printed_as_a_plan_file(self, run: Run, ward: str, tmp_path: Path) -> None:
        printed = run("regimen", "start", ward, *TABLET, "--print")
        file = tmp_path / "printed.toml"
        file.write_text(printed.stdout)
        shown = json.loads(
            run("plan", file, "--from", "2026-12-10", "--to", "2026-12-15", "--format", "json").stdout
        )
        assert [dose["id"] for dose in shown["doses"]] == [
            f"cabozantinib@2026-12-{day}/1" for day in (10, 12, 14)
        ]
        assert doses(run, "2026-12-10", "2026-12-15", "cabozantinib") == {}

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("--set", "start"), "--set 'start': write KEY=VALUE, each key once"),
            (("--set", "a=1", "--set", "a=2"), "--set 'a=2': write KEY=VALUE, each key once"),
            (("--product", "everolimus"), "leave REGIMEN and --product out"),
        ],
    )
    def test_what_cannot_be_said_together_is_told(
        self, run: Run, ward: str, arguments: tuple[str, ...], told: str
    ) -> None:
        refused = run("regimen", "start", ward, "--protocol", "captem", *arguments)
        assert refused.exit_code == 2
        assert told in " ".join(refused.stderr.split())

    def test_nothing_at_all_is_told(self, run: Run, ward: str) -> None:
        refused = run("regimen", "start", ward)
        assert refused.exit_code == 2
        assert "say REGIMEN and --product" in refused.stderr


@pytest.mark.usefixtures("at_a_terminal")
class TestAtATerminal:
    ANSWERS = "2026-12-10\n3\n21:00\n"

    def test_what_is_open_is_asked_and_the_plan_is_shown_first(self, run: Run, ward: str) -> None:
        told = run(
            "regimen", "start", ward, "--protocol", "cabozantinib-under-40-kg", input=self.ANSWERS + "y\n"
        )
        assert told.exit_code == 0, told.stderr
        assert "1 = 40 mg once a day; 2 = 20 mg once a day; 3 = 20 mg every other day" in told.stdout
        assert (
            told.stdout.index("nothing is saved")
            < told.stdout.index("Start it?")
            < told.stdout.index("Started cab")
        )
        assert len(doses(run, "2026-12-10", "2026-12-15", "cabozantinib")) == 3

    def test_a_wrong_answer_is_asked_again(self, run: Run, ward: str) -> None:
        told = run(
            "regimen",
            "start",
            ward,
            "--protocol",
            "cabozantinib-under-40-kg",
            input="soon\n" + self.ANSWERS + "y\n",
        )
        assert "'soon' is not a date such as 2026-12-01" in told.stdout
        assert "Started cabozantinib." in told.stdout

    def test_no_saves_nothing(self, run: Run, ward: str) -> None:
        told = run(
            "regimen", "start", ward, "--protocol", "cabozantinib-under-40-kg", input=self.ANSWERS + "n\n"
        )
        assert told.stdout.splitlines()[-1] == "Nothing is started."
        assert "cabozantinib" not in {
            dose["regimen"] for dose in schedule(run, "2026-12-10", "2026-12-15")["doses"]
        }
