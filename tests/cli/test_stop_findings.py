"""What keeps an order from being put in force, and who answers for it. It is noon on 5 December 2026."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import WARD, Run, SetClock, doses

SECOND_DEPOT = (
    *("--product", "lanreotide", "--setting", "clinic", "--dose", "120 mg"),
    *("--every", "4 wk", "--times", "10:00", "--start", "2026-12-10"),
)
ANSWER = ("--confirm", "dup-la-ssa", "--reason", "ordered by the team on 4 December")


def findings(run: Run) -> dict[str, tuple[str, str]]:
    """Severity and text of each finding by code."""
    shown = run("schedule", "show", "zoe", "--from", "2026-12-05", "--to", "2027-03-01", "--format", "json")
    found = json.loads(shown.stdout)["findings"]
    return {finding["code"]: (finding["severity"], finding["text"]) for finding in found}


class TestStarting:
    def test_a_second_depot_does_not_start(self, run: Run, ward: str) -> None:
        refused = run("regimen", "start", ward, "depot", *SECOND_DEPOT)
        first, *found, last = refused.stderr.splitlines()
        assert refused.exit_code == 1
        assert first == "dosecal: nothing was changed:"
        assert any(line.startswith("dosecal: stop: ") and line.endswith("[dup-la-ssa]") for line in found)
        assert last.startswith("dosecal: Ask the team.")
        assert doses(run, "2026-12-05", "2027-03-01", "depot") == {}

    def test_a_dry_run_shows_it_and_what_holds_it_back(self, run: Run, ward: str) -> None:
        shown = run("regimen", "start", ward, "depot", *SECOND_DEPOT, "--dry-run")
        assert shown.exit_code == 0
        assert "stop: " in shown.stdout

    def test_confirmed_by_code_and_reason_it_starts_and_the_reason_is_kept(self, run: Run, ward: str) -> None:
        started = run("regimen", "start", ward, "depot", *SECOND_DEPOT, *ANSWER)
        assert started.exit_code == 0, started.stderr
        severity, text = findings(run)["dup-la-ssa"]
        assert severity == "info"
        assert text.endswith("Confirmed: ordered by the team on 4 December.")

    def test_another_code_does_not_do(self, run: Run, ward: str) -> None:
        refused = run(
            "regimen", "start", ward, "depot", *SECOND_DEPOT, "--confirm", "dup-la", "--reason", "why"
        )
        assert refused.exit_code == 2
        assert "there is no finding dup-la to confirm; there are: dup-la-ssa" in refused.stderr

    def test_a_code_without_a_reason_is_refused(self, run: Run, ward: str) -> None:
        refused = run("regimen", "start", ward, "depot", *SECOND_DEPOT, "--confirm", "dup-la-ssa")
        assert refused.exit_code == 2
        assert "--confirm CODE goes with --reason WHY" in refused.stderr

    def test_an_amount_in_the_wrong_unit_does_not_start(self, run: Run, ward: str) -> None:
        options = (
            "--product",
            "octreotide-sc",
            "--dose",
            "100 mg",
            "--times",
            "08:00",
            "--start",
            "2026-12-10",
        )
        refused = run("regimen", "start", ward, "wrong", *options)
        assert refused.exit_code == 1
        assert "unit-mismatch" in refused.stderr


class TestAmending:
    def test_an_amendment_is_held_back_as_well(self, run: Run, ward: str) -> None:
        refused = run("regimen", "amend", ward, "octreotide", "--dose", "100 mg")
        assert refused.exit_code == 1
        assert "unit-mismatch" in refused.stderr
        assert set(doses(run, "2026-12-06", "2026-12-07", "octreotide").values()) == {
            f"2026-12-06 {hour}:00 100 ug" for hour in ("07", "15", "23")
        }

    def test_what_stood_before_holds_nothing_else_back(self, run: Run, ward: str) -> None:
        run("regimen", "start", ward, "depot", *SECOND_DEPOT, *ANSWER)
        assert run("regimen", "amend", ward, "octreotide", "--dose", "150 ug").exit_code == 0

    def test_a_hold_is_never_held_back(self, run: Run, ward: str) -> None:
        run("regimen", "start", ward, "depot", *SECOND_DEPOT, *ANSWER)
        assert run("hold", "start", ward, "lar", "--reason", "switched").exit_code == 0


class TestImporting:
    DEPOT = (
        '[[regimen]]\nid = "depot"\nproduct = "lanreotide"\nsetting = "clinic"\n'
        '[[regimen.phase]]\ndose = "120 mg"\nevery = "4 wk"\ntimes = ["10:00"]\nstart = 2026-12-10\n'
    )
    CONFIRMED = '[[confirmed]]\nregimen = "{}"\ncode = "dup-la-ssa"\nreason = "ordered by the team"\n'

    def file(self, folder: Path, text: str) -> Path:
        file = folder / "zoe.toml"
        file.write_text(WARD + text)
        return file

    def test_a_file_that_brings_one_is_refused_whole(
        self, run: Run, tmp_path: Path, set_clock: SetClock
    ) -> None:
        set_clock("2026-12-05T12:00-05:00")
        refused = run("import", self.file(tmp_path, self.DEPOT))
        assert refused.exit_code == 1
        assert "nothing was imported" in refused.stderr
        assert "dup-la-ssa" in refused.stderr
        assert run("patient", "list").stdout.startswith("There are no patients yet")

    def test_what_begins_in_a_year_is_reached(self, run: Run, tmp_path: Path, set_clock: SetClock) -> None:
        set_clock("2026-12-05T12:00-05:00")
        later = self.DEPOT.replace("start = 2026-12-10", "start = 2027-12-10")
        refused = run("import", self.file(tmp_path, later))
        assert (refused.exit_code, "[dup-la-ssa]" in refused.stderr) == (1, True)

    def test_a_file_that_answers_for_it_is_imported(
        self, run: Run, tmp_path: Path, set_clock: SetClock
    ) -> None:
        set_clock("2026-12-05T12:00-05:00")
        refused = run("import", self.file(tmp_path, self.DEPOT)).stderr
        about = "depot" if ": depot" in refused else "lar"
        done = run("import", self.file(tmp_path, self.DEPOT + self.CONFIRMED.format(about)))
        assert done.exit_code == 0, done.stderr
        assert findings(run)["dup-la-ssa"][0] == "info"

    def test_taking_the_answer_back_holds_the_file_back(
        self, run: Run, tmp_path: Path, set_clock: SetClock
    ) -> None:
        self.test_a_file_that_answers_for_it_is_imported(run, tmp_path, set_clock)
        refused = run("import", self.file(tmp_path, self.DEPOT))
        assert refused.exit_code == 1
        assert "dup-la-ssa" in refused.stderr
