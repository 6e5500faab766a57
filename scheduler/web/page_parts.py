"""Parts that pages with buttons are made of: HTML, with every text escaped but the ``body`` of a card."""

from __future__ import annotations

from datetime import datetime
from html import escape


def header(heading: str, lead: str) -> str:
    """What a page begins with."""
    return f'<header><h1>{escape(heading)}</h1><p class="lead">{escape(lead)}</p></header>\n'


def form(*parts: str) -> str:
    """A form that is sent to the address of its page; ``parts`` are HTML."""
    return f'<form method="post">{"".join(parts)}</form>'


def button(value: str, text: str, *, second: bool = False) -> str:
    """A button of a form, which sends ``value`` as the ``answer``; ``second``: it is not the one to press."""
    look = ' class="second"' if second else ""
    return f'<button{look} name="answer" value="{value}">{escape(text)}</button>'


def alert(text: str) -> str:
    """What was not done."""
    return f'<p class="card notice wrong" role="alert">{escape(text)}</p>'


def clock(reading: datetime) -> str:
    """A reading of the clock, such as 07:05."""
    return f"{reading:%H:%M}"


def day(reading: datetime) -> str:
    """A date, such as Tuesday 1 December."""
    return f"{reading:%A} {reading.day} {reading:%B}"
