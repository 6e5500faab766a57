"""Over a network, what is asked while the database answers goes together in the next question."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from threading import Event

import pytest

from scheduler.errors import UnreachableError
from scheduler.store.feed_lookup import FeedLookup
from scheduler.store.feed_lookups import FeedLookups
from scheduler.store.unit_of_work import Store
from scheduler.web.look_ups import LookUps

KEYS = ("aaaaaaaa", "bbbbbbbb", "cccccccc")


class Questions:
    """A database that answers nothing before it may; ``asked`` is what came."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
        self.asked: list[set[str]] = []
        self.may_answer = Event()
        self._error = error
        monkeypatch.setattr(Store, "file", None)
        monkeypatch.setattr(FeedLookups, "find", lambda _, keys: self._find(keys))

    def _find(self, keys: Collection[str]) -> dict[str, FeedLookup]:
        self.asked.append(set(keys))
        assert self.may_answer.wait(30)
        if self._error is not None:
            raise self._error
        return {}


async def ask(store: Store, questions: Questions) -> list[FeedLookup | BaseException | None]:
    """Ask for one key, and for the others while it is not answered."""
    look_ups = LookUps(store)
    first = asyncio.create_task(look_ups.find(KEYS[0]))
    while not questions.asked:
        await asyncio.sleep(0.001)
    others = [asyncio.create_task(look_ups.find(key)) for key in (*KEYS[1:], KEYS[1])]
    await asyncio.sleep(0.01)
    questions.may_answer.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


def test_what_is_asked_meanwhile_is_one_question(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = Questions(monkeypatch)
    assert asyncio.run(ask(store, questions)) == [None] * 4
    assert questions.asked == [{KEYS[0]}, {*KEYS[1:]}]


def test_a_database_that_does_not_answer_is_told_to_everybody(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = UnreachableError("the database does not answer: test")
    assert asyncio.run(ask(store, Questions(monkeypatch, error))) == [error] * 4


def test_one_who_hangs_up_takes_the_answer_from_nobody(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = Questions(monkeypatch)

    async def hang_up() -> FeedLookup | None:
        look_ups = LookUps(store)
        first, second = (asyncio.create_task(look_ups.find(KEYS[0])) for _ in range(2))
        while not questions.asked:
            await asyncio.sleep(0.001)
        first.cancel()
        questions.may_answer.set()
        return await second

    assert asyncio.run(hang_up()) is None
