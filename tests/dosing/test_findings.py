"""What a check notices. The one on journeys is in `test_travel`."""

from __future__ import annotations

from datetime import date, datetime

from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.plan_findings import findings as findings_of
from tests.support.plan_text import plan
from tests.support.regimen_text import EVEROLIMUS, LAR, LAR_20_THEN_30, THRICE, daily, given, held
from tests.support.schedule import instant

NOW = instant("2026-11-30T12:00-05:00")
AHEAD = Period(start=date(2026, 11, 1), end=date(2027, 3, 1))
MONTHLY = LAR.replace("4 wk", "1 mo")


def findings(plan: Plan, moment: datetime) -> list[Finding]:
    return findings_of(plan, AHEAD, moment)


def codes(text: str, at: str = "2026-11-30T12:00-05:00") -> list[tuple[str, str | None, str | None]]:
    return [(f.code, f.regimen, f.dose) for f in findings(plan(text), instant(at))]


def test_an_ordinary_plan_gives_nothing_to_notice() -> None:
    assert codes(THRICE + LAR_20_THEN_30 + EVEROLIMUS) == []


def test_a_depot_ordered_by_calendar_months_is_told() -> None:
    (found,) = findings(plan(MONTHLY), NOW)
    assert (found.code, found.severity, found.regimen, found.dose) == (
        "monthly-vs-28",
        Severity.WARNING,
        "lar",
        None,
    )
    assert "12 doses a year" in found.text
    assert "13 doses a year" in found.text


def test_it_is_told_once_whichever_phase_counts_months() -> None:
    last = LAR_20_THEN_30.replace('"30 mg"\n  every = "4 wk"', '"30 mg"\n  every = "1 mo"')
    assert codes(last) == [("monthly-vs-28", "lar", None)]
    assert codes(LAR_20_THEN_30.replace("4 wk", "1 mo")) == [("monthly-vs-28", "lar", None)]


def test_months_between_doses_of_what_is_no_depot_are_not_told() -> None:
    assert codes(daily("08:00", every="1 mo")) == []


def test_an_overdue_depot_is_told_with_its_date_and_its_days() -> None:
    (found,) = findings(plan(LAR), instant("2026-12-06T12:00-05:00"))
    assert (found.code, found.severity, found.regimen, found.dose) == (
        "overdue",
        Severity.WARNING,
        "lar",
        "lar#1",
    )
    assert found.text == (
        "due on 2026-12-01 and 5 days overdue: nothing is recorded. "
        "Later doses are counted from its planned date until it is."
    )


def test_one_day_is_one_day() -> None:
    (found,) = findings(plan(LAR), instant("2026-12-02T00:00-05:00"))
    assert "1 day overdue" in found.text


def test_every_overdue_depot_is_told_until_it_is_recorded() -> None:
    at = "2027-01-02T12:00-05:00"
    assert codes(LAR, at) == [("overdue", "lar", "lar#1"), ("overdue", "lar", "lar#2")]
    assert codes(LAR + given("lar#1", "2026-12-01T10:00:00"), at) == [("overdue", "lar", "lar#2")]
    assert codes(LAR + held("lar", "2026-12-01"), at) == []


def test_findings_on_the_order_come_before_those_on_the_day() -> None:
    assert codes(MONTHLY, "2026-12-05T12:00-05:00") == [
        ("monthly-vs-28", "lar", None),
        ("overdue", "lar", "lar#1"),
    ]
