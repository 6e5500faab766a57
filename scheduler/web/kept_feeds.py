"""The calendars asked for most recently, ready to be sent, within a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from scheduler.actions.feed_rendering import RenderedFeed
from scheduler.web.conditional import http_date

_OVERHEAD = 2048
"""About what the headers and the places in the tables take for each, in bytes."""

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class KeptFeed:
    """A calendar as it is sent. ``secret_hash``: who may have it, to be known while the database is gone."""

    secret_hash: bytes
    rendered: RenderedFeed
    plain: bytes
    validators: tuple[Header, ...]
    weak_validators: tuple[Header, ...]

    @classmethod
    def of(cls, secret_hash: bytes, rendered: RenderedFeed) -> KeptFeed:
        """``rendered``, ready to be sent."""
        at = rendered.last_modified
        strong, weak = validators(rendered.etag, at), validators(f"W/{rendered.etag}", at)
        return cls(secret_hash, rendered, rendered.body, strong, weak)

    @property
    def size(self) -> int:
        """The bytes that it takes."""
        return len(self.plain) + len(self.rendered.packed) + _OVERHEAD


def validators(etag: str, last_modified: datetime) -> tuple[Header, ...]:
    """ETag and Last-Modified."""
    return (b"etag", etag.encode()), (b"last-modified", http_date(last_modified).encode())


class KeptFeeds:
    """For all threads of a server. The one asked for longest ago makes room."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._feeds: OrderedDict[str, KeptFeed] = OrderedDict()
        self._lock = Lock()

    def find(self, key_id: str) -> KeptFeed | None:
        """What was last kept of the feed."""
        with self._lock:
            found = self._feeds.get(key_id)
            if found is not None:
                self._feeds.move_to_end(key_id)
            return found

    def keep(self, key_id: str, feed: KeptFeed) -> None:
        """In the place of what was kept of it before."""
        with self._lock:
            self._drop(key_id)
            self._feeds[key_id] = feed
            self._bytes += feed.size
            while self._bytes > self._most_bytes:
                self._drop(next(iter(self._feeds)))

    def forget(self, key_id: str) -> None:
        """Nobody is to have it any more."""
        with self._lock:
            self._drop(key_id)

    def _drop(self, key_id: str) -> None:
        dropped = self._feeds.pop(key_id, None)
        if dropped is not None:
            self._bytes -= dropped.size
