"""The simulation of ten million people counts everybody once, and nobody early."""

from __future__ import annotations

import pytest

from bench.ten_million import Capacity, Day, arrivals, day, together, within
from bench.world import REGIONS, SHARES

PLENTY = Capacity(daemons=1e9, databases=1e9, provider=1e9)
UTC = {0: 1.0}
EIGHT = 8 * 3600


def only_at(second: int, messages: float) -> list[float]:
    """A day with ``messages`` in one second."""
    due = [0.0] * 86_400
    due[second] = messages
    return due


def test_everybody_has_four_doses_a_day() -> None:
    assert sum(arrivals(1000, 600, SHARES)) == pytest.approx(4000)


def test_the_regions_are_the_world() -> None:
    regions = sum(sum(arrivals(1000, 0, region)) for region in REGIONS)
    assert regions == pytest.approx(4000)


def test_clocks_ahead_of_utc_have_their_morning_earlier() -> None:
    assert arrivals(10, 0, {480: 1.0})[0] == pytest.approx(6)
    assert arrivals(10, 0, UTC)[EIGHT] == pytest.approx(6)


def test_a_spread_makes_messages_later_and_never_earlier() -> None:
    due = arrivals(600, 60, UTC)
    assert due[7 * 3600 - 1] == 0
    assert due[EIGHT] == due[EIGHT + 59] == pytest.approx(6)
    assert due[EIGHT + 60] == 0


def test_who_comes_last_waits_as_long_as_the_work_takes() -> None:
    found = day(only_at(EIGHT, 1000), Capacity(daemons=10, databases=1e9, provider=1e9))
    assert sum(found.late.values()) == 1000
    assert within(found.late, 0.5) == "49.5 s"
    assert within(found.late, 1) == "99.5 s"
    assert found.backlog == 990


@pytest.mark.parametrize("bound", ["daemons", "databases", "provider"])
def test_whatever_is_slowest_is_what_they_wait_for(bound: str) -> None:
    capacity = Capacity(**{"daemons": 1e9, "databases": 1e9, "provider": 1e9, bound: 100})
    slow, quick = (day(only_at(EIGHT, 10_000), limit) for limit in (capacity, PLENTY))
    assert max(quick.late) == 0
    assert max(slow.late) > 900


def test_what_a_provider_did_not_take_before_it_takes_at_once() -> None:
    found = day(only_at(EIGHT, 200), Capacity(daemons=1e9, databases=1e9, provider=100))
    assert max(found.late) == 0


def test_what_the_first_day_leaves_over_is_told_on_the_second() -> None:
    found = day(only_at(86_399, 20), Capacity(daemons=10, databases=1e9, provider=1e9))
    assert sum(found.late.values()) == 20  # ten of the evening before and ten of this one


def test_regions_are_told_together() -> None:
    one = day(only_at(EIGHT, 100), PLENTY)
    both = together([one, Day(late=one.late, peak=500, backlog=7)])
    assert sum(both.late.values()) == 200
    assert (both.peak, both.backlog) == (500, 7)


def test_who_is_due_first_is_told_first() -> None:
    due = only_at(EIGHT, 100)
    due[EIGHT + 1] = 100
    found = day(due, Capacity(daemons=10, databases=1e9, provider=1e9))
    assert (
        max(found.late) == 185
    )  # tenths of a second; were they told last, the first hundred would wait longer
