"""Threads that send: as many at once as were asked for and no more, and nothing put is forgotten."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock, Thread, Timer
from unittest import mock

import pytest

from scheduler.reminders.parcel import Parcel
from scheduler.reminders.seats import Seats
from tests.support.daemon_process import until


def parcels(count: int, first: int = 0) -> list[Parcel]:
    """Told apart by when they have to start."""
    return [Parcel(rows=(), start_by_s=float(number)) for number in range(first, first + count)]


class Provider:
    """Takes what it is given once ``opened`` is set, and knows how many were with it at once."""

    def __init__(self, *, is_open: bool = True, pause_s: float = 0.0) -> None:
        self.opened = Event()
        self.took: list[float] = []
        self.most_at_once = self.inside = 0
        self._pause_s = pause_s
        self._lock = Lock()
        if is_open:
            self.opened.set()

    def send(self, parcel: Parcel) -> None:
        with self._lock:
            self.inside += 1
            self.most_at_once = max(self.most_at_once, self.inside)
        self.opened.wait()
        time.sleep(self._pause_s)
        with self._lock:
            self.inside -= 1
            self.took.append(parcel.start_by_s)


@contextmanager
def seated(provider: Provider, count: int) -> Iterator[Seats]:
    seats = Seats("smtp", count, provider.send)
    try:
        yield seats
    finally:
        provider.opened.set()
        seats.close()


def threads_made(monkeypatch: pytest.MonkeyPatch, most: int = 1000) -> list[Thread]:
    """Those that are started from now on, on a machine that gives no more than ``most``."""
    start, made = Thread.start, list[Thread]()

    def grudging(thread: Thread) -> None:
        if len(made) == most:
            raise RuntimeError("can't start new thread")
        made.append(thread)
        start(thread)

    monkeypatch.setattr(Thread, "start", grudging)
    return made


def test_as_many_as_there_are_seats_are_sent_at_once_and_no_more() -> None:
    provider = Provider(is_open=False)
    with seated(provider, 5) as seats:
        seats.put(parcels(8))
        until(lambda: provider.inside == 5)
        time.sleep(0.05)
        assert provider.inside == 5
        provider.opened.set()
        until(lambda: sorted(provider.took) == [*range(8)])
    assert provider.most_at_once == 5


def test_one_that_hangs_keeps_only_its_own_seat() -> None:
    hangs = Event()
    took: list[float] = []

    def send(parcel: Parcel) -> None:
        if parcel.start_by_s == 0:
            hangs.wait()
        took.append(parcel.start_by_s)

    seats = Seats("smtp", 2, send)
    seats.put(parcels(20))
    until(lambda: len(took) == 19)
    hangs.set()
    assert seats.take_back() == []
    seats.close()
    assert sorted(took) == [*range(20)]


def test_with_one_seat_they_go_in_their_order() -> None:
    provider = Provider()
    with seated(provider, 1) as seats:
        seats.put(parcels(50))
        seats.put(parcels(50, 50))
        until(lambda: len(provider.took) == 100)
    assert provider.took == [*range(100)]


@pytest.mark.parametrize("pause_s", [0.0, 0.0005])
def test_whatever_is_put_by_many_is_sent_once(pause_s: float) -> None:
    provider = Provider(pause_s=pause_s)
    with seated(provider, 7) as seats, ThreadPoolExecutor(4) as pool:
        for start in range(0, 2000, 4):
            pool.submit(seats.put, parcels(4, start))
        until(lambda: len(provider.took) == 2000)
    assert sorted(provider.took) == [*range(2000)]
    assert provider.most_at_once <= 7


def test_after_a_rest_they_work_again() -> None:
    provider = Provider()
    with seated(provider, 3) as seats:
        for number in range(20):
            seats.put(parcels(1, number))
            until(lambda: len(provider.took) == number + 1)  # noqa: B023  # asked at once


def test_after_a_rest_there_are_as_many_as_before() -> None:
    provider = Provider()
    with seated(provider, 5) as seats:
        for number in range(10):
            seats.put(parcels(1, number))
            until(lambda: len(provider.took) == number + 1)  # noqa: B023  # asked at once
        provider.opened.clear()
        seats.put(parcels(8, 10))
        until(lambda: provider.inside == 5)


def test_what_is_put_while_the_last_thread_goes_to_rest_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider()
    first, late = Seats._first, parcels(1, 1)

    def first_and_then_one_more(seats: Seats) -> Parcel | None:
        found = first(seats)
        if found is None and late:
            seats.put([late.pop()])
        return found

    monkeypatch.setattr(Seats, "_first", first_and_then_one_more)
    with seated(provider, 1) as seats:
        seats.put(parcels(1))
        until(lambda: provider.took == [0, 1])


def test_to_close_waits_for_what_is_being_sent_and_what_is_taken_back_is_not() -> None:
    provider = Provider(is_open=False)
    seats = Seats("smtp", 2, provider.send)
    seats.put(parcels(10))
    until(lambda: provider.inside == 2)
    left = seats.take_back()
    Timer(0.05, provider.opened.set).start()
    seats.close()
    assert sorted(provider.took) == [0, 1]
    assert [parcel.start_by_s for parcel in left] == [*range(2, 10)]


def test_whatever_is_put_is_sent_or_taken_back_and_never_both() -> None:
    for _ in range(40):
        provider = Provider()
        with seated(provider, 4) as seats:
            seats.put(parcels(500))
            left = seats.take_back()
        assert sorted([*provider.took, *(parcel.start_by_s for parcel in left)]) == [*range(500)]


def test_after_what_was_put_was_taken_back_they_work_again() -> None:
    provider = Provider(is_open=False)
    with seated(provider, 2) as seats:
        seats.put(parcels(4))
        until(lambda: provider.inside == 2)
        assert len(seats.take_back()) == 2
        provider.opened.set()
        until(lambda: len(provider.took) == 2)
        seats.put(parcels(3, 10))
        until(lambda: sorted(provider.took) == [0, 1, 10, 11, 12])


def test_what_takes_no_time_is_not_shared_out_among_all(monkeypatch: pytest.MonkeyPatch) -> None:
    made = threads_made(monkeypatch)
    took: list[Parcel] = []
    seats = Seats("smtp", 250, took.append)
    for _ in range(20):
        seats.put(parcels(250))
    until(lambda: len(took) == 5000)
    seats.close()
    assert len(made) < 125


def test_a_machine_that_gives_no_more_threads_sends_with_those_it_gave(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    threads_made(monkeypatch, most=2)
    provider = Provider(pause_s=0.002)
    with seated(provider, 6) as seats:
        seats.put(parcels(40))
        until(lambda: sorted(provider.took) == [*range(40)])
    assert provider.most_at_once == 2
    (told,) = (record for record in caplog.records if record.levelno == logging.WARNING)
    assert "channel=smtp sends 2 at a time" in told.getMessage()


def test_a_machine_that_gives_none_is_told() -> None:
    none = mock.patch.object(Thread, "start", side_effect=RuntimeError("can't start new thread"))
    with none, pytest.raises(RuntimeError):
        Seats("smtp", 6, lambda _: None).put(parcels(1))


def test_what_was_put_while_there_was_no_thread_is_not_sent_later() -> None:
    provider = Provider()
    with seated(provider, 6) as seats:
        none = mock.patch.object(Thread, "start", side_effect=RuntimeError("can't start new thread"))
        with none, pytest.raises(RuntimeError):
            seats.put(parcels(3))
        seats.put(parcels(2, 10))
        until(lambda: len(provider.took) == 2)
    assert sorted(provider.took) == [10, 11]
