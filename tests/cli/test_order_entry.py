"""``dosecal order read`` and ``dosecal regimen start`` with words, at noon on 5 December 2026."""

from __future__ import annotations

import json

import pytest

from cli import terminal
from tests.cli.conftest import Run, doses

EVEROLIMUS = "everolimus 10 mg by mouth once daily"
SAID = ("--times", "21:00", "--start", "2026-12-10")
READ_BACK = (
    "Everolimus, 10 milligrams by mouth, once a day at 21:00, from 10 December 2026 (Thursday) "
    "until further notice. Given at home."
)


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    monkeypatch.setattr("cli.order_entry.is_interactive", lambda: True)


class TestReading:
    def test_a_whole_order_is_said_back(self, run: Run) -> None:
        told = run(
            "order", "read", "octreotide 100 mcg SC TID at 07:00, 15:00 and 23:00 from 2026-12-01 x 14 days"
        )
        assert told.exit_code == 0
        assert told.stdout == (
            "Octreotide (short-acting), 100 micrograms under the skin, three times a day at 07:00, 15:00 and "
            "23:00, from 1 December 2026 (Tuesday) for 14 days. Given at home.\n"
        )

    def test_what_is_open_is_told(self, run: Run) -> None:
        told = run("order", "read", "octreotide 100 mcg SC three times daily for 2 weeks")
        assert told.stdout.splitlines() == [
            "product = octreotide-sc",
            "  1. dose = 100 ug, for = 2 wk",
            "open: First date, such as 2026-12-01",
            "open: 3 clock times, with commas between them",
        ]

    @pytest.mark.parametrize(
        ("order", "line"),
        [
            (
                "octreotide 50 mcg SC PRN max 4/day at least 4 hours apart",
                "  1. dose = 50 ug, as_needed = { max_per_day = 4, min_gap = 4 h }",
            ),
            ("octreotide 50 mcg SC BID at 08:00 and 20:00", "  1. dose = 50 ug, times = 08:00 20:00"),
            ("everolimus 5 mg on Mon and Thu", "  1. dose = 5 mg, weekdays = mon thu"),
        ],
    )
    def test_what_is_read_of_an_open_order_is_told(self, run: Run, order: str, line: str) -> None:
        assert run("order", "read", order).stdout.splitlines()[1] == line

    def test_the_place_of_an_open_order_is_told(self, run: Run) -> None:
        told = run("order", "read", "lanreotide 120 mg q4w at the clinic")
        assert told.stdout.splitlines()[0] == "product = lanreotide, setting = clinic"

    def test_what_cannot_be_read_is_underlined(self, run: Run) -> None:
        refused = run("order", "read", "octreotide 100 mcg SC QD from tomorrow")
        assert (refused.exit_code, refused.stdout) == (2, "")
        order, first, second = refused.stderr.splitlines()[1:]
        assert order == "dosecal: octreotide 100 mcg SC QD from tomorrow"
        assert (first.index("^"), first.count("^")) == (order.index("QD"), 2)
        assert (second.index("^"), second.count("^")) == (order.index("tomorrow"), 8)

    def test_an_order_cannot_command_the_terminal(self, run: Run) -> None:
        assert "\x1b" not in run("order", "read", "octreotide \x1b[2J 100 mcg").stderr

    def test_each_market_has_its_names(self, run: Run) -> None:
        order = "Somatuline Autogel 120 mg every 4 weeks"
        assert run("order", "read", order, "--market", "eu").exit_code == 0
        assert "known for the market eu alone" in run("order", "read", order).stderr

    def test_it_is_told_as_json(self, run: Run) -> None:
        told = run("order", "read", "lanreotide 120 mg q4w from 2026-12-01", "--format", "json")
        said = json.loads(told.stdout)
        assert said["regimen"]["phase"] == [{"dose": "120 mg", "every": "4 wk", "start": "2026-12-01"}]
        assert [(question["key"], question["count"]) for question in said["open"]] == [("times", 1)]
        assert said["read_back"] is None

    def test_json_has_the_words_of_a_whole_order(self, run: Run) -> None:
        told = run("order", "read", f"{EVEROLIMUS} at 21:00 from 2026-12-10", "--format", "json")
        assert json.loads(told.stdout)["read_back"] == READ_BACK


