"""What is written down beside a plan's regimens."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, String, Table

from scheduler.store.tables.ground import RowId, index_where, metadata, of_patient

_STANDS = "retracted_at IS NULL"


def _entry(name: str, *columns: Column[Any] | CheckConstraint, one_for: str | None = None) -> Table:
    """What is written down beside a plan's regimens: where it came from, when, and whether it stands.

    ``one_for``: the column of which a patient has each value once, as long as it is not retracted.
    """
    of = ("patient_id",) if one_for is None else ("patient_id", one_for)
    label = f"ix_{name}_patient" if one_for is None else f"uq_{name}_{one_for.removesuffix('_id')}"
    return Table(
        name,
        metadata,
        Column("id", RowId, primary_key=True),
        Column("patient_id", String(64), nullable=False),
        *columns,
        Column("origin", String(8), nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        Column("retracted_at", BigInteger),
        of_patient(),
        CheckConstraint("origin IN ('file', 'recorded')", name="origin"),
        index_where(_STANDS, label, *of, unique=one_for is not None),
    )


hold = _entry(
    "hold",
    Column("regimen_id", String(40), nullable=False),
    Column("first_on", String(10), nullable=False),
    Column("last_on", String(10)),
    Column("reason", String(200), nullable=False),
)

rest = _entry(
    "rest",
    Column("site", String(40), nullable=False),
    Column("first_on", String(10), nullable=False),
    Column("last_on", String(10)),
    Column("reason", String(200), nullable=False),
)

surgery = _entry(
    "surgery",
    Column("planned_on", String(10), nullable=False),
    Column("dental", Boolean, nullable=False),
)

supply = _entry(
    "supply",
    Column("regimen_id", String(40), nullable=False),
    Column("label", String(80), nullable=False),
    Column("wall_out", String(26)),
    Column("wall_back", String(26)),
    Column("wall_opened", String(26)),
)

confirmation = _entry(
    "confirmation",
    Column("regimen_id", String(40), nullable=False),
    Column("code", String(40), nullable=False),
    Column("reason", String(200), nullable=False),
)

move = _entry(
    "move",
    Column("dose_id", String(64), nullable=False),
    Column("wall_to", String(26), nullable=False),
    Column("reason", String(200), nullable=False),
    one_for="dose_id",
)

# One truth for each dose: two answers to one reminder, or two nurses, cannot both be recorded.
administration = _entry(
    "administration",
    Column("dose_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("wall_at", String(26), nullable=False),
    Column("site", String(40)),
    Column("reason", String(200), nullable=False),
    CheckConstraint("status IN ('given', 'not-given')", name="status"),
    one_for="dose_id",
)
