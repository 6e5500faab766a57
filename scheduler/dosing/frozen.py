"""Frozen values made by the thousand.

A frozen dataclass sets each of its fields through `object.__setattr__`. For the values that every dose needs
that took longer than all the arithmetic of the dose together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


def maker_of(frozen: Callable[_P, _T]) -> Callable[_P, _T]:
    """What makes values of ``frozen``, a frozen dataclass with slots, in a fifth of the time that it takes.

    It sets the fields of a twin with the same slots, which can still be changed, and turns that into a
    ``frozen``. A check in ``__post_init__`` would be skipped, so there must be none.
    """
    assert isinstance(frozen, type)
    assert not hasattr(frozen, "__post_init__"), f"{frozen.__name__} checks its fields"
    names = [field.name for field in fields(frozen)]
    defaults = {field.name: field.default for field in fields(frozen) if field.default is not MISSING}
    scope: dict[str, Any] = {
        "new": object.__new__,
        "twin": type(f"{frozen.__name__}InTheMaking", (), {"__slots__": names}),
        "frozen": frozen,
        "defaults": defaults,
    }
    exec(_source(names, defaults), scope)  # noqa: S102  # as dataclasses do: only a written-out call is as fast
    make: Callable[_P, _T] = scope["make"]
    return make


def _source(names: list[str], defaults: dict[str, Any]) -> str:
    parameters = (f"{name}=defaults[{name!r}]" if name in defaults else name for name in names)
    return "\n    ".join(
        [
            f"def make(*, {', '.join(parameters)}):",
            "made = new(twin)",
            *(f"made.{name} = {name}" for name in names),
            "made.__class__ = frozen",
            "return made",
        ]
    )
