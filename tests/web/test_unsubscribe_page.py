"""What ends by the link in the head of a mail, what goes on, and how it comes back."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from httpx2 import Response

from scheduler.actions.caseload_contact import list_contacts
from scheduler.actions.contact_problem import contact_problem
from scheduler.actions.link_key import rotate_link_key
from scheduler.actions.patient import remove_patient
from scheduler.actions.recipient import add_recipient, list_recipients, remove_recipient
from scheduler.actions.reminder_why import why
from scheduler.actions.unsubscribe import look_at_contact
from scheduler.actions.verification import verify_by_hand
from scheduler.errors import NotFoundError
from scheduler.ical.privacy import Privacy
from scheduler.reminders.auditor import audit
from scheduler.reminders.digest_audit import audit_digests
from scheduler.reminders.digest_planner import plan_every_digest
from scheduler.reminders.message import reminder_message
from scheduler.reminders.unsubscribe_token import UnsubscribeSigner, UnsubscribeToken
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.reminder_row import ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.answer_world import AT_SEVEN, FIRST, NOTHING_SAID, World, reminded_at_seven, way_out_of
from tests.support.digests import WARD, choose_digest, make_caseload, reach
from tests.support.waiting_reminders import everything

PENDING, SENT, CANCELLED = ReminderState.PENDING, ReminderState.SENT, ReminderState.CANCELLED
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
MEDICINE = re.compile("octreotide|sandostatin|100 mic|injection|zoe|example.org", re.IGNORECASE)
HOUR = timedelta(hours=1)
SECOND = "octreotide@2026-12-01/2"
"""Due at 15:00 in New York."""


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    with reminded_at_seven(store) as made:
        yield made


@pytest.fixture
def path(world: World) -> str:
    return world.way_out()


def one_click(world: World, path: str) -> Response:
    """What a mail program sends, as RFC 8058 would have it: multipart, and no cookie."""
    return world.browser.post(path, files={name: (None, value) for name, value in ONE_CLICK.items()})


def zoe(world: World) -> RecipientRecord:
    (found,) = (r for r in list_recipients(world.store, world.patient) if r.id == world.zoe.id)
    return found


def pushed(world: World) -> RecipientRecord:
    """Another way to reach her."""
    return add_recipient(
        world.store,
        world.patient,
        world.moment,
        channel="ntfy",
        address="zoe-topic-0123456789",
        privacy=Privacy.DISCREET,
        by_hand="asked",
    )


def news(world: World) -> list[ReminderRecord]:
    return [row for row in everything(world.store) if row.step == "broken"]


def test_opening_it_changes_nothing_and_shows_one_button(world: World, path: str) -> None:
    before = everything(world.store)
    answer = world.get(path)
    assert answer.status_code == 200
    assert re.findall(r"<button[^>]*>([^<]*)", answer.text) == ["End reminders here"]
    assert "No reminder reaches you in any other way" in answer.text
    assert world.browser.head(path).status_code == 200
    assert zoe(world).unsubscribed_at is None
    assert everything(world.store) == before
    assert not MEDICINE.search(answer.text)


def test_one_post_of_a_mail_program_ends_what_goes_there(world: World, path: str) -> None:
    answer = one_click(world, path)
    assert answer.status_code == 200
    assert not answer.history
    assert "set-cookie" not in answer.headers
    assert zoe(world).unsubscribed_at == world.moment
    assert {row.state for row in everything(world.store)} == {SENT, CANCELLED}
    assert world.rows()["follow-1"].last_error == "unsubscribed by the link in a mail"


def test_it_may_come_in_the_other_encoding_of_a_form_and_by_the_button(world: World, path: str) -> None:
    assert world.browser.post(path, data=ONE_CLICK).status_code == 200
    assert zoe(world).unsubscribed_at is not None
    world.press(path, "undo")
    assert zoe(world).unsubscribed_at is None
    assert world.press(path, "unsubscribe").status_code == 200
    assert zoe(world).unsubscribed_at is not None


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=Two-Clicks"),
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click&" + b"a=1&" * 20),
        ("application/x-www-form-urlencoded", b"answer=given"),
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click&a=" + b"a" * 5000),
        ("application/x-www-form-urlencoded", b"\xff"),
        ("multipart/form-data", b"List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nOne-Click\r\n--x--\r\n"),
        ("", b"--"),
    ],
)
def test_anything_else_that_is_posted_ends_nothing(
    world: World, path: str, content_type: str, body: bytes
) -> None:
    answer = world.browser.post(path, content=body, headers={"content-type": content_type})
    assert answer.status_code == 400
    assert "Please press the button again." in answer.text
    assert zoe(world).unsubscribed_at is None


def test_the_page_says_what_ended_what_goes_on_and_how_to_have_it_again(world: World, path: str) -> None:
    alone = world.press(path, "unsubscribe").text
    assert "<h1>Reminders have ended here</h1>" in alone
    assert "since 07:03 on Tuesday 1 December" in alone
    assert "No reminder reaches you in any other way" in alone
    assert "a calendar that you subscribed to" in alone
    assert "Have them again (until 07:18)" in alone
    assert "Later, ask your team." in alone
    assert not MEDICINE.search(alone)
    pushed(world)
    assert "Reminders go on coming to you by push message." in world.get(path).text


def test_a_second_post_answers_the_same_and_changes_nothing(world: World, path: str) -> None:
    first = one_click(world, path)
    rows = everything(world.store)
    world.moment += timedelta(seconds=20)
    assert one_click(world, path).text == first.text
    assert zoe(world).unsubscribed_at == world.moment - timedelta(seconds=20)
    assert everything(world.store) == rows


def test_nothing_is_planned_there_any_more_and_the_audit_misses_nothing(world: World, path: str) -> None:
    one_click(world, path)
    for hours in range(0, 48, 6):
        world.plan(AT_SEVEN + timedelta(hours=hours))
        world.send_what_is_due()
        assert audit(world.store, world.moment).shown == ()
    assert {row.state for row in everything(world.store) if row.dose_id != FIRST} == {CANCELLED}


def test_her_other_contact_point_goes_on_and_hears_of_it_when_it_cannot_be_undone_any_more(
    world: World, path: str
) -> None:
    other = pushed(world)
    one_click(world, path)
    (told,) = news(world)
    assert (told.recipient_id, told.due_at) == (other.id, world.moment + timedelta(minutes=15))
    assert reminder_message(told, world.moment).text == (
        "Reminders to you by mail were ended, by the link to unsubscribe in one of them. If that was not "
        "you, tell your team; reminders come here as well."
    )
    world.plan(AT_SEVEN + timedelta(minutes=5))
    waiting = {row.recipient_id for row in everything(world.store) if row.state is PENDING}
    assert waiting == {other.id}


def test_after_an_undo_it_is_as_if_nothing_had_been(world: World, path: str) -> None:
    pushed(world)
    before = {row.key: row.state for row in everything(world.store)}
    one_click(world, path)
    world.moment += timedelta(minutes=14)
    answer = world.press(path, "undo")
    assert answer.status_code == 200
    assert "End reminders here" in answer.text
    assert zoe(world).unsubscribed_at is None
    assert {row.state for row in news(world)} == {CANCELLED}
    after = {row.key: row.state for row in everything(world.store) if row.step != "broken"}
    assert after == before


def test_what_came_due_before_the_undo_is_said_late(world: World, path: str) -> None:
    path = world.way_out()
    world.moment = datetime.fromisoformat("2026-12-01T19:50:00+00:00")
    world.plan()
    one_click(world, path)
    world.moment += timedelta(minutes=14)  # four past 15:00 in New York
    world.press(path, "undo")
    world.send_what_is_due()
    assert world.rows(SECOND)["due"].state is SENT


def test_what_was_recorded_before_the_undo_is_not_asked_for_again(world: World, path: str) -> None:
    one_click(world, path)
    world.press(f"/answer/{world.token_for()}", "given")
    world.press(path, "undo")
    assert world.states() == {"due": SENT, "follow-1": CANCELLED, "follow-2": CANCELLED, "missed": CANCELLED}


def test_it_is_undone_for_a_quarter_of_an_hour_and_not_longer(world: World, path: str) -> None:
    one_click(world, path)
    world.moment += timedelta(minutes=15)
    answer = world.press(path, "undo")
    assert answer.status_code == 409
    assert "It is too late to take this back here." in answer.text
    assert "Have them again" not in answer.text
    assert zoe(world).unsubscribed_at is not None


def test_an_undo_of_nothing_changes_nothing(world: World, path: str) -> None:
    before = everything(world.store)
    assert world.press(path, "undo").status_code == 200
    assert everything(world.store) == before


def test_later_her_team_subscribes_her_again_from_that_moment_on(world: World, path: str) -> None:
    one_click(world, path)
    world.plan(AT_SEVEN + timedelta(days=3, hours=1))
    verify_by_hand(world.store, world.zoe.id, "she asked for them again", world.moment)
    assert zoe(world).verified_at == world.moment
    waiting = [row for row in everything(world.store) if row.state is PENDING]
    assert {row.recipient_id for row in waiting} == {world.zoe.id}
    assert min(row.dose_due_at for row in waiting) > world.moment
    assert "End reminders here" in world.get(path).text
    world.moment += timedelta(minutes=2)
    assert audit(world.store, world.moment).shown == ()


def test_the_news_is_taken_back_where_her_team_is_quicker(world: World, path: str) -> None:
    pushed(world)
    one_click(world, path)
    verify_by_hand(world.store, world.zoe.id, "it was a slip", world.moment + timedelta(minutes=5))
    assert {row.state for row in news(world)} == {CANCELLED}


def test_her_nurse_sees_it(world: World, path: str) -> None:
    one_click(world, path)
    assert contact_problem(zoe(world)) == "was unsubscribed on 2026-12-01: nothing goes there"
    (told,) = why(world.store, world.patient, SECOND, world.moment)
    assert told.sentences[0] == "The address was unsubscribed on 2026-12-01: nothing goes there."
    assert "unsubscribed by the link in a mail" in told.sentences[1]


def test_somebody_who_is_told_on_escalation_learns_nothing_of_others(world: World) -> None:
    anna = world.remind("anna@example.org", role=RecipientRole.ESCALATION)
    world.plan(AT_SEVEN + timedelta(minutes=5))
    (row,) = (r for r in everything(world.store) if r.recipient_id == anna.id and r.dose_id == SECOND)
    path = way_out_of(world.links.to_unsubscribe.over(NOTHING_SAID, [row]))
    answer = world.press(path, "unsubscribe")
    assert look_at_contact(world.store, path.rsplit("/", 1)[-1], world.moment).others == ()
    assert "<h1>Messages have ended here</h1>" in answer.text
    assert "Whoever else is told goes on being told." in answer.text
    assert "eminders" not in answer.text
    assert news(world) == []
    assert zoe(world).unsubscribed_at is None
    assert world.rows()["follow-1"].state is PENDING


def digests(world: World, nurse: RecipientRecord) -> list[ReminderRecord]:
    """The nurse's digests, the first first."""
    rows = (row for row in everything(world.store) if row.recipient_id == nurse.id)
    return sorted(rows, key=lambda row: row.due_at)


