"""Nothing but a code goes to a caseload's contact point before somebody said that it is the right one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.support.mail_servers import scripted_server


@pytest.fixture
def clinic(run: Run, ward: str) -> str:
    """Zoe is in ``ward-3``. It is noon on Saturday, 5 December 2026, in New York."""
    run("caseload", "create", "ward-3", "--name", "Ward 3", "--zone", "America/New_York")
    assert run("caseload", "add", "ward-3", ward).exit_code == 0
    return "ward-3"


def contacts(run: Run) -> list[dict[str, Any]]:
    return list(json.loads(run("caseload", "contact", "list", "ward-3", "--format", "json").stdout))


def digests(run: Run) -> list[dict[str, Any]]:
    return list(json.loads(run("reminder", "upcoming", "--caseload", "ward-3", "--format", "json").stdout))


def test_a_code_goes_out_with_the_address_and_brings_the_digest(run: Run, clinic: str) -> None:
    with scripted_server({}) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        added = run("caseload", "contact", "add", clinic, "nurse@example.org", DOSECAL_SMTP_URL=url)
    nurse = added.stdout.strip()
    assert f"Tell it to: dosecal caseload contact verify {clinic} {nurse} CODE" in added.stderr
    assert digests(run) == []
    code = re.findall(rb"code: (\d{6})", server.mails[0])[0].decode()
    wrong = run("caseload", "contact", "verify", clinic, nurse, "000000" if code != "000000" else "111111")
    assert wrong.exit_code == 1
    assert f"dosecal caseload contact verify {clinic} {nurse}" in wrong.stderr
    right = run("caseload", "contact", "verify", clinic, nurse, code)
    assert right.stdout == f"{nurse} is verified: the digest goes there from now on.\n"
    assert [row["dose"] for row in digests(run)] == ["digest@2026-12-06"]
    assert [contact["verified"] for contact in contacts(run)] == ["code"]


def test_one_that_is_not_verified_is_shown_as_a_patients_is(run: Run, clinic: str) -> None:
    nurse = run("caseload", "contact", "add", clinic, "nurse@example.org").stdout.strip()
    problem = "is not verified: nothing goes there"
    assert [(contact["verified"], contact["problem"]) for contact in contacts(run)] == [(None, problem)]
    told = run("caseload", "digest", clinic).stdout.splitlines()
    assert told[-2:] == [
        "It is sent to nobody; see 'dosecal caseload contact add'.",
        f"{nurse} (smtp) {problem}.",
    ]
    refused = run("reminder", "test", nurse, "--smtp-url", "smtp://127.0.0.1:1")
    assert f"dosecal caseload contact verify {clinic} {nurse}" in refused.stderr


def test_without_a_mail_server_what_to_do_is_told_and_a_code_can_be_sent_later(run: Run, clinic: str) -> None:
    added = run("caseload", "contact", "add", clinic, "nurse@example.org")
    nurse = added.stdout.strip()
    assert (added.exit_code, "--smtp-url" in added.stderr) == (0, True)
    with scripted_server({}) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        sent = run("caseload", "contact", "verify", clinic, nurse, "--smtp-url", url)
    assert sent.stdout == f"Sent. Their code goes to: dosecal caseload contact verify {clinic} {nurse} CODE\n"
    assert len(server.mails) == 1


def test_somebody_answers_for_an_address_with_a_reason(run: Run, clinic: str) -> None:
    nurse = run("caseload", "contact", "add", clinic, "nurse@example.org").stdout.strip()
    both = run("caseload", "contact", "verify", clinic, nurse, "123456", "--by-hand", "x")
    assert (both.exit_code, "either" in both.stderr) == (2, True)
    assert run("caseload", "contact", "verify", clinic, nurse, "--by-hand", "our own desk").exit_code == 0
    assert [contact["verified"] for contact in contacts(run)] == ["our own desk"]
    assert len(digests(run)) == 1


def test_this_machine_needs_no_code(run: Run, clinic: str) -> None:
    added = run("caseload", "contact", "add", clinic, "desk", "--channel", "console")
    assert added.stderr == ""
    assert len(digests(run)) == 1


def test_the_keys_in_an_address_are_not_listed(run: Run, clinic: str) -> None:
    key = "TIiajkdnlazkcOXrIdevi7FQ"
    address = f"slack://T1JJ3T3L2/A1BRTD4JD/{key}/#ward"
    hand = ("--verified-by-hand", "asked")
    added = run("caseload", "contact", "add", clinic, address, "--channel", "apprise", *hand)
    assert added.exit_code == 0, added.stderr
    told = [run("caseload", "contact", "list", clinic, "--format", kind).stdout for kind in ("table", "json")]
    assert all("slack" in text and key not in text for text in told)


def test_a_contact_point_of_another_caseload_is_not_verified(run: Run, clinic: str) -> None:
    nurse = run("caseload", "contact", "add", clinic, "nurse@example.org").stdout.strip()
    run("caseload", "create", "ward-4", "--name", "Ward 4", "--zone", "America/New_York")
    refused = run("caseload", "contact", "verify", "ward-4", nurse, "--by-hand", "x")
    assert (refused.exit_code, "is no contact point of ward-4" in refused.stderr) == (1, True)


@pytest.mark.parametrize("name", ["verify", "remove"])
def test_what_is_not_there_is_told_with_where_to_look(run: Run, clinic: str, name: str) -> None:
    nowhere = run("caseload", "contact", name, "ward-9", "r-1")
    assert (nowhere.exit_code, nowhere.stderr) == (
        1,
        "dosecal: there is no caseload 'ward-9'; see 'dosecal caseload list'\n",
    )
    nobody = run("caseload", "contact", name, clinic, "r-1")
    assert nobody.stderr == (
        "dosecal: r-1 is no contact point of ward-3; see 'dosecal caseload contact list ward-3'\n"
    )
