"""Log lines for people and for machines."""

from __future__ import annotations

import json
import logging
import sys
import threading

import click
import pytest

from cli.log import formatter, start_logging


def record(message: str, *arguments: object, error: bool = False) -> logging.LogRecord:
    made = logging.LogRecord("scheduler.x", logging.WARNING, "x.py", 1, message, arguments, None)
    made.created, made.msecs = 1_796_000_000.25, 250
    if error:
        try:
            int("Zoe Marsh")
        except ValueError:
            made.exc_info = sys.exc_info()
    return made


def test_json_has_the_same_keys_always_and_the_facts_by_name() -> None:
    line = formatter("json").format(record("reminder=%d attempt=2 outcome=%s (why)", 17, "retry later"))
    assert json.loads(line) == {
        "time": "2026-11-30T00:53:20.250Z",
        "level": "warning",
        "logger": "scheduler.x",
        "message": "reminder=17 attempt=2 outcome=retry later (why)",
        "facts": {"reminder": 17, "attempt": 2, "outcome": "retry later"},
        "fault": None,
    }


def test_ids_end_where_the_sentence_goes_on() -> None:
    facts = json.loads(formatter("json").format(record("audit: patient=p-7k recipient=r-1: never tried")))
    assert facts["facts"] == {"patient": "p-7k", "recipient": "r-1"}


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_what_an_exception_says_is_not_repeated(log_format: str) -> None:
    line = formatter(log_format).format(record("it failed", error=True))
    assert "ValueError at test_log_format.py" in line
    assert "Zoe" not in line


def test_text_is_a_line_in_utc() -> None:
    line = formatter("text").format(record("started node=%s", "ward"))
    assert line == "2026-11-30T00:53:20.250Z WARNING scheduler.x started node=ward"


def test_the_end_of_a_thread_is_logged_without_what_it_says(
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    with click.Context(click.Command("daemon")):
        start_logging()

    def fail() -> None:
        raise ValueError("Zoe Marsh")

    thread = threading.Thread(target=fail, name="seat")
    thread.start()
    thread.join()
    assert "the thread seat ended: ValueError" in caplog.text
    assert "Zoe" not in caplog.text + "".join(capfd.readouterr())
