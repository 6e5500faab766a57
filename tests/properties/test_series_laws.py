"""Whatever is in a plan: a file of series, read as RFC 5545 says, has exactly its doses, by plain rules.

The reader is dateutil, which knows rules and no files; lines are taken apart here.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dateutil.rrule import rrule, rruleset, rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.privacy import Privacy
from scheduler.ical.series import series_of
from scheduler.ical.series_document import render_series
from scheduler.ical.standing import is_open
from scheduler.ical.wording import dose_title
from tests.support.law import law
from tests.support.regimen_strategies import EVERY_KIND, Kind, dates
from tests.support.strategies import plans

AUDIENCE = uuid.UUID("6f1c9d0a-5a55-4a5b-9c1f-2d4f6a8b0c1e")
FULL = FeedIdentity(audience=AUDIENCE, name="Doses", privacy=Privacy.FULL)
REVISION = Revision(sequence=3, at=datetime(2026, 10, 19, 17, 30, 5, tzinfo=UTC))
RULE = re.compile(
    r"(FREQ=(DAILY|WEEKLY);UNTIL=\d{8}T\d{6}Z;INTERVAL=[1-9]\d*"
    r"|FREQ=MONTHLY;UNTIL=\d{8}T\d{6}Z;INTERVAL=[1-9]\d*;BYMONTHDAY=([1-9]|1\d|2[0-8]))"
)
NEVER = ("RDATE", "EXRULE", "RECURRENCE-ID", "DURATION", "ORGANIZER", "ATTENDEE", "ATTACH", "URL")

no_as_needed = tuple(kind for kind in EVERY_KIND if kind is not Kind.AS_NEEDED)


@st.composite
def stretches(draw: st.DrawFn) -> Period:
    """Up to nine months, so long that most have a change of clocks."""
    start = draw(dates) - timedelta(days=20)
    return Period(start=start, end=start + timedelta(days=draw(st.integers(0, 270))))


def open_doses(plan: Plan, period: Period) -> list[DoseOccurrence]:
    return [dose for dose in expand(plan, period) if is_open(dose)]


def written(doses: list[DoseOccurrence], plan: Plan, today: date) -> bytes:
    return render_series(
        series_of(doses),
        identity=FULL,
        revision=REVISION,
        today=today,
        guidance={},
    )


def timed_events(data: bytes) -> list[Any]:
    """Those of doses, as icalendar reads them; a notice has a date alone."""
    calendar = Calendar.from_ical(data)
    assert isinstance(calendar, Calendar)
    assert not [component.errors for component in calendar.walk() if component.errors]
    events: list[Any] = calendar.events
    return [event for event in events if isinstance(event["DTSTART"].dt, datetime)]


def rule_of(event: Any) -> rrule:
    rule = rrulestr(event["RRULE"].to_ical().decode(), dtstart=event["DTSTART"].dt)
    assert isinstance(rule, rrule)
    return rule


def instances(event: Any) -> Iterator[datetime]:
    """The UTC instants at which ``event`` begins, by its rule without what it leaves out."""
    start = event["DTSTART"].dt
    dates_of = rruleset()
    if "RRULE" in event:
        dates_of.rrule(rule_of(event))
    else:
        dates_of.rdate(start)
    for left_out in event["EXDATE"].dts if "EXDATE" in event else ():
        assert event["EXDATE"].params.get("TZID") == event["DTSTART"].params.get("TZID")
        dates_of.exdate(left_out.dt)
    return (at.astimezone(UTC) for at in dates_of)


@law
@given(plans(), stretches())
def test_a_file_of_series_has_exactly_the_doses_still_to_be_given(plan: Plan, period: Period) -> None:
    doses = open_doses(plan, period)
    read = [
        (at, str(event["SUMMARY"]))
        for event in timed_events(written(doses, plan, period.start))
        for at in instances(event)
    ]
    assert sorted(read) == sorted(
        (dose.due_at.replace(microsecond=0), dose_title(dose, FULL)) for dose in doses
    )


@law
@given(plans(kinds=no_as_needed, recorded=False), stretches())
def test_a_file_of_series_has_exactly_the_doses_of_a_plan_that_nobody_touched(
    plan: Plan, period: Period
) -> None:
    """So with longer runs."""
    doses = open_doses(plan, period)
    events = timed_events(written(doses, plan, period.start))
    read = sorted(at for event in events for at in instances(event))
    assert read == [dose.due_at.replace(microsecond=0) for dose in doses]


@law
@given(plans(), stretches())
def test_every_rule_is_plain_and_ends(plan: Plan, period: Period) -> None:
    data = written(open_doses(plan, period), plan, period.start)
    lines = re.sub("\r\n[ \t]", "", data.decode()).split("\r\n")
    assert not [line for line in lines if line.split(":")[0].split(";")[0] in NEVER]
    for event in timed_events(data):
        if "RRULE" in event:
            rule = event["RRULE"].to_ical().decode()
            assert RULE.fullmatch(rule), rule
            assert f"RRULE:{rule}" in lines
            assert not 1 <= event["DTSTART"].dt.hour < 4
        else:
            assert "EXDATE" not in event


@law
@given(plans(), stretches())
def test_no_rule_gives_a_time_that_clocks_skip_or_show_twice(plan: Plan, period: Period) -> None:
    """Nor one that is left out again: programs differ on what such a time is."""
    for event in timed_events(written(open_doses(plan, period), plan, period.start)):
        if "RRULE" in event:
            start = event["DTSTART"].dt
            for at in rule_of(event):
                assert at.replace(fold=0).utcoffset() == at.replace(fold=1).utcoffset()
            assert event["DTEND"].dt - start == timedelta(minutes=15)


@law
@given(plans(), stretches())
def test_few_places_of_a_rule_are_left_out(plan: Plan, period: Period) -> None:
    for series in series_of(open_doses(plan, period)):
        assert (series.stride is None) == (len(series.doses) == 1) == (len(series.doses) < 3)
        assert len(series.missing) <= 3 + len(series.doses) // 8
        assert not {dose.local_date for dose in series.doses} & set(series.missing)


@law
@given(plans(), stretches(), st.randoms(use_true_random=False))
def test_the_order_of_the_doses_does_not_matter(plan: Plan, period: Period, random: Any) -> None:
    doses = open_doses(plan, period)
    shuffled = random.sample(doses, len(doses))
    assert written(shuffled, plan, period.start) == written(doses, plan, period.start)
