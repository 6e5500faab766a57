"""Radicale with the events of a feed, as a server that keeps one file for each event does.

It is free software of another licence (GPL), so it runs as a process of its own and nothing is imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.serving_process import Server, free_port, running

_BEGIN, _END = b"BEGIN:VEVENT", b"END:VCALENDAR\r\n"
_HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//dosecal//bench//EN\r\n"
# Nobody logs in and nothing is written to the log, neither of which our own server does.
_SETTINGS = """
[server]
hosts = 127.0.0.1:{port}
[auth]
type = none
[storage]
filesystem_folder = {folder}
[logging]
level = critical
"""


@contextmanager
def radicale(python: str, folder: Path, calendars: Mapping[str, list[bytes]]) -> Iterator[Server]:
    """The Radicale that ``python`` has, with the named calendars, each a list of files; see `items`."""
    for name, files in calendars.items():
        _write(folder / "collection-root" / "public" / name, files)
    port = free_port()
    settings = folder / "settings"
    settings.write_text(_SETTINGS.format(port=port, folder=folder))
    with running([python, "-m", "radicale", "--config", str(settings)], port) as server:
        yield server


def path_of(name: str) -> str:
    """Where a calendar is served."""
    return f"/public/{name}/"


def items(calendar: bytes, count: int) -> list[bytes]:
    """The first ``count`` events of a feed, each with its time zone in a file of its own."""
    head, *events = calendar.removesuffix(_END).split(_BEGIN)
    assert len(events) >= count, f"the calendar has {len(events)} events"
    zone = head[head.index(b"BEGIN:VTIMEZONE") :]
    return [_HEAD + zone + _BEGIN + event + _END for event in events[:count]]


def _write(collection: Path, files: list[bytes]) -> None:
    collection.mkdir(parents=True)
    (collection / ".Radicale.props").write_text(json.dumps({"tag": "VCALENDAR"}))
    for number, file in enumerate(files):
        (collection / f"{number}.ics").write_bytes(file)
