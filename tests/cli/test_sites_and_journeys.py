"""``dosecal site`` and ``dosecal travel``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Run, SetClock, everything_shown, schedule


def sites(run: Run, start: str, end: str, regimen: str = "octreotide") -> list[str]:
    return [dose["site"] for dose in schedule(run, start, end)["doses"] if dose["regimen"] == regimen]


def times(run: Run, start: str, end: str, regimen: str = "octreotide") -> list[str]:
    return [dose["due_at"] for dose in schedule(run, start, end)["doses"] if dose["regimen"] == regimen]


def rests(run: Run) -> list[dict[str, object]]:
    return list(json.loads(run("site", "list", "zoe", "--format", "json").stdout))


class TestSites:
    def test_a_site_that_rests_is_passed_over(self, run: Run, ward: str) -> None:
        assert "abdomen-left" in sites(run, "2026-12-06", "2026-12-08")
        rested = run("site", "rest", ward, "abdomen-left", "--until", "2026-12-07", "--reason", "lump")
        assert rested.exit_code == 0
        assert rested.stdout.splitlines()[0] == "abdomen-left rests from 2026-12-05."
        assert "abdomen-left" not in sites(run, "2026-12-05", "2026-12-08")
        assert "abdomen-left" in sites(run, "2026-12-08", "2026-12-11")

    def test_it_is_used_again_from_a_date_on(self, run: Run, ward: str, set_clock: SetClock) -> None:
        before = sites(run, "2026-12-05", "2026-12-20")
        run("site", "rest", ward, "abdomen-left")
        set_clock("2026-12-08T12:00-05:00")
        assert (
            run("site", "use", ward, "abdomen-left").stdout.splitlines()[0] == "abdomen-left is used again."
        )
        assert "abdomen-left" not in sites(run, "2026-12-05", "2026-12-08")
        assert "abdomen-left" in sites(run, "2026-12-08", "2026-12-11")
        assert sites(run, "2026-12-05", "2026-12-20") != before
        assert [(rest["from"], rest["until"]) for rest in rests(run)] == [("2026-12-05", "2026-12-07")]

    def test_a_rest_that_has_not_begun_is_taken_back_and_a_later_one_stands(
        self, run: Run, ward: str
    ) -> None:
        for first, last in (("2026-12-10", "2026-12-12"), ("2026-12-20", "2026-12-22")):
            run("site", "rest", ward, "abdomen-left", "--from", first, "--until", last)
        run("site", "use", ward, "abdomen-left")
        assert [rest["from"] for rest in rests(run)] == ["2026-12-20"]

    def test_rests_are_listed(self, run: Run, ward: str) -> None:
        assert run("site", "list", ward).stdout == "No site rests.\n"
        run("site", "rest", ward, "thigh-left", "--reason", "lump")
        rest = {"site": "thigh-left", "from": "2026-12-05", "until": None, "reason": "lump"}
        assert rests(run) == [rest]
        listed = run("site", "list", ward).stdout.splitlines()
        assert listed[2].split() == ["thigh-left", "2026-12-05", "lump"]

    def test_a_site_that_no_regimen_uses_is_refused_with_those_that_are_used(
        self, run: Run, ward: str
    ) -> None:
        refused = run("site", "rest", ward, "thigh")
        assert refused.exit_code == 1
        assert (
            "no regimen of zoe uses the site thigh; there are: abdomen-left, abdomen-right" in refused.stderr
        )
        assert rests(run) == []

    def test_a_site_that_does_not_rest_cannot_be_used_again(self, run: Run, ward: str) -> None:
        refused = run("site", "use", ward, "thigh-left")
        assert refused.exit_code == 1
        assert "the site thigh-left does not rest on 2026-12-05" in refused.stderr

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--until", "2026-12-04"], "the rest ends on 2026-12-04, before it begins on 2026-12-05"),
            (["--from", "soon"], "'soon' is not a date such as 2026-12-01"),
            (["--reason", "x" * 201], "the reason has at most 200 characters"),
        ],
    )
    def test_wrong_input_is_told_and_nothing_rests(
        self, run: Run, ward: str, options: list[str], said: str
    ) -> None:
        refused = run("site", "rest", ward, "thigh-left", *options)
        assert refused.exit_code == 2
        assert said in refused.stderr
        assert rests(run) == []


class TestJourneys:
    def test_clock_times_follow_the_traveller_on_both_dates_and_between(self, run: Run, ward: str) -> None:
        added = run("travel", "add", ward, "Europe/Paris", "--from", "2026-12-10", "--until", "2026-12-11")
        assert added.exit_code == 0
        assert added.stdout.splitlines()[0] == "zoe is in Europe/Paris from 2026-12-10 to 2026-12-11."
        assert "goes by the clocks of Europe/Paris: Thu 2026-12-10 07:00" in added.stdout
        assert "comes 2 hours after the one before, where 8 hours are usual" in added.stdout
        assert [time[:13] + time[-6:] for time in times(run, "2026-12-09", "2026-12-13")] == [
            f"2026-12-{day}T{hour}{offset}"
            for day, offset in (("09", "-05:00"), ("10", "+01:00"), ("11", "+01:00"), ("12", "-05:00"))
            for hour in ("07", "15", "23")
        ]

    def test_taking_a_journey_back_restores_the_plan(self, run: Run, ward: str) -> None:
        before = times(run, "2026-12-05", "2027-01-05")
        run("travel", "add", ward, "Europe/Paris", "--from", "2026-12-10", "--until", "2026-12-11")
        removed = run("travel", "remove", ward, "--from", "2026-12-10")
        assert removed.stdout.splitlines()[0] == "Took back the journey of 2026-12-10."
        assert times(run, "2026-12-05", "2027-01-05") == before
        assert run("travel", "list", ward).stdout == "There are no journeys.\n"

    def test_journeys_are_listed_in_order(self, run: Run, ward: str) -> None:
        run("travel", "add", ward, "Asia/Tokyo", "--from", "2026-12-20", "--until", "2026-12-22")
        run("travel", "add", ward, "Europe/Paris", "--from", "2026-12-10", "--until", "2026-12-11")
        assert json.loads(run("travel", "list", ward, "--format", "json").stdout) == [
            {"zone": "Europe/Paris", "from": "2026-12-10", "until": "2026-12-11"},
            {"zone": "Asia/Tokyo", "from": "2026-12-20", "until": "2026-12-22"},
        ]

    @pytest.mark.parametrize(
        ("zone", "first", "last", "said"),
        [
            ("Europe/Rom", "2026-12-20", "2026-12-21", 'did you mean "Europe/Rome"?'),
            ("Europe/Rome", "2026-12-20", "2026-12-19", "the journey ends on 2026-12-19, before it begins"),
            ("Europe/Rome", "2026-12-11", "2026-12-19", "begins before the one from 2026-12-10 has ended"),
            ("Europe/Rome", "2026-12-01", "2026-12-10", "begins before the one from 2026-12-01 has ended"),
            ("Europe/Rome", "Friday", "2026-12-19", "'Friday' is not a date such as 2026-12-01"),
        ],
    )
    def test_a_journey_that_cannot_be_is_told_and_not_added(
        self, run: Run, ward: str, zone: str, first: str, last: str, said: str
    ) -> None:
        run("travel", "add", ward, "Europe/Paris", "--from", "2026-12-10", "--until", "2026-12-11")
        before = everything_shown(run)
        refused = run("travel", "add", ward, zone, "--from", first, "--until", last)
        assert refused.exit_code == 2
        assert said in refused.stderr
        assert everything_shown(run) == before

    def test_a_journey_that_is_not_there_cannot_be_taken_back(self, run: Run, ward: str) -> None:
        run("travel", "add", ward, "Europe/Paris", "--from", "2026-12-10", "--until", "2026-12-11")
        refused = run("travel", "remove", ward, "--from", "2026-12-11")
        assert refused.exit_code == 1
        assert "no journey of zoe begins on 2026-12-11; there are: 2026-12-10 to 2026-12-11" in refused.stderr
