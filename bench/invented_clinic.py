"""Invented patients put into a database by the hundred thousand, each with a regimen and somebody to tell.

They are written table by table, a thousand patients in a transaction, because an import of each would take
hours. What is written is what an import writes but for the reminders, which are left to the planner.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from bench.invented import patients, plan_of
from scheduler.clock import epoch_ms
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Plan
from scheduler.dosing.regimen import Regimen
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.document import PatientDocument, RegimenDocument
from scheduler.store import tables
from scheduler.store.engine import make_engine
from scheduler.store.patients import shard_of
from scheduler.store.plans import BEGINNING
from scheduler.store.unit_of_work import Store

_AT_ONCE = 1000
_TABLES = (tables.patient, tables.regimen_version, tables.recipient, tables.policy)
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A patient to be. ``spread``: what their policy says of it; ``addresses``: at how many they are told."""

    id: str
    plan: Plan
    spread: str | None = None
    addresses: int = 1
    channel: str = "smtp"


def mixed(count: int, first: date, channel: str = "smtp") -> Iterable[Person]:
    """``count`` people, each with a regimen begun up to a year before ``first``; their ids begin with q."""
    for number, plan in enumerate(patients(count, first)):
        yield Person(id=f"q-{number:07}", plan=plan, channel=channel)


def all_at(count: int, due: datetime, *, spread: str | None = None, addresses: int = 1) -> Iterable[Person]:
    """``count`` people with a tablet every day at the minute of ``due``; their ids begin with p."""
    wall = due.astimezone(UTC)
    order = ("everolimus", "10 mg", "1 d", (time(wall.hour, wall.minute),))
    plan = plan_of(ZoneInfo("UTC"), order, wall.date())
    for number in range(count):
        yield Person(id=f"p-{number:07}", plan=plan, spread=spread, addresses=addresses)


def new_database(url: str) -> None:
    """Make the tables."""
    store = Store(url, load_formulary())
    store.upgrade()
    store.close()


def admit(url: str, people: Iterable[Person], moment: datetime) -> None:
    """Write ``people`` into the database at ``url`` as added at ``moment``, with nothing planned."""
    engine, rest = make_engine(url), iter(people)
    while some := list(islice(rest, _AT_ONCE)):
        written = [_rows(person, epoch_ms(moment)) for person in some]
        with engine.begin() as connection:
            for table in _TABLES:
                rows = [row for of_person in written for row in of_person.get(table.name, [])]
                if rows:
                    connection.execute(insert(table), rows)
    engine.dispose()


def address_of(person_id: str, number: int = 0) -> str:
    """Where somebody is told."""
    return f"{person_id}.{number}@example.org"


def _rows(person: Person, at: int) -> dict[str, list[Row]]:
    chosen = [] if person.spread is None else [_policy(person.id, {"spread": person.spread}, at)]
    return {
        "patient": [_patient(person, at)],
        "regimen_version": [_version(person.id, regimen, at) for regimen in person.plan.regimens],
        "recipient": [_recipient(person, number, at) for number in range(person.addresses)],
        "policy": chosen,
    }


def _patient(person: Person, at: int) -> Row:
    patient = person.plan.patient
    return {
        "id": person.id,
        "document": _patient_document(patient),
        "name": patient.name,
        "zone": patient.zone.key,
        "shard": shard_of(person.id),
        "revision": 1,
        "revised_at": at,
        "created_at": at,
        "reminders_planned_until": at,
    }


def _version(person_id: str, regimen: Regimen, at: int) -> Row:
    return {
        "patient_id": person_id,
        "regimen_id": regimen.id,
        "version": 1,
        "place": 0,
        "effective_on": BEGINNING.isoformat(),
        "document": _regimen_document(regimen),
        "recorded_at": at,
    }


def _recipient(person: Person, number: int, at: int) -> Row:
    return {
        "id": f"{person.id}.{number}",
        "patient_id": person.id,
        "channel": person.channel,
        "address": address_of(person.id, number),
        "privacy": "discreet",
        "role": "person",
        "added_at": at,
        "verified_at": at,
        "verified_how": "code",
    }


def _policy(person_id: str, document: dict[str, str], at: int) -> Row:
    scope = {"patient_id": person_id, "regimen_id": "", "recipient_id": ""}
    return {**scope, "document": json.dumps(document), "set_at": at}


@cache
def _patient_document(patient: Patient) -> str:
    return PatientDocument.of(patient).model_dump_json()


@cache
def _regimen_document(regimen: Regimen) -> str:
    return RegimenDocument.of(regimen).model_dump_json()
