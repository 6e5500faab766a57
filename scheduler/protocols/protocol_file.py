"""What a file of ``data/protocols`` must look like.

As in the formulary, a statement names its source and the file describes each source once.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StrictBool, StringConstraints

from scheduler.dosing.product import Market
from scheduler.formulary.fact_tables import FactTable, Slug, SourceTable, Table, Text
from scheduler.protocols.protocol import QuestionKind

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]


class StepTable(Table):
    """One answer of a question of kind ``step``."""

    says: Text
    sets: dict[Key, Text] = Field(min_length=1)


class QuestionTable(Table):
    """Something that only the order or the person can say."""

    key: Key
    kind: QuestionKind
    text: Text
    hint: FactTable | None = None
    default: Text | None = None
    steps: tuple[StepTable, ...] = ()


class DerivedTable(Table):
    """A date reckoned from an answer."""

    key: Key
    start: Key = Field(alias="from")
    plus: Text


class ProtocolFile(Table):
    """A whole file."""

    id: Slug
    market: Market
    title: Text
    off_label: StrictBool = False
    sources: dict[Slug, SourceTable] = Field(default={})
    statement: Annotated[tuple[FactTable, ...], Field(min_length=1)]
    question: Annotated[tuple[QuestionTable, ...], Field(min_length=1)]
    derived: tuple[DerivedTable, ...] = ()
    regimen: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]
