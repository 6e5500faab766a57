"""A URL that is fetched for as long as all is well, so that somebody notices when nothing comes any more.

The watcher at the other end, healthchecks.io or one like it, raises the alarm when the pings stay out: that
way even a machine without power is noticed. The URL is a secret and is never logged.
"""

from __future__ import annotations

import logging
from http.client import HTTPMessage
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from scheduler.errors import SettingsError

TIMEOUT_S = 10.0
_FAIL = "/fail"
_log = logging.getLogger(__name__)


class DeadMansSwitch:
    """``url`` is fetched after a good pass, with ``/fail`` behind its path after a bad one.

    Raises SettingsError for anything but http or https; its text never repeats the URL.
    """

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        parts = _parse(url)
        self._passed = parts.geturl()
        self._failed = parts._replace(path=parts.path.rstrip("/") + _FAIL).geturl()
        self._timeout_s = timeout_s
        self._opener: OpenerDirector = build_opener(SameHost)

    def tell(self, *, passed: bool) -> None:
        """Fetch it. What goes wrong is a warning in the log, and raises nothing."""
        url = self._passed if passed else self._failed
        request = Request(url, headers={"User-Agent": "dosecal"})  # noqa: S310  # http or https: see _parse
        try:
            self._opener.open(request, timeout=self._timeout_s).close()
        except Exception as error:
            _log.warning("the ping after the audit failed: %s", _reason(error))


class SameHost(HTTPRedirectHandler):
    """Follows a redirect on the same host alone, and never from https to http."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.hostname != old.hostname or (old.scheme == "https" and new.scheme != "https"):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _parse(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise _unreadable() from None
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or not is_plain:
        raise _unreadable()
    return parts._replace(fragment="")


def _unreadable() -> SettingsError:
    return SettingsError("the URL to ping (--ping-url) is not https://HOST/PATH or http://HOST/PATH")


def _reason(error: Exception) -> str:
    """What went wrong without the URL, which the texts of exceptions may repeat."""
    if isinstance(error, HTTPError):
        error.close()
        return f"the answer was {error.code}"
    cause = error.reason if isinstance(error, URLError) else error
    return type(cause).__name__ if isinstance(cause, Exception) else type(error).__name__
