"""The page that says how to subscribe, and the pages that stand in for it."""

from __future__ import annotations

import base64
from string import Template

from starlette.responses import Response

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
from scheduler.web.document import Look, Message, filled, page_file

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


LOOK = Look(page_file("page.css"), script=page_file("copy.js"))
_BODY = Template(page_file("subscribe.html"))


def subscribe_page(base_url: BaseUrl, token: FeedToken) -> Response:
    """How to subscribe to the feed of ``token``. It says nothing of whose it is, nor what for."""
    outlook = outlook_urls(base_url, token)
    return LOOK.response(
        "Calendar",
        filled(
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


def _data_url(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
