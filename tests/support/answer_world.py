"""A patient with reminders, the mails that they get, and a browser for the links in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from httpx2 import Response
from starlette.testclient import TestClient

from scheduler.actions.feed_address import BaseUrl
from scheduler.actions.patient import load_patient
from scheduler.actions.recipient import add_recipient
from scheduler.dosing.administration import Administration
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.privacy import Privacy
from scheduler.reminders.answer_links import AnswerLinks
from scheduler.reminders.answer_token import AnswerToken, LinkPurpose, LinkSigner
from scheduler.reminders.message import Message, reminder_message, several
from scheduler.reminders.planner import plan_everyone
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.reminder_row import AttemptResult, ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from scheduler.web.app import make_app
from tests.support.one_patient import MORNING, THREE_A_DAY, add_patient

OUTSIDE = BaseUrl.parse("https://doses.example")
AT_SEVEN = datetime.fromisoformat("2026-12-01T12:00:00+00:00")
"""When the first dose is due, 07:00 in New York."""

_LEASE = timedelta(seconds=30)
FIRST = "octreotide@2026-12-01/1"
NOTHING_SAID = Message(subject="", text="")


@contextmanager
def reminded_at_seven(store: Store) -> Iterator[World]:
    """At three past seven, with the reminder of seven o'clock sent."""
    made = World(store)
    made.plan(AT_SEVEN)
    made.send_what_is_due()
    made.moment = AT_SEVEN + timedelta(minutes=3)
    with made.browser:
        yield made


class World:
    """One patient, reminded by mail. ``moment`` is what the clock shows; a test sets it."""

    def __init__(self, store: Store, body: str = THREE_A_DAY, *, privacy: Privacy = Privacy.DISCREET) -> None:
        self.store = store
        self.moment = MORNING
        self.patient = add_patient(store, body)
        self.zoe = self.remind("zoe@example.org", privacy=privacy)
        self.links = AnswerLinks(OUTSIDE.text)
        self.links.renew(store, self.moment)
        app = make_app(store, load_formulary(), lambda: self.moment, OUTSIDE, OUTSIDE)
        self.browser = TestClient(app, raise_server_exceptions=False)

    def remind(
        self,
        address: str,
        *,
        privacy: Privacy = Privacy.DISCREET,
        role: RecipientRole = RecipientRole.PERSON,
    ) -> RecipientRecord:
        return add_recipient(
            self.store,
            self.patient,
            self.moment,
            channel="smtp",
            address=address,
            privacy=privacy,
            role=role,
            consented=role is RecipientRole.ESCALATION,
            by_hand="asked",
        )

    def plan(self, moment: datetime | None = None) -> None:
        """What the daemon does every half minute."""
        self.moment = moment or self.moment
        plan_everyone(self.store, self.moment)

    def rows(self, dose: str = FIRST) -> dict[str, ReminderRecord]:
        """The reminders of one dose to Zoe, by step."""
        with self.store.reading() as work:
            waiting, ended = work.reminder_log.upcoming(self.patient, 500), work.reminder_log.ended(None, 500)
        rows = [*waiting, *ended]
        return {row.step: row for row in rows if (row.dose_id, row.recipient_id) == (dose, self.zoe.id)}

    def states(self, dose: str = FIRST) -> dict[str, ReminderState]:
        return {step: row.state for step, row in sorted(self.rows(dose).items())}

    def say(self, *records: ReminderRecord) -> Message:
        """The message that the daemon would send of ``records`` now."""
        made = (
            reminder_message(records[0], self.moment) if len(records) == 1 else several(records, self.moment)
        )
        return self.links.under(made, records)

    def way_out(self, step: str = "due", dose: str = FIRST) -> str:
        """The path of the link to unsubscribe in the head of the mail of a reminder."""
        return way_out_of(self.links.to_unsubscribe.over(NOTHING_SAID, [self.rows(dose)[step]]))

    def send(self, step: str = "due", dose: str = FIRST) -> str:
        """Send what is due now, that reminder too, and the path of the link in its message."""
        self.send_what_is_due()
        record = self.rows(dose)[step]
        assert record.state is ReminderState.SENT
        return path_in(self.say(record))

    def send_what_is_due(self) -> None:
        sent = AttemptResult(state=ReminderState.SENT, outcome="accepted")
        with self.store.transaction() as work:
            queue, now = work.reminders, self.moment
            rows = queue.claim("ward@1", now, now + _LEASE, 500, due_by=now, channel="smtp")
            queue.begin(rows)
            for row in rows:
                queue.finish(row, sent, now)

    def get(self, path: str) -> Response:
        return self.browser.get(path)

    def press(self, path: str, answer: str, **more: str) -> Response:
        return self.browser.post(path, data={"answer": answer, **more})

    def recorded(self, dose: str = FIRST) -> Administration | None:
        stored = load_patient(self.store, self.patient)
        found = [entry.value for entry in stored.administrations if str(entry.value.dose) == dose]
        return found[0] if found else None

    def token_for(self, step: str = "due", dose: str = FIRST, purpose: LinkPurpose = LinkPurpose.ONE) -> str:
        """The token of a link, as the newest key signs it."""
        with self.store.reading() as work:
            keys = [key.secret for key in work.link_keys.standing(self.moment)]
        return LinkSigner(keys).sign(AnswerToken.of(self.rows(dose)[step], purpose))


def way_out_of(message: Message) -> str:
    """The path of the link to unsubscribe that goes into the head of a mail."""
    assert message.unsubscribe_url is not None
    assert message.unsubscribe_url.startswith(f"{OUTSIDE.text}/unsubscribe/")
    return str(urlsplit(message.unsubscribe_url).path)


def path_in(message: Message) -> str:
    """The path of the only address in a message."""
    (address,) = re.findall(r"https?://\S+", message.text)
    assert address.startswith(f"{OUTSIDE.text}/answer/")
    return str(urlsplit(address).path)
