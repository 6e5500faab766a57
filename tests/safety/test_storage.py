"""Packages out of the fridge or in use."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.dosing.finding import Severity
from scheduler.formulary.facts import Keeping
from tests.safety.labels import (
    LABEL,
    LANREOTIDE,
    SHORT,
    codes,
    lanreotide,
    lar,
    noticed,
    regimen,
    storage,
    supply,
    without,
)
from tests.support.regimen_text import given

OUT = "2026-12-01T08:00:00"


@pytest.mark.parametrize(
    ("back", "told"), [("2026-12-02T08:00:00", []), ("2026-12-02T08:01:00", ["cold-chain"])]
)
def test_at_the_limit_it_may_be_used_and_a_minute_later_not(back: str, told: list[str]) -> None:
    assert codes(lanreotide("2026-12-10") + supply("lanreotide", out=OUT, back=back)) == told


def test_what_is_told_is_the_package_and_whom_to_call() -> None:
    (found,) = noticed(lanreotide("2026-12-10") + supply("lanreotide", out=OUT, back="2026-12-03T08:00:00"))
    assert (found.severity, found.regimen, found.dose, found.source) == (
        Severity.STOP,
        "lanreotide",
        None,
        LABEL,
    )
    assert found.text == (
        'package "lot 7": out of the fridge from 2026-12-01 08:00 to 2026-12-03 08:00; the label of '
        "Lanreotide allows 24 hours. Do not use it; call the pharmacy."
    )


@pytest.mark.parametrize(
    ("now", "told"), [("2026-12-02T08:00-05:00", []), ("2026-12-02T08:01-05:00", ["cold-chain"])]
)
def test_out_of_the_fridge_time_runs_on_until_now(now: str, told: list[str]) -> None:
    late = lanreotide("2026-11-30") + supply("lanreotide", out=OUT)
    assert codes(late, now=now) == told


@pytest.mark.parametrize(
    ("out", "told"), [("2026-12-09T10:00:00", []), ("2026-12-09T09:59:00", ["cold-chain"])]
)
def test_out_of_the_fridge_it_has_to_last_until_the_next_dose(out: str, told: list[str]) -> None:
    body = lanreotide("2026-12-10") + supply("lanreotide", out=out)
    assert codes(body, now="2026-12-09T12:00-05:00") == told


def test_an_hour_that_the_clocks_repeat_counts() -> None:
    body = lanreotide("2026-11-10") + supply(
        "lanreotide", out="2026-10-31T08:00:00", back="2026-11-01T08:00:00"
    )
    asked = {"start": "2026-10-20", "now": "2026-11-01T12:00-05:00"}
    assert codes(body, **asked) == ["cold-chain"]


def test_the_package_of_a_depot_is_gone_with_the_dose() -> None:
    used = given("lanreotide#1", "2026-12-02T08:00:00", "buttock-upper-outer-left")
    body = lanreotide() + supply("lanreotide", out=OUT)
    assert codes(body + used, now="2026-12-20T00:00-05:00") == []
    late = used.replace("08:00:00", "08:01:00")
    assert codes(body + late, now="2026-12-20T00:00-05:00") == ["cold-chain"]


def test_where_makers_differ_the_shortest_limit_counts() -> None:
    back = {"out": OUT, "back": "2026-12-02T09:00:00"}
    (found,) = noticed(lar("2026-12-10") + supply("lar", **back))
    assert "allows 24 hours (Teva; how long depends on the maker)" in found.text
    general = (*LANREOTIDE.storage, storage(Keeping.OUT_OF_FRIDGE, 2, "Teva"))
    body = lanreotide("2026-12-10") + supply("lanreotide", out=OUT, back="2026-12-01T18:00:00")
    assert codes(body, labels=without(LANREOTIDE, storage=general)) == []


def test_what_may_not_go_back_into_the_fridge_is_told() -> None:
    (rule,) = LANREOTIDE.storage
    body = lanreotide("2026-12-10") + supply("lanreotide", out=OUT, back="2026-12-01T09:00:00")
    assert codes(body) == []
    assert codes(body, labels=without(LANREOTIDE, storage=(replace(rule, may_return=False),))) == [
        "cold-chain"
    ]
    assert codes(body, labels=without(LANREOTIDE, storage=(replace(rule, may_return=None),))) == []


@pytest.mark.parametrize(
    ("opened", "told"), [("2026-11-17T08:00:00", []), ("2026-11-17T07:59:00", ["in-use"])]
)
def test_a_vial_in_use_has_a_limit_where_a_label_states_one(opened: str, told: list[str]) -> None:
    body = regimen("octreotide", "octreotide-sc", "100 ug", "08:00", "20:00")
    stated = without(SHORT, storage=(storage(Keeping.IN_USE, 14 * 24),))
    assert (
        codes(body + supply("octreotide", opened=opened), labels=stated, now="2026-12-01T08:00-05:00") == told
    )
    assert codes(body + supply("octreotide", opened=opened)) == []


def test_days_are_told_as_days() -> None:
    body = regimen("octreotide", "octreotide-sc", "100 ug", "08:00", "20:00")
    (found,) = noticed(body + supply("octreotide", out="2026-11-01T08:00:00"))
    assert "allows 14 days." in found.text
