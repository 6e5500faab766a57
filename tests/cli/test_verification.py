"""Adding, verifying and looking at contact points on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run, SetClock
from tests.support.http_servers import http_server
from tests.support.mail_servers import scripted_server

SECRET = "s" * 64


def problems(run: Run) -> list[str]:
    return [row["problem"] for row in json.loads(run("recipient", "list", "--format", "json").stdout)]


def test_a_code_goes_out_with_the_address_and_verifies_it(run: Run, ward: str) -> None:
    with scripted_server({}) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        added = run("recipient", "add", ward, "zoe@example.org", DOSECAL_SMTP_URL=url)
    recipient = added.stdout.strip()
    assert "recipient verify" in added.stderr
    assert problems(run) == ["is not verified: nothing goes there"]
    assert run("reminder", "upcoming").stdout.strip() == "No reminders wait to be sent."
    code = re.findall(rb"code: (\d{6})", server.mails[0])[0].decode()
    wrong = run("recipient", "verify", recipient, "000000" if code != "000000" else "111111")
    assert (wrong.exit_code, "that is not the code" in wrong.stderr) == (1, True)
    right = run("recipient", "verify", recipient, code)
    assert right.stdout == f"{recipient} is verified: reminders go there from now on.\n"
    assert problems(run) == [None]
    assert len(json.loads(run("reminder", "upcoming", "--format", "json").stdout)) > 0


def test_without_a_mail_server_the_address_is_kept_and_what_to_do_is_told(run: Run, ward: str) -> None:
    added = run("recipient", "add", ward, "zoe@example.org")
    assert added.exit_code == 0
    assert "--smtp-url" in added.stderr
    refused = run("recipient", "verify", added.stdout.strip())
    assert refused.exit_code == 2
    assert "--smtp-url" in refused.stderr


def test_an_address_that_is_not_verified_gets_no_test_message_either(run: Run, ward: str) -> None:
    recipient = run("recipient", "add", ward, "zoe@example.org").stdout.strip()
    with scripted_server({}) as server:
        refused = run("reminder", "test", recipient, "--smtp-url", f"smtp://127.0.0.1:{server.port}")
    assert refused.exit_code == 1
    assert server.mails == []


def test_a_code_and_a_test_by_mail_have_a_link_to_end_them(run: Run, ward: str) -> None:
    with scripted_server({}) as server:
        sending = (
            "--smtp-url",
            f"smtp://127.0.0.1:{server.port}?starttls=no",
            "--base-url",
            "https://doses.example/",
        )
        recipient = run("recipient", "add", ward, "zoe@example.org", *sending).stdout.strip()
        assert run("recipient", "verify", recipient, "--by-hand", "asked").exit_code == 0
        assert run("reminder", "test", recipient, *sending).exit_code == 0
    assert len(server.mails) == 2
    for mail in server.mails:
        assert b"List-Unsubscribe: <https://doses.example/unsubscribe/" in mail
        assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail


def test_an_address_of_the_server_that_is_none_is_refused_before_anything_is_kept(
    run: Run, ward: str
) -> None:
    options = ("--smtp-url", "smtp://127.0.0.1:1", "--base-url", "nonsense")
    refused = run("recipient", "add", ward, "zoe@example.org", *options)
    assert refused.exit_code == 2
    assert "--base-url" in refused.stderr
    assert "zoe@example.org" not in run("recipient", "list").stdout


def test_somebody_answers_for_an_address_with_a_reason(run: Run, ward: str) -> None:
    recipient = run("recipient", "add", ward, "zoe@example.org").stdout.strip()
    assert run("recipient", "verify", recipient, "123456", "--by-hand", "x").exit_code == 2
    assert run("recipient", "verify", recipient, "--by-hand", "she showed me").exit_code == 0
    assert "she showed me" in run("recipient", "list").stdout


def test_a_webhooks_owner_is_given_its_signing_key(run: Run, ward: str) -> None:
    with http_server() as server:
        address = f"http://127.0.0.1:{server.port}/hook"
        options = ("--channel", "webhook", "--webhook-secret", SECRET, "--allow-private-addresses")
        added = run("recipient", "add", ward, address, *options)
    assert re.search(r"Signing key: whsec_\S{44}\n", added.stderr)
    assert re.search(r"\d{6}", server.requests[0].json["text"])


def test_a_webhook_into_a_private_network_gets_no_code(run: Run, ward: str) -> None:
    with http_server() as server:
        address = f"https://127.0.0.1:{server.port}/hook"
        added = run("recipient", "add", ward, address, "--channel", "webhook", "--webhook-secret", SECRET)
    assert "private network" in added.stderr
    assert "127.0.0.1" not in added.stderr
    assert server.requests == []


def test_the_other_channels_send_a_test_message(run: Run, ward: str, tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.jsonl"
    by_file = run("recipient", "add", ward, "bedside", "--channel", "file").stdout.strip()
    assert run("reminder", "test", by_file, "--file", outbox).stdout == "Accepted (file).\n"
    assert "This is a test" in outbox.read_text()
    hand = ("--verified-by-hand", "asked")
    by_push = run("recipient", "add", ward, "zoe-7f3k", "--channel", "ntfy", *hand).stdout.strip()
    with http_server() as server:
        url = f"http://127.0.0.1:{server.port}"
        assert run("reminder", "test", by_push, "--ntfy-url", url).stdout == "Accepted (ntfy).\n"
    assert server.requests[0].json["topic"] == "zoe-7f3k"


@pytest.mark.parametrize(
    ("channel", "address"),
    [("ntfy", "a/b"), ("webhook", "zoe@example.org"), ("webhook", "https://u:p@a.example/")],
)
def test_an_address_that_cannot_be_one_is_refused(run: Run, ward: str, channel: str, address: str) -> None:
    refused = run("recipient", "add", ward, address, "--channel", channel)
    assert refused.exit_code == 2
    assert address not in refused.stderr


def test_a_secret_that_can_be_guessed_is_refused(run: Run, ward: str) -> None:
    refused = run("recipient", "add", ward, "https://a.example/", "--webhook-secret", "short")
    assert refused.exit_code == 2
    assert "openssl rand" in refused.stderr


def test_a_nurse_sees_whom_reminders_do_not_reach(run: Run, ward: str, set_clock: SetClock) -> None:
    recipient = run("recipient", "add", ward, "zoe@example.org").stdout.strip()
    run("caseload", "create", "ward-3", "--name", "Ward 3", "--zone", "America/New_York")
    run("caseload", "add", "ward-3", ward)
    text = run("caseload", "show", "ward-3").stdout
    assert f"zoe: {recipient} (smtp) is not verified: nothing goes there." in text
    assert "example.org" not in text
    run("recipient", "verify", recipient, "--by-hand", "asked")
    assert "Reminders do not arrive" not in run("caseload", "show", "ward-3").stdout


def test_mails_that_came_back_are_read_from_a_maildir_once(run: Run, ward: str, tmp_path: Path) -> None:
    assert run("reminder", "bounces", tmp_path).exit_code == 2
    for part in ("new", "cur", "tmp"):
        (tmp_path / "box" / part).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1.mail").write_bytes(b"Subject: hello\r\n\r\nno report")
    assert run("reminder", "bounces", tmp_path / "box").stdout == "Reminders that came back: 0.\n"
    assert [file.name for file in (tmp_path / "box" / "cur").iterdir()] == ["1.mail:2,S"]
    assert list((tmp_path / "box" / "new").iterdir()) == []
    assert run("reminder", "bounces", "-", input="Subject: x\n\nx").stdout == "Reminders that came back: 0.\n"
