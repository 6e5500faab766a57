"""The digest of a caseload's day on the command line: who gets it, when, and what it would say."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler.bootstrap import open_store
from scheduler.reminders.digest_planner import plan_every_digest
from tests.cli.conftest import Run, SetClock


@pytest.fixture
def nurse(run: Run, ward: str) -> str:
    """Zoe, of every kind of regimen, is in ``ward-3``, whose digest goes to one contact point; its id.

    It is noon on Saturday, 5 December 2026, in New York.
    """
    run("caseload", "create", "ward-3", "--name", "Ward 3", "--zone", "America/New_York")
    assert run("caseload", "add", "ward-3", ward, "--place", "room 12").exit_code == 0
    added = run("caseload", "contact", "add", "ward-3", "nurse@example.org", "--verified-by-hand", "asked")
    assert added.exit_code == 0, added.stderr
    return added.stdout.strip()


def in_force(run: Run, *options: str) -> dict[str, Any]:
    told = run("caseload", "digest", "ward-3", *options, "--format", "json")
    assert told.exit_code == 0, told.stderr
    return dict(json.loads(told.stdout))


def waiting(run: Run) -> list[dict[str, Any]]:
    return list(json.loads(run("reminder", "upcoming", "--caseload", "ward-3", "--format", "json").stdout))


def test_a_contact_point_gets_a_digest_at_seven_every_day_from_then_on(run: Run, nurse: str) -> None:
    assert run("caseload", "digest", "ward-3").stdout.splitlines() == [
        "ward-3: daily at 07:00 (America/New_York)",
        "with nothing to tell: says so; lead tasks: prepare",
        f"the next one: Sun 2026-12-06 07:00, to {nurse}",
    ]
    (row,) = waiting(run)
    assert (row["due"], row["caseload"], row["patient"]) == ("2026-12-06T12:00:00+00:00", "ward-3", None)
    assert (row["dose"], row["step"], row["recipient"]) == ("digest@2026-12-06", "digest", nurse)


def test_what_is_chosen_is_in_force_at_once_and_what_is_not_stays(run: Run, nurse: str) -> None:
    chosen = in_force(run, "--at", "06:30", "--days", "mon-fri", "--when-empty", "silent")
    assert chosen == {
        "caseload": "ward-3",
        "on": True,
        "at": "06:30",
        "zone": "America/New_York",
        "days": ["mon", "tue", "wed", "thu", "fri"],
        "when_empty": "silent",
        "lead_tasks": ["prepare"],
        "contacts": [nurse],
        "contact_problems": [],
        "next": "2026-12-07T11:30:00+00:00",
    }
    in_force(run, "--zone", "Europe/Paris", "--lead-task", "order=7", "--lead-task", "food")
    assert run("caseload", "digest", "ward-3").stdout.splitlines() == [
        "ward-3: mon-fri at 06:30 (Europe/Paris)",
        "with nothing to tell: sends nothing; lead tasks: food, order=7",
        f"the next one: Mon 2026-12-07 06:30, to {nurse}",
    ]
    assert in_force(run, "--no-lead-tasks")["lead_tasks"] == []
    assert [row["due"] for row in waiting(run)] == []


def test_a_dry_run_tells_and_changes_nothing(run: Run, nurse: str) -> None:
    before = (in_force(run), waiting(run))
    assert in_force(run, "--at", "06:30", "--dry-run")["at"] == "06:30"
    assert in_force(run, "--off", "--dry-run")["next"] is None
    assert (in_force(run), waiting(run)) == before


def test_off_and_on(run: Run, nurse: str) -> None:
    assert run("caseload", "digest", "ward-3", "--off").stdout == (
        "ward-3 has no digest; see 'dosecal caseload digest --on'.\n"
    )
    assert waiting(run) == []
    assert "the next one" in run("caseload", "digest", "ward-3", "--on").stdout
    assert len(waiting(run)) == 1


def test_the_preview_says_what_would_be_said_now_and_sends_nothing(run: Run, nurse: str) -> None:
    told = run("caseload", "digest", "ward-3", "--preview").stdout.splitlines()
    assert told[:3] == [
        "Digest for Saturday 5 December",
        "",
        "ward-3, Saturday 5 December, as it stands at 12:00 (America/New_York).",
    ]
    assert "- ZM, room 12: since Tue 1 Dec 10:00" in told
    assert "LAR" not in " ".join(told)
    full = run("caseload", "digest", "ward-3", "--preview", "--privacy", "full").stdout
    assert "- ZM, room 12 (zoe): since Tue 1 Dec 10:00 Octreotide LAR 20 mg" in full
    assert len(waiting(run)) == 1
    assert json.loads(run("reminder", "log", "--caseload", "ward-3", "--format", "json").stdout) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--at", "7"), "at: "),
        (("--days", "weekdays"), "'weekdays' are no days of the week"),
        (("--zone", "Europe/Pariss"), "Europe/Paris"),
        (("--when-empty", "loud"), "'tell', 'silent'"),
        (("--lead-task", "sing"), "is nothing to be told before a dose"),
        (("--lead-task", "food", "--no-lead-tasks"), "either which, or that there are none"),
        (("--preview", "--at", "06:00"), "a preview changes nothing"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(
    run: Run, nurse: str, options: tuple[str, ...], said: str
) -> None:
    refused = run("caseload", "digest", "ward-3", *options)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert in_force(run)["at"] == "07:00"


def test_the_log_explains_what_became_of_each_digest(
    run: Run, nurse: str, tmp_path: Path, set_clock: SetClock
) -> None:
    with open_store(f"sqlite:///{tmp_path / 'dosecal.db'}") as store:
        later = datetime.fromisoformat("2026-12-08T08:00-05:00")
        plan_every_digest(store, later)
        with store.transaction() as work:
            work.reminders.expire(later)
    logged = json.loads(run("reminder", "log", "--caseload", "ward-3", "--format", "json").stdout)
    assert [(row["dose"], row["state"], row["last_error"]) for row in logged] == [
        ("digest@2026-12-07", "expired", "not sent while it was useful"),
        ("digest@2026-12-06", "expired", "not sent while it was useful"),
    ]
    shown = run("reminder", "log", "--caseload", "ward-3").stdout
    assert "not sent while it was useful" in shown
    assert "None" not in shown
    assert "digest@" not in run("reminder", "log", "zoe").stdout


def test_the_audit_finds_a_digest_that_nobody_sent(run: Run, nurse: str, set_clock: SetClock) -> None:
    set_clock("2026-12-06T07:05-05:00")
    found = run("reminder", "audit", "--format", "json")
    assert found.exit_code == 1
    report = json.loads(found.stdout)
    assert report["caseloads"] == 1
    assert {"caseload": "ward-3", "patient": None, "code": "digest_not_tried", "recipient": nurse} == {
        key: report["findings"][-1][key] for key in ("caseload", "patient", "code", "recipient")
    }
    assert "a digest was due, and was never tried" in run("reminder", "audit").stdout


def test_contact_points_are_listed_and_removed(run: Run, nurse: str) -> None:
    other = run(
        "caseload",
        "contact",
        "add",
        "ward-3",
        "desk",
        "--channel",
        "console",
        "--privacy",
        "full",
        "--stand-in",
    ).stdout.strip()
    listed = json.loads(run("caseload", "contact", "list", "ward-3", "--format", "json").stdout)
    well = {"verified_at": "2026-12-05T17:00:00+00:00", "broken_at": None, "problem": None}
    # Both were added at one moment.
    assert sorted(listed, key=lambda contact: contact["role"]) == [
        {
            "id": nurse,
            "channel": "smtp",
            "address": "nurse@example.org",
            "privacy": "discreet",
            "role": "person",
            "verified": "asked",
            **well,
        },
        {
            "id": other,
            "channel": "console",
            "address": "desk",
            "privacy": "full",
            "role": "stand-in",
            "verified": "on this machine",
            **well,
        },
    ]
    assert run("caseload", "contact", "remove", "ward-3", nurse).stdout == f"Removed {nurse}.\n"
    assert waiting(run) == []
    told = run("caseload", "digest", "ward-3").stdout
    assert "It is sent to nobody; see 'dosecal caseload contact add'." in told
    assert run("caseload", "contact", "list", "ward-3").stdout.count("\n") == 3


def test_a_contact_point_is_added_once_and_has_to_be_an_address(run: Run, nurse: str) -> None:
    twice = run("caseload", "contact", "add", "ward-3", "nurse@example.org")
    assert (twice.exit_code, "already" in twice.stderr) == (1, True)
    wrong = run("caseload", "contact", "add", "ward-3", "nurse")
    assert (wrong.exit_code, "not NAME@DOMAIN" in wrong.stderr) == (2, True)
    nowhere = run("caseload", "contact", "add", "ward-9", "nurse@example.org")
    assert (nowhere.exit_code, "no caseload 'ward-9'" in nowhere.stderr) == (1, True)


def test_contact_points_and_recipients_are_kept_apart(run: Run, nurse: str) -> None:
    patients_own = run("recipient", "add", "zoe", "zoe@example.org").stdout.strip()
    assert nurse not in run("recipient", "list").stdout
    refused = run("recipient", "remove", nurse)
    assert (refused.exit_code, "dosecal caseload contact remove" in refused.stderr) == (2, True)
    foreign = run("caseload", "contact", "remove", "ward-3", patients_own)
    assert foreign.exit_code == 1
    assert "is no contact point of ward-3" in foreign.stderr
    assert "is not a recipient of zoe" in run("policy", "show", "zoe", "--recipient", nurse).stderr


def test_a_contact_point_can_be_tried_out(run: Run, ward: str) -> None:
    run("caseload", "create", "ward-3", "--name", "Ward 3", "--zone", "America/New_York")
    desk = run("caseload", "contact", "add", "ward-3", "desk", "--channel", "console").stdout.strip()
    tried = run("reminder", "test", desk)
    assert tried.exit_code == 0
    assert "This is a test" in tried.stdout


def test_a_patient_and_a_caseload_are_not_asked_for_at_once(run: Run, nurse: str) -> None:
    for command in ("log", "upcoming"):
        refused = run("reminder", command, "zoe", "--caseload", "ward-3")
        assert (refused.exit_code, "either a patient or a caseload" in refused.stderr) == (2, True)
        unknown = run("reminder", command, "--caseload", "ward-9")
        assert (unknown.exit_code, "no caseload 'ward-9'" in unknown.stderr) == (1, True)


def test_deleting_the_caseload_ends_its_digests(run: Run, nurse: str) -> None:
    asked = run("caseload", "delete", "ward-3", input="n\n")
    assert "its feeds and digests end at once" in asked.stderr
    assert run("caseload", "delete", "ward-3", "--yes").exit_code == 0
    assert "digest@" not in run("reminder", "upcoming").stdout
