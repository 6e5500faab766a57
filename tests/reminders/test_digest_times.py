"""When digests are due: by the wall clock, on the days that were chosen, once a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.dosing.date_pattern import Weekday
from scheduler.errors import InputError
from scheduler.planfile.fault import PlanFileError
from scheduler.reminders.digest_choice import DEFAULT_DIGEST, DigestChoice, DigestTime, digest_times
from scheduler.reminders.digest_document import choice_in_force, parse_days, read_digest, written_days
from tests.support.law import law

PARIS = ZoneInfo("Europe/Paris")
HALF_PAST_TWO = replace(DEFAULT_DIGEST, at=time(2, 30))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(choice: DigestChoice, since: str, until: str, zone: ZoneInfo = PARIS) -> list[DigestTime]:
    return list(digest_times(choice, zone, at(since), at(until)))


def test_a_digest_comes_every_morning_at_seven_unless_chosen_otherwise() -> None:
    found = times(DEFAULT_DIGEST, "2026-12-01T00:00", "2026-12-03T06:00")
    assert [(t.id, t.at) for t in found] == [
        ("digest@2026-12-01", at("2026-12-01T06:00")),
        ("digest@2026-12-02", at("2026-12-02T06:00")),
    ]
    assert [t.next_at for t in found] == [at("2026-12-02T06:00"), at("2026-12-03T06:00")]


def test_the_beginning_is_part_of_a_stretch_and_the_end_is_not() -> None:
    assert len(times(DEFAULT_DIGEST, "2026-12-01T06:00", "2026-12-01T06:01")) == 1
    assert times(DEFAULT_DIGEST, "2026-12-01T05:00", "2026-12-01T06:00") == []


def test_on_working_days_alone_the_one_after_friday_comes_on_monday() -> None:
    working = replace(DEFAULT_DIGEST, days=tuple(Weekday)[:5])
    found = times(working, "2026-12-04T00:00", "2026-12-08T00:00")
    assert [(t.on, t.next_at) for t in found] == [
        (date(2026, 12, 4), at("2026-12-07T06:00")),
        (date(2026, 12, 7), at("2026-12-08T06:00")),
    ]


def test_once_a_week_the_next_is_a_week_away() -> None:
    (found,) = times(replace(DEFAULT_DIGEST, days=(Weekday.MONDAY,)), "2026-12-01T00:00", "2026-12-13T00:00")
    assert (found.on, found.next_at) == (date(2026, 12, 7), at("2026-12-14T06:00"))


def test_a_digest_that_is_off_never_comes() -> None:
    assert times(replace(DEFAULT_DIGEST, is_on=False), "2026-12-01T00:00", "2027-12-01T00:00") == []


def test_half_past_two_is_told_at_half_past_three_where_the_clocks_skip_it() -> None:
    found = times(HALF_PAST_TWO, "2027-03-27T00:00", "2027-03-29T12:00")
    assert [t.at for t in found] == [at("2027-03-27T01:30"), at("2027-03-28T01:30"), at("2027-03-29T00:30")]


def test_half_past_two_is_told_once_where_the_clocks_show_it_twice() -> None:
    found = times(HALF_PAST_TWO, "2026-10-24T12:00", "2026-10-26T12:00")
    assert [t.at for t in found] == [at("2026-10-25T00:30"), at("2026-10-26T01:30")]


def test_a_date_that_a_zone_skipped_has_its_digest_when_the_next_begins() -> None:
    found = times(DEFAULT_DIGEST, "2011-12-29T20:00", "2011-12-31T00:00", ZoneInfo("Pacific/Apia"))
    assert [(t.on, t.at) for t in found] == [
        (date(2011, 12, 30), at("2011-12-30T10:00")),
        (date(2011, 12, 31), at("2011-12-30T17:00")),
    ]
    from_the_gap_on = times(DEFAULT_DIGEST, "2011-12-30T10:00", "2011-12-31T00:00", ZoneInfo("Pacific/Apia"))
    assert from_the_gap_on == found


CHOICES = st.builds(
    DigestChoice,
    at=st.times().map(lambda t: t.replace(second=0, microsecond=0, fold=0)),
    days=st.sets(st.sampled_from(Weekday), min_size=1).map(
        lambda days: tuple(day for day in Weekday if day in days)
    ),
)
ZONES = st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


@law
@given(choice=CHOICES, zone=ZONES.map(ZoneInfo), start=STARTS, cut=st.integers(0, 20 * 24 * 60))
def test_planned_in_two_pieces_or_in_one_every_chosen_day_has_one_digest(
    choice: DigestChoice, zone: ZoneInfo, start: datetime, cut: int
) -> None:
    middle, end = start + timedelta(minutes=cut), start + timedelta(days=20)
    whole = list(digest_times(choice, zone, start, end))
    assert [*digest_times(choice, zone, start, middle), *digest_times(choice, zone, middle, end)] == whole
    assert [t.next_at for t in whole[:-1]] == [t.at for t in whole[1:]]
    days = [t.on for t in whole]
    inside = (start.astimezone(zone).date() + timedelta(days=n) for n in range(1, 19))
    wanted = [day for day in inside if Weekday.of(day) in choice.days]
    assert [day for day in days if day in wanted] == wanted
    assert len(set(days)) == len(days)


@pytest.mark.parametrize(
    ("text", "days", "written"),
    [
        ("daily", "mon tue wed thu fri sat sun", "daily"),
        ("mon-sun", "mon tue wed thu fri sat sun", "daily"),
        ("mon-fri", "mon tue wed thu fri", "mon-fri"),
        ("fri,mon", "mon fri", "mon,fri"),
        ("mon,mon-tue", "mon tue", "mon,tue"),
        ("sat-mon", "mon sat sun", "mon,sat,sun"),
        ("mon-wed,fri-sun", "mon tue wed fri sat sun", "mon,tue,wed,fri,sat,sun"),
        ("thu", "thu", "thu"),
    ],
)
def test_days_are_read_and_written(text: str, days: str, written: str) -> None:
    assert parse_days(text) == days.split()
    assert written_days(choice_in_force({"days": parse_days(text)}).days) == written
    assert parse_days(written) == parse_days(text)


@pytest.mark.parametrize("text", ["", "monday", "mon-", "-fri", "mon,,tue", "weekdays", "mon fri"])
def test_what_is_no_day_of_the_week_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(InputError, match='write "daily", "mon-fri"'):
        parse_days(text)


def test_what_was_not_chosen_is_as_by_default() -> None:
    assert choice_in_force(None) == choice_in_force({}) == DEFAULT_DIGEST
    chosen = choice_in_force({"at": "06:30", "zone": "Europe/Paris", "leads": [], "when_empty": "silent"})
    assert (chosen.at, chosen.zone, chosen.days) == (time(6, 30), PARIS, DEFAULT_DIGEST.days)
    assert (chosen.leads.words(), chosen.when_empty.value, chosen.is_on) == ((), "silent", True)
    assert choice_in_force({"is_on": False}).is_on is False


def test_every_fault_of_a_choice_is_told_at_once() -> None:
    wrong = {"at": "7", "zone": "Europe/Pariss", "days": [], "when_empty": "loud", "leads": ["sing"], "x": 1}
    with pytest.raises(PlanFileError) as refused:
        read_digest(wrong)
    for said in ("at", "Europe/Paris", "days", "when_empty", "sing", "x"):
        assert said in str(refused.value)
    with pytest.raises(PlanFileError, match="order of the week"):
        read_digest({"days": ["tue", "mon"]})
