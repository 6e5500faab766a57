"""Feeds over HTTP, next to Starlette with nothing to do and to Radicale with the same events.

The command is ``python -m bench.serving PYTHON``, with the Python that has Radicale. Every server is a
process of its own on this machine, and wrk asks over the loopback: one thread, 16 connections that stay
open. Radicale is asked over one connection too, which may suit it better, and the better counts.
"""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measuring import milliseconds, report, times
from bench.serving_clinic import FORTNIGHTLY, SEVEN_A_DAY, THREE_A_DAY, admit, hand_out, opened
from bench.serving_constant import constant
from bench.serving_load import Contender, Load, fetched, measure
from bench.serving_memory import measure_memory
from bench.serving_process import Server, dosecal
from bench.serving_radicale import items, path_of, radicale
from tests.support.postgresql import running_postgresql

FEW, MANY = FORTNIGHTLY.events, 900
CONSTANT, TINY = "Starlette, constant bytes of that size", "Starlette, 10 bytes"
PLAIN, PACKED, UNCHANGED = "200", "200 gzip", "304"
SMALL, LARGE = f"200, {FORTNIGHTLY.events} events", f"200, {SEVEN_A_DAY.events} events"
COURSES = (FORTNIGHTLY, THREE_A_DAY, SEVEN_A_DAY)
SQLITE, POSTGRESQL = "dosecal, SQLite", "dosecal, PostgreSQL"

AIMS = (
    (f"{SQLITE}, {PLAIN}", CONSTANT, "0.5 x"),
    (f"{SQLITE}, {UNCHANGED}", f"{SQLITE}, {PLAIN}", "1 x"),
    (f"{SQLITE}, {SMALL}", f"Radicale, {FEW} events", "20 x"),
    (f"{SQLITE}, {PLAIN}", f"Radicale, {FEW} events", ""),
    (f"{SQLITE}, {LARGE}", f"Radicale, {MANY} events", "300 x"),
    (f"{POSTGRESQL}, {SMALL}", f"Radicale, {FEW} events", "8 x"),
    (f"{POSTGRESQL}, {PLAIN}", f"Radicale, {FEW} events", ""),
)
"""What is set next to what, and how many times as fast it should be."""

Found = dict[str, Load]


@dataclass(frozen=True, kw_only=True)
class Feed:
    """The address of a feed, and what was served there."""

    url: str
    body: bytes
    etag: str

    @classmethod
    def at(cls, url: str, events: int) -> Feed:
        """What is at ``url`` now, which must be a calendar of so many events."""
        body, etag = fetched(url)
        assert body.count(b"BEGIN:VEVENT") == events, f"{body.count(b'BEGIN:VEVENT')} events at a feed"
        return cls(url=url, body=body, etag=etag)


@contextmanager
def feeds(database_url: str) -> Iterator[list[Feed]]:
    """A feed of each of `COURSES`, served from that database."""
    with opened(database_url) as store:
        patients = [admit(store, number, course) for number, course in enumerate(COURSES)]
        tokens = [hand_out(store, patient)[0] for patient in patients]
    with dosecal(database_url) as server:
        urls = [server.url(f"/feeds/{token}.ics") for token in tokens]
        yield [Feed.at(url, course.events) for url, course in zip(urls, COURSES, strict=True)]


def asked_of(name: str, served: list[Feed]) -> list[Contender]:
    """The ways to ask for the feeds of `COURSES`."""
    small, usual, large = served
    return [
        Contender(name=f"{name}, {PLAIN}", url=usual.url, headers={}),
        Contender(name=f"{name}, {PACKED}", url=usual.url, headers={"Accept-Encoding": "gzip"}),
        Contender(name=f"{name}, {UNCHANGED}", url=usual.url, headers={"If-None-Match": usual.etag}),
        Contender(name=f"{name}, {SMALL}", url=small.url, headers={}),
        Contender(name=f"{name}, {LARGE}", url=large.url, headers={}),
    ]


def asked_of_radicale(server: Server, count: int) -> list[Contender]:
    """The same calendar over many connections and over one."""
    url = server.url(path_of(str(count)))
    body, _ = fetched(url)
    assert body.count(b"BEGIN:VEVENT") == count
    return [
        Contender(name=_radicale(count, connections), url=url, headers={}, connections=connections)
        for connections in (16, 1)
    ]


@contextmanager
def contenders(python: str, folder: Path) -> Iterator[list[Contender]]:
    """Everything that is measured, with its servers running."""
    with ExitStack() as stack:
        start = stack.enter_context
        served = start(feeds(f"sqlite:///{folder / 'dosecal.db'}"))
        _, usual, large = served
        postgresql = start(running_postgresql(folder))
        from_postgresql = start(feeds(postgresql.empty_database("clinic")))
        same_size, tiny = (start(constant(size)).url("/") for size in (len(usual.body), 10))
        calendars = {str(count): items(large.body, count) for count in (FEW, MANY)}
        judge = start(radicale(python, folder / "radicale", calendars))
        yield [
            Contender(name=CONSTANT, url=same_size, headers={}),
            Contender(name=TINY, url=tiny, headers={}),
            *asked_of(SQLITE, served),
            *asked_of(POSTGRESQL, from_postgresql),
            *asked_of_radicale(judge, FEW),
            *asked_of_radicale(judge, MANY),
        ]


def show_rates(found: Found, title: str) -> None:
    """Print what each contender reached."""
    rows = [(name, f"{load.rate:,.0f}", milliseconds(load.p99)) for name, load in found.items()]
    report(title, ("server", "requests a second", "99 % within"), rows)


def show_ratios(found: Found) -> None:
    """Print how they stand to each other, and what was aimed at."""
    rates = {name: load.rate for name, load in found.items()}
    for count in (FEW, MANY):
        rates[f"Radicale, {count} events"] = max(rates[_radicale(count, number)] for number in (16, 1))
    rows = [(ours, other, _times(rates[ours] / rates[other]), aim) for ours, other, aim in AIMS]
    report("how they stand to each other", ("", "next to", "rate", "aim"), rows)


def _radicale(events: int, connections: int) -> str:
    return f"Radicale, {events} events, {connections} connection{'s' if connections > 1 else ''}"


def _times(ratio: float) -> str:
    return f"{ratio:,.2f} x" if ratio < 10 else times(ratio)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.serving")
    parser.add_argument("python", help="the Python that has Radicale")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each server")
    parser.add_argument("--seconds", type=int, default=3, help="how long a run is")
    parser.add_argument("--feeds", type=int, default=10_000, help="different feeds for the memory; 0: none")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    wanted = _arguments()
    if shutil.which("wrk") is None:
        print("The serving of feeds is measured with wrk, which is not here; install the package wrk.")
        sys.exit(2)
    with TemporaryDirectory() as name:
        with contenders(wanted.python, Path(name)) as asked:
            found = measure(asked, wanted.rounds, wanted.seconds)
        show_rates(found, f"median of {wanted.rounds} rounds of {wanted.seconds} s each, in turn")
        show_ratios(found)
        if wanted.feeds:
            measure_memory(Path(name), wanted.feeds)


if __name__ == "__main__":
    main()
