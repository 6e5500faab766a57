"""The tables.

Instants are integer milliseconds since 1970-01-01T00:00Z, so both databases do the same arithmetic on
them and no driver's idea of a time zone comes between. Local dates and wall times are ISO 8601 text.
History is never deleted: a correction retracts a row and adds another. Removing a patient is the one
exception, and takes everything of theirs.
"""

from __future__ import annotations

from scheduler.store.tables.answers import answer, link_key
from scheduler.store.tables.caseloads import caseload, caseload_member, digest
from scheduler.store.tables.contacts import policy, recipient
from scheduler.store.tables.entries import administration, confirmation, hold, move, rest, supply, surgery
from scheduler.store.tables.feeds import feed, patient_page, rendered_feed
from scheduler.store.tables.ground import metadata
from scheduler.store.tables.patients import patient, regimen_version
from scheduler.store.tables.queue import attempt, reminder
from scheduler.store.tables.running import channel_health, keeping, node

__all__ = [
    "administration",
    "answer",
    "attempt",
    "caseload",
    "caseload_member",
    "channel_health",
    "confirmation",
    "digest",
    "feed",
    "hold",
    "keeping",
    "link_key",
    "metadata",
    "move",
    "node",
    "patient",
    "patient_page",
    "policy",
    "recipient",
    "regimen_version",
    "reminder",
    "rendered_feed",
    "rest",
    "supply",
    "surgery",
]
