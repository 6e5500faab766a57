"""The protocols that dosecal ships, filled in and laid out. 1 December 2026 is a Tuesday."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Market
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.reading import parse_plan_file
from scheduler.planfile.writing import plan_file_text
from scheduler.protocols.filling import fill
from scheduler.protocols.protocol import Protocol, QuestionKind
from scheduler.protocols.protocols import load_protocols
from scheduler.protocols.reading import read_protocol
from tests.support.schedule import amounts, dose_dates, each_day

FOLDER = Path(__file__).parents[2] / "data" / "protocols"
FILES = sorted(FOLDER.glob("*.toml"))
PROTOCOLS = [protocol for market in Market for protocol in load_protocols().of(market)]
ZOE = Patient(name="Zoe Marsh", zone=ZoneInfo("America/New_York"), market=Market.US, travel=())
SAMPLES = {
    QuestionKind.DATE: "2026-12-01",
    QuestionKind.TIMES: "08:00",
    QuestionKind.DOSE: "20 mg",
    QuestionKind.LENGTH: "8 wk",
    QuestionKind.STEP: "1",
}
ENDLESS = ("2026-12-01", "2027-12-01")

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.id)


def started(name: str, **answers: str) -> Plan:
    """The plan of a protocol, by way of the plan file that it can be printed as."""
    protocol = load_protocols().find(name, Market.US)
    text = plan_file_text(ZOE, fill(protocol, answers))
    return parse_plan_file(text.encode(), "printed.toml", load_formulary()).plan


@each_file
def test_each_file_loads_and_uses_each_source_it_describes(file: Path) -> None:
    read_protocol(file.name, file.read_bytes())
    text = file.read_text(encoding="utf-8")
    named = set(re.findall(r'source = "([a-z0-9-]+)"', text))
    assert named == set(tomllib.loads(text)["sources"])


@each_protocol
def test_each_makes_a_plan_of_answers_of_its_kinds(protocol: Protocol) -> None:
    answers = {question.key: question.default or SAMPLES[question.kind] for question in protocol.questions}
    plan = started(protocol.id, **answers)
    assert [regimen.id for regimen in plan.regimens] == [table["id"] for table in protocol.regimens]


@each_protocol
def test_none_chooses_a_dose(protocol: Protocol) -> None:
    for question in protocol.questions:
        if question.kind in {QuestionKind.DOSE, QuestionKind.STEP}:
            assert question.default is None
    doses = [phase["dose"] for table in protocol.regimens for phase in table["phase"]]
    assert all(re.fullmatch(r"\{[a-z_]+\}", dose) for dose in doses)


def test_what_no_label_states_says_so() -> None:
    assert [protocol.id for protocol in PROTOCOLS if protocol.off_label] == ["captem", "lanreotide-2-weeks"]


class TestShortActingThenDepot:
    ANSWERS: ClassVar = {
        "start": "2026-12-01",
        "sc_dose": "100 ug",
        "sc_times": "07:00, 15:00, 23:00",
        "lar_dose": "20 mg",
        "lar_times": "10:00",
    }

    @pytest.mark.parametrize(
        ("bridge", "last"), [("14 d", "2026-12-29"), ("21 d", "2027-01-05"), ("28 d", "2027-01-12")]
    )
    def test_two_weeks_before_the_depot_and_the_bridge_after_it(self, bridge: str, last: str) -> None:
        plan = started("octreotide-sc-then-lar", **self.ANSWERS, bridge=bridge)
        assert dose_dates(plan, "lar", *ENDLESS)[:3] == ["2026-12-15", "2027-01-12", "2027-02-09"]
        short = dose_dates(plan, "octreotide", *ENDLESS)
        assert short == [day for day in each_day("2026-12-01", last) for _ in range(3)]

    def test_from_the_start_the_bridge_begins_with_the_depot(self) -> None:
        plan = started("octreotide-lar", **self.ANSWERS, bridge="14 d")
        assert dose_dates(plan, "lar", *ENDLESS)[:2] == ["2026-12-01", "2026-12-29"]
        assert dose_dates(plan, "octreotide", *ENDLESS)[-1] == "2026-12-15"


class TestLanreotide:
    def test_four_weeks_after_the_last_other_depot(self) -> None:
        plan = started("lar-to-lanreotide", last_lar="2026-12-01", dose="120 mg", times="10:00")
        assert amounts(plan, "2026-12-01", "2027-02-01") == ["2026-12-29 120 mg", "2027-01-26 120 mg"]

    def test_every_two_weeks(self) -> None:
        plan = started("lanreotide-2-weeks", start="2026-12-01", dose="120 mg", times="10:00")
        assert dose_dates(plan, "lanreotide", *ENDLESS)[:3] == ["2026-12-01", "2026-12-15", "2026-12-29"]


class TestTablets:
    @pytest.mark.parametrize(
        ("name", "step", "found"),
        [
            ("everolimus", "10 mg once a day", ["2026-12-01 10 mg", "2026-12-02 10 mg"]),
            ("everolimus", "3", ["2026-12-01 5 mg", "2026-12-02 5 mg"]),
            ("cabozantinib-40-kg-and-over", "1", ["2026-12-01 60 mg", "2026-12-02 60 mg"]),
            ("cabozantinib-40-kg-and-over", "3", ["2026-12-01 20 mg", "2026-12-02 20 mg"]),
            ("cabozantinib-under-40-kg", "1", ["2026-12-01 40 mg", "2026-12-02 40 mg"]),
            ("cabozantinib-under-40-kg", "20 MG every other day", ["2026-12-01 20 mg", "2026-12-03 20 mg"]),
        ],
    )
    def test_the_ordered_step_of_the_ladder(self, name: str, step: str, found: list[str]) -> None:
        plan = started(name, start="2026-12-01", step=step, times="08:00")
        assert amounts(plan, *ENDLESS)[:2] == found


def test_captem_has_its_days_in_every_cycle() -> None:
    plan = started(
        "captem",
        start="2026-12-07",
        length="8 wk",
        capecitabine_dose="1500 mg",
        capecitabine_times="08:00,20:00",
        temozolomide_dose="300 mg",
        temozolomide_times="20:00",
    )
    # Days 1 to 14 and 10 to 14 of the cycles from 7 December and from 4 January.
    twice = [*each_day("2026-12-07", "2026-12-20"), *each_day("2027-01-04", "2027-01-17")]
    assert dose_dates(plan, "capecitabine", *ENDLESS) == [day for day in twice for _ in range(2)]
    once = [*each_day("2026-12-16", "2026-12-20"), *each_day("2027-01-13", "2027-01-17")]
    assert dose_dates(plan, "temozolomide", *ENDLESS) == once


def test_the_depot_comes_after_each_lutetium_treatment_and_then_every_four_weeks() -> None:
    plan = started(
        "lar-around-lutetium",
        start="2026-12-01",
        lutetium_times="09:00",
        activity="7.4 GBq",
        lar_times="15:00",
        lar_dose="30 mg",
    )
    treatments = ["2026-12-01", "2027-01-26", "2027-03-23", "2027-05-18"]
    assert dose_dates(plan, "lutetium", "2026-12-01", "2028-01-01") == treatments
    depots = dose_dates(plan, "lar", *ENDLESS)
    assert depots[:6] == [*treatments, "2027-06-15", "2027-07-13"]
