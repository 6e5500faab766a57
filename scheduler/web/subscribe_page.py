"""The page that says how to subscribe, and the pages that stand in for it.

The files in ``pages`` become one document with nothing to fetch: style, script and QR code are in it, so
nobody else learns that the page was opened. A policy names the style and the script by their hash, so
nothing that might slip into the document runs.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from scheduler.actions import qr_code
from scheduler.actions.feed_address import (
    GOOGLE_FROM_URL,
    BaseUrl,
    feed_url,
    outlook_urls,
    subscribe_url,
    webcal_url,
)
from scheduler.actions.feed_token import FeedToken


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What a page says that has no calendar to offer, in plain words; ``status`` is that of HTTP."""

    status: int
    heading: str
    what: str
    advice: str


UNKNOWN = Message(
    status=404,
    heading="No calendar here",
    what="This link does not lead to a calendar.",
    advice="Check that it was copied whole: it is long, and a message may have cut it off. If it is whole, "
    "ask whoever gave it to you for a new one.",
)
ENDED = Message(
    status=410,
    heading="This link has ended",
    what="It was switched off, or a newer one took its place. It cannot be used again.",
    advice="Ask whoever gave it to you for a new link, then remove the old calendar from your phone or "
    "computer. Until then go by the messages that remind you, not by the old calendar.",
)
BROKEN = Message(
    status=500,
    heading="Something went wrong",
    what="This page cannot be shown at the moment.",
    advice="Try again in a few minutes. A calendar that you added before goes on as it is.",
)


def subscribe_page(base_url: BaseUrl, token: FeedToken) -> str:
    """How to subscribe to the feed of ``token``. It says nothing of whose it is, nor what for."""
    outlook = outlook_urls(base_url, token)
    return _document(
        "Calendar",
        _filled(
            _BODY,
            feed_url=feed_url(base_url, token),
            webcal_url=webcal_url(base_url, token),
            google_url=GOOGLE_FROM_URL,
            outlook_personal_url=outlook.personal,
            outlook_work_url=outlook.work,
            # This page and not the feed: a camera opens a page, where each phone finds its own way. What it
            # would do with a calendar file is to save it, or to add its entries once and never again.
            qr_code=_data_url(qr_code.svg(subscribe_url(base_url, token))),
        ),
    )


def message_page(message: Message) -> str:
    """A page that says ``message``."""
    body = _filled(_MESSAGE, heading=message.heading, what=message.what, advice=message.advice)
    return _document(message.heading, body)


def _document(title: str, body: str) -> str:
    return _FRAME.substitute(title=escape(title), style=_STYLE, script=_SCRIPT, body=body)


def _filled(template: Template, **texts: str) -> str:
    return template.substitute({name: escape(text) for name, text in texts.items()})


def _data_url(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _file(name: str) -> str:
    return (files("scheduler.web") / "pages" / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """How a policy names an element of this ``text``."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_FRAME, _BODY, _MESSAGE = (Template(_file(f"{name}.html")) for name in ("frame", "subscribe", "message"))
_STYLE, _SCRIPT = _file("page.css"), _file("copy.js")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src {_source(_STYLE)}",
        f"script-src {_source(_SCRIPT)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""What a browser may load and run for these pages: what is in them, and nothing else."""
