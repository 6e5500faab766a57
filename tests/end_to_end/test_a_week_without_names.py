"""A clinic's week in which everything goes wrong that can: nothing of it names anybody.

Every log line in both formats, every metric, every page that is not a calendar, the doctor and the audit are
searched for every name, address, medicine and token of the clinic.
"""

from __future__ import annotations

import io
import itertools
import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from starlette.testclient import TestClient

from cli.demo_clinic import load_clinic
from scheduler.actions.doctor import examine, examine_machine
from scheduler.actions.feed import issue_feed, revoke_feed
from scheduler.actions.feed_address import BaseUrl
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.recipient import add_recipient
from scheduler.errors import UnreachableError
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.privacy import Privacy
from scheduler.reminders.auditor import audit_job
from scheduler.reminders.channels.channel import Channel, Outcome
from scheduler.reminders.channels.smtp import SmtpChannel
from scheduler.reminders.dead_mans_switch import DeadMansSwitch
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.message import Message
from scheduler.reminders.meter import Meter, QueueCollector
from scheduler.reminders.planner import plan_everyone
from scheduler.settings import SmtpSettings
from scheduler.store.plans import StoredPlan
from scheduler.store.recipients import RecipientRole
from scheduler.store.unit_of_work import Store
from scheduler.web.app import PAGES, make_app
from scheduler.web.meter import WebMeter, counted
from tests.support.all_logs import everything_logged
from tests.support.dispatching import StandingClock, finish
from tests.support.mail_servers import CUT, scripted_server
from tests.support.waiting_reminders import sweep

BEGIN = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
WEEK, STEP = timedelta(days=7), timedelta(hours=3)
PASSWORD = "kuckuck-7731"  # a secret to look for
PING = "https://127.0.0.1:1/ping-4f1d9c"
ADDRESS = "{name}@hidden-host.example"


