"""Which site is next: `dosing.md`, "Sites"."""

from __future__ import annotations

from datetime import date

from scheduler.dosing.plan import Plan
from scheduler.dosing.site_rotation import SiteRest, Turn, sites_in_turn
from tests.support.plan_text import plan
from tests.support.regimen_text import EVEROLIMUS, LAR, THRICE, given, held, moved, not_given, resting
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


class TestRestsAndHolds:
    """Once a day at four sites from 1 December."""

    DAILY = FOUR.replace('"07:00", "15:00", "23:00"', '"08:00"')

    def week(self, more: str, start: str = "2026-12-01") -> str:
        return "".join(site or "-" for site in sites(plan(self.DAILY + more), start, "2026-12-08"))

    def test_a_resting_site_is_passed_over(self) -> None:
        assert self.week(resting("b", "2026-12-02", "2026-12-03")) == "acdabcd"

    def test_a_site_comes_back_in_its_turn(self) -> None:
        assert self.week(resting("b", "2026-12-01", "2026-12-05")) == "acdacda"
        assert self.week(resting("b", "2026-12-01", "2026-12-04")) == "acdabcd"

    def test_a_site_rests_from_its_first_date_to_its_last(self) -> None:
        assert self.week(resting("b", "2026-12-06", "2026-12-06")) == "abcdacd"
        assert self.week(resting("b", "2026-12-03", "2026-12-05")) == "abcdabc"

    def test_a_site_may_rest_until_further_notice(self) -> None:
        assert self.week(resting("b", "2026-12-01")) == "acdacda"

    def test_several_sites_may_rest(self) -> None:
        more = resting("b", "2026-12-01") + resting("c", "2026-12-02", "2026-12-03")
        assert self.week(more) == "adacdac"

    def test_where_every_site_rests_none_is_named(self) -> None:
        more = "".join(resting(site, "2026-12-03", "2026-12-04") for site in "abcd")
        assert self.week(more).startswith("ab--")

    def test_the_only_site_left_is_used_again(self) -> None:
        more = "".join(resting(site, "2026-12-03", "2026-12-05") for site in "acd")
        assert self.week(more) == "abbbbcd"

    def test_a_site_of_the_week_does_not_depend_on_the_query(self) -> None:
        more = resting("b", "2026-12-02", "2026-12-03")
        for n in range(7):
            assert self.week(more, f"2026-12-0{n + 1}") == "acdabcd"[n:]

    def test_after_a_recorded_site_the_round_goes_on_from_there_past_one_that_rests(self) -> None:
        more = given("octreotide@2026-12-02/1", "2026-12-02T08:00:00", site="d")
        assert self.week(more + resting("a", "2026-12-03", "2026-12-03")) == "abbcdab"

    def test_a_site_outside_the_round_leaves_it_as_it_was_beside_a_rest_too(self) -> None:
        more = given("octreotide@2026-12-02/1", "2026-12-02T08:00:00", site="arm") + resting(
            "d", "2027-01-01"
        )
        assert self.week(more) == "abcdabc"
        assert self.week(more, "2026-12-03") == "cdabc"

    def test_withheld_doses_take_no_turn(self) -> None:
        # The third and fourth are withheld: the fifth has the site that would have been theirs.
        assert self.week(held("octreotide", "2026-12-03", "2026-12-04")) == "abcccda"

    def test_withheld_doses_before_the_first_take_no_turn(self) -> None:
        assert self.week(held("octreotide", "2026-12-01", "2026-12-03")) == "aaaabcd"

    def test_a_dose_given_in_a_hold_takes_its_turn(self) -> None:
        more = held("octreotide", "2026-12-03", "2026-12-04")
        more += given("octreotide@2026-12-03/1", "2026-12-03T08:00:00", site="d")
        assert self.week(more) == "abcaabc"

    def test_a_dose_not_given_takes_no_turn_beside_a_rest_either(self) -> None:
        more = not_given("octreotide@2026-12-02/1", "2026-12-02T08:00:00") + resting("d", "2026-12-01")
        assert self.week(more) == "abbcabc"

    def test_a_depot_keeps_to_the_other_side_while_one_rests(self) -> None:
        # 1 and 29 December, 26 January, 23 February, 23 March.
        one_sided = plan(LAR + resting("gluteal-left", "2027-01-20", "2027-02-01"))
        assert sites(one_sided, "2026-12-01", "2027-04-01") == [
            "gluteal-left",
            "gluteal-right",
            "gluteal-right",
            "gluteal-left",
            "gluteal-right",
        ]

    def test_a_depot_after_a_hold_has_the_side_it_would_have_had(self) -> None:
        # The second comes on 11 January, the third on 8 February.
        after = plan(LAR + held("lar", "2026-12-20", "2027-01-10"))
        assert sites(after, "2026-12-01", "2027-02-09") == ["gluteal-left", "gluteal-right", "gluteal-left"]


def turns(*idle: int, count: int = 6) -> list[Turn]:
    return [
        Turn(number=n, on=date(2026, 12, n), sites=("a", "b", "c"), idle=n in idle)
        for n in range(1, count + 1)
    ]


def walked(turns: list[Turn], used: dict[int, str], *rests: SiteRest) -> str:
    return "".join(site or "-" for _, site in sites_in_turn(turns, used, rests))


def test_walking_gives_each_turn_the_site_after_the_last() -> None:
    assert walked(turns(), {}) == "abcabc"
    assert walked(turns(2, 3), {}) == "abbbca"
    assert walked(turns(), {2: "c"}) == "ababca"
    assert walked(turns(2), {2: "c"}) == "ababca"
    assert walked(turns(), {2: "elsewhere"}) == "abcabc"
    assert walked([], {}) == ""


def test_walking_may_begin_at_a_recorded_turn() -> None:
    assert walked(turns()[3:], {4: "b"})[1:] == "ca"


def test_walking_passes_over_sites_that_rest_on_the_date() -> None:
    rest = SiteRest(site="c", first=date(2026, 12, 3), last=date(2026, 12, 3), reason="")
    assert walked(turns(), {}, rest) == "ababca"


def test_walking_where_there_are_no_sites_names_none() -> None:
    bare = [Turn(number=n, on=date(2026, 12, n), sites=(), idle=False) for n in (1, 2)]
    assert walked(bare, {}) == "--"


def test_the_round_is_remembered_over_a_day_on_which_every_site_rests() -> None:
    rests = [SiteRest(site=s, first=date(2026, 12, 2), last=date(2026, 12, 2), reason="") for s in "ab"]
    days = [Turn(number=n, on=date(2026, 12, n), sites=("a", "b"), idle=False) for n in range(1, 5)]
    assert [site for _, site in sites_in_turn(days, {}, rests)] == ["a", None, "b", "a"]
