"""What a feed last showed, so that an event counts its own changes.

Clients compare DTSTAMP, LAST-MODIFIED, SEQUENCE or all of them to see whether an event changed. So each event
keeps its own until something visible changes, then counts on, and none of it comes from the hour of a
request. What was shown and is planned no more stays for a while as cancelled, because some clients never take
an event away that is merely missing.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.dosing.frozen import maker_of
from scheduler.ical.event import Draft, EventKind
from scheduler.ical.feed_identity import Revision
from scheduler.ical.slot import utc_stamp

# Nothing comes back after so long: the farthest that a dose is moved within a window of 14 days back.
_REMEMBERED = timedelta(days=60)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownEvent:
    """An event as last shown: ``digest`` stands for all that is visible of it.

    ``at`` is when it last changed and ``starts`` its start, whole seconds since 1970. ``times`` are as in
    EventText; for the rest see Draft.
    """

    digest: str
    sequence: int
    at: int
    starts: int
    times: str
    kind: EventKind
    subject: str
    gone_at: int | None


_make_shown = maker_of(ShownEvent)


@dataclass(frozen=True, slots=True)
class ShownEvents:
    """The events of a feed under their UIDs."""

    events: Mapping[str, ShownEvent] = field(default_factory=dict)

    def revised(self, drafts: Iterable[Draft], revision: Revision) -> ShownEvents:
        """What is shown now. A new event has ``revision``; one that changed counts on, at its time or later.

        What is left out of ``drafts`` is remembered, so that it counts on if it comes back: for 60 days from
        its start, or from its last change where that is later, as it may be with a long hold.
        """
        at = int(revision.at.timestamp())
        known = self.events
        shown = {d.uid: _revised(d, known.get(d.uid), revision.sequence, at) for d in drafts}
        forgotten = at - int(_REMEMBERED.total_seconds())
        kept = {
            uid: event
            for uid, event in known.items()
            if uid not in shown and max(event.starts, event.at) > forgotten
        }
        return ShownEvents({**kept, **shown})

    @property
    def reaches(self) -> date:
        """The local date after that of the last dose; ``date.min`` where no dose is known.

        Not a day more: each rendering would reach further than the one before.
        """
        doses = (e for e in self.events.values() if e.kind == "dose" and e.gone_at is None)
        last = max(doses, key=lambda event: event.starts, default=None)
        if last is None:
            return date.min
        return datetime.fromtimestamp(last.starts, ZoneInfo(last.times)).date() + _ONE_DAY

    def dump(self) -> bytes:
        """As bytes, the same for the same events in the same order."""
        rows = {uid: _row(event) for uid, event in self.events.items()}
        return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 1)

    @classmethod
    def load(cls, data: bytes) -> ShownEvents:
        """What `dump` wrote."""
        rows = json.loads(zlib.decompress(data))
        return cls({uid: _event(row) for uid, row in rows.items()})


@lru_cache(maxsize=1024)
def stamp(at: int) -> str:
    """DTSTAMP of an event that last changed ``at``, whole seconds since 1970."""
    return utc_stamp(datetime.fromtimestamp(at, UTC))


NOTHING_SHOWN = ShownEvents()


def _revised(draft: Draft, known: ShownEvent | None, sequence: int, at: int) -> ShownEvent:
    digest = f"{draft.body.digest}{draft.start}{draft.end}"
    if known is not None:
        same = known.digest == digest
        sequence = known.sequence if same else known.sequence + 1
        at = known.at if same else max(at, known.at + 1)
    return _make_shown(
        digest=digest,
        sequence=sequence,
        at=at,
        starts=int(draft.starts_at.timestamp()),
        times="UTC" if draft.zone is None else draft.zone.key,
        kind=draft.kind,
        subject=draft.subject,
        gone_at=draft.gone_at,
    )


def _row(event: ShownEvent) -> list[Any]:
    return [
        event.digest,
        event.sequence,
        event.at,
        event.starts,
        event.times,
        event.kind,
        event.subject,
        event.gone_at,
    ]


def _event(row: list[Any]) -> ShownEvent:
    digest, sequence, at, starts, times, kind, subject, gone_at = row
    return _make_shown(
        digest=digest,
        sequence=sequence,
        at=at,
        starts=starts,
        times=times,
        kind=kind,
        subject=subject,
        gone_at=gone_at,
    )
