"""``dosecal demo``: the whole of it on one machine in one minute."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click

from cli.demo_clinic import ClinicDose, coming_week, load_clinic, next_dose
from cli.mail_sink import MailSink, free_port, open_mail_sink
from cli.options import option
from cli.output import table, write_file
from cli.schedule_output import dose_name, status_words
from scheduler import clock
from scheduler.actions import record_dose
from scheduler.actions.feed import issue_feed
from scheduler.actions.feed_address import BaseUrl, feed_url, subscribe_url
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.feed_rendering import render_stored
from scheduler.actions.recipient import add_recipient
from scheduler.bootstrap import open_store
from scheduler.errors import RefusedError, SettingsError
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.privacy import Privacy
from scheduler.store.plans import StoredPlan
from scheduler.store.unit_of_work import Store

_SOON = timedelta(seconds=8)
_PATIENCE_S = 60
_SHOWN_PATIENT = "Carmen Diaz"
_ADDRESS = "carmen@example.org"


@click.command()
@option("--once", is_flag=True, help="End after the first feed and mail; exit 0 only if both were received.")
@option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-output"),
    show_default=True,
    help="Where the database and the calendar file go. The database of an earlier demonstration is replaced.",
)
def demo(once: bool, directory: Path) -> None:
    """Run an invented clinic: schedules, a calendar feed, and a reminder by mail within a minute.

    Everything stays on this machine: the mail server is one of its own, which prints what it receives.
    """
    # A supervisor's SIGTERM ends it as Ctrl-C does; otherwise server and daemon would outlive it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    url = _fresh_database(directory)
    with ExitStack() as running:
        sink = running.enter_context(open_mail_sink(_print_mail))
        store = running.enter_context(open_store(url))
        try:
            _Demonstration(store=store, url=url, directory=directory, sink=sink, running=running).run(once)
        except KeyboardInterrupt:
            click.echo("\nStopping.")


@dataclass(kw_only=True)
class _Demonstration:
    store: Store
    url: str
    directory: Path
    sink: MailSink
    running: ExitStack

    def run(self, once: bool) -> None:
        moment = clock.now()
        clinic = load_clinic(self.store, moment)
        click.echo(f"Loaded {len(clinic)} invented patients into {self.directory / 'dosecal.db'}.\n")
        _print_week(coming_week(clinic, moment), moment)
        patient = next(stored for stored in clinic if stored.record.patient.name == _SHOWN_PATIENT)
        self._write_calendar(patient, moment)
        self._remind(patient, self._serve_feed(patient))
        if once:
            click.echo("\nFeed and mail were received. Done.")
            return
        click.echo("\nThe feed server and the daemon go on. Ctrl-C ends them.")
        while True:
            time.sleep(3600)

    def _write_calendar(self, patient: StoredPlan, moment: datetime) -> None:
        path = self.directory / "carmen.ics"
        style = FeedStyle(privacy=Privacy.FULL)
        write_file(path, render_stored(patient, load_formulary(), style, moment))
        click.echo(f"\nWrote {_SHOWN_PATIENT}'s calendar to {path}.")

    def _serve_feed(self, patient: StoredPlan) -> BaseUrl:
        port = free_port()
        base_url = BaseUrl.parse(f"http://127.0.0.1:{port}")
        self.running.enter_context(self._process("serve", "--port", str(port), "--base-url", base_url.text))
        style = FeedStyle(privacy=Privacy.DISCREET)
        token = issue_feed(self.store, patient.record.id, clock.now(), label="demonstration", style=style)
        address = feed_url(base_url, token)
        events = _fetch(address).count("BEGIN:VEVENT")
        click.echo(f"Serving {_SHOWN_PATIENT}'s calendar ({events} events) at\n  {address}")
        click.echo(f"How to subscribe to it:\n  {subscribe_url(base_url, token)}")
        return base_url

    def _remind(self, patient: StoredPlan, base_url: BaseUrl) -> None:
        moment = clock.now()
        due = next_dose(patient, moment)
        soon = (moment + _SOON).astimezone(patient.record.patient.zone).replace(tzinfo=None, microsecond=0)
        patient_id = patient.record.id
        add_recipient(
            self.store,
            patient_id,
            moment,
            channel="smtp",
            address=_ADDRESS,
            privacy=Privacy.DISCREET,
            by_hand="demonstration",
        )
        record_dose.move(self.store, patient_id, str(due.id), moment, to=soon, reason="demonstration")
        click.echo(f"\nMoved {_SHOWN_PATIENT}'s next dose to {soon:%H:%M:%S} her time; waiting for the mail.")
        mail = f"smtp://127.0.0.1:{self.sink.port}"
        options = ("--smtp-url", mail, "--node", "demonstration", "--base-url", base_url.text)
        self.running.enter_context(self._process("daemon", *options))
        if not self.sink.arrived.wait(_PATIENCE_S):
            raise RefusedError(f"no mail arrived within {_PATIENCE_S} s")

    @contextmanager
    def _process(self, *arguments: str) -> Iterator[None]:
        command = [sys.executable, "-m", "cli", "--database-url", self.url, *arguments]
        process = subprocess.Popen([*command, "--log-level", "warning"], env=os.environ.copy())  # noqa: S603
        try:
            yield
        finally:
            process.terminate()
            if process.wait(timeout=30) not in {0, -15}:
                click.echo(f"dosecal: {arguments[0]} ended with {process.returncode}", err=True)


def _fresh_database(directory: Path) -> str:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for leftover in directory.glob("dosecal.db*"):
            leftover.unlink()
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise SettingsError(f"the folder {directory} cannot be used: {reason}") from error
    return f"sqlite:///{directory.resolve() / 'dosecal.db'}"


def _print_week(week: list[ClinicDose], moment: datetime) -> None:
    click.echo("The coming week:\n")
    headers = ["date", "time", "zone", "patient", "medicine and dose", "given", "site", "status"]
    click.echo(table(headers, [_cells(dose, moment) for dose in week]))


def _cells(dose: ClinicDose, moment: datetime) -> list[str]:
    occurrence = dose.occurrence
    return [
        f"{occurrence.wall_due:%a %Y-%m-%d}",
        f"{occurrence.wall_due:%H:%M}",
        occurrence.zone.key,
        dose.patient,
        dose_name(occurrence),
        occurrence.regimen.setting.value,
        occurrence.site or "",
        status_words(occurrence, moment),
    ]


def _print_mail(mail: str) -> None:
    click.echo(f"\nA mail arrived:\n{mail}")


def _fetch(url: str) -> str:
    """The text at ``url``, as soon as its server is up."""
    import httpx2 as httpx  # noqa: PLC0415  # only the demonstration needs it

    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            answer = httpx.get(url, timeout=10, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise RefusedError(f"the feed server did not answer within {_PATIENCE_S} s") from None
            time.sleep(0.1)
            continue
        if answer.status_code != httpx.codes.OK:
            raise RefusedError(f"the feed server answered {answer.status_code}")
        return answer.text
