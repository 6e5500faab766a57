"""Threads of one process write to an SQLite file in turns; on PostgreSQL side by side."""

from __future__ import annotations

from contextlib import AbstractContextManager
from threading import Event, Thread

import pytest
from sqlalchemy import Connection

from scheduler.errors import UnreachableError
from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from scheduler.store.write_turns import WriteTurns

_SOON_S = 10.0


def test_who_waits_writes_when_the_other_has_ended() -> None:
    turns = WriteTurns(are_needed=True)
    done: list[str] = []

    def second() -> None:
        with turns.mine():
            done.append("second")

    with turns.mine():
        thread = Thread(target=second)
        thread.start()
        thread.join(0.05)
        done.append("first")
    thread.join(_SOON_S)
    assert done == ["first", "second"]


def test_an_end_by_a_fault_is_an_end() -> None:
    turns = WriteTurns(are_needed=True, patience_s=0.0)
    with pytest.raises(ValueError, match="broken"), turns.mine():
        raise ValueError("broken")
    with turns.mine():
        pass


def test_who_waited_too_long_is_told_so() -> None:
    turns = WriteTurns(are_needed=True, patience_s=0.01)
    with turns.mine(), pytest.raises(UnreachableError, match="too long"), turns.mine():
        pytest.fail("two wrote at once")


@pytest.mark.parametrize("way", ["transaction", "rehearsal"])
def test_only_where_there_is_one_writer_do_threads_of_a_store_wait(store: Store, way: str) -> None:
    began = Event()

    def write() -> None:
        with getattr(store, way)():
            began.set()

    thread = Thread(target=write)
    with store.transaction():
        thread.start()
        is_beside = began.wait(0.2 if store.file is not None else _SOON_S)
    thread.join(_SOON_S)
    assert began.is_set()
    assert is_beside is (store.file is None)


def test_a_thread_that_waits_does_not_ask_the_file(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite would sleep between two looks, and what is due would wait for it."""
    store, asked = Store(sqlite_url, load_formulary()), Event()
    begin = store._engine.begin

    def asking() -> AbstractContextManager[Connection]:
        asked.set()
        return begin()

    def write() -> None:
        with store.transaction():
            pass

    thread = Thread(target=write)
    with store.transaction():
        monkeypatch.setattr(store._engine, "begin", asking)
        thread.start()
        assert not asked.wait(0.05)
    thread.join(_SOON_S)
    assert asked.is_set()
    store.close()
