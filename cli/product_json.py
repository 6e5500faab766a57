"""What is known of a product, as JSON: the keys are the fields of `Entry` and of its facts."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cli.length import written
from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.product import ContactTeam, MissedDoseRule, SinceScheduled, SkipMissed, UntilNext
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import NotInterchangeable


def entry_json(entry: Entry) -> dict[str, Any]:
    """Every key is there for every product; a fact has its ``source``, or null for one that has none."""
    product = entry.product
    known = {"id": product.id, "name": product.name, "route": product.route.value, "depot": product.is_depot}
    told = {key: value for key, value in _of_fields(entry).items() if key != "product"}
    return known | told | {"late": _missed(product.missed) | told["late"]}


def _missed(rule: MissedDoseRule) -> dict[str, Any]:
    match rule:
        case SinceScheduled(limit=limit):
            return {"rule": "since-scheduled", "limit": written(limit)}
        case UntilNext(limit=limit):
            return {"rule": "until-next", "limit": written(limit)}
        case SkipMissed():
            return {"rule": "skip", "limit": None}
        case ContactTeam():
            return {"rule": "contact-team", "limit": None}


def _of_fields(fact: Any) -> dict[str, Any]:
    return {field.name: _value(getattr(fact, field.name)) for field in fields(fact)}


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_value(inner) for inner in value]
    if isinstance(value, NotInterchangeable):
        return {"names": list(value.names)} | _of_fields(value.statement)
    if is_dataclass(value) and not isinstance(value, Dose | CalendarInterval):
        return _of_fields(value)
    return _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case Dose():
            return {"value": value.amount, "unit": value.unit}
        case CalendarInterval() | Decimal() | StrEnum():
            return str(value)
        case timedelta():
            return written(value)
    return value
