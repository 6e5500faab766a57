"""All rules together, and what somebody answered for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from scheduler.dosing.finding import Severity
from scheduler.dosing.plan import Period
from scheduler.dosing.product import Market
from scheduler.formulary.formulary import Formulary
from scheduler.safety.plan_check import NOT_CONFIRMABLE, check, newly_found, unconfirmed_stops
from tests.safety.labels import (
    LABELS,
    codes,
    confirmed,
    lanreotide,
    lar,
    noticed,
    own,
    plan,
    regimen,
    supply,
    surgery,
)
from tests.support.schedule import instant

TWO = lar() + lanreotide("2026-12-15")


def test_the_gravest_come_first_and_the_order_is_always_the_same() -> None:
    body = lar(every="1 mo") + own("Cometriq", "oral") + regimen("pill", "cabozantinib", "60 mg", "08:00")
    body += surgery("2026-12-20")
    assert codes(body) == ["product-swap", "monthly-vs-28", "interval-long", "surgery"]
    assert noticed(body) == noticed(body)


def test_a_stop_keeps_a_regimen_from_starting_until_somebody_answers_for_it() -> None:
    assert [f.code for f in unconfirmed_stops(noticed(TWO))] == ["dup-la-ssa"]
    assert unconfirmed_stops(noticed(TWO + confirmed("lanreotide", "dup-la-ssa"))) == []


def test_what_somebody_answered_for_stays_in_view_with_the_reason() -> None:
    (found,) = noticed(TWO + confirmed("lanreotide", "dup-la-ssa", "ordered by Dr Wu."))
    assert found.severity is Severity.INFO
    assert found.text.endswith("Ask the team which of the two is meant. Confirmed: ordered by Dr Wu.")


@pytest.mark.parametrize(("regimen_id", "code"), [("lar", "dup-la-ssa"), ("lanreotide", "site")])
def test_an_answer_for_another_regimen_or_finding_does_not_count(regimen_id: str, code: str) -> None:
    assert len(unconfirmed_stops(noticed(TWO + confirmed(regimen_id, code)))) == 1


def test_a_warning_can_be_answered_for_too() -> None:
    (found,) = noticed(lar(every="3 wk") + confirmed("lar", "off-label"))
    assert (found.code, found.severity) == ("off-label", Severity.INFO)


def test_a_spoiled_package_cannot_be_answered_for() -> None:
    body = lanreotide("2026-12-10") + supply(
        "lanreotide", out="2026-12-01T08:00:00", back="2026-12-05T08:00:00"
    )
    answered = noticed(body + confirmed("lanreotide", "cold-chain"))
    assert [f.code for f in unconfirmed_stops(answered)] == ["cold-chain"]
    assert "cold-chain" in NOT_CONFIRMABLE


def test_a_change_brings_only_what_is_new() -> None:
    before, after = noticed(lar(every="27 d"), end="2027-03-01"), noticed(lar(every="27 d"))
    assert before != after
    assert newly_found(before, after) == ()
    assert newly_found(before, noticed(TWO)) == tuple(noticed(TWO))


def test_facts_of_another_market_are_not_borrowed() -> None:
    american = plan(TWO + own("Cometriq", "oral"))
    european = replace(american, patient=replace(american.patient, market=Market.EU))
    period = Period(start=date(2026, 12, 1), end=date(2027, 3, 1))
    moment = instant("2026-12-01T00:00-05:00")
    assert check(european, Formulary(LABELS), period, moment) == []


def test_no_text_names_the_patient() -> None:
    assert all("Zoe" not in found.text for found in noticed(TWO + own("Cometriq", "oral")))


@pytest.mark.parametrize("first", [date.min, date(2026, 12, 1), date.max])
def test_any_period_can_be_asked_for(first: date) -> None:
    check(plan(TWO), Formulary(LABELS), Period(start=first, end=date.max), instant("2026-12-01T00:00-05:00"))
