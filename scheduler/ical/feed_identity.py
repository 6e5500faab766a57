"""Whose feed it is, and which state of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1

from scheduler.ical.privacy import Privacy

# Of the digit that holds the variant the two upper bits are 10 (RFC 9562 section 4.1).
_VARIANT = {f"{digit:x}": f"{digit & 0b0011 | 0b1000:x}" for digit in range(16)}


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedIdentity:
    """``audience`` is the namespace of every UID; ``name`` is what the calendar is called.

    The caller chooses ``name`` to suit ``privacy``. ``alias`` stands for the medicine below FULL, and
    ``initials`` are shown after it at INITIALS. Where several patients share a calendar, ``patient`` tells
    their UIDs apart, and ``initials`` are shown at FULL too, before the medicine. ``place`` is where to
    find the patient; "" where nobody has to be told. ``place_is_home``: somebody goes there. ``page``: the
    address under which each dose has a page, with a slash at its end; "" where there is none.
    """

    audience: uuid.UUID
    name: str
    alias: str = "Reminder"
    initials: str = ""
    privacy: Privacy = Privacy.DISCREET
    patient: str = ""
    place: str = ""
    place_is_home: bool = True
    page: str = ""

    def uid(self, key: str) -> str:
        """The permanent UID of what ``key`` names, without host or health data (RFC 7986 section 5.3).

        Two audiences have different UIDs for one dose, so that two feeds cannot be laid side by side. It is
        UUID version 5, put together here because a feed needs hundreds and `uuid.uuid5` takes thrice as long.
        """
        named = f"{self.patient}/{key}" if self.patient else key
        text = sha1(self.audience.bytes + named.encode(), usedforsecurity=False).hexdigest()
        variant = _VARIANT[text[16]]
        return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """``sequence`` counts the visible changes of an event, from 0; ``at`` is the aware UTC time of the last.

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
