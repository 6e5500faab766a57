"""Push messages through ntfy, and reminders written to a file."""

from __future__ import annotations

import json
import os
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.errors import SettingsError
from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.channels.file import FileChannel
from scheduler.reminders.channels.ntfy import NtfyChannel
from scheduler.reminders.message import Message
from scheduler.settings import NtfySettings
from tests.support.http_servers import HttpServer, http_server, status
from tests.support.mail_ledger import free_port
from tests.support.mail_servers import CUT

MESSAGE = Message(subject="Reminder", text="Reminder: your 08:00 is due. ✓")
_SHORT = timedelta(seconds=0.5)


def published(
    server: HttpServer, topic: str = "zoe-7f3k", key: str = "k", token: str | None = "tk_abc"
) -> Outcome:
    settings = NtfySettings.parse(f"http://127.0.0.1:{server.port}", token)
    return NtfyChannel(settings, deadline=_SHORT).send(MESSAGE, topic, key)


def test_a_message_is_published_under_its_sequence_with_the_operators_token() -> None:
    with http_server() as server:
        outcome = published(server)
        published(server)
        published(server, key="other", token=None)
    first, again, other = server.requests
    assert outcome == Accepted(provider_id=first.json["sequence_id"])
    assert first.json["topic"] == "zoe-7f3k"
    assert first.json["title"] == MESSAGE.subject
    assert first.json["message"] == MESSAGE.text
    assert first.json["priority"] == 4
    assert first.headers["authorization"] == "Bearer tk_abc"
    assert "authorization" not in other.headers
    assert first.json["sequence_id"] == again.json["sequence_id"] != other.json["sequence_id"]


@pytest.mark.parametrize("topic", ["", "a/b", "a b", "a" * 65, "tópico", "a\n"])
def test_what_is_no_topic_is_refused(topic: str) -> None:
    with http_server() as server:
        assert published(server, topic) == Refused(detail="the address is not a topic")
    assert server.requests == []


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_server_that_will_not_have_us_refuses_nobody_for_good(code: int) -> None:
    with http_server(status(code)) as server:
        assert published(server) == RetryLater(detail=f"the answer was {code}")


def test_a_server_that_wants_a_rest_wants_it_from_everybody() -> None:
    with http_server(status(429, "Retry-After: 30")) as server:
        outcome = published(server)
    wish = timedelta(seconds=30)
    assert outcome == RetryLater(detail="the answer was 429", after=wish, for_everyone=True)


def test_what_was_sent_and_not_answered_is_told_apart_from_what_was_not_sent() -> None:
    with http_server(CUT) as server:
        assert isinstance(published(server), Unknown)
    nobody = HttpServer(port=free_port(), answer="")
    assert isinstance(published(nobody), RetryLater)


@pytest.mark.parametrize(
    ("url", "token"),
    [("ntfy.sh", None), ("ftp://ntfy.sh", None), ("https://u:p@ntfy.sh", None), ("https://ntfy.sh", "a b")],
)
def test_a_setting_that_cannot_be_one_is_told_without_repeating_it(url: str, token: str | None) -> None:
    with pytest.raises(SettingsError) as caught:
        NtfySettings.parse(url, token)
    assert "u:p" not in str(caught.value)
    assert "a b" not in str(caught.value)


def test_a_line_for_each_reminder_is_on_the_disk_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "outbox.jsonl"
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(file.read_text()))
    outcome = FileChannel(file).send(MESSAGE, "bedside", "k")
    told = json.loads(file.read_text())
    assert outcome == Accepted(provider_id=told["id"])
    assert (told["to"], told["subject"], told["text"]) == ("bedside", MESSAGE.subject, MESSAGE.text)
    assert synced == [file.read_text()]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_lines_of_several_threads_stay_whole(tmp_path: Path) -> None:
    file = tmp_path / "outbox.jsonl"
    channel = FileChannel(file)
    long = Message(subject="Reminder", text="x" * 20_000)
    threads = [threading.Thread(target=channel.send, args=(long, "a", str(n))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len({line["id"] for line in lines}) == 20


def test_a_file_that_cannot_be_opened_got_nothing(tmp_path: Path) -> None:
    outcome = FileChannel(tmp_path / "missing" / "outbox").send(MESSAGE, "a", "k")
    assert outcome == RetryLater(detail="opening the file: FileNotFoundError")


def test_a_disk_that_is_full_leaves_it_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert FileChannel(tmp_path / "outbox").send(MESSAGE, "a", "k") == Unknown(
        detail="writing the file: OSError"
    )
