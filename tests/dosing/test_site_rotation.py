"""Which site is next: `dosing.md`, "Sites"."""

from __future__ import annotations

from scheduler.dosing.plan import Plan
from tests.support.plan_text import plan
from tests.support.regimen_text import EVEROLIMUS, LAR, THRICE, given, moved, not_given
from tests.support.schedule import doses

FOUR = THRICE.replace("[[regimen.phase]]", 'sites = ["a", "b", "c", "d"]\n[[regimen.phase]]', 1)


def sites(of: Plan, start: str = "2026-12-01", end: str = "2026-12-03") -> list[str | None]:
    return [dose.site for dose in doses(of, start, end)]


def test_sites_go_round_in_their_order() -> None:
    assert sites(plan(FOUR)) == ["a", "b", "c", "d", "a", "b"]


def test_the_site_of_a_dose_does_not_depend_on_the_query() -> None:
    # 2 January begins with dose 32 x 3 + 1 = 97, the first of a round of four.
    assert sites(plan(FOUR), "2027-01-02", "2027-01-03") == ["a", "b", "c"]


def test_sites_left_out_are_those_of_the_product() -> None:
    assert sites(plan(THRICE), "2026-12-01", "2026-12-03") == [
        "abdomen-left",
        "abdomen-right",
        "thigh-left",
        "thigh-right",
        "upper-arm-left",
        "upper-arm-right",
    ]


def test_what_is_swallowed_has_no_site() -> None:
    assert sites(plan(EVEROLIMUS)) == [None, None]


def test_a_label_that_was_not_read_gives_no_sites() -> None:
    assert sites(plan(LAR, market="eu"), "2026-12-01", "2027-01-01") == [None, None]


def test_depots_change_sides() -> None:
    found = sites(plan(LAR), "2026-12-01", "2027-03-01")
    assert found == ["gluteal-left", "gluteal-right", "gluteal-left", "gluteal-right"]


def test_after_a_recorded_site_the_round_goes_on_from_there() -> None:
    used = plan(FOUR + given("octreotide@2026-12-01/2", "2026-12-01T15:00:00", site="d"))
    assert sites(used) == ["a", "b", "a", "b", "c", "d"]


def test_a_dose_recorded_without_a_site_used_the_planned_one() -> None:
    assert sites(plan(FOUR + given("octreotide@2026-12-01/2", "2026-12-01T15:00:00"))) == sites(plan(FOUR))


def test_the_latest_recorded_site_counts_in_whatever_order_it_was_recorded() -> None:
    first = given("octreotide@2026-12-01/1", "2026-12-01T07:00:00", site="c")
    second = given("octreotide@2026-12-01/2", "2026-12-01T15:00:00", site="b")
    assert sites(plan(FOUR + first + second))[2:] == ["c", "d", "a", "b"]
    assert sites(plan(FOUR + second + first))[2:] == ["c", "d", "a", "b"]


def test_a_dose_that_was_not_given_leaves_its_site_to_the_next() -> None:
    skipped = plan(FOUR + not_given("octreotide@2026-12-01/2", "2026-12-01T15:00:00"))
    assert sites(skipped) == ["a", "b", "b", "c", "d", "a"]


def test_a_dose_not_given_after_a_recorded_site_leaves_the_next_in_the_round() -> None:
    text = FOUR + given("octreotide@2026-12-01/1", "2026-12-01T07:00:00", site="d")
    skipped = plan(text + not_given("octreotide@2026-12-01/2", "2026-12-01T15:00:00"))
    assert sites(skipped)[1:] == ["a", "a", "b", "c", "d"]


def test_a_dose_not_given_before_a_recorded_site_no_longer_counts() -> None:
    text = FOUR + not_given("octreotide@2026-12-01/1", "2026-12-01T07:00:00")
    later = plan(text + given("octreotide@2026-12-01/3", "2026-12-01T23:00:00", site="d"))
    assert sites(later)[3:] == ["a", "b", "c"]


def test_a_site_outside_the_round_leaves_the_round_as_it_was() -> None:
    elsewhere = plan(FOUR + given("octreotide@2026-12-01/2", "2026-12-01T15:00:00", site="upper-arm-left"))
    assert sites(elsewhere) == sites(plan(FOUR))


def test_the_round_goes_by_number_and_not_by_time() -> None:
    past = plan(FOUR + moved("octreotide@2026-12-01/1", "2026-12-01T16:00:00"))
    assert sites(past)[:3] == ["b", "a", "c"]


def test_depots_go_on_from_the_side_that_was_used() -> None:
    same_side_first = plan(LAR + given("lar#1", "2026-12-03T10:00:00", site="gluteal-right"))
    assert sites(same_side_first, "2026-12-02", "2027-04-01") == [
        "gluteal-left",
        "gluteal-right",
        "gluteal-left",
        "gluteal-right",
    ]
