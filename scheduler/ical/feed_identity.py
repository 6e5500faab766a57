"""Whose feed it is, and which state of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from scheduler.ical.privacy import Privacy


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedIdentity:
    """``audience`` is the namespace of every UID; ``name`` is what the calendar is called.

    The caller chooses ``name`` to suit ``privacy``. ``alias`` stands for the medicine below FULL, and
    ``initials`` are shown after it at INITIALS.
    """

    audience: uuid.UUID
    name: str
    alias: str = "Reminder"
    initials: str = ""
    privacy: Privacy = Privacy.DISCREET

    def uid(self, key: str) -> str:
        """The permanent UID of what ``key`` names, without host or health data (RFC 7986 section 5.3).

        Two audiences have different UIDs for one dose, so that two feeds cannot be laid side by side.
        """
        return str(uuid.uuid5(self.audience, key))


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """``sequence`` counts the visible changes of a feed, from 0; ``at`` is the aware UTC time of the last.

    Clients compare different properties to see whether an event changed, so both must advance together
    and neither may come from a request. Raises ValueError for a negative count or a naive moment.
    """

    sequence: int
    at: datetime

    def __post_init__(self) -> None:
        if self.sequence < 0:
            raise ValueError(f"the sequence {self.sequence} is below 0")
        if self.at.utcoffset() is None:
            raise ValueError(
                f"the revision at {self.at.isoformat()} has no offset; it is an aware UTC moment"
            )
