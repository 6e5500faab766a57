"""What the tables stand on: the register of them, row numbers, whose a row is, indexes over some rows."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Integer, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rows by INTEGER PRIMARY KEY alone; BIGINT would not count by itself.
RowId = BigInteger().with_variant(Integer(), "sqlite")


def of_patient(column: str = "patient_id") -> ForeignKeyConstraint:
    return ForeignKeyConstraint([column], ["patient.id"], ondelete="CASCADE")


def of_caseload() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["caseload_id"], ["caseload.id"], ondelete="CASCADE")


def of_one_or_the_other() -> CheckConstraint:
    return CheckConstraint("(patient_id IS NULL) <> (caseload_id IS NULL)", name="subject")


def index_where(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    """Over the rows under ``condition`` alone: as long as they are many, however long the history."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)
