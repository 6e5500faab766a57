"""Depots too close together or too far apart."""

from __future__ import annotations

import pytest

from scheduler.dosing.finding import Severity
from tests.safety.labels import LABEL, LAR, codes, lanreotide, lar, noticed, regimen, without
from tests.support.regimen_text import given, held, moved, not_given

LATER = "2026-12-31T00:00-05:00"


def second(on: str) -> str:
    return given("lar#1", "2026-12-01T10:00:00", "gluteal-left") + given(
        "lar#2", f"{on}T10:00:00", "gluteal-right"
    )


@pytest.mark.parametrize(
    ("on", "told"),
    [
        ("2026-12-28", ["interval-short"]),
        ("2026-12-29", []),
        ("2026-12-30", ["interval-long"]),
    ],
)
def test_a_depot_given_a_day_early_or_late_is_told(on: str, told: list[str]) -> None:
    assert codes(lar() + second(on), now=LATER) == told


def test_what_is_told_are_the_dates_and_what_was_ordered() -> None:
    (found,) = noticed(lar() + second("2026-12-28"), now=LATER)
    assert (found.severity, found.regimen, found.dose, found.source) == (
        Severity.WARNING,
        "lar",
        "lar#2",
        None,
    )
    assert found.text == (
        "on 2026-12-28, 27 days after the dose on 2026-12-01; ordered is every 4 weeks. Ask the team."
    )


def test_a_dose_moved_closer_is_told_and_the_ones_after_it_go_along() -> None:
    assert codes(lar() + moved("lar#2", "2026-12-28T10:00:00")) == ["interval-short"]


@pytest.mark.parametrize(("on", "told"), [("2026-12-27", []), ("2026-12-26", ["interval-short"])])
def test_inside_the_clinics_own_window_nothing_is_told(on: str, told: list[str]) -> None:
    window = 'window = { before = "2 d", after = "3 d" }'
    assert codes(lar(keys=window) + second(on), now=LATER) == told


@pytest.mark.parametrize(("on", "told"), [("2027-01-01", []), ("2027-01-02", ["interval-long"])])
def test_a_window_has_a_late_side_too(on: str, told: list[str]) -> None:
    window = 'window = { before = "2 d", after = "3 d" }'
    assert codes(lar(keys=window) + second(on), now="2027-01-03T00:00-05:00") == told


def test_a_dose_that_was_not_given_leaves_a_long_interval() -> None:
    assert codes(lar() + not_given("lar#2", "2026-12-29T10:00:00")) == ["interval-long"]


def test_a_hold_explains_a_long_interval() -> None:
    assert codes(lar() + held("lar", "2026-12-20", "2027-01-20")) == []


def test_an_overdue_depot_is_not_told_a_second_time() -> None:
    assert codes(lar(), now="2026-12-10T00:00-05:00") == []


def test_an_order_shorter_than_any_label_is_told_once_with_the_label() -> None:
    (found,) = noticed(lar(every="27 d"))
    assert (found.code, found.source) == ("interval-short", LABEL)
    assert (
        "27 days after the dose on 2026-12-01; the shortest interval on the label is 28 days." in found.text
    )
    assert "The same is true of 5 more doses up to 2027-05-12." in found.text


def test_an_order_longer_than_any_label_is_told_with_the_label() -> None:
    assert codes(lanreotide(every="8 wk")) == []
    (found,) = noticed(lanreotide(every="57 d"))
    assert (found.code, found.source) == ("interval-long", LABEL)


def test_where_the_label_states_no_interval_only_the_order_counts() -> None:
    assert codes(lar(every="27 d"), labels=without(LAR, recurrences=())) == []


def test_an_interval_known_to_be_off_label_is_for_the_prescriber_to_confirm() -> None:
    (found,) = noticed(lar(every="21 d"))
    assert (found.code, found.severity, found.regimen, found.dose, found.source) == (
        "off-label",
        Severity.WARNING,
        "lar",
        None,
        LABEL,
    )
    assert found.text == "ordered every 21 days: an off-label interval, to be confirmed by the prescriber."


def test_off_label_does_not_excuse_a_dose_closer_than_ordered() -> None:
    early = lar(every="3 wk") + second("2026-12-21")
    assert codes(early, now=LATER) == ["interval-short", "off-label"]


def test_calendar_months_are_told_as_such_and_not_as_short_or_long() -> None:
    assert codes(lar("2027-01-31", every="1 mo")) == ["monthly-vs-28", "interval-long"]
    assert codes(lar("2027-01-31", every="1 mo"), labels=without(LAR, recurrences=())) == ["monthly-vs-28"]


def test_a_phase_with_a_date_of_its_own_is_held_against_the_label() -> None:
    phases = 'doses = 1\n[[regimen.phase]]\ndose = "30 mg"\nevery = "4 wk"\ntimes = ["10:00"]\nstart = '
    assert codes(lar(phase=phases + "2026-12-29")) == []
    assert codes(lar(phase=phases + "2026-12-30")) == ["interval-long"]


def test_what_is_no_depot_is_not_measured() -> None:
    assert codes(regimen("octreotide", "octreotide-sc", "100 ug", "08:00", "20:00", every="3 d")) == []
