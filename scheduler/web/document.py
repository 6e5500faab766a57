"""HTML documents with nothing to fetch: style and script are in them, so nobody else learns of a visit.

The files in ``pages`` are filled in with everything escaped. A policy names the style and the script by
their hash, so nothing that might slip into a document runs.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from starlette.responses import HTMLResponse, Response

from scheduler.web.headers import ALWAYS


def page_file(name: str) -> str:
    """The text of a file in ``pages``."""
    return (files("scheduler.web") / "pages" / name).read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What a page says that has nothing to offer, in plain words; ``status`` is that of HTTP."""

    status: int
    heading: str
    what: str
    advice: str


class Look:
    """How documents of one kind look, and what a browser may do for them.

    ``form_action``: where forms may go, ``'none'`` or ``'self'``.
    """

    def __init__(self, style: str, *, script: str = "", form_action: str = "'none'") -> None:
        self._style = style
        self._script = f"<script>{script}</script>" if script else ""
        policy = (
            "default-src 'none'",
            f"style-src {_source(style)}",
            f"script-src {_source(script)}" if script else "script-src 'none'",
            "img-src data:",
            "base-uri 'none'",
            f"form-action {form_action}",
            "frame-ancestors 'none'",
        )
        self._headers = {**ALWAYS, "Content-Security-Policy": "; ".join(policy)}

    def response(self, title: str, body: str, status: int = 200) -> Response:
        """The document; ``body`` is HTML, ``title`` is not."""
        page = _FRAME.substitute(title=escape(title), style=self._style, script=self._script, body=body)
        return HTMLResponse(page, status, self._headers)

    def say(self, message: Message) -> Response:
        """A document that says ``message``."""
        body = filled(_MESSAGE, heading=message.heading, what=message.what, advice=message.advice)
        return self.response(message.heading, body, message.status)


def filled(template: Template, **texts: str) -> str:
    """``template`` with ``texts``, escaped, in its places."""
    return template.substitute({name: escape(text) for name, text in texts.items()})


def _source(text: str) -> str:
    """How a policy names an element of this ``text``."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_FRAME, _MESSAGE = (Template(page_file(f"{name}.html")) for name in ("frame", "message"))
