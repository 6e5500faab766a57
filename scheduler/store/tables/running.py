"""The daemons and what they keep."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from scheduler.store.tables.ground import metadata

node = Table(
    "node",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
)

channel_health = Table(
    "channel_health",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("node", String(64), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

# What outlives a process and belongs to no table: the latest wall clock seen, the last audit.
keeping = Table(
    "keeping",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