def test_a_nurse_ends_the_digest_and_has_it_again(world: World) -> None:
    make_caseload(world.store)
    nurse = reach(world.store)
    first, *_ = digests(world, nurse)
    path = way_out_of(world.links.to_unsubscribe.over(NOTHING_SAID, [first]))
    world.moment = first.due_at - HOUR
    answer = one_click(world, path)
    assert "Whoever else is told goes on being told." in answer.text
    (contact,) = list_contacts(world.store, WARD)
    assert "was unsubscribed on" in str(contact_problem(contact))
    world.moment += HOUR
    plan_every_digest(world.store, world.moment)
    assert {row.state for row in digests(world, nurse)} == {CANCELLED}
    world.moment += timedelta(days=3, minutes=2)  # longer than any row was planned for
    plan_every_digest(world.store, world.moment)
    assert audit_digests(world.store, world.moment)[1] == []
    verify_by_hand(world.store, nurse.id, "asked on the ward", world.moment)
    waiting = [row.due_at for row in digests(world, nurse) if row.state is PENDING]
    assert waiting == [first.due_at + timedelta(days=4)]
    world.moment += timedelta(minutes=2)
    assert audit_digests(world.store, world.moment)[1] == []


def test_an_undo_brings_back_the_digest_that_waits(world: World) -> None:
    make_caseload(world.store)
    nurse = reach(world.store)
    first, *_ = before = digests(world, nurse)
    path = way_out_of(world.links.to_unsubscribe.over(NOTHING_SAID, [first]))
    world.moment = first.due_at - HOUR
    one_click(world, path)
    world.press(path, "undo")
    assert digests(world, nurse)[: len(before)] == before
    one_click(world, path)
    choose_digest(world.store, world.moment, at="08:30")
    world.press(path, "undo")
    waiting = [row.due_at for row in digests(world, nurse) if row.state is PENDING]
    assert waiting[0] == first.due_at + timedelta(minutes=90)


