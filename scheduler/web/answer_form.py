"""What the forms of an answer page send. Their fields are named here and in `answer_page`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from scheduler.actions.answer import Answer, Given, NotGiven, Snooze, Undo
from scheduler.errors import InputError
from scheduler.planfile.field import check_calendar

MOST_BYTES = 4096
"""More than any form of ours sends."""

REASONS = (
    "I was too unwell",
    "Side effects",
    "I had none left",
    "I forgot, and it is too late now",
    "My team told me so",
)
"""Why a dose was not given, for most people. Whoever has another reason writes it."""

_MOST_FIELDS = 10
_LONGEST_MORE = 150
_MINUTES = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Show:
    """To be told which medicine it is. It changes nothing."""


def read_form(body: bytes) -> Answer | Show:
    """What somebody pressed. Raises InputError, with a sentence for them, for what no form of ours sends."""
    try:
        text = body.decode("ascii")
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise _unreadable() from error
    values = {name: told[-1].strip() for name, told in fields.items()}
    read = _READ.get(values.get("answer", ""))
    if read is None:
        raise _unreadable()
    return read(values)


def _given(values: Mapping[str, str]) -> Given:
    at = values.get("at") or None
    return Given(at=None if at is None else _time(at), site=values.get("site") or None)


def _not_given(values: Mapping[str, str]) -> NotGiven:
    chosen = values.get("reason", "")
    told = [chosen] if chosen in REASONS else []
    more = values.get("more", "")[:_LONGEST_MORE]
    reason = ": ".join([*told, *([more] if more else [])])
    if not reason:
        raise InputError("Please say why it was not taken.")
    return NotGiven(reason=reason)


def _snooze(values: Mapping[str, str]) -> Snooze:
    minutes = values.get("wait", "")
    if _MINUTES.fullmatch(minutes) is None:
        raise _unreadable()
    return Snooze(wait=timedelta(minutes=int(minutes)))


def _time(text: str) -> datetime:
    unusable = InputError("Please write the time as a date and a time of day, such as 2026-12-01 08:05.")
    if _LOCAL.fullmatch(text) is None:
        raise unusable
    try:
        at = datetime.fromisoformat(text).replace(second=0)
    except ValueError as error:
        raise unusable from error
    check_calendar(at, lambda _: unusable)
    return at


def _unreadable() -> InputError:
    return InputError("That could not be read. Please press the button again.")


_READ: Mapping[str, Callable[[Mapping[str, str]], Answer | Show]] = {
    "given": _given,
    "not-given": _not_given,
    "snooze": _snooze,
    "undo": lambda _: Undo(),
    "show": lambda _: Show(),
}
