"""A clinic's week over every channel at once, each of which fails at times: nothing of it names anybody.

The channels are those of the daemon; what they talk to are servers of this test that refuse, break off, say
later, or are not there. Codes, digests, bounces and links are sent as well, and the links are opened: whole,
broken, too old, and while nothing works. Logs, metrics and pages are searched for every name, address,
medicine, secret and token.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from starlette.testclient import TestClient

from cli.demo_clinic import load_clinic
from scheduler.actions.bounce import note_bounces
from scheduler.actions.caseload import add_to_caseload, create_caseload
from scheduler.actions.caseload_contact import add_contact
from scheduler.actions.doctor import examine
from scheduler.actions.feed_address import BaseUrl
from scheduler.actions.verification import issue_code, send_code, verify_by_code
from scheduler.errors import RefusedError, UnreachableError
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.privacy import Privacy
from scheduler.reminders.answer_links import PATH, AnswerLinks, standing_keys
from scheduler.reminders.answer_token import AnswerToken, LinkPurpose, LinkSigner
from scheduler.reminders.auditor import audit_job
from scheduler.reminders.breaker import BreakerState
from scheduler.reminders.channels.apprise import AppriseChannel
from scheduler.reminders.channels.channel import Channel, Outcome
from scheduler.reminders.channels.console import ConsoleChannel
from scheduler.reminders.channels.file import FileChannel
from scheduler.reminders.channels.mqtt import MqttChannel
from scheduler.reminders.channels.ntfy import NtfyChannel
from scheduler.reminders.channels.smtp import SmtpChannel
from scheduler.reminders.channels.webhook import WebhookChannel
from scheduler.reminders.dead_mans_switch import DeadMansSwitch
from scheduler.reminders.digest_planner import plan_every_digest
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.message import Message
from scheduler.reminders.meter import Meter, QueueCollector
from scheduler.reminders.planner import plan_everyone
from scheduler.settings import MqttSettings, NtfySettings, SmtpSettings
from scheduler.store.plans import StoredPlan
from scheduler.store.recipients import RecipientRecord
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store
from scheduler.web.app import PAGES, make_app
from scheduler.web.meter import WebMeter, counted
from tests.actions.test_bounces import report
from tests.support.all_logs import everything_logged
from tests.support.dispatching import StandingClock, finish
from tests.support.http_servers import http_server, status
from tests.support.mail_ledger import free_port
from tests.support.mail_servers import CUT, Script, scripted_server
from tests.support.mqtt_servers import scripted_broker
from tests.support.waiting_reminders import sweep

# Plugins of Apprise's import what Python 3.13 has no more, if it is there.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

BEGIN = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
WEEK, STEP = timedelta(days=7), timedelta(hours=3)
SHORT = timedelta(seconds=0.5)
OUTSIDE = BaseUrl.parse("https://doses.example")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRETS = {
    "smtp": "kuckuck-7731",
    "webhook": "amsel-" * 6,
    "ntfy": "tk_drossel5512",
    "mqtt": "finken-4408",
    "ping": "meise-9f21",
}
SAID = '{"error": "octreotide for Carmen Diaz at hidden-host"}'
NO, LATER, AWAY = (
    status(code, "X-Why: Carmen Diaz octreotide").replace("Length: 0", f"Length: {len(SAID)}") + SAID
    for code in (400, 503, 502)
)


class Grumbling:
    """Goes through ``channels`` in turn; the last of all raises what a careless library would."""

    is_idempotent = False
    most_at_once: int | None = 1

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._next = itertools.cycle([*channels, *channels, None])

    def send(self, message: Message, address: str, key: str) -> Outcome:
        channel = next(self._next)
        if channel is None:
            raise RuntimeError(f"{address} {key} {message.subject} {message.text}")
        return channel.send(message, address, key)


class Rim:
    """Servers of every kind and temper, the channels to them, and an address on each for somebody."""

    def __init__(self, running: ExitStack, folder: Path) -> None:
        start = running.enter_context
        self.away = free_port()
        self.mail_servers = _mail_servers(start)
        webs = [start(http_server(answer)).port for answer in (status(200), NO, LATER, AWAY, CUT)]
        self.hooks = [*webs, self.away]
        self.service = start(http_server(LATER)).port
        self._hook = itertools.cycle(self.hooks)
        self.channels: Mapping[str, Channel] = {
            "smtp": Grumbling([start(closing(channel)) for channel in _mails(self.mail_servers)]),
            "webhook": Grumbling([WebhookChannel(SECRETS["webhook"], private_too=True, deadline=SHORT)]),
            "ntfy": Grumbling([NtfyChannel(_ntfy(port), SHORT) for port in self.hooks]),
            "mqtt": Grumbling(list(_brokers(start, self.away))),
            "file": Grumbling([FileChannel(folder / "told.jsonl"), FileChannel(folder / "nowhere" / "told")]),
            "console": Grumbling([ConsoleChannel()]),
            "apprise": AppriseChannel({"json": ("127.0.0.1", self.service)}, timedelta(seconds=6)),
        }

    def addresses(self, name: str) -> dict[str, str]:
        """Where ``name`` is reached by each channel."""
        return {
            "smtp": f"{name}@hidden-host.example",
            "webhook": f"http://127.0.0.1:{next(self._hook)}/hook-of-{name}?token=geheim-{name}",
            "ntfy": f"wecker-{name}",
            "mqtt": f"house/{name}/bedside",
            "file": f"tablet of {name}",
            "console": f"screen of {name}",
            "apprise": f"json://nutzer-{name}:passwort-{name}@127.0.0.1:{self.service}/15550123-{name}",
        }


def _mail_servers(start: Callable[[Any], Any]) -> list[Script]:
    quoted = "550 <somebody@hidden-host.example> octreotide unknown"
    tempers: list[dict[str, str]] = [{}, {"RCPT": quoted}, {"DATA": quoted.replace("550", "451")}]
    tempers += [{"end of mail": CUT}, {"MAIL": quoted}, {"EHLO": quoted, "HELO": quoted}]
    return [start(scripted_server(answers)) for answers in tempers]


def _mails(servers: Sequence[Script]) -> Iterator[SmtpChannel]:
    log_in = f"nurse:{SECRETS['smtp']}@"
    for user, server in [*(("", server) for server in servers), (log_in, servers[0])]:
        url = f"smtp://{user}127.0.0.1:{server.port}?starttls=no"
        yield SmtpChannel(SmtpSettings.parse(url, "ward@hidden-host.example"), SHORT)


def _ntfy(port: int) -> NtfySettings:
    return NtfySettings.parse(f"http://127.0.0.1:{port}/", SECRETS["ntfy"])


def _brokers(start: Callable[[Any], Any], away: int) -> Iterator[MqttChannel]:
    brokers = [scripted_broker(), scripted_broker(welcome=0x87), scripted_broker(taken=0x87)]
    brokers.append(scripted_broker(taken=None))
    for port in [*(start(broker).port for broker in brokers), away]:
        yield MqttChannel(MqttSettings.parse(f"mqtt://clinic:{SECRETS['mqtt']}@127.0.0.1:{port}"), SHORT)


class Clinic:
    """Everybody is told everything by every channel, and a nurse has the digest by each."""

    def __init__(self, store: Store, rim: Rim) -> None:
        self.store = store
        self.patients = load_clinic(store, BEGIN)
        self.addresses: set[str] = set()
        self.recipients = [one for stored in self.patients for one in self._remind(rim, stored)]
        create_caseload(store, "ward-3", "Station Sonnenblick", self.patients[0].record.patient.zone, BEGIN)
        add_to_caseload(store, "ward-3", [p.record.id for p in self.patients], "", BEGIN)
        for channel, address in rim.addresses("florence").items():
            if channel != "apprise":
                self.addresses.add(address)
                self._tell_nurse(channel, address)

    def _tell_nurse(self, channel: str, address: str) -> None:
        add_contact(
            self.store,
            "ward-3",
            BEGIN,
            channel=channel,
            address=address,
            privacy=Privacy.FULL,
            by_hand="asked",
        )

    def _remind(self, rim: Rim, stored: StoredPlan) -> Iterator[RecipientRecord]:
        first = stored.record.patient.name.split()[0].lower().encode("ascii", "ignore").decode()
        for number, (channel, address) in enumerate(rim.addresses(first).items()):
            self.addresses.add(address)
            recipient = RecipientRecord(
                id=f"r-{stored.record.id}-{number}",
                patient_id=stored.record.id,
                channel=channel,
                address=address,
                privacy=Privacy.FULL.value,
                added_at=BEGIN,
                verified_at=BEGIN,
                verified_how="asked",
            )
            # By hand: of Apprise's services only those are taken whose servers are not of this test.
            with self.store.transaction() as work:
                work.recipients.add(recipient)
            yield recipient

    def names(self) -> set[str]:
        """Whom and what of, in small letters."""
        people = {part for p in self.patients for part in p.record.patient.name.split()}
        medicines = {
            word
            for patient in self.patients
            for regimen in patient.regimens
            for word in regimen.product.name.replace("-", " ").split()
        }
        return {word.lower() for word in {*people, *medicines, "Sonnenblick", "florence"} if len(word) > 3}

    def places(self) -> set[str]:
        """Where to, and what else is secret, in small letters."""
        parts = {address.rpartition("/")[2] for address in self.addresses}
        known = {
            *self.addresses,
            *parts,
            *SECRETS.values(),
            "hidden-host",
            "geheim-",
            "passwort-",
            "15550123",
        }
        return {secret.lower() for secret in known}


@contextmanager
def rim(folder: Path) -> Iterator[Rim]:
    with ExitStack() as running:
        yield Rim(running, folder)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    with everything_logged() as written:
        yield written


def test_nothing_that_any_channel_does_names_anybody(
    sqlite_url: str, tmp_path: Path, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(sqlite_url, load_formulary())
    clock, meter = StandingClock(), Meter()
    clock.pass_by(BEGIN - clock.now)
    meter.registry.register(QueueCollector(store, clock))
    states: set[tuple[str, str]] = set()
    with rim(tmp_path) as servers:
        clinic = Clinic(store, servers)
        codes = verify(store, clinic, servers, clock)
        links = AnswerLinks(OUTSIDE.text)
        links.renew(store, clock.now)
        dispatcher = Dispatcher(
            store, servers.channels, clock.trusted(), "ward@1", 2, links=links, meter=meter
        )
        for number in range(WEEK // STEP):
            turn(store, dispatcher, clock, meter, number)
            with store.reading() as work:
                states |= {(health.channel, health.state) for health in work.channel_health.all()}
            clock.pass_by(STEP)
        dispatcher.close()
        bounce(store, servers, clock.now)
    tokens = all_tokens(store, clock.now)
    pages, errors, web_metrics = visit(store, tokens, clock, monkeypatch)
    told = {
        "log": logged.getvalue(),
        "metrics": (generate_latest(meter.registry) + web_metrics).decode(),
        "doctor": str(examine(store, clock)),
        "error pages": errors,
    }
    everything_went_wrong(told, states)
    secrets = {*clinic.names(), *clinic.places(), *codes, *map(str.lower, tokens)}
    for where, text in told.items():
        assert stands_in(text, secrets) == set(), f"in the {where}"
    assert stands_in(pages, {*clinic.names(), *clinic.places()}) == set(), "in a page that nobody pressed"
    store.close()


def turn(store: Store, dispatcher: Dispatcher, clock: StandingClock, meter: Meter, number: int) -> None:
    plan_everyone(store, clock.now)
    plan_every_digest(store, clock.now)
    sweep(store, clock.now)
    finish(dispatcher)
    if number % 8 == 0:
        switch = DeadMansSwitch(f"https://127.0.0.1:1/ping-{SECRETS['ping']}", timeout_s=0.2)
        meter.audited(audit_job(store, clock, switch).count, clock.now)


def verify(store: Store, clinic: Clinic, servers: Rim, clock: StandingClock) -> set[str]:
    """Codes to everybody, which mostly do not arrive, and wrong ones said. The codes."""
    codes = set()
    for recipient in clinic.recipients:
        issued = issue_code(store, recipient.id, clock.now)
        codes.add(issued.code)
        with suppress(RefusedError, RuntimeError):
            send_code(replace(issued), servers.channels[recipient.channel])
        with suppress(RefusedError):
            verify_by_code(store, recipient.id, "no code", clock.now)
    return codes


def bounce(store: Store, servers: Rim, moment: datetime) -> None:
    """Some mails that were taken come back."""
    mails = [
        message_from_bytes(mail) for script in servers.mail_servers for mail in script.mails[:20] if mail
    ]
    noted = [
        reminder
        for mail in mails
        for reminder in note_bounces(store, report(mail["To"], message_id=mail["Message-ID"]), moment)
    ]
    assert noted != []


def all_tokens(store: Store, moment: datetime) -> list[str]:
    """The token of every link that was sent."""
    signer = LinkSigner(standing_keys(store, moment))
    with store.reading() as work:
        records: list[ReminderRecord] = work.reminder_log.ended(None, 100_000)
    of_patients = [record for record in records if record.patient_id is not None]
    return [signer.sign(AnswerToken.of(record, purpose)) for record in of_patients for purpose in LinkPurpose]


def visit(
    store: Store, tokens: Sequence[str], clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str, bytes]:
    """What pages say before a button is pressed, what those say that tell an error, and what was counted."""
    meter = WebMeter(PAGES)
    app = make_app(store, load_formulary(), clock, OUTSIDE, OUTSIDE)
    pages: list[str] = []
    errors: list[str] = []
    with TestClient(counted(app, meter), raise_server_exceptions=False) as client:

        def ask(method: str, path: str, body: bytes | None = None) -> int:
            answer = client.request(method, path, content=body, headers=FORM if body else None)
            said = f"{answer.status_code} {answer.headers} {answer.text}"
            # The page of a dose leads to itself, and 400 is that page too, with what was wrong on it.
            if answer.status_code > 400:
                errors.append(said)
            else:  # of many tokens one spells the name of somebody
                pages.append(said.replace(path.removeprefix(PATH), ""))
            return answer.status_code

        for token in tokens[::40]:
            ask("GET", f"{PATH}{token}")
            ask("POST", f"{PATH}{token}", b"answer=octreotide&who=Carmen")
            assert ask("GET", f"{PATH}{token[:-1]}!") == 404
            # Of many tokens one ends as any two letters do: more of them are changed.
            assert ask("POST", f"{PATH}{token[:-9]}{token[-9:].swapcase()}", b"answer=given") == 404
        ask("GET", "/readyz")
        clock.pass_by(timedelta(days=40))
        assert {ask("GET", f"{PATH}{token}") for token in tokens[::40]} == {410}
        clock.pass_by(-timedelta(days=40))
        token = tokens[0]
        monkeypatch.setattr(Store, "reading", careless)
        assert ask("GET", f"{PATH}{token}") == 500
        for name in ("reading", "transaction", "check_schema"):
            monkeypatch.setattr(Store, name, away)
        assert {ask("GET", f"{PATH}{token}"), ask("POST", f"{PATH}{token}", b"answer=given")} == {503}
    with TestClient(
        make_app(store, load_formulary(), clock, OUTSIDE), raise_server_exceptions=False
    ) as client:
        answer = client.get("/readyz")
        errors.append(f"{answer.status_code} {answer.headers} {answer.text}")
    monkeypatch.undo()
    return "\n".join(pages), "\n".join(errors), generate_latest(meter.registry)


def careless(*_: object) -> None:
    raise ValueError("octreotide of Carmen Diaz at hidden-host")


def away(*_: object) -> None:
    raise UnreachableError("the database does not answer: test")


def stands_in(text: str, secrets: set[str]) -> set[str]:
    """Which of ``secrets`` stand in ``text``."""
    small = text.lower()
    return {secret for secret in secrets if secret in small}


def everything_went_wrong(told: dict[str, str], states: set[tuple[str, str]]) -> None:
    """Otherwise that nothing was found says nothing."""
    outcomes = ("accepted", "refused", "retry later", "unknown", "given back")
    assert {outcome for outcome in outcomes if f"outcome={outcome}" in told["log"]} == set(outcomes)
    for channel in ("smtp", "webhook", "ntfy", "mqtt", "file", "console"):
        assert f"channel={channel} failed: RuntimeError" in told["log"], channel
    for channel in ("smtp", "webhook", "ntfy", "mqtt", "file", "console", "apprise"):
        assert f'channel="{channel}"' in told["metrics"], channel
    assert any(state == BreakerState.OPEN.value for _, state in states)
    for words in (
        "is told to recipient=",
        "is broken (refused)",
        "an answer page could not be made",
        "the ping after the audit",
        "not ready",
    ):
        assert words in told["log"], words
    assert {line[:3] for line in told["error pages"].splitlines()} >= {"404", "410", "500", "503"}
