"""The bytes of a mail: plain text, and the same words as HTML.

Written out by hand, because building an `EmailMessage` costs more than a mail server takes to accept it.
"""

from __future__ import annotations

import html
import quopri
import re
from dataclasses import dataclass
from email.header import Header
from email.utils import formatdate

from scheduler.reminders.message import Message

_LONGEST_LINE = 998
"""RFC 5322 section 2.1.1, without CR LF."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_MAILBOX = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_PART = 'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
_PAGE = "<!DOCTYPE html>\n<html><body><p>{}</p></body></html>\n"


class UnfitMailError(ValueError):
    """A part of a mail that no mail can hold. Its text does not repeat it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What stands around the words. ``message_id`` is written without its angle brackets.

    ``unsubscribe_url`` is told to mail programs for a button of theirs, which ends with one POST (RFC 8058)
    where it is https; None: there is none.
    """

    sender: str
    to: str
    message_id: str
    unsubscribe_url: str | None = None


def is_mailbox(address: str) -> bool:
    """Whether ``address`` is one mailbox in ASCII, without quotes: not every server speaks SMTPUTF8."""
    return _MAILBOX.fullmatch(address) is not None


def mail_bytes(envelope: Envelope, message: Message) -> bytes:
    """The mail, with CR LF and without dots doubled. Raises UnfitMailError."""
    if not is_mailbox(envelope.to):
        raise UnfitMailError("the address is not one mailbox")
    boundary = f"=_{envelope.message_id.partition('@')[0]}"
    head = [f"{name}: {_checked(value)}" for name, value in _headers(envelope, message).items()]
    head.append(f'Content-Type: multipart/alternative; boundary="{boundary}"')
    parts = (_part("plain", message.text), _part("html", _as_html(message.text)))
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return "\r\n".join([*head, "", f"{body}--{boundary}--", ""]).encode("ascii")


def _headers(envelope: Envelope, message: Message) -> dict[str, str]:
    headers = {
        "From": envelope.sender,
        "To": envelope.to,
        "Subject": _header_text(message.subject),
        "Date": formatdate(usegmt=True),
        "Message-ID": f"<{envelope.message_id}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
        "MIME-Version": "1.0",
    }
    if envelope.unsubscribe_url is not None:
        headers["List-Unsubscribe"] = f"<{envelope.unsubscribe_url}>"
        if envelope.unsubscribe_url.startswith("https:"):
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _header_text(text: str) -> str:
    if _CONTROL.search(text):
        raise UnfitMailError("the subject holds a line break or another control character")
    return text if _is_plain(text) else Header(text, "utf-8").encode(linesep="\r\n")


def _checked(value: str) -> str:
    """``value`` where it cannot add a header: a line break stands only where `Header` folded a text."""
    if not (value.isascii() and value.replace("\r\n ", "").isprintable()):
        raise UnfitMailError("a header holds a line break or a character that is not ASCII")
    return value


def _part(kind: str, text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    encoding = "7bit" if _is_plain(lines) else "quoted-printable"
    if encoding != "7bit":
        lines = quopri.encodestring(lines.encode("utf-8")).decode("ascii")
    return _PART.format(kind=kind, encoding=encoding) + lines.replace("\n", "\r\n") + "\r\n"


def _is_plain(text: str) -> bool:
    return text.isascii() and "\x00" not in text and max(map(len, text.split("\n"))) <= _LONGEST_LINE


def _as_html(text: str) -> str:
    linked, after = [], 0
    for link in _LINK.finditer(text):
        url = html.escape(link.group())
        linked += [html.escape(text[after : link.start()]), f'<a href="{url}">{url}</a>']
        after = link.end()
    words = "".join([*linked, html.escape(text[after:])])
    return _PAGE.format(words.replace("\n", "<br>\n"))