class TestStarting:
    def test_all_is_said_and_it_starts(self, run: Run, ward: str) -> None:
        told = run("regimen", "start", ward, EVEROLIMUS, *SAID, "--yes")
        assert told.exit_code == 0, told.stderr
        assert told.stdout.splitlines()[:2] == [READ_BACK, "Started everolimus."]
        assert list(doses(run, "2026-12-10", "2026-12-12", "everolimus").values()) == [
            "2026-12-10 21:00 10 mg",
            "2026-12-11 21:00 10 mg",
        ]

    def test_elapsed_hours_begin_at_a_date_and_time(self, run: Run, ward: str) -> None:
        order = "telotristat 250 mg q8h"
        refused = run("regimen", "start", ward, order, "--start", "2026-12-10", "--yes")
        assert "its start needs a time" in refused.stderr
        told = run("regimen", "start", ward, order, "--start", "2026-12-10T07:00", "--yes")
        assert told.exit_code == 0, told.stderr
        assert list(doses(run, "2026-12-10", "2026-12-11", "telotristat").values()) == [
            f"2026-12-10 {hour}:00 250 mg" for hour in ("07", "15", "23")
        ]

    def test_it_may_have_a_name_of_its_own(self, run: Run, ward: str) -> None:
        told = run("regimen", "start", ward, EVEROLIMUS, *SAID, "--yes", "--id", "evening")
        assert "Started evening." in told.stdout

    def test_a_name_that_is_taken_is_told(self, run: Run, ward: str) -> None:
        assert run("regimen", "start", ward, EVEROLIMUS, *SAID, "--yes").exit_code == 0
        refused = run("regimen", "start", ward, EVEROLIMUS, *SAID, "--yes")
        assert (refused.exit_code, "everolimus" in refused.stderr) == (1, True)

    def test_options_add_what_an_order_does_not_say(self, run: Run, ward: str) -> None:
        run("regimen", "start", ward, EVEROLIMUS, *SAID, "--yes", "--travel", "home", "--setting", "clinic")
        shown = json.loads(run("regimen", "show", ward, "everolimus", "--format", "json").stdout)[0]
        assert (shown["travel"], shown["setting"]) == ("home", "clinic")

    def test_what_is_open_is_told_where_nobody_can_be_asked(self, run: Run, ward: str) -> None:
        refused = run("regimen", "start", ward, EVEROLIMUS, "--yes")
        assert (refused.exit_code, refused.stderr.splitlines()) == (
            2,
            [
                "dosecal: First date, such as 2026-12-01: say it with --start",
                "dosecal: Clock time, such as 08:00: say it with --times",
            ],
        )

    def test_nobody_to_ask_and_no_yes_saves_nothing(self, run: Run, ward: str) -> None:
        refused = run("regimen", "start", ward, EVEROLIMUS, *SAID)
        assert "say --yes where nobody can be asked" in refused.stderr
        assert doses(run, "2026-12-10", "2026-12-12", "everolimus") == {}

    def test_a_dry_run_needs_no_yes_and_saves_nothing(self, run: Run, ward: str) -> None:
        told = run("regimen", "start", ward, EVEROLIMUS, *SAID, "--dry-run")
        assert told.stdout.splitlines()[1] == "Dry run, nothing is saved. Started everolimus."
        assert doses(run, "2026-12-10", "2026-12-12", "everolimus") == {}

    def test_it_is_told_as_json(self, run: Run, ward: str) -> None:
        told = run("regimen", "start", ward, EVEROLIMUS, *SAID, "--yes", "--format", "json")
        assert json.loads(told.stdout)["saved"] is True

    def test_a_finding_that_says_stop_keeps_it_from_starting(self, run: Run, ward: str) -> None:
        order = "Sandostatin LAR 20 mg IM every 4 weeks from 2026-12-10 at 10:00"
        refused = run("regimen", "start", ward, order, "--yes")
        assert refused.exit_code == 1
        assert "--confirm CODE" in refused.stderr

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("--dose", "20 mg"), "leave out the options for them"),
            (("--product", "everolimus"), "leave out the options for them"),
            (("--times", "08:00,20:00"), "the order needs 1 clock time"),
            (("--times", "8"), "is not a time of day"),
            (("--start", "2026-12-10T07:00"), "its start is a date alone"),
        ],
    )
    def test_what_cannot_be_said_together_is_told(
        self, run: Run, ward: str, arguments: tuple[str, ...], told: str
    ) -> None:
        refused = run("regimen", "start", ward, EVEROLIMUS, *arguments, "--yes")
        assert refused.exit_code == 2
        assert told in " ".join(refused.stderr.split())

    @pytest.mark.parametrize(
        ("order", "arguments", "told"),
        [
            (f"{EVEROLIMUS} at 21:00", ("--times", "20:00"), "does not leave that open"),
            (f"{EVEROLIMUS} from 2026-12-10", ("--start", "2026-12-11"), "does not leave that open"),
            (f"{EVEROLIMUS} at home", ("--setting", "clinic"), "the order says home"),
            ("telotristat 250 mg q8h at 07:00", ("--start", "2026-12-10T08:00"), "the order says 07:00"),
        ],
    )
    def test_an_option_does_not_overrule_the_order(
        self, run: Run, ward: str, order: str, arguments: tuple[str, ...], told: str
    ) -> None:
        refused = run("regimen", "start", ward, order, *arguments, "--yes")
        assert (refused.exit_code, told in refused.stderr) == (2, True)

    def test_an_order_that_cannot_be_read_is_underlined(self, run: Run, ward: str) -> None:
        refused = run("regimen", "start", ward, "everolimus 1.0 mg daily", *SAID, "--yes")
        assert (refused.exit_code, "^^^" in refused.stderr) == (2, True)

    def test_an_id_of_its_own_is_for_orders_in_words(self, run: Run, ward: str) -> None:
        refused = run("regimen", "start", ward, "x", "--product", "everolimus", "--id", "y")
        assert (refused.exit_code, "--id goes with an order" in refused.stderr) == (2, True)


