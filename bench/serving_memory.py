"""What the feed server holds in memory once it has served thousands of different feeds."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path

from bench.measuring import report
from bench.serving_clinic import THREE_A_DAY, admit, hand_out, opened
from bench.serving_process import HOST, Server, dosecal
from scheduler.actions.feed_token import FeedToken
from scheduler.web.feeds import KEPT_BYTES

FEEDS_OF_ONE = 50


def measure_memory(folder: Path, most: int) -> None:
    """Fetch ``most`` different feeds from one server and print what it holds on the way."""
    database_url = f"sqlite:///{folder / 'memory.db'}"
    tokens = _tokens(database_url, most)
    with dosecal(database_url) as server:
        rows = [(f"{fetched:,}", f"{mib:,.0f} MiB") for fetched, mib in _filled(server, tokens)]
    title = f"memory after so many different feeds; {KEPT_BYTES // 1024**2} MiB of calendars are kept"
    report(title, ("feeds", "resident"), rows)


def _tokens(database_url: str, most: int) -> list[FeedToken]:
    with opened(database_url) as store:
        patients = [admit(store, number, THREE_A_DAY) for number in range(-(-most // FEEDS_OF_ONE))]
        return [token for patient in patients for token in hand_out(store, patient, FEEDS_OF_ONE)][:most]


def _filled(server: Server, tokens: list[FeedToken]) -> Iterator[tuple[int, float]]:
    yield 0, server.resident_mib
    connection = HTTPConnection(HOST, server.port)
    for start, end in pairwise((0, len(tokens) // 5, len(tokens) // 2, len(tokens))):
        for token in tokens[start:end]:
            _fetch(connection, token)
        yield end, server.resident_mib
    connection.close()


def _fetch(connection: HTTPConnection, token: FeedToken) -> None:
    connection.request("GET", f"/feeds/{token}.ics")
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, answer.status
    assert body.startswith(b"BEGIN:VCALENDAR")
