"""The answers to a request for a calendar, header by header."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.types import Send

from scheduler.web.client_family import OUTLOOK, client_family
from scheduler.web.conditional import not_modified
from scheduler.web.kept_feeds import Header, KeptFeed, validators
from scheduler.web.request_head import RequestHead

_ALWAYS: tuple[Header, ...] = (
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    # Not robots.txt: Google Calendar obeys it and would stop fetching.
    (b"x-robots-tag", b"noindex, nofollow"),
)
_CALENDAR: tuple[Header, ...] = (
    *_ALWAYS,
    (b"cache-control", b"private, max-age=900, must-revalidate"),
    (b"vary", b"Accept-Encoding"),
)
_CONTENT: tuple[Header, ...] = (
    (b"content-type", b"text/calendar; charset=utf-8"),
    (b"content-disposition", b'inline; filename="plan.ics"'),
)
_GZIP: Header = (b"content-encoding", b"gzip")
_MESSAGE: tuple[Header, ...] = (
    *_ALWAYS,
    (b"cache-control", b"private, no-store"),
    (b"content-type", b"text/plain; charset=utf-8"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Sent to a HEAD request without its ``body``, whose length the headers tell all the same."""

    status: int
    headers: tuple[Header, ...]
    body: bytes

    async def send(self, send: Send, *, is_head: bool) -> None:
        """Over ASGI."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"" if is_head else self.body})


def message(status: int, text: str, *more: Header) -> Answer:
    """A sentence for a person who opened the address in a browser."""
    body = f"{text}\n".encode()
    return Answer(status, (*_MESSAGE, *more, (b"content-length", str(len(body)).encode())), body)


def packs(head: RequestHead) -> bool:
    """Whether the calendar goes out as gzip. Outlook says that it takes it and has failed on it."""
    return head.accepts_gzip and client_family(head.get(b"user-agent")) != OUTLOOK


def unchanged(head: RequestHead, etag: str, last_modified: datetime) -> Answer | None:
    """304 with both validators where the client has the bytes, else None.

    The tag is strong over the plain bytes, and weak (RFC 9110 section 8.8.1) where they go out packed.
    """
    if not not_modified(
        head.values.get(b"if-none-match"), head.get(b"if-modified-since"), etag, last_modified
    ):
        return None
    sent = f"W/{etag}" if packs(head) else etag
    return Answer(304, (*_CALENDAR, *validators(sent, last_modified)), b"")


def calendar(head: RequestHead, feed: KeptFeed) -> Answer:
    """200 with the bytes, packed where the client takes them so."""
    if packs(head):
        body, said = feed.rendered.packed, (*feed.weak_validators, _GZIP)
    else:
        body, said = feed.plain, feed.validators
    return Answer(200, (*_CALENDAR, *_CONTENT, *said, (b"content-length", str(len(body)).encode())), body)
