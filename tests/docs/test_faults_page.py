"""Every fault on the page has a test under its number, in the file that the page names."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs/how-to/faults.md"
FAULTS = range(1, 26)


def named() -> dict[int, set[str]]:
    """The files that the page names for each number."""
    rows = re.findall(r"^\| (\d+) \|.*\|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    return {int(number): set(re.findall(r"`(\S+\.py)`", where)) for number, where in rows}


def marked() -> dict[int, set[str]]:
    """The files with a test under each number."""
    found = defaultdict(set)
    for file in TESTS.rglob("test_*.py"):
        for numbers in re.findall(r"mark\.fault\(([\d, ]+)\)", file.read_text()):
            for number in numbers.split(","):
                found[int(number)].add(str(file.relative_to(TESTS)))
    return dict(found)


def test_every_fault_has_tests_where_the_page_says() -> None:
    assert sorted(named()) == list(FAULTS)
    assert named() == marked()
