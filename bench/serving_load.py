"""Requests as many as a server answers, by wrk: one thread, so that the other core is the server's."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from urllib.request import Request, urlopen

CONNECTIONS = 16
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_RATE = re.compile(r"Requests/sec:\s+(?P<rate>[\d.]+)")
_P99 = re.compile(r"99%\s+(?P<value>[\d.]+)(?P<unit>us|ms|s|m)\b")


@dataclass(frozen=True, kw_only=True)
class Contender:
    """What is asked for again and again. ``headers`` go with each request."""

    name: str
    url: str
    headers: Mapping[str, str]
    connections: int = CONNECTIONS


@dataclass(frozen=True, kw_only=True)
class Load:
    """Requests answered in a second, and the seconds within which 99 % of them were."""

    rate: float
    p99: float


def measure(contenders: list[Contender], rounds: int, seconds: int) -> dict[str, Load]:
    """The medians of each contender by name, over ``rounds`` of a run of ``seconds`` each.

    Each round has a run of every contender, so that whatever else the machine does slows all of them alike.
    """
    for contender in contenders:
        _run(contender, 1)
    found = [[_run(contender, seconds) for contender in contenders] for _ in range(rounds)]
    names = (contender.name for contender in contenders)
    return {name: _median(loads) for name, loads in zip(names, zip(*found, strict=True), strict=True)}


def fetched(url: str) -> tuple[bytes, str]:
    """The body of an answer and its entity tag, or ""."""
    with urlopen(Request(url)) as answer:
        return answer.read(), answer.headers.get("etag", "")


def _run(contender: Contender, seconds: int) -> Load:
    headers = [part for name, value in contender.headers.items() for part in ("-H", f"{name}: {value}")]
    options = [f"-d{seconds}s", f"-c{contender.connections}", "-t1", "--latency", "--timeout", "60s"]
    told = subprocess.run(
        ["wrk", *options, *headers, contender.url], check=True, capture_output=True, text=True
    ).stdout
    assert "Non-2xx or 3xx" not in told, f"{contender.name}: {told}"
    rate, p99 = _RATE.search(told), _P99.search(told)
    assert rate is not None, told
    assert p99 is not None, told
    return Load(rate=float(rate["rate"]), p99=float(p99["value"]) * _UNITS[p99["unit"]])


def _median(loads: tuple[Load, ...]) -> Load:
    return Load(rate=median(load.rate for load in loads), p99=median(load.p99 for load in loads))
