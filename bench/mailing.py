"""Mail from the claim to the server's yes: one daemon over 20 connections to a server on this machine.

Beside it stand smtplib that sends ready-made bytes over as many connections, which plans, claims and records
nothing, and Apprise. The server is aiosmtpd with its sink, as a process of its own: it speaks all of SMTP and
drops what it takes.
"""

from __future__ import annotations

import logging
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import click

from bench.measuring import report
from scheduler import clock
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.channels.mail import Envelope, mail_bytes
from scheduler.reminders.channels.smtp import SmtpChannel
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.message import Message
from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.settings import DEFAULT_SEATS, SmtpSettings
from scheduler.store.unit_of_work import Store
from tests.support.mail_ledger import free_port
from tests.support.waiting_reminders import add_patient_with_recipient, planned, queue

CONNECTIONS = 20
_FILLING = 2000
_PATIENCE_S = 20.0
_APPRISE_SHARE = 20
"""Apprise sends a twentieth of the mails, or it would take minutes."""

_READY = mail_bytes(
    Envelope(sender="clinic@example.org", to="zoe@example.org", message_id="1@example.org"),
    Message(subject="Reminder", text="Reminder: your 08:00 is due."),
)


@contextmanager
def running_sink() -> Iterator[int]:
    """The port of a mail server that runs until the end of the block."""
    port = free_port()
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l"]
    with subprocess.Popen([*command, f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    patience = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with smtplib.SMTP("127.0.0.1", port):
                return
        except OSError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.05)


def by_dosecal(port: int, count: int) -> float:
    """The seconds that a daemon takes for ``count`` reminders that are due, on an SQLite file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = _filled(Path(folder), count)
        url = f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}"
        settings = SmtpSettings.parse(url, "clinic@example.org")
        with closing(SmtpChannel(settings)) as channel:
            trusted = TrustedClock(clock.now)
            dispatcher = Dispatcher(store, {"smtp": channel}, trusted, "bench@1", DEFAULT_SEATS)
            began = time.perf_counter()
            dispatcher.turn()
            while not dispatcher.is_idle:
                dispatcher.wait()
                dispatcher.turn()
            took = time.perf_counter() - began
            dispatcher.close()
        with store.reading() as work:
            sent = sum(row.state == "sent" for row in work.reminder_log.ended(None, count + 1))
        store.close()
    assert sent == count, f"{sent} of {count}"
    return took


def _filled(folder: Path, count: int) -> Store:
    store = Store(f"sqlite:///{folder / 'dosecal.db'}", load_formulary())
    store.upgrade()
    add_patient_with_recipient(store)
    due = datetime.now(UTC)
    for start in range(0, count, _FILLING):
        queue(store, *(planned(number, due) for number in range(start, min(start + _FILLING, count))))
    return store


def by_smtplib(port: int, count: int) -> float:
    """The seconds that bare smtplib takes for ready-made bytes, over connections that stay open."""

    def send_share(share: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as server:
            for _ in range(share):
                server.sendmail("clinic@example.org", ["zoe@example.org"], _READY)

    began = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send_share, [count // CONNECTIONS] * CONNECTIONS))
    return time.perf_counter() - began


def by_apprise(python: str, port: int, count: int) -> float:
    """The seconds that Apprise takes, by the Python of the judges."""
    script = Path(__file__).with_name("apprise_mails.py")
    command = [python, str(script), str(port), str(count), str(CONNECTIONS)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@click.command()
@click.argument("python", default=sys.executable)
@click.option("--count", default=4000, show_default=True, help="Mails of a run.")
@click.option("--rounds", default=5, show_default=True, help="Runs of each, in turns.")
def main(python: str, count: int, rounds: int) -> None:
    """Measure and print."""
    logging.disable(logging.WARNING)
    few = max(CONNECTIONS, count // _APPRISE_SHARE)
    with running_sink() as port:
        told = [
            (
                count / by_dosecal(port, count),
                count / by_smtplib(port, count),
                few / by_apprise(python, port, few),
            )
            for _ in range(rounds)
        ]
    ours, bare, apprise = (median(column) for column in zip(*told, strict=True))
    rows = [
        ("dosecal, from the claim to the record", f"{ours:,.0f}", "1.00"),
        ("smtplib, ready-made bytes", f"{bare:,.0f}", f"{ours / bare:.2f}"),
        ("Apprise, a fresh object for each", f"{apprise:,.0f}", f"{ours / apprise:.1f}"),
    ]
    report(f"{count:,} mails over {CONNECTIONS} connections", ("by", "mails/s", "dosecal is so often"), rows)


if __name__ == "__main__":
    main()
