"""What is written and read back is the same: ids, and the tables of a plan file in JSON and in TOML."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from hypothesis import given

from scheduler.dosing.clinic import Clinic
from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence_id import OccurrenceId, parse_occurrence_id
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import Regimen
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.document import ClinicDocument, PatientDocument, RegimenDocument
from tests.support.law import law
from tests.support.regimen_strategies import occurrence_ids
from tests.support.strategies import AROUND, clinics, patients, plans


@law
@given(occurrence_ids)
def test_ids_round_trip_through_text(occurrence_id: OccurrenceId) -> None:
    assert parse_occurrence_id(str(occurrence_id)) == occurrence_id


@law
@given(plans())
def test_the_ids_of_planned_doses_round_trip_through_text(plan: Plan) -> None:
    for dose in expand(plan, AROUND):
        assert parse_occurrence_id(str(dose.id)) == dose.id


@law
@given(patients())
def test_a_patient_round_trips(patient: Patient) -> None:
    document = PatientDocument.of(patient)
    assert PatientDocument.model_validate_json(document.model_dump_json()).value() == patient
    assert PatientDocument.model_validate(_through_toml(document.model_dump())).value() == patient


@law
@given(clinics())
def test_a_clinic_round_trips(clinic: Clinic) -> None:
    document = ClinicDocument.of(clinic)
    assert ClinicDocument.model_validate_json(document.model_dump_json()).value() == clinic
    assert ClinicDocument.model_validate(_through_toml(document.model_dump())).value() == clinic


@law
@given(plans(recorded=False))
def test_every_version_of_a_regimen_round_trips(plan: Plan) -> None:
    for regimen in plan.regimens:
        for version in regimen.versions:
            written = RegimenDocument.of(version)
            as_one = replace(version, amends=None, effective_on=None)
            assert _value(RegimenDocument.model_validate_json(written.model_dump_json())) == as_one
            assert _value(RegimenDocument.model_validate(_through_toml(written.model_dump()))) == as_one


def _value(document: RegimenDocument) -> Regimen:
    return document.value(document.find_product(load_formulary(), Market.US))


def _through_toml(table: dict[str, Any]) -> Any:
    return tomllib.loads(f"table = {_toml(table)}")["table"]


def _toml(value: Any) -> str:
    """``value`` as TOML 1.0 writes it; None is left out."""
    match value:
        case dict():
            pairs = (f"{key} = {_toml(held)}" for key, held in value.items() if held is not None)
            return f"{{ {', '.join(pairs)} }}"
        case list():
            return f"[{', '.join(_toml(item) for item in value)}]"
        case date() | datetime():
            return value.isoformat()
        case str() | int():
            return json.dumps(value, ensure_ascii=False)
        case _:
            raise AssertionError(f"{value!r} has no place in a plan file")
