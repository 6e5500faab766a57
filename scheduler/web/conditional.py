"""Whether a client has the bytes already: RFC 9110 section 13."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime


def not_modified(
    if_none_match: str | None, if_modified_since: str, etag: str, last_modified: datetime
) -> bool:
    """Whether the request's conditions say that its copy is current.

    ``if_none_match`` alone decides where it is there, None where it is not; a date that cannot be read is
    no condition.
    """
    if if_none_match is not None:
        return any(_same(candidate.strip(), etag) for candidate in if_none_match.split(","))
    since = _date(if_modified_since) if if_modified_since else None
    return since is not None and last_modified <= since


def http_date(moment: datetime) -> str:
    """An HTTP date (RFC 9110 section 5.6.7) of an aware UTC moment, in whole seconds."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _same(candidate: str, etag: str) -> bool:
    # The weak comparison of section 8.8.3.2: a proxy that compresses marks the tag as weak.
    return candidate == "*" or candidate.removeprefix("W/") == etag


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