def test_the_dose_can_still_be_answered_but_not_put_off(world: World, path: str) -> None:
    one_click(world, path)
    answer = f"/answer/{world.token_for()}"
    assert world.press(answer, "snooze", wait="10").status_code == 409
    assert world.press(answer, "given").status_code == 200
    assert world.recorded() is not None


def test_an_id_that_was_given_anew_is_not_taken_for_the_one_before(world: World) -> None:
    with world.store.reading() as work:
        keys = [key.secret for key in work.link_keys.standing(world.moment)]
    of_another = replace(UnsubscribeToken.of(world.rows()["due"]), mark=b"\0" * 4)
    path = f"/unsubscribe/{UnsubscribeSigner(keys).sign(of_another)}"
    assert (world.get(path).status_code, one_click(world, path).status_code) == (410, 200)
    assert zoe(world).unsubscribed_at is None


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_link_an_answers_or_one_cut_off_does_not_work(world: World, path: str, method: str) -> None:
    for forged in (path[:-1], path[:-2] + "AA", f"/unsubscribe/{world.token_for()}", "/unsubscribe/x"):
        answer = world.browser.request(method, forged, data=ONE_CLICK if method == "POST" else None)
        assert answer.status_code == 404
        assert "<h1>This link does not work</h1>" in answer.text
    assert world.get(path.replace("unsubscribe", "answer")).status_code == 404
    assert zoe(world).unsubscribed_at is None