class Clinic:
    """Everybody with a recipient and a feed at full privacy, so that every message and calendar tells all."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.patients = load_clinic(store, BEGIN)
        self.addresses: list[str] = []
        self.tokens = [self._admit(patient, n) for n, patient in enumerate(self.patients)]

    def _admit(self, stored: StoredPlan, number: int) -> str:
        first = stored.record.patient.name.split()[0].lower()
        patient = stored.record.id
        for name, role in ((first, RecipientRole.PERSON), (f"carer-of-{first}", RecipientRole.ESCALATION)):
            address = ADDRESS.format(name=name.encode("ascii", "ignore").decode())
            consented = role is RecipientRole.ESCALATION
            add_recipient(
                self.store,
                patient,
                BEGIN,
                channel="smtp",
                address=address,
                privacy=Privacy.FULL,
                role=role,
                consented=consented,
                by_hand="asked",
            )
            self.addresses.append(address)
        style = FeedStyle(privacy=Privacy.FULL)
        token = issue_feed(self.store, patient, BEGIN, label=f"phone of {first}", style=style)
        if number == 0:
            revoke_feed(self.store, token.key_id, BEGIN - timedelta(days=40))
        return str(token)

    def secrets(self) -> set[str]:
        """All that must stand nowhere, in small letters."""
        names = {part for p in self.patients for part in p.record.patient.name.split() if len(part) > 2}
        regimens = [regimen for patient in self.patients for regimen in patient.regimens]
        medicines = {word for r in regimens for word in r.product.name.replace("-", " ").split()}
        markets = {patient.record.patient.market for patient in self.patients}
        entries = [entry for market in markets for entry in load_formulary().entries(market)]
        medicines |= {word for entry in entries for name in entry.names for word in name.split()}
        secret_parts = {token.partition("-")[2] for token in self.tokens}
        found = {*names, *medicines, *self.addresses, *secret_parts, PASSWORD, PING, "hidden-host"}
        return {secret.lower() for secret in found if len(secret) > 3}


class Grumbling:
    """Mail that fails in every way there is, in turn."""

    is_idempotent = False
    most_at_once: int | None = 1

    def __init__(self, *channels: Channel) -> None:
        self._next = itertools.cycle([*channels, None])

    def send(self, message: Message, address: str, key: str) -> Outcome:
        channel = next(self._next)
        if channel is None:
            raise RuntimeError(f"{address} {key} {message.text}")
        return channel.send(message, address, key)


@contextmanager
def grumbling() -> Iterator[Grumbling]:
    quoted = "550 <somebody@hidden-host.example> octreotide unknown"
    answers: list[dict[str, str]] = [{}, {}, {}, {"RCPT": quoted}, {"DATA": quoted.replace("550", "451")}]
    answers += [{"end of mail": CUT}, {"MAIL": quoted}]
    with ExitStack() as running:
        ports = [running.enter_context(scripted_server(each)).port for each in answers]
        urls = [f"smtp://nurse:{PASSWORD}@127.0.0.1:{port}?starttls=no" for port in ports]
        settings = [SmtpSettings.parse(url, "ward@hidden-host.example") for url in urls]
        # The servers know no log-in.
        plain = [SmtpSettings.parse(f"smtp://127.0.0.1:{port}", "ward@hidden-host.example") for port in ports]
        channels = [running.enter_context(closing(SmtpChannel(each))) for each in [*plain, settings[0]]]
        yield Grumbling(*channels)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    with everything_logged() as written:
        yield written


def test_nothing_names_anybody(
    sqlite_url: str, tmp_path: Path, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(sqlite_url, load_formulary())
    clinic = Clinic(store)
    clock, meter = StandingClock(), Meter()
    clock.pass_by(BEGIN - clock.now)
    meter.registry.register(QueueCollector(store, clock))
    switch = DeadMansSwitch(PING, timeout_s=0.2)
    with grumbling() as channel, ExitStack() as ending:
        dispatcher = Dispatcher(store, {"smtp": channel}, clock.trusted(), "ward@1", 2, meter=meter)
        ending.callback(dispatcher.close)
        for number in range(WEEK // STEP):
            plan_everyone(store, clock.now)
            sweep(store, clock.now)
            finish(dispatcher)
            if number % 8 == 0:
                meter.audited(audit_job(store, clock, switch).count, clock.now)
            if number == 28:
                break_things(sqlite_url)
            clock.pass_by(STEP)
    pages, web_metrics = visit(store, clinic, clock, monkeypatch)
    told = {
        "log": logged.getvalue(),
        "metrics": (generate_latest(meter.registry) + web_metrics).decode(),
        "pages": pages,
        "doctor": str(examine_machine(clock.now, None)) + str(examine(store, clock)),
    }
    store.close()
    the_week_was_a_bad_one(told)
    for where, text in told.items():
        for secret in clinic.secrets():
            assert secret not in text.lower(), f"{secret!r} stands in the {where}"


def break_things(sqlite_url: str) -> None:
    """A plan that cannot be read, and a row that cannot be worded, both full of what must not be told."""
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        (patient,) = connection.execute("SELECT id FROM patient ORDER BY name LIMIT 1").fetchone()
        broken = ('{"product": "octreotide", "name": "Carmen Diaz"', patient)
        connection.execute("UPDATE regimen_version SET document = ? WHERE patient_id = ?", broken)
        unworded = '{"privacy": "full", "title": {"octreotide": "Carmen"}}'
        changed = "UPDATE reminder SET policy = ?, zone = 'Carmen/Octreotide' WHERE id = (%s)"
        waiting = "SELECT id FROM reminder WHERE state = 'pending' ORDER BY due_at LIMIT 1"
        connection.execute(changed % waiting, (unworded,))
    connection.close()


def visit(
    store: Store, clinic: Clinic, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, bytes]:
    """What every page says that is not a calendar, and what the server counted."""
    meter = WebMeter(PAGES)
    app = make_app(store, load_formulary(), clock, BaseUrl.parse("https://calendar.example"))
    said = []
    with TestClient(counted(app, meter), raise_server_exceptions=False) as client:

        def get(path: str) -> int:
            answer = client.get(path)
            if not answer.headers["content-type"].startswith("text/calendar"):
                said.append(f"{answer.status_code} {answer.headers} {answer.text}")
            return answer.status_code

        for token in clinic.tokens:
            get(f"/feeds/{token}.ics")
            get(f"/feeds/{token[:-1]}x.ics")
            get(f"/subscribe/{token[:-1]}x")
        get("/octreotide/Carmen%20Diaz")
        get("/readyz")
        monkeypatch.setattr(Store, "reading", away)
        monkeypatch.setattr(Store, "transaction", away)
        statuses = {get(f"/subscribe/{token}") for token in clinic.tokens}
        assert 200 not in statuses
    # The paths that were asked for are the visitor's own words.
    return "\n".join(said), generate_latest(meter.registry)


def away(*_: object) -> None:
    raise UnreachableError("the database does not answer: test")


def the_week_was_a_bad_one(told: dict[str, str]) -> None:
    """Otherwise that nothing was found says nothing."""
    outcomes = ("accepted", "refused", "retry later", "unknown")
    assert all(f"outcome={outcome}" in told["log"] for outcome in outcomes)
    for words in ("cannot be planned", "failed: RuntimeError", "audit: faults=", "the ping after the audit"):
        assert words in told["log"], words
    assert 'outcome="unknown"' in told["metrics"]
    assert {line[:3] for line in told["pages"].splitlines()} >= {"404", "410", "503"}
    lines = [json.loads(line) for line in told["log"].splitlines() if line.startswith("{")]
    assert len(lines) > 300
    assert {tuple(line) for line in lines} == {("time", "level", "logger", "message", "facts", "fault")}
