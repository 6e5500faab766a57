"""Timing two ways of doing the same, in one process, and telling the outcome."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

from tabulate import tabulate

_SHORTEST_RUN = 0.01


def interleaved(runs: int, *ways: Callable[[], object]) -> list[float]:
    """The median seconds that each of ``ways`` takes once, over ``runs`` rounds.

    Each round has a run of every way, so that whatever else the machine does slows all of them alike. A run
    repeats what is quick, or it would measure most of all what the way before it left in the caches.
    """
    repeats = [1 + int(_SHORTEST_RUN / min(seconds(way) for _ in range(3))) for way in ways]
    rounds = [[seconds(way, of) for way, of in zip(ways, repeats, strict=True)] for _ in range(runs)]
    return [median(column) for column in zip(*rounds, strict=True)]


def seconds(way: Callable[[], object], repeats: int = 1) -> float:
    """How long ``way`` takes once, on the average of ``repeats``."""
    begin = perf_counter()
    for _ in range(repeats):
        way()
    return (perf_counter() - begin) / repeats


def milliseconds(duration: float) -> str:
    """``1.234 ms``."""
    return f"{duration * 1000:,.3f} ms"


def times(ratio: float) -> str:
    """``12.3 x``."""
    return f"{ratio:,.1f} x"


def report(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table and the machine that it holds for."""
    align = ("left", *["right"] * (len(headers) - 1))
    print(f"\n{title}\n{machine()}\n")
    print(tabulate(rows, headers=headers, colalign=align, disable_numparse=True))


def machine() -> str:
    """The Python and the cores that the figures hold for."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.machine()}, {os.cpu_count()} cores"
