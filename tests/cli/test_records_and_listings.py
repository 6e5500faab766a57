"""Recording doses, handing out feeds, adding recipients: what each command says and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def patient(run: Run, zoe: Path) -> str:
    return str(json.loads(run("import", zoe, "--format", "json").stdout)[0]["patient"])


def test_giving_a_depot_late_tells_which_doses_move(run: Run, patient: str) -> None:
    given = run("dose", "give", patient, "lar#1", "--at", "2026-10-17T10:00", "--site", "gluteal-right")
    assert given.stdout.splitlines()[:2] == [
        "lar#1: Octreotide LAR 20 mg, planned for Thu 2026-10-15 10:00: given",
        "  lar#2 moves from Thu 2026-11-12 10:00 to Sat 2026-11-14 10:00",
    ]


def test_giving_twice_is_refused_with_the_way_to_correct_it(run: Run, patient: str) -> None:
    run("dose", "give", patient, "lar#1", "--at", "2026-10-17T10:00")
    again = run("dose", "give", patient, "lar#1", "--at", "2026-10-18T10:00")
    assert again.exit_code == 1
    assert f"first run 'dosecal dose undo {patient} lar#1'" in again.stderr
    assert run("dose", "undo", patient, "lar#1").exit_code == 0
    assert run("dose", "give", patient, "lar#1", "--at", "2026-10-18T10:00").exit_code == 0


def test_skipping_needs_a_reason_and_keeps_the_later_dates(run: Run, patient: str) -> None:
    assert run("dose", "skip", patient, "lar#1", "--reason", " ").exit_code == 2
    skipped = run("dose", "skip", patient, "lar#1", "--reason", "in hospital")
    assert skipped.stdout.splitlines() == [
        "lar#1: Octreotide LAR 20 mg, planned for Thu 2026-10-15 10:00: not given"
    ]


def test_a_dose_in_the_future_cannot_have_happened(run: Run, patient: str) -> None:
    refused = run("dose", "give", patient, "lar#1", "--at", "2199-01-01T10:00")
    assert refused.exit_code == 1
    assert "is still to come" in refused.stderr


@pytest.mark.parametrize(
    ("dose", "code", "said"),
    [
        ("lar", 2, "is a regimen with planned doses"),
        ("larr", 2, "is not the id of a dose"),
        ("lar#0", 2, "is not the id of a dose"),
        ("octreotide@2026-10-02/4", 1, "is not a planned dose"),
        ("octreotide@2026-13-02/1", 2, "is not a date"),
        ("other#1", 1, "is not a planned dose"),
        ("lar#99999", 1, "is not a planned dose"),
    ],
)
def test_a_dose_that_is_not_planned_is_refused(
    run: Run, patient: str, dose: str, code: int, said: str
) -> None:
    refused = run("dose", "give", patient, dose)
    assert refused.exit_code == code
    assert said in refused.stderr


def test_a_move_can_be_undone(run: Run, patient: str) -> None:
    moved = run("dose", "move", patient, "lar#1", "--to", "2026-10-16T11:00", "--reason", "bus strike")
    assert "planned for Fri 2026-10-16 11:00" in moved.stdout
    assert "planned for Thu 2026-10-15 10:00" in run("dose", "undo", patient, "lar#1").stdout
    assert run("dose", "undo", patient, "lar#1").exit_code == 1


def test_a_feed_is_shown_once_listed_without_its_secret_and_revoked(run: Run, patient: str) -> None:
    issued = run("feed", "issue", patient, "--label", "phone", "--base-url", "https://doses.example/")
    url = issued.stdout.strip()
    assert url.startswith("https://doses.example/feeds/")
    assert url.endswith(".ics")
    assert len(url) < 256
    listed = run("feed", "list", "--format", "json").stdout
    (feed,) = json.loads(listed)
    assert url.partition("-")[2].removesuffix(".ics") not in listed
    assert (feed["patient"], feed["label"], feed["privacy"]) == (patient, "phone", "discreet")
    assert run("feed", "revoke", feed["key_id"]).exit_code == 0
    assert json.loads(run("feed", "list", patient, "--format", "json").stdout)[0]["ends"]


def test_export_writes_a_calendar(run: Run, patient: str, tmp_path: Path) -> None:
    target = tmp_path / "zoe.ics"
    assert run("schedule", "export", patient, "-o", target).exit_code == 0
    assert target.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


def test_a_place_that_cannot_be_written_is_told(run: Run, patient: str, tmp_path: Path) -> None:
    refused = run("schedule", "export", patient, "-o", tmp_path / "no" / "such" / "folder.ics")
    assert refused.exit_code == 1
    assert "nothing was written" in refused.stderr


def test_recipients_are_added_once_listed_and_removed(run: Run, patient: str) -> None:
    added = run("recipient", "add", patient, "zoe@example.org")
    assert added.exit_code == 0
    assert run("recipient", "add", patient, "zoe@example.org").exit_code == 1
    assert run("recipient", "add", patient, "nonsense").exit_code == 2
    (listed,) = json.loads(run("recipient", "list", "--format", "json").stdout)
    assert listed["id"] == added.stdout.strip()
    assert run("recipient", "remove", listed["id"]).exit_code == 0
    assert json.loads(run("recipient", "list", patient, "--format", "json").stdout) == []


def test_what_waits_to_be_sent_is_listed_from_the_moment_a_recipient_is_there(run: Run, patient: str) -> None:
    assert run("reminder", "upcoming").stdout.strip() == "No reminders wait to be sent."
    run("policy", "set", patient, "--no-follow-ups", "--no-missed")
    run("recipient", "add", patient, "Zoe", "--channel", "console")
    waiting = json.loads(run("reminder", "upcoming", patient, "--format", "json").stdout)
    # three a day for 36 hours
    assert len([row for row in waiting if row["dose"].startswith("octreotide@")]) in {4, 5}
    assert run("reminder", "log").stdout.strip() == "No reminder has come to an end yet."


def test_a_test_message_goes_to_the_console(run: Run, patient: str) -> None:
    recipient = run("recipient", "add", patient, "Zoe", "--channel", "console").stdout.strip()
    sent = run("reminder", "test", recipient)
    assert sent.exit_code == 0
    assert sent.stdout.splitlines()[-1] == "Printed."


def test_a_test_mail_without_a_mail_server_says_what_is_missing(run: Run, patient: str) -> None:
    recipient = run(
        "recipient", "add", patient, "zoe@example.org", "--verified-by-hand", "asked"
    ).stdout.strip()
    refused = run("reminder", "test", recipient)
    assert refused.exit_code == 2
    assert "--smtp-url" in refused.stderr


def test_a_mail_server_that_is_down_is_told_without_the_address(run: Run, patient: str) -> None:
    recipient = run(
        "recipient", "add", patient, "zoe@example.org", "--verified-by-hand", "asked"
    ).stdout.strip()
    refused = run("reminder", "test", recipient, "--smtp-url", "smtp://127.0.0.1:1")
    assert refused.exit_code == 1
    assert "connecting: ConnectionRefusedError" in refused.stderr
    assert "zoe" not in refused.stderr


def test_removing_a_patient_asks_first(run: Run, patient: str) -> None:
    assert run("patient", "remove", patient).exit_code == 1
    assert run("patient", "remove", patient, "--yes").exit_code == 0
    assert run("patient", "show", patient).exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("patient", "show", "p-nobody"),
        ("schedule", "show", "p-nobody"),
        ("feed", "issue", "p-nobody"),
        ("feed", "list", "p-nobody"),
        ("recipient", "add", "p-nobody", "a@example.org"),
        ("recipient", "list", "p-nobody"),
        ("reminder", "upcoming", "p-nobody"),
        ("reminder", "log", "p-nobody"),
        ("dose", "give", "p-nobody", "lar#1"),
        ("dose", "explain", "p-nobody", "lar#1"),
        ("regimen", "show", "p-nobody"),
        ("regimen", "show", "p-nobody", "lar"),
        ("regimen", "history", "p-nobody", "lar"),
        ("hold", "list", "p-nobody"),
        ("site", "list", "p-nobody"),
        ("travel", "list", "p-nobody"),
        ("patient", "remove", "p-nobody", "--yes"),
    ],
)
def test_an_unknown_patient_is_told_with_the_way_to_find_one(run: Run, arguments: tuple[str, ...]) -> None:
    refused = run(*arguments)
    assert refused.exit_code == 1
    assert refused.stderr.strip() == "dosecal: there is no patient 'p-nobody'; see 'dosecal patient list'"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://localhost/x", "'mysql' is not supported"),
        ("nonsense", "cannot be read"),
        ("sqlite://", "needs a file"),
        ("sqlite:////proc/nowhere/d.db", "the database"),
        ("postgresql://nobody:secret@127.0.0.1:1/x", "does not answer"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(run: Run, url: str, said: str) -> None:
    refused = run("patient", "list", DOSECAL_DATABASE_URL=url)
    assert refused.exit_code in {1, 2}
    assert said in refused.stderr
    assert "secret" not in refused.stderr


def test_the_tables_are_made_on_request(run: Run) -> None:
    assert "Made the tables" in run("database", "upgrade").stdout
    assert "up to date" in run("database", "upgrade").stdout
