"""Whether somebody sits at the other end, and what they answer."""

from __future__ import annotations

import sys

import click

from scheduler.errors import InputError


def is_interactive() -> bool:
    """Whether a person can be asked: standard input is a terminal."""
    return sys.stdin.isatty()


def confirmed(question: str) -> bool:
    """What the person answers. Raises InputError where there is nobody to ask."""
    if not is_interactive():
        raise InputError("nothing is saved: say --yes where nobody can be asked, or --dry-run to look at it")
    return click.confirm(question)