def test_a_link_that_is_too_old_does_not_work(world: World, path: str) -> None:
    world.moment = AT_SEVEN + timedelta(days=35)
    answer = one_click(world, path)
    assert (answer.status_code, "This link is too old" in answer.text) == (410, True)
    assert zoe(world).unsubscribed_at is None


def test_a_link_of_the_key_before_works_and_one_of_a_key_that_ended_does_not(world: World, path: str) -> None:
    rotate_link_key(world.store, world.moment, ends_others=False)
    assert world.get(path).status_code == 200
    rotate_link_key(world.store, world.moment, ends_others=True)
    assert one_click(world, path).status_code == 404
    assert zoe(world).unsubscribed_at is None


def test_where_nothing_is_sent_any_more_a_post_has_what_it_asked_for(world: World, path: str) -> None:
    remove_recipient(world.store, world.zoe.id, world.moment)
    seen, posted = world.get(path), one_click(world, path)
    assert (seen.status_code, posted.status_code) == (410, 200)
    assert "<h1>Nothing is sent here</h1>" in seen.text
    assert "<h1>Nothing is sent here</h1>" in posted.text
    assert world.press(path, "undo").status_code == 410
    remove_patient(world.store, world.patient)
    assert (world.get(path).status_code, one_click(world, path).status_code) == (410, 200)


def test_a_patient_who_is_removed_at_the_same_moment_is_as_one_who_was(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise NotFoundError("there is no such patient")

    monkeypatch.setattr("scheduler.store.patients.Patients.lock", gone)
    assert one_click(world, path).status_code == 200
    assert world.press(path, "undo").status_code == 410


def test_a_fault_while_it_is_done_leaves_all_as_it_was(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError(path)

    before = everything(world.store)
    with monkeypatch.context() as patch:
        patch.setattr("scheduler.actions.unsubscribe.tell_unsubscribed", broken)
        assert one_click(world, path).status_code == 500
    assert zoe(world).unsubscribed_at is None
    assert everything(world.store) == before
    assert path.rsplit("/", 1)[-1] not in caplog.text


def test_the_log_says_which_contact_point_and_nothing_of_the_link(
    world: World, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        one_click(world, path)
    assert f"recipient={world.zoe.id} was unsubscribed by the link in a mail" in caplog.text
    own = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("scheduler"))
    assert path.rsplit("/", 1)[-1] not in own
    assert "example.org" not in own


def test_no_page_of_it_is_kept_followed_framed_or_found(world: World, path: str) -> None:
    for answer in (world.get(path), one_click(world, path), world.get("/unsubscribe/x")):
        headers = answer.headers
        assert headers["cache-control"] == "private, no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "form-action 'self'" in headers["content-security-policy"]
