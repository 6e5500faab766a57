"""A store whose user can die, or be cut off, at a named point between two steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from scheduler.errors import UnreachableError
from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store, UnitOfWork


class Died(BaseException):
    """As ``kill -9`` would have it: nothing catches it, and nothing is tidied up."""


class Point(StrEnum):
    """Where it happens."""

    BEFORE_COMMIT = "before a commit"
    """Nothing of the transaction happened."""
    AFTER_COMMIT = "after a commit"
    """All of it did, and whoever asked for it does not know."""
    BEFORE_SEND = "before a send"
    AFTER_SEND = "after a send"


class Fate:
    """What is to happen: once, at ``point``, when it has been passed ``times`` times."""

    def __init__(self) -> None:
        self._point: Point | None = None
        self._times = 0
        self._dies = True

    def decide(self, point: Point, times: int, *, dies: bool) -> None:
        """``dies``: else the database does not answer, which says nothing about a send."""
        self._point, self._times, self._dies = point, times, dies

    def spare(self) -> None:
        """Let nothing happen."""
        self._point = None

    def strike(self, point: Point) -> None:
        """Raises Died or UnreachableError if this is the point."""
        if point is not self._point:
            return
        self._times -= 1
        if self._times < 0:
            self._point = None
            raise Died if self._dies else UnreachableError("the database does not answer: cut off")


class FragileStore(Store):
    """Reads as any other."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url, load_formulary())
        self._fate = fate

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        with super().transaction() as work:
            yield work
            self._fate.strike(Point.BEFORE_COMMIT)
        self._fate.strike(Point.AFTER_COMMIT)
