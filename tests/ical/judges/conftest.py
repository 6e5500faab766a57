"""The judges, and what each of them says of many feeds at once: a process for each feed would be slow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from tests.support.calendar_judges import (
    JUDGES,
    CalendarJudge,
    JudgedEvent,
    judge,
    read_with_icalendar,
)

Ask = Callable[[Iterable[bytes]], list[list[JudgedEvent]]]


@pytest.fixture(scope="session", params=JUDGES, name="judge")
def judge_(request: pytest.FixtureRequest) -> CalendarJudge:
    """Each parser in turn."""
    assert request.config.cache is not None
    return judge(request.param, request.config.cache)


@pytest.fixture(scope="session")
def strict_judge(pytestconfig: pytest.Config) -> CalendarJudge:
    """The parser of Home Assistant, which refuses a feed for one fault in it."""
    assert pytestconfig.cache is not None
    return judge("ical", pytestconfig.cache)


@pytest.fixture
def ask(judge: CalendarJudge, tmp_path: Path) -> Ask:
    """What a judge says of each of many feeds."""
    return lambda feeds: judge.read(written(feeds, tmp_path))


@pytest.fixture
def icalendar_says(tmp_path: Path) -> Ask:
    """What icalendar says of them."""
    return lambda feeds: [read_with_icalendar(file) for file in written(feeds, tmp_path)]


def written(feeds: Iterable[bytes], folder: Path) -> Sequence[Path]:
    files = []
    for number, feed in enumerate(feeds):
        file = folder / f"{number}.ics"
        file.write_bytes(feed)
        files.append(file)
    return files
