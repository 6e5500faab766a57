"""Sentences for what the documents' schema refuses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from scheduler.dosing.refusal import Path
from scheduler.planfile import document, phase_document
from scheduler.planfile.fault import NOTHING, Fault
from scheduler.planfile.field import FAULT, did_you_mean

_START_KINDS = {("start", "date"), ("start", "moment"), ("start", "relation")}
_TAGGED = _START_KINDS | {("until", "date"), ("until", "relation")}
_SENTENCES = {
    "string_type": "must be a string in quotes",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "too_short": "must have at least one entry",
    "string_too_short": "must not be empty",
    "datetime_type": "must be a date and time without quotes, such as 2026-12-03T15:20:00",
    "model_type": "must be a table",
    "string_pattern_mismatch": "must be a-z, 0-9 and inner -, and no longer than the format allows",
    "bool_type": "must be true or false, without quotes",
    "dict_type": "must be a table",
    "model_attributes_type": "must be a table",
}


def faults_of(error: ValidationError, path: Path, kind: type[BaseModel]) -> list[Fault]:
    """A fault for each thing that ``error`` found in the table of ``kind`` at ``path``."""
    return [_fault(details, path, kind) for details in error.errors(include_url=False)]


def unknown_key(path: Path, value: object, allowed: list[str]) -> Fault:
    """The fault of a key that the format does not have."""
    key = str(path[-1])
    text = f"is not a key here; allowed: {', '.join(allowed)}{did_you_mean(key, allowed)}"
    return Fault(path=path, value=NOTHING if isinstance(value, (dict, list)) else value, text=text)


def _fault(details: ErrorDetails, path: Path, kind: type[BaseModel]) -> Fault:
    place = (*path, *_without_tags(details["loc"]))
    value: Any = details["input"]
    if details["type"] == "extra_forbidden":
        return unknown_key(place, value, _keys(kind, details["loc"]))
    if details["type"] == "missing":
        return Fault(path=place, value=NOTHING, text="is missing")
    shown = NOTHING if isinstance(value, (dict, list, BaseModel)) else value
    return Fault(path=place, value=shown, text=_sentence(details))


def _without_tags(location: tuple[str | int, ...]) -> Path:
    """``location`` without pydantic's note of whether it took a bound for a date or a relation."""
    pairs = zip(("", *location), location, strict=False)
    return tuple(part for before, part in pairs if (before, part) not in _TAGGED)


def _sentence(details: ErrorDetails) -> str:
    value, context = details["input"], details.get("ctx", {})
    match details["type"]:
        case type_ if type_ == FAULT:
            text = str(context["text"])
        case "literal_error":
            text = _one_of(str(context["expected"]), value)
        case "date_type":
            text = _not_a_date(value)
        case "greater_than_equal" | "less_than_equal":
            text = f"is out of bounds: {details['msg'].removeprefix('Input should be ')}"
        case "too_long":
            text = f"has more than {context['max_length']} entries"
        case "string_too_long":
            text = f"is longer than {context['max_length']} characters"
        case other:
            text = _SENTENCES.get(other, details["msg"])
    return text


def _one_of(expected: str, value: object) -> str:
    allowed = expected.replace("'", "").replace(" or ", ", ").split(", ")
    hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
    return f"is not one of {', '.join(allowed)}{hint}"


def _not_a_date(value: object) -> str:
    if isinstance(value, datetime):
        return "has a time of day; write the date alone"
    return "must be a date without quotes, such as 2026-12-01"


def _keys(kind: type[BaseModel], location: Iterable[str | int]) -> list[str]:
    """The keys of the table in which ``location`` names one, following lists and nested tables down."""
    current = kind
    for part in list(location)[:-1]:
        nested = _NESTED.get((current, str(part)))
        current = nested or current
    return [field.alias or name for name, field in current.model_fields.items()]


_NESTED: dict[tuple[type[BaseModel], str], type[BaseModel]] = {
    (document.RegimenDocument, "phase"): phase_document.PhaseDocument,
    (document.RegimenDocument, "window"): document.WindowDocument,
    (document.RegimenDocument, "stop"): document.StopDocument,
    (document.PatientDocument, "travel"): document.TravelDocument,
    (phase_document.PhaseDocument, "relation"): phase_document.RelationDocument,
    (phase_document.PhaseDocument, "cycle"): phase_document.CycleDocument,
    (phase_document.PhaseDocument, "as_needed"): phase_document.AsNeededDocument,
}
