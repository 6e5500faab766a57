"""What people write beside a change, by the rules of the plan file."""

from __future__ import annotations

from scheduler.errors import InputError
from scheduler.planfile.field import check_printable

_LONGEST_REASON, _LONGEST_SITE, _LONGEST_LABEL = 200, 40, 80


def check_reason(reason: str) -> None:
    """Raises InputError where it is too long or holds a control character."""
    _check("reason", reason, _LONGEST_REASON)


def check_site(site: str) -> None:
    """Raises InputError where it is too long or holds a control character."""
    _check("site", site, _LONGEST_SITE)


def check_label(label: str) -> None:
    """Raises InputError where it is blank, too long or holds a control character."""
    if not label.strip():
        raise InputError("the label has at least one character")
    _check("label", label, _LONGEST_LABEL)


def _check(what: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise InputError(f"the {what} has at most {longest} characters")
    check_printable(text, lambda problem: InputError(f"the {what} {problem}"))
