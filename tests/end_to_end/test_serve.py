"""The feed server as a process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2

from cli.mail_sink import free_port
from scheduler.actions.feed import issue_feed
from scheduler.actions.feed_contents import FeedStyle
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.privacy import Privacy
from scheduler.store.unit_of_work import Store
from tests.support.one_patient import MORNING, add_patient


def test_it_serves_logs_no_token_and_stops_on_sigterm(sqlite_url: str, tmp_path: Path) -> None:
    store = Store(sqlite_url, load_formulary())
    patient = add_patient(store)
    style = FeedStyle(privacy=Privacy.FULL)
    token = issue_feed(store, patient, MORNING, label="", style=style)
    store.close()
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "cli", "--database-url", sqlite_url, "serve", "--port", str(port)]
    with log.open("w") as written:
        process = subprocess.Popen([*command, "--log-level", "debug"], stdout=written, stderr=written)
    address = f"http://127.0.0.1:{port}/feeds"
    answer = first_answer(f"{address}/{token}.ics")
    assert answer.status_code == 200
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n")
    assert httpx2.get(f"{address}/{'a' * 8}-{'b' * 43}.ics", trust_env=False).status_code == 404
    assert "server" not in answer.headers
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) in {0, -signal.SIGTERM}
    logged = log.read_text()
    for secret in (token.secret, "Zoe", "ctreotide", "b" * 43):
        assert secret not in logged


def first_answer(url: str) -> httpx2.Response:
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx2.get(url, trust_env=False)
        except httpx2.TransportError:
            assert time.monotonic() < deadline, "the server did not come up"
            time.sleep(0.1)
