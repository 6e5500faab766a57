"""``dosecal plan``."""

from __future__ import annotations

import json
from pathlib import Path

import icalendar
import pytest

from tests.cli.conftest import Run

NOW = "2026-10-15T15:30:00Z"
BROKEN = """
version = 1
[patient]
name = "Zoe"
zone = "America/New_Yrok"
[[regimen]]
id = "lar"
product = "octreotid-lar"
  [[regimen.phase]]
  dose = "20 mgs"
  every = "4 weeks"
  times = ["10:00"]
  start = 2026-10-15
"""


def test_the_table_shows_date_time_dose_site_and_status(run: Run, zoe: Path) -> None:
    shown = run("plan", zoe, "--from", "2026-10-15", "--to", "2026-10-16", "--now", NOW)
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert lines[0] == "Zoe Marsh, 2026-10-15 to 2026-10-15, America/New_York"
    rows = [line.split("  ") for line in lines if line.startswith("Thu")]
    assert [[cell.strip() for cell in row if cell.strip()][:5] for row in rows] == [
        [
            "Thu 2026-10-15",
            "07:00",
            "Octreotide (short-acting) 100 micrograms",
            "abdomen-left",
            "late by 4 h 30 min",
        ],
        ["Thu 2026-10-15", "10:00", "Octreotide LAR 20 mg", "gluteal-left", "due"],
        ["Thu 2026-10-15", "15:00", "Octreotide (short-acting) 100 micrograms", "abdomen-right", "upcoming"],
        ["Thu 2026-10-15", "23:00", "Octreotide (short-acting) 100 micrograms", "thigh-left", "upcoming"],
    ]


def test_an_overdue_depot_is_told_below_the_table(run: Run, zoe: Path) -> None:
    shown = run("plan", zoe, "--now", "2026-10-20T12:00:00Z", "--to", "2026-10-21")
    assert "warning: lar#1: due on 2026-10-15 and 5 days overdue: nothing is recorded." in shown.stdout


def test_json_is_the_contract(run: Run, zoe: Path) -> None:
    shown = run("plan", zoe, "--from", "2026-10-15", "--to", "2026-10-16", "--now", NOW, "--format", "json")
    printed = json.loads(shown.stdout)
    assert list(printed) == ["patient", "from", "to", "now", "doses", "findings"]
    assert printed["now"] == "2026-10-15T11:30:00-04:00"
    assert [dose["id"] for dose in printed["doses"]] == [
        "octreotide@2026-10-15/1",
        "lar#1",
        "octreotide@2026-10-15/2",
        "octreotide@2026-10-15/3",
    ]


def test_without_dates_it_shows_28_days_from_today(run: Run, zoe: Path) -> None:
    printed = json.loads(run("plan", zoe, "--now", "2026-10-15T03:00:00Z", "--format", "json").stdout)
    assert (printed["from"], printed["to"]) == ("2026-10-14", "2026-11-11")


def test_ics_is_a_discreet_calendar(run: Run, zoe: Path) -> None:
    shown = run("plan", zoe, "--now", NOW, "--format", "ics")
    calendar = icalendar.Calendar.from_ical(shown.stdout_bytes)
    assert {str(event["SUMMARY"]) for event in calendar.events} == {"Reminder"}
    assert b"ctreotide" not in shown.stdout_bytes
    assert b"Zoe" not in shown.stdout_bytes


def test_ics_names_the_medicine_when_asked(run: Run, zoe: Path) -> None:
    shown = run("plan", zoe, "--now", NOW, "--format", "ics", "--privacy", "full")
    summaries = {str(e["SUMMARY"]) for e in icalendar.Calendar.from_ical(shown.stdout_bytes).events}
    assert summaries == {"Octreotide (short-acting) 100 micrograms", "Octreotide LAR 20 mg"}


def test_output_goes_to_a_file_that_only_its_owner_reads(run: Run, zoe: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    shown = run("plan", zoe, "--now", NOW, "--format", "json", "-o", target)
    assert shown.stdout == ""
    assert json.loads(target.read_text())["patient"]["name"] == "Zoe Marsh"
    assert target.stat().st_mode & 0o077 == 0


def test_a_broken_file_names_every_fault_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    broken, target = tmp_path / "broken.toml", tmp_path / "out.json"
    broken.write_text(BROKEN)
    shown = run("plan", broken, "--format", "json", "-o", target)
    assert shown.exit_code == 2
    assert shown.stdout == ""
    assert not target.exists()
    assert [line.split(": ", 3)[2] for line in shown.stderr.splitlines()] == [
        "patient.zone",
        "regimen[0].phase[0].dose",
        "regimen[0].phase[0].every",
        "regimen[0].product",
    ]
    assert 'did you mean "octreotide-lar"?' in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_file_that_is_not_there_is_a_fault_like_any_other(run: Run, tmp_path: Path) -> None:
    shown = run("plan", tmp_path / "nowhere.toml")
    assert shown.exit_code == 2
    assert shown.stderr.strip().endswith("nowhere.toml: no such file or directory")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "1 May"], "'1 May' is not a date such as 2026-12-01"),
        (["--from", "2026-10-02", "--to", "2026-10-02"], "2026-10-02 is not after 2026-10-02"),
        (["--from", "2026-10-02", "--to", "2126-10-02"], "more than ten years"),
        (["--now", "2026-10-02T10:00"], "has no offset from UTC"),
        (["--now", "noon"], "'noon' is not an instant"),
        (["--format", "xml"], "'xml' is not one of 'table', 'json', 'ics', 'pdf'"),
    ],
)
def test_a_wrong_option_says_what_is_allowed(run: Run, zoe: Path, options: list[str], said: str) -> None:
    shown = run("plan", zoe, *options)
    assert shown.exit_code == 2
    assert said in shown.stderr


def test_every_option_has_an_environment_twin(run: Run, zoe: Path) -> None:
    shown = run("plan", zoe, DOSECAL_FORMAT="json", DOSECAL_FROM="2026-10-15", DOSECAL_TO="2026-10-16")
    assert len(json.loads(shown.stdout)["doses"]) == 4


def test_a_name_with_terminal_codes_cannot_command_the_terminal(run: Run, zoe: Path) -> None:
    zoe.write_text(zoe.read_text().replace("Zoe Marsh", "Zoe \\u001b[2J Marsh"))
    shown = run("plan", zoe, "--now", NOW)
    assert "\x1b" not in shown.stdout


def test_what_the_safety_checks_notice_is_told_below_the_table_and_in_the_json(run: Run, zoe: Path) -> None:
    own = '[[regimen]]\nid = "own"\nproduct = "custom"\nname = "Cabometyx 60 mg"\nroute = "oral"\n'
    phase = '[[regimen.phase]]\ndose = "60 mg"\ntimes = ["21:00"]\nstart = 2026-10-01\n'
    zoe.write_text(zoe.read_text() + own + phase)
    shown = run("plan", zoe, "--now", NOW)
    assert shown.exit_code == 0
    assert "stop: own: Cabometyx 60 mg is entered as a product of the patient's own" in shown.stdout
    printed = json.loads(run("plan", zoe, "--now", NOW, "--format", "json").stdout)
    first = printed["findings"][0]
    assert (first["code"], first["severity"], first["regimen"]) == ("product-swap", "stop", "own")
