"""Amounts, names and clock times: what can be written and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import ChainId, GridId, parse_occurrence_id
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import Market
from scheduler.dosing.refusal import DosingError, PlanRefusedError
from scheduler.dosing.regimen import DoseCount, RelativeBound, check_regimen_id
from scheduler.dosing.timing import ClockTimes, parse_wall_time

LAR_3 = ChainId(regimen="lar", number=3)
DAILY = CalendarInterval.parse("1 d")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("100 ug", "100 ug"),
        ("100 mcg", "100 ug"),
        ("7.5 mg", "7.5 mg"),
        ("0.05 mg", "0.05 mg"),
        ("0.0000001 mg", "0.0000001 mg"),
        ("999999 ug", "999999 ug"),
        ("2 [iU]", "2 [iU]"),
        ("7.4 GBq", "7.4 GBq"),
        ("1 {tablet}", "1 {tablet}"),
    ],
)
def test_an_amount_is_written_as_it_was_read(text: str, written: str) -> None:
    assert str(Dose.parse(text)) == written
    assert str(Dose.parse(written)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "100",
        "ug",
        "100ug",
        "100  ug",
        "-5 mg",
        "0 mg",
        "0.0 mg",
        "1,5 mg",
        "1e3 mg",
        "1000000 ug",
        "5 kg",
        "100 \u00b5g",
        "100 \u03bcg",
        "5 MG",
        "\u0663 mg",
        "5 mg ",
        " 5 mg",
        "NaN mg",
        "inf mg",
        ".5 mg",
        "5. mg",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(DosingError):
        Dose.parse(text)


def test_an_amount_is_never_a_binary_float() -> None:
    assert Dose.parse("0.1 mg").value * 3 == Decimal("0.3")


@pytest.mark.parametrize(
    ("text", "words"),
    [("100 ug", "100 micrograms"), ("20 mg", "20 mg"), ("2 [iU]", "2 units"), ("3 {tablet}", "3 tablets")],
)
def test_an_amount_is_spelled_out_for_people(text: str, words: str) -> None:
    assert Dose.parse(text).spelled_out == words


@pytest.mark.parametrize(
    "name", [GridId(regimen="a", on=date(2026, 12, 3), slot=2), ChainId(regimen="lar-2", number=999999)]
)
def test_a_name_survives_being_written(name: GridId | ChainId) -> None:
    assert parse_occurrence_id(str(name)) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lar",
        "lar#",
        "lar#0",
        "lar#03",
        "lar#1000000",
        "#1",
        "LAR#1",
        "lar#1 ",
        "-lar#1",
        "lar#1#2",
        "lar#-1",
        "a@2026-12-03",
        "a@2026-12-03/0",
        "a@2026-12-03/100",
        "a@2026-13-03/1",
        "a@2026-02-30/1",
        "a@0000-01-01/1",
        "a@20261203/1",
        "@2026-12-03/1",
        "a@2026-12-03/1\n",
        "a#\u0661",
        f"{'a' * 41}#1",
    ],
)
def test_what_is_no_name_of_a_dose_is_refused(text: str) -> None:
    with pytest.raises(DosingError):
        parse_occurrence_id(text)


@pytest.mark.parametrize("text", ["lar", "a", "a-b", "x" * 40, "1-2"])
def test_the_id_of_a_regimen(text: str) -> None:
    check_regimen_id(text)


@pytest.mark.parametrize(
    "text", ["", "-", "a-", "-a", "A", "a_b", "a b", "x" * 41, "a\n", "\u00e4", "a@b", "a#b"]
)
def test_what_is_no_id_of_a_regimen_is_refused(text: str) -> None:
    with pytest.raises(DosingError):
        check_regimen_id(text)


@pytest.mark.parametrize("text", ["00:00", "07:05", "23:59"])
def test_a_clock_time(text: str) -> None:
    assert f"{parse_wall_time(text):%H:%M}" == text


@pytest.mark.parametrize(
    "text", ["24:00", "7:00", "07:60", "0700", "07:00:00", "07.00", "", "\u0660\u0667:00", "07:00\n"]
)
def test_what_is_no_clock_time_is_refused(text: str) -> None:
    with pytest.raises(DosingError):
        parse_wall_time(text)


@pytest.mark.parametrize(
    ("times", "why"),
    [
        ((), "at least one time"),
        ((time(8), time(8)), "twice"),
        ((time(9), time(8)), "ascending"),
        ((time(8, 0, 30),), "without seconds"),
        ((time(8, tzinfo=UTC),), "without seconds or zone"),
        (tuple(time(0, minute) for minute in range(25)), "25 times of day are more than 24"),
    ],
)
def test_clock_times_that_make_no_timing_are_refused(times: tuple[time, ...], why: str) -> None:
    with pytest.raises(DosingError, match=why):
        ClockTimes(dates=DAILY, wall_times=times)


def _not_given(reason: str) -> Administration:
    at = datetime(2026, 12, 1)  # noqa: DTZ001
    return Administration(dose=LAR_3, status=AdministrationStatus.NOT_GIVEN, at=at, site=None, reason=reason)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: CalendarInterval.parse("1 d").__class__(count=0, unit=DAILY.unit), "not between 1 and 9999"),
        (lambda: Dose(value=Decimal("NaN"), unit="mg"), "not between 0 and 1,000,000"),
        (lambda: DoseCount(count=0), "not between 1 and 100,000"),
        (lambda: RelativeBound(regimen="lar", number=0, plus=None), "the first is 1"),
        (lambda: Period(start=date(2027, 1, 2), end=date(2027, 1, 1)), "before it begins"),
        (
            lambda: Hold(regimen="a", first=date(2027, 1, 2), last=date(2027, 1, 1), reason=""),
            "before it begins",
        ),
        (lambda: Move(dose=LAR_3, to=datetime(2027, 1, 1, tzinfo=UTC), reason=""), "has an offset"),
        (lambda: _not_given(""), "needs a reason"),
        (lambda: _not_given(" \n"), "needs a reason"),
        (lambda: Patient(name=" ", zone=ZoneInfo("UTC"), market=Market.US, travel=()), "needs a name"),
    ],
)
def test_a_value_that_cannot_be_is_refused(make: Callable[[], object], why: str) -> None:
    with pytest.raises(DosingError, match=why):
        make()


def test_a_plan_without_a_regimen_is_refused() -> None:
    patient = Patient(name="Zoe", zone=ZoneInfo("UTC"), market=Market.US, travel=())
    with pytest.raises(PlanRefusedError, match="at least one regimen"):
        Plan(patient=patient, regimens=())


def test_an_empty_period_has_no_date() -> None:
    assert date(2027, 1, 1) not in Period(start=date(2027, 1, 1), end=date(2027, 1, 1))
