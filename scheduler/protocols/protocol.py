"""What a protocol asks of the person who starts it, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scheduler.dosing.product import Market
from scheduler.formulary.facts import SourcedText


class QuestionKind(StrEnum):
    """What sort of answer a question takes."""

    DATE = "date"
    TIMES = "times"
    DOSE = "dose"
    LENGTH = "length"
    STEP = "step"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One answer to a question of kind STEP: ``says`` to the person, and ``sets`` other keys."""

    says: str
    sets: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """``key`` is what the answer is called on the command line and in the tables.

    ``hint`` is what a label says of it. ``default`` is offered where there is one; a dose has none, because
    the prescriber orders it. ``steps`` are the answers of kind STEP, in order.
    """

    key: str
    kind: QuestionKind
    text: str
    hint: SourcedText | None = None
    default: str | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivedDate:
    """``key`` is the date answered to the question ``start``, and ``plus`` (``28 d``)."""

    key: str
    start: str
    plus: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol:
    """``regimens`` are tables of a plan file in which ``{key}`` stands for an answer.

    ``off_label``: no label states it, so the prescriber confirms it. ``statements`` are shown with the plan.
    """

    id: str
    market: Market
    title: str
    off_label: bool
    statements: tuple[SourcedText, ...]
    questions: tuple[Question, ...]
    derived: tuple[DerivedDate, ...]
    regimens: tuple[Mapping[str, Any], ...]
