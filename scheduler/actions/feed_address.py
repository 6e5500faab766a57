"""The addresses of a feed, and how each calendar is told to subscribe to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from scheduler.actions.feed_token import FeedToken
from scheduler.errors import SettingsError

LONGEST_URL = 255
"""Characters of a whole address: Google takes fewer than 256 and says nothing of a longer one."""

GOOGLE_FROM_URL = "https://calendar.google.com/calendar/r/settings/addbyurl"
"""Where Google Calendar takes an address that is pasted.

Not ``calendar/r?cid=``, which would save the pasting: with an https address Google mostly refuses it ("this
email address isn't associated with an active Google Calendar account"), its app on Android always does
("calendar no longer exists"), and with a webcal address Google calls port 80, where nothing may answer,
because the call shows the secret to whoever listens.
"""

_CALENDAR_NAME = "Calendar"
"""What Outlook calls it in its list, which others may see: it tells nothing."""

_TOKEN_LENGTH = 8 + 1 + 43
DOSE_PAGES = "/dose/"
_FEED, _SUBSCRIBE = "/feeds/{token}.ics", "/subscribe/{token}"
_LONGEST_BASE = LONGEST_URL - _TOKEN_LENGTH - len(_FEED) + len("{token}")

# No more than an address needs, so that it stands in HTML, in a QR code and in a terminal as it is.
_BASE = re.compile(
    r"https?://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(/[a-z0-9._~-]+)*/*",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseUrl:
    """Where the feed server is reached from outside: ``https://HOST[:PORT][/PATH]``, no slash at the end."""

    text: str

    @classmethod
    def parse(cls, text: str) -> BaseUrl:
        """Read what an operator set. Raises SettingsError, which never repeats a password."""
        if "?" in text or "#" in text:
            raise _unusable("has a '?' or a '#': leave off what begins there, for the path of a feed follows")
        if not _BASE.fullmatch(text) or not _has_port(text):
            raise _unusable("is not https://HOST[:PORT][/PATH] in plain ASCII, without a name or a password")
        shortened = text.rstrip("/")
        if len(shortened) > _LONGEST_BASE:
            raise _unusable(
                f"has {len(shortened)} characters and may have {_LONGEST_BASE}: calendars refuse an address "
                f"of more than {LONGEST_URL} in all, and say nothing"
            )
        return cls(text=shortened)

    @property
    def is_loopback(self) -> bool:
        """Whether this machine alone reaches it."""
        host = urlsplit(self.text).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def is_readable_on_the_way(self) -> bool:
        """Whether what is sent to it crosses a network unencrypted."""
        return urlsplit(self.text).scheme == "http" and not self.is_loopback


def feed_url(base_url: BaseUrl, token: FeedToken) -> str:
    """Where a calendar fetches the feed."""
    return base_url.text + _FEED.format(token=token)


def subscribe_url(base_url: BaseUrl, token: FeedToken) -> str:
    """Where a person finds how to subscribe to the feed."""
    return base_url.text + _SUBSCRIBE.format(token=token)


def dose_pages_url(base_url: BaseUrl, page_code: str) -> str:
    """What the addresses of the pages of one patient's doses begin with. They are no secret."""
    return f"{base_url.text}{DOSE_PAGES}{page_code}/"


def webcal_url(base_url: BaseUrl, token: FeedToken) -> str:
    """The feed for a tap on an Apple device: what else its calendar opens by itself, it imports once.

    webcal is registered as plain http, and ``webcals`` is unknown to Safari. So it is for Apple alone.
    """
    return "webcal://" + feed_url(base_url, token).partition("://")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutlookUrls:
    """The same question of Outlook on the web, at the two places where accounts are."""

    personal: str
    work: str


def outlook_urls(base_url: BaseUrl, token: FeedToken) -> OutlookUrls:
    """Where Outlook on the web asks whether to subscribe. It wants the https address: webcal it misreads."""
    asked = urlencode({"url": feed_url(base_url, token), "name": _CALENDAR_NAME})
    path = f"calendar/0/addfromweb?{asked}"
    return OutlookUrls(
        personal=f"https://outlook.live.com/{path}",
        work=f"https://outlook.office.com/{path}",
    )


def _has_port(text: str) -> bool:
    """Whether the port, if there is one, is a number that a port can have."""
    try:
        return urlsplit(text).port != 0
    except ValueError:
        return False


def _unusable(what: str) -> SettingsError:
    return SettingsError(f"the server's outside address (--base-url) {what}")