@pytest.mark.usefixtures("at_a_terminal")
class TestAtATerminal:
    def test_what_is_open_is_asked_and_it_is_read_back_first(self, run: Run, ward: str) -> None:
        told = run("regimen", "start", ward, EVEROLIMUS, input="2026-12-10\n21:00\ny\n")
        assert told.exit_code == 0, told.stderr
        parts = ("First date", "Clock time", READ_BACK, "nothing is saved", "shall it start?", "Started ev")
        places = [told.stdout.index(part) for part in parts]
        assert places == sorted(places)
        assert len(doses(run, "2026-12-10", "2026-12-12", "everolimus")) == 2

    def test_a_wrong_answer_is_asked_again(self, run: Run, ward: str) -> None:
        answers = "soon\n2026-12-10\n9 pm\n21:00\ny\n"
        told = run("regimen", "start", ward, EVEROLIMUS, input=answers)
        assert "'soon' is not 2026-12-01" in told.stdout
        assert "'9 pm' is not a time of day" in told.stdout
        assert "Started everolimus." in told.stdout

    def test_no_saves_nothing(self, run: Run, ward: str) -> None:
        told = run("regimen", "start", ward, EVEROLIMUS, *SAID, input="n\n")
        assert told.stdout.splitlines()[-1] == "Nothing is started."
        assert doses(run, "2026-12-10", "2026-12-12", "everolimus") == {}
