"""Every golden feed tells all parsers the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.calendar_judges import INSTALLING_S, CalendarJudge, JudgedEvent, read_with_icalendar

pytestmark = pytest.mark.timeout(INSTALLING_S)
FILES = sorted((Path(__file__).parents[1] / "golden").glob("*.ics"))


@pytest.fixture(scope="module")
def judged(judge: CalendarJudge) -> dict[Path, list[JudgedEvent]]:
    """What the judge says of each golden feed."""
    return dict(zip(FILES, judge.read(FILES), strict=True))


def test_there_are_golden_feeds() -> None:
    assert FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_parser_reads_a_golden_feed_as_icalendar_does(
    judge: CalendarJudge, judged: dict[Path, list[JudgedEvent]], file: Path
) -> None:
    assert judged[file]
    assert judged[file] == judge.would_tell(read_with_icalendar(file))
