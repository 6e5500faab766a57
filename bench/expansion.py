"""Two weeks of doses, one and ten years after the start, next to dateutil's recurrence rule.

Ours are whole doses: id, instant, site, until when each is due and of use, why it is when it is. The rule
gives bare datetimes, walking from its start; ours are found by arithmetic, so the years should not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from dateutil.rrule import DAILY, rrule

from bench.invented import NEW_YORK, THREE_TIMES, three_a_day
from bench.measuring import interleaved, milliseconds, report, times
from scheduler.dosing.expansion import expand
from scheduler.dosing.plan import Period

Way = Callable[[], object]

RUNS = 31
PERIOD = Period(start=date(2026, 12, 1), end=date(2026, 12, 15))
DOSES = 42


def ways(years: int) -> tuple[Way, Way]:
    """Two ways to the doses of the period, ``years`` after the start: ours, and the rule's."""
    start = PERIOD.start.replace(year=PERIOD.start.year - years)
    plan, rule = three_a_day(start), _rule(start)
    begin, end = _midnight(PERIOD.start), _midnight(PERIOD.end) - timedelta(microseconds=1)
    due = [dose.due_at for dose in expand(plan, PERIOD)]
    assert due == rule.between(begin, end, inc=True)
    assert len(due) == DOSES
    return lambda: expand(plan, PERIOD), lambda: rule.between(begin, end, inc=True)


def _rule(start: date) -> rrule:
    first = datetime.combine(start, THREE_TIMES[0], NEW_YORK)
    hours = [wall_time.hour for wall_time in THREE_TIMES]
    return rrule(DAILY, dtstart=first, byhour=hours, byminute=0, bysecond=0)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK)


def main() -> None:
    """Measure and print."""
    one, rule_one, ten, rule_ten = interleaved(RUNS, *ways(1), *ways(10))
    rows = [
        ("one year after the start", milliseconds(one), milliseconds(rule_one), times(rule_one / one)),
        ("ten years after the start", milliseconds(ten), milliseconds(rule_ten), times(rule_ten / ten)),
    ]
    title = f"{DOSES} whole doses of two weeks; median of {RUNS} interleaved runs"
    report(title, ("window", "expand", "dateutil rrule", "rate"), rows)
    print(f"\nexpand, ten years over one year: {ten / one - 1:+.0%}")


if __name__ == "__main__":
    main()
