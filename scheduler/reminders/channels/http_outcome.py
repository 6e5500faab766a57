"""What the answer of an HTTP server means for a message."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from scheduler import clock
from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.channels.http_call import Answer

_LONGEST_REST = timedelta(days=1)
_MAY_PASS = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.INSUFFICIENT_STORAGE,
}
_GATEWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}
"""RFC 9110 sections 15.6.3 and 15.6.5: somebody between us and the server does not know what became of it."""


def outcome_of(answer: Answer, provider_id: str | None, *, is_one_address: bool) -> Outcome:
    """``is_one_address``: the server is one person's own, so that it says nothing about others'."""
    status = answer.status
    detail = f"the answer was {status}"
    if 200 <= status < 300:
        return Accepted(provider_id=provider_id)
    if status in _GATEWAY or status < 200:
        return Unknown(detail=detail, of_address=is_one_address)
    if status in _MAY_PASS:
        after = retry_after(answer.retry_after, clock.now())
        return RetryLater(
            detail=detail, after=after, for_everyone=not is_one_address, of_address=is_one_address
        )
    if status < 400:
        return Refused(detail=f"{detail}, and no redirect is followed")
    return Refused(detail=detail)


def retry_after(header: str | None, moment: datetime) -> timedelta | None:
    """How long to wait at ``moment`` (RFC 9110 section 10.2.3: seconds or a date), a day at most."""
    if header is None:
        return None
    if header.isascii() and header.isdecimal():
        return min(timedelta(seconds=int(header[:9])), _LONGEST_REST)
    try:
        wait = parsedate_to_datetime(header) - moment
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta(0)), _LONGEST_REST)
