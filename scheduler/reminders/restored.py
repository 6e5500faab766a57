"""What marks a reminder that was due while the records were lost: it may have been said already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from scheduler.store.reminder_row import ReminderRecord

RESTORED = "restored"
"""In the policy of such a reminder: the aware instant of the backup, from which on nothing is known."""


def lost_since(record: ReminderRecord) -> datetime | None:
    """From when on the records are lost; None where ``record`` is an ordinary one."""
    since = record.policy.get(RESTORED)
    return None if since is None else datetime.fromisoformat(since)


def unmarked(policy: Mapping[str, str]) -> dict[str, str]:
    """``policy`` as the plans alone call for it."""
    return {key: value for key, value in policy.items() if key != RESTORED}
