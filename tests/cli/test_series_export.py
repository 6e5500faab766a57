"""``schedule export --series``: a file of repeating events to import once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run, SetClock


@pytest.fixture
def patient(run: Run, zoe: Path) -> str:
    return str(json.loads(run("import", zoe, "--format", "json").stdout)[0]["patient"])


def rules(file: Path) -> list[str]:
    return re.findall("^RRULE:FREQ=(?:DAILY|WEEKLY|MONTHLY);.*$", file.read_text(), re.MULTILINE)


def test_it_writes_one_event_for_all_doses_at_a_time_of_day(run: Run, patient: str, tmp_path: Path) -> None:
    target = tmp_path / "zoe.ics"
    done = run("schedule", "export", patient, "--series", "-o", target)
    assert done.exit_code == 0
    assert done.stderr == f"wrote {target}\n"
    assert rules(target) == [
        "RRULE:FREQ=DAILY;UNTIL=20271020T110000Z;INTERVAL=1",
        "RRULE:FREQ=DAILY;UNTIL=20271020T190000Z;INTERVAL=1",
        "RRULE:FREQ=DAILY;UNTIL=20271021T030000Z;INTERVAL=1",
        "RRULE:FREQ=WEEKLY;UNTIL=20271014T140000Z;INTERVAL=4",
    ]


def test_it_begins_today_and_ends_with_the_last_date_said(run: Run, patient: str, tmp_path: Path) -> None:
    target = tmp_path / "zoe.ics"
    assert (
        run("schedule", "export", patient, "--series", "--until", "2026-10-31", "-o", target).exit_code == 0
    )
    text = target.read_text()
    assert set(re.findall("^DTSTART;TZID=.*:(.*)T", text, re.MULTILINE)) == {"20261020"}
    assert "UNTIL=20261031T110000Z" in text


def test_today_is_the_date_of_the_patient(
    run: Run, patient: str, tmp_path: Path, set_clock: SetClock
) -> None:
    """It is 19 October in New York and 20 October in Europe."""
    set_clock("2026-10-20T02:00+00:00")
    target = tmp_path / "zoe.ics"
    run("schedule", "export", patient, "--series", "-o", target)
    assert "DTSTART;TZID=America/New_York:20261019T230000" in target.read_text()


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("2026-10-19", "the last date 2026-10-19 is before today, which is 2026-10-20 for the patient"),
        ("2036-10-28", "the last date 2036-10-28 is more than ten years after today, 2026-10-20"),
        ("tomorrow", "'tomorrow' is not a date such as 2026-12-01"),
    ],
)
def test_a_last_date_that_cannot_be_is_refused(
    run: Run, patient: str, tmp_path: Path, until: str, said: str
) -> None:
    target = tmp_path / "zoe.ics"
    refused = run("schedule", "export", patient, "--series", "--until", until, "-o", target)
    assert refused.exit_code == 2
    assert said in " ".join(refused.stderr.split())
    assert not target.exists()


@pytest.mark.parametrize(("until", "events"), [("2026-10-20", 3), ("2036-10-27", 4)])
def test_the_nearest_and_the_farthest_last_date(
    run: Run, patient: str, tmp_path: Path, until: str, events: int
) -> None:
    target = tmp_path / "zoe.ics"
    assert run("schedule", "export", patient, "--series", "--until", until, "-o", target).exit_code == 0
    assert target.read_text().count("BEGIN:VEVENT") == events


def test_a_last_date_without_series_is_wrong_use(run: Run, patient: str, tmp_path: Path) -> None:
    target = tmp_path / "zoe.ics"
    refused = run("schedule", "export", patient, "--until", "2026-12-01", "-o", target)
    assert refused.exit_code == 2
    assert "add --series or leave it out" in refused.stderr
    assert not target.exists()


def test_without_series_it_stays_the_calendar_of_a_feed(run: Run, patient: str, tmp_path: Path) -> None:
    target = tmp_path / "zoe.ics"
    run("schedule", "export", patient, "-o", target)
    assert not rules(target)


def test_it_tells_no_medicine_unless_asked_to(run: Run, patient: str, tmp_path: Path) -> None:
    target = tmp_path / "zoe.ics"
    run("schedule", "export", patient, "--series", "--alias", "Garden", "-o", target)
    assert "SUMMARY:Garden\n" in target.read_text()
    assert "octreotide" not in target.read_text().lower()
    run("schedule", "export", patient, "--series", "--privacy", "full", "-o", target)
    assert "SUMMARY:Octreotide LAR 20 mg\n" in target.read_text()
    assert "Site: as your plan says." in target.read_text()


def test_initials_say_whose_they_are(run: Run, patient: str, tmp_path: Path) -> None:
    target = tmp_path / "zoe.ics"
    run("schedule", "export", patient, "--series", "--privacy", "initials", "-o", target)
    assert "SUMMARY:Reminder (ZM)\n" in target.read_text()


def test_what_was_given_or_skipped_ahead_is_left_out(run: Run, patient: str, tmp_path: Path) -> None:
    target = tmp_path / "zoe.ics"
    run("dose", "move", patient, "octreotide@2026-10-25/1", "--to", "2026-10-25T09:30")
    run("dose", "give", patient, "octreotide@2026-10-20/1")
    run("schedule", "export", patient, "--series", "-o", target)
    text = target.read_text()
    assert "EXDATE;TZID=America/New_York:20261025T070000\n" in text
    assert "DTSTART;TZID=America/New_York:20261025T093000\n" in text
    assert "20261020T070000" not in text


def test_the_same_plan_gives_the_same_file_all_day(
    run: Run, patient: str, tmp_path: Path, set_clock: SetClock
) -> None:
    one, other = tmp_path / "one.ics", tmp_path / "other.ics"
    run("schedule", "export", patient, "--series", "-o", one)
    set_clock("2026-10-20T23:00-04:00")
    run("schedule", "export", patient, "--series", "-o", other)
    assert one.read_bytes() == other.read_bytes()


def test_a_plan_that_is_over_gives_a_notice(
    run: Run, patient: str, tmp_path: Path, set_clock: SetClock
) -> None:
    target = tmp_path / "zoe.ics"
    for regimen in ("octreotide", "lar"):
        run("regimen", "stop", patient, regimen, "--reason", "done")
    set_clock("2026-10-21T12:00-04:00")
    run("schedule", "export", patient, "--series", "-o", target)
    assert "SUMMARY:Nothing planned\n" in target.read_text()


def test_an_unknown_patient_is_told(run: Run, tmp_path: Path) -> None:
    refused = run("schedule", "export", "p-nobody", "--series", "-o", tmp_path / "x.ics")
    assert refused.exit_code == 1
    assert "there is no patient 'p-nobody'" in refused.stderr
