"""Which addresses of Apprise's are taken. Pure, and without Apprise, which is not always installed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

SERVICES: Mapping[str, tuple[str, int]] = {
    # Text messages.
    "bulksms": ("api.bulksms.com", 443),
    "clickatell": ("platform.clickatell.com", 443),
    "d7sms": ("api.d7networks.com", 443),
    "msgbird": ("rest.messagebird.com", 443),
    "seven": ("gateway.seven.io", 443),
    "twilio": ("api.twilio.com", 443),
    "vonage": ("rest.nexmo.com", 443),
    # Push.
    "pbul": ("api.pushbullet.com", 443),
    "pover": ("api.pushover.net", 443),
    "prowl": ("api.prowlapp.com", 443),
    # Chat.
    "discord": ("discord.com", 443),
    "line": ("api.line.me", 443),
    "slack": ("slack.com", 443),
    "tgram": ("api.telegram.org", 443),
}
"""Services whose server is always the same, as Apprise 2.3 has them: nobody's address leads elsewhere."""

_OURS = frozenset(
    {
        "attach",
        "avatar_url",
        "cto",
        "format",
        "overflow",
        "redirect",
        "retry",
        "rto",
        "store",
        "template",
        "tz",
        "url",
        "verify",
        "wait",
    }
)
"""What an address may not set: files and pictures to fetch, time-outs and retries, certificates unchecked."""


def scheme_of(address: str) -> str:
    """The service, as the address begins."""
    return address.partition("://")[0].lower()


def address_problem(address: str, services: Mapping[str, tuple[str, int]] = SERVICES) -> str | None:
    """What is wrong with ``address``, without repeating it; None: nothing."""
    if not address.isascii() or not address.isprintable() or any(sign in address for sign in ' ,;\\"<>'):
        return "the address of a service is one URL in ASCII, without spaces and commas"
    if "://" not in address or scheme_of(address) not in services:
        return f"the service is one of {', '.join(sorted(services))}"
    try:
        asked = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    except ValueError:
        return "the address of a service is not a URL"
    set_by_us = sorted({name.lower() for name, _ in asked} & _OURS)
    return f"an address may not set {', '.join(set_by_us)}" if set_by_us else None
