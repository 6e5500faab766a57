"""A mail that came back is told in another way."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from scheduler.actions import record_dose
from scheduler.actions.bounce import note_bounce, note_bounces
from scheduler.actions.caseload_contact import list_contacts
from scheduler.errors import NotFoundError
from scheduler.reminders.bounce import Bounce, bounces
from scheduler.reminders.channels.channel import Accepted
from scheduler.store.recipients import BrokenHow, RecipientRecord
from scheduler.store.reminder_row import ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.digests import SEVEN, WARD, make_caseload, reach, take_in
from tests.support.dispatching import DispatchedWard, ObedientChannel
from tests.support.waiting_reminders import NOON, everything
from tests.support.ward import THRICE_DAILY, admit, remind

MORNING = NOON - timedelta(hours=1)
MINUTE = timedelta(minutes=1)
FIRST = "octreotide@2026-12-01/1"
REPORT = """\
From: MAILER-DAEMON@mail.example
To: clinic@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}

--b
Content-Type: {kind}

Message-ID: {message_id}
Subject: Reminder

--b--
"""


def report(
    address: str = "ZOE@example.org",
    action: str = "failed",
    status: str = "5.1.1",
    message_id: str = "<1@example.org>",
    kind: str = "text/rfc822-headers",
) -> bytes:
    text = REPORT.format(address=address, action=action, status=status, message_id=message_id, kind=kind)
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_says_which_mail_did_not_reach_whom(kind: str) -> None:
    assert bounces(report(kind=kind)) == [
        Bounce(message_id="<1@example.org>", address="ZOE@example.org", status="5.1.1")
    ]


@pytest.mark.parametrize(
    "content",
    [
        report(action="delayed"),
        report(action="delivered", status="2.0.0"),
        report(message_id=""),
        report().replace(b"multipart/report", b"multipart/mixed"),
        b"Subject: I am on holiday\r\n\r\n<1@example.org> failed",
        b"",
        b"\xff\x00\xfe",
    ],
)
def test_anything_else_is_none(content: bytes) -> None:
    assert bounces(content) == []


@pytest.fixture
def ward(store: Store) -> DispatchedWard:
    """Zoe was told by mail that her dose is due."""
    patient = admit(store, THRICE_DAILY.format(start="2026-12-01"), MORNING)
    remind(store, patient, MORNING)
    found = DispatchedWard(store)
    found.dispatch({"smtp": ObedientChannel(lambda _: Accepted(provider_id="<1@example.org>"))})
    return found


def rows(store: Store) -> dict[tuple[str, str], ReminderRecord]:
    found = {(r.channel, r.step): r for r in everything(store) if r.dose_id == FIRST}
    return {key: row for key, row in found.items() if not key[1].startswith("follow")}


def zoe(store: Store) -> RecipientRecord:
    with store.reading() as work:
        return work.recipients.of(["p-test"])["p-test"][0]


def test_a_reminder_that_came_back_goes_to_the_next_contact_point_with_the_news(ward: DispatchedWard) -> None:
    remind(ward.store, "p-test", NOON + MINUTE, channel="console", address="Zoe")
    assert len(note_bounces(ward.store, report(), NOON + 2 * MINUTE)) == 1
    found = rows(ward.store)
    mail = found["smtp", "due"]
    assert (mail.state, mail.last_error) == (ReminderState.FAILED, "it came back (5.1.1)")
    assert found["console", "due"].state is ReminderState.PENDING
    assert found["console", "broken"].state is ReminderState.PENDING
    assert zoe(ward.store).broken_how is BrokenHow.BOUNCED


def test_the_same_report_again_changes_nothing(ward: DispatchedWard) -> None:
    note_bounces(ward.store, report(), NOON + MINUTE)
    before = everything(ward.store)
    assert note_bounces(ward.store, report(), NOON + 2 * MINUTE) == []
    assert everything(ward.store) == before


@pytest.mark.parametrize(
    "content", [report(address="other@example.org"), report(message_id="<2@example.org>")]
)
def test_a_report_of_nothing_that_was_sent_changes_nothing(ward: DispatchedWard, content: bytes) -> None:
    before = everything(ward.store)
    assert note_bounces(ward.store, content, NOON + MINUTE) == []
    assert everything(ward.store) == before
    assert zoe(ward.store).broken_at is None


def test_a_dose_that_was_recorded_meanwhile_is_told_of_no_more(ward: DispatchedWard) -> None:
    record_dose.give(ward.store, "p-test", FIRST, NOON + MINUTE, at=None, site=None)
    remind(ward.store, "p-test", NOON + MINUTE, channel="console", address="Zoe")
    note_bounces(ward.store, report(), NOON + 2 * MINUTE)
    standing = rows(ward.store).get(("console", "due"))
    assert standing is None or standing.state is ReminderState.CANCELLED
    assert zoe(ward.store).broken_at is not None


def test_a_digest_that_came_back_goes_to_who_stands_in(store: Store) -> None:
    make_caseload(store)
    nurse, desk = reach(store), reach(store, "desk@example.org", stands_in=True)
    take_in(store, "p-1", THRICE_DAILY.format(start="2026-12-02"))
    found = DispatchedWard(store)
    found.clock.now = SEVEN
    found.dispatch({"smtp": ObedientChannel(lambda _: Accepted(provider_id="<1@example.org>"))})
    assert len(note_bounces(store, report(address="nurse@example.org"), SEVEN + MINUTE)) == 1
    states = {r.recipient_id: r.state for r in everything(store) if r.due_at <= SEVEN + MINUTE}
    assert states == {nurse.id: ReminderState.FAILED, desk.id: ReminderState.PENDING}
    (broken,) = (c for c in list_contacts(store, WARD) if c.id == nurse.id)
    assert broken.broken_how is BrokenHow.BOUNCED
    assert note_bounces(store, report(address="nurse@example.org"), SEVEN + 2 * MINUTE) == []


def test_a_passing_bounce_is_told_in_another_way_and_leaves_the_address_as_it_is(
    ward: DispatchedWard,
) -> None:
    remind(ward.store, "p-test", NOON + MINUTE, channel="console", address="Zoe")
    passing = Bounce(
        message_id="<1@example.org>", address="zoe@example.org", status="4.2.2", is_lasting=False
    )
    assert len(note_bounce(ward.store, passing, NOON + 2 * MINUTE)) == 1
    found = rows(ward.store)
    assert found["smtp", "due"].last_error == "it came back (4.2.2)"
    assert found["console", "due"].state is ReminderState.PENDING
    assert ("console", "broken") not in found
    assert zoe(ward.store).broken_at is None


@pytest.mark.parametrize(
    ("came_back_at", "since"),
    [
        (NOON + MINUTE, NOON + MINUTE),
        (NOON - timedelta(days=29), NOON - timedelta(days=29)),
        (NOON - timedelta(days=31), NOON + 5 * MINUTE),
        (NOON + timedelta(days=1), NOON + 5 * MINUTE),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), NOON + 5 * MINUTE),
        (datetime(9999, 12, 31, tzinfo=timezone(timedelta(hours=-14))), NOON + 5 * MINUTE),
        (None, NOON + 5 * MINUTE),
    ],
)
def test_an_address_is_broken_since_it_came_back_where_that_can_be(
    ward: DispatchedWard, came_back_at: datetime | None, since: datetime
) -> None:
    bounce = Bounce(
        message_id="<1@example.org>", address="zoe@example.org", status="5.1.1", came_back_at=came_back_at
    )
    note_bounce(ward.store, bounce, NOON + 5 * MINUTE)
    assert zoe(ward.store).broken_at == since


def test_a_patient_who_is_removed_meanwhile_is_left_alone(
    ward: DispatchedWard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise NotFoundError("there is no such patient")

    monkeypatch.setattr("scheduler.store.patients.Patients.lock", gone)
    assert note_bounces(ward.store, report(), NOON + MINUTE) == []
