"""What somebody meets who opens the link in a reminder, and what becomes of what they press."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.actions import record_dose
from scheduler.actions.answer import Given, NotGiven, Outcome
from scheduler.actions.answer import answer as answer_by_link
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.feed_rendering import render_stored
from scheduler.actions.hold import start_hold
from scheduler.actions.patient import load_patient, remove_patient
from scheduler.actions.plan_change import Occasion
from scheduler.actions.recipient import remove_recipient
from scheduler.actions.regimen import stop_regimen
from scheduler.dosing.hold import Hold
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.privacy import Privacy
from scheduler.reminders.answer_token import LinkPurpose
from scheduler.store.patients import PatientRecord, Patients
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.answer_world import AT_SEVEN, FIRST, World, reminded_at_seven
from tests.support.feed_world import events_of
from tests.support.one_patient import DEPOT

PENDING, SENT, CANCELLED = ReminderState.PENDING, ReminderState.SENT, ReminderState.CANCELLED
MEDICINE = re.compile("octreotide|sandostatin|100 mic|injection|abdomen|thigh", re.IGNORECASE)
DEPOT_DOSE, NEXT_DEPOT = "lar#1", "lar#2"


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    with reminded_at_seven(store) as made:
        yield made


@pytest.fixture
def path(world: World) -> str:
    return f"/answer/{world.token_for()}"


@pytest.fixture
def depot(store: Store) -> Iterator[World]:
    """At ten past ten on the day of a depot, told of it."""
    made = World(store, DEPOT)
    made.plan(AT_SEVEN + timedelta(hours=3))
    made.send_what_is_due()
    made.moment += timedelta(minutes=10)
    with made.browser:
        yield made


def at(world: World, minutes: float) -> None:
    """So long after seven."""
    world.moment = AT_SEVEN + timedelta(minutes=minutes)


def test_the_message_ends_with_a_link_that_leads_to_the_dose(world: World) -> None:
    message = world.say(world.rows()["due"])
    assert message.text.startswith("Reminder: your 07:00 is due.\nhttps://doses.example/answer/")
    assert len(message.text) <= 160  # one text message
    answer = world.get(world.send())
    assert answer.status_code == 200
    assert "<h1>Your 07:00</h1>" in answer.text
    assert "It is now 07:03." in answer.text


def test_a_dose_is_recorded_as_taken_now_at_the_planned_site(world: World, path: str) -> None:
    answer = world.press(path, "given")
    assert answer.status_code == 200
    recorded = world.recorded()
    assert recorded is not None
    assert recorded.is_given
    assert recorded.at == datetime(2026, 12, 1, 7, 3)  # noqa: DTZ001
    assert recorded.site == "abdomen-left"
    assert "Taken at 07:03 on Tuesday 1 December." in answer.text


def test_recording_takes_back_the_follow_ups_in_the_same_transaction(world: World, path: str) -> None:
    assert world.states() == {"due": SENT, "follow-1": PENDING, "follow-2": PENDING, "missed": PENDING}
    world.press(path, "given")
    assert world.states() == {"due": SENT, "follow-1": CANCELLED, "follow-2": CANCELLED, "missed": CANCELLED}


def test_a_fault_while_planning_leaves_nothing_recorded(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("scheduler.actions.plan_change.plan_reminders", broken)
        assert world.press(path, "given").status_code == 500
    assert world.recorded() is None
    assert answers_of(world) == []
    assert world.press(path, "given").status_code == 200


def test_the_depots_after_it_move_in_the_schedule_and_in_the_feed(depot: World) -> None:
    path = f"/answer/{depot.token_for(dose=DEPOT_DOSE)}"
    depot.moment += timedelta(days=3)
    at_ten = "2026-12-04T09:30"
    answer = depot.press(path, "given", at=at_ten)
    assert answer.status_code == 200
    stored = load_patient(depot.store, depot.patient)
    coming = record_dose.planned_dose(stored, NEXT_DEPOT)
    assert f"{coming.local_date}" == "2027-01-01"
    style = FeedStyle(privacy=Privacy.DISCREET)
    starts = [
        event.start
        for event in events_of(render_stored(stored, load_formulary(), style, depot.moment)).values()
    ]
    assert "20270101T100000" in starts
    assert "20261229T100000" not in starts
    assert "Next: 10:00 on Friday 1 January" in answer.text


def test_the_reminders_of_the_next_depot_move_with_it(depot: World) -> None:
    depot.moment += timedelta(days=3)
    on_the_old_date = datetime(2026, 12, 28, 12, tzinfo=UTC)
    depot.press(f"/answer/{depot.token_for(dose=DEPOT_DOSE)}", "given", at="2026-12-04T09:30")
    depot.plan(on_the_old_date)
    assert not depot.rows(NEXT_DEPOT)
    depot.plan(on_the_old_date + timedelta(days=3))
    assert f"{depot.rows(NEXT_DEPOT)['due'].due_at:%F}" == "2027-01-01"


@pytest.mark.fault(20)
def test_pressing_twice_is_one_answer(world: World, path: str) -> None:
    world.press(path, "given")
    at(world, 5)
    answer = world.press(path, "given")
    assert answer.status_code == 200
    assert "Taken at 07:03" in answer.text
    assert [kind for kind, _ in answers_of(world)] == ["given"]


def test_of_several_answers_at_once_one_is_recorded(world: World) -> None:
    token = world.token_for()
    answers = (Given(at=None, site=None), NotGiven(reason="Side effects")) * 2
    with ThreadPoolExecutor(len(answers)) as pool:
        told = [pool.submit(answer_by_link, world.store, token, world.moment, given) for given in answers]
    outcomes = Counter(one.result()[1] for one in told)
    assert outcomes == {Outcome.DONE: 1, Outcome.ALREADY: 1, Outcome.OTHERWISE: 2}
    assert len(answers_of(world)) == 1


def test_another_answer_changes_nothing_and_says_what_stands(world: World, path: str) -> None:
    world.press(path, "given")
    answer = world.press(path, "not-given", reason="Side effects")
    assert answer.status_code == 409
    assert "something else is recorded already" in answer.text
    assert "Taken at 07:03" in answer.text
    recorded = world.recorded()
    assert recorded is not None
    assert recorded.is_given


def test_what_a_nurse_recorded_meanwhile_stands_and_cannot_be_taken_back_by_the_link(
    world: World, path: str
) -> None:
    record_dose.give(world.store, world.patient, FIRST, world.moment, at=None, site=None)
    answer = world.press(path, "given")
    assert answer.status_code == 200
    assert "Recorded in another way." in answer.text
    assert world.press(path, "undo").status_code == 409
    assert world.recorded() is not None


def test_a_time_and_a_site_can_be_told(world: World, path: str) -> None:
    page = world.press(path, "show").text
    sites = re.findall(r'<option value="([^"]+)"', page)
    assert 'value="2026-12-01T07:00" max="2026-12-01T07:03"' in page
    world.press(path, "given", at="2026-12-01T06:50", site=sites[2])
    recorded = world.recorded()
    assert recorded is not None
    assert (f"{recorded.at:%H:%M}", recorded.site) == ("06:50", sites[2])


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"answer": "given", "at": "2026-12-01T07:30"}, 422, "that time is still to come"),
        ({"answer": "given", "at": "2099-12-31T23:59"}, 422, "that time is still to come"),
        ({"answer": "given", "at": "2026-09-01T07:30"}, 422, "more than 60 days ago"),
        ({"answer": "given", "at": "0001-01-01T00:00"}, 400, "write the time as"),
        ({"answer": "given", "at": "7 o'clock"}, 400, "write the time as"),
        ({"answer": "given", "at": "2026-12-01T07:00+05:00"}, 400, "write the time as"),
        ({"answer": "given", "site": "left ear"}, 422, "not in your plan"),
        ({"answer": "given", "site": "x" * 900}, 400, "at most 40 characters"),
        ({"answer": "not-given"}, 400, "say why"),
        ({"answer": "not-given", "reason": "made up"}, 400, "say why"),
        ({"answer": "not-given", "more": "a\x00b"}, 400, "control character"),
        ({"answer": "snooze", "wait": "99"}, 409, "cannot be put off so long"),
        ({"answer": "snooze", "wait": "-1"}, 400, "could not be read"),
        ({"answer": "dance"}, 400, "could not be read"),
        ({}, 400, "could not be read"),
        ({str(number): "" for number in range(50)}, 400, "could not be read"),
        ({"answer": "given", "more": "x" * 5000}, 400, "could not be read"),
    ],
)
def test_what_cannot_be_recorded_is_said_and_nothing_is(
    world: World, path: str, fields: dict[str, str], status: int, said: str
) -> None:
    answer = world.browser.post(path, data=fields)
    assert said in answer.text
    assert answer.status_code == status
    assert world.recorded() is None
    assert answers_of(world) == []


def test_a_dose_is_recorded_as_not_taken_with_its_reason(world: World, path: str) -> None:
    answer = world.press(path, "not-given", reason="Side effects", more="dizzy")
    recorded = world.recorded()
    assert recorded is not None
    assert not recorded.is_given
    assert recorded.reason == "Side effects: dizzy"
    assert "Your 07:00: not taken." in answer.text
    assert "Side effects" not in world.get(path).text.partition("<main>")[2].partition("<form")[0]
    assert world.states()["follow-1"] is CANCELLED


def test_a_late_answer_is_recorded_with_its_true_time(world: World, path: str) -> None:
    at(world, 60 * 30)
    assert "The time for it is over" in world.get(path).text
    answer = world.press(path, "given")
    assert answer.status_code == 200
    recorded = world.recorded()
    assert recorded is not None
    assert f"{recorded.at}" == "2026-12-02 13:00:00"


def test_an_answer_can_be_taken_back_for_fifteen_minutes(world: World, path: str) -> None:
    world.press(path, "given")
    at(world, 17.9)
    assert "Take this back (until 07:18)" in world.get(path).text
    assert world.press(path, "undo").status_code == 200
    assert world.recorded() is None
    assert world.states()["follow-2"] is PENDING
    assert world.press(path, "undo").status_code == 200  # pressed twice
    assert [kind for kind, _ in answers_of(world)] == ["given", "undone"]
    assert world.press(path, "not-given", reason="Side effects").status_code == 200


def test_after_fifteen_minutes_it_says_that_it_is_too_late(world: World, path: str) -> None:
    world.press(path, "given")
    at(world, 18)
    page = world.get(path).text
    assert "Take this back" not in page
    assert "If that is wrong, tell your team." in page
    answer = world.press(path, "undo")
    assert answer.status_code == 409
    assert "too late to take this back" in answer.text
    assert world.recorded() is not None


def test_only_whoever_answered_may_take_it_back(world: World, path: str) -> None:
    world.moment = AT_SEVEN - timedelta(hours=1)
    other = world.remind("yan@example.org")
    at(world, 3)
    with world.store.reading() as work:
        (theirs,) = [r for r in work.reminder_log.of_step(world.rows()["due"]) if r.recipient_id == other.id]
    their_path = world.say(theirs).text.rpartition("https://doses.example")[2]
    world.press(path, "given")
    answer = world.press(their_path, "undo")
    assert answer.status_code == 409
    assert "not recorded by this link" in answer.text
    assert world.press(their_path, "given").status_code == 200
    assert world.recorded() is not None


def test_a_dose_can_be_put_off_three_times(world: World, path: str) -> None:
    for count, minute in enumerate((3, 14, 45), 1):
        at(world, minute)
        answer = world.press(path, "snooze", wait="10")
        assert answer.status_code == 200
        assert f"You will be reminded again at 07:{minute + 10:02}." in answer.text
        world.plan()
        assert world.rows()[f"snooze-{count}"].state is PENDING
        assert world.rows()[f"snooze-{count}"].due_at == AT_SEVEN + timedelta(minutes=minute + 10)
        at(world, minute + 10)
        world.send_what_is_due()
        assert world.say(world.rows()[f"snooze-{count}"]).text.startswith("Your 07:00 is still open.")
    at(world, 57)
    assert "Remind me again" not in world.get(path).text
    assert world.press(path, "snooze", wait="10").status_code == 409


def test_nothing_is_asked_before_the_end_of_a_snooze(world: World, path: str) -> None:
    world.press(path, "snooze", wait="30")
    assert world.states() == {
        "due": SENT,
        "follow-1": CANCELLED,
        "follow-2": CANCELLED,
        "missed": PENDING,
        "snooze-1": PENDING,
    }


def test_a_snooze_that_is_pressed_twice_counts_once(world: World, path: str) -> None:
    world.press(path, "snooze", wait="30")
    at(world, 4)
    assert world.press(path, "snooze", wait="30").status_code == 200
    assert [kind for kind, _ in answers_of(world)] == ["snoozed"]


def test_a_later_snooze_takes_the_place_of_one_that_runs(world: World, path: str) -> None:
    world.press(path, "snooze", wait="10")
    world.press(path, "snooze", wait="60")
    assert world.states()["snooze-1"] is CANCELLED
    assert world.rows()["snooze-2"].due_at == AT_SEVEN + timedelta(minutes=63)


def test_recording_takes_a_snooze_back(world: World, path: str) -> None:
    world.press(path, "snooze", wait="30")
    world.press(path, "given")
    assert world.states()["snooze-1"] is CANCELLED
    world.plan(AT_SEVEN + timedelta(minutes=40))
    assert world.states()["snooze-1"] is CANCELLED


def test_a_dose_is_never_put_off_past_the_time_for_it(world: World, path: str) -> None:
    ends_at = world.rows()["due"].not_after
    assert ends_at is not None
    world.moment = ends_at - timedelta(minutes=30)
    page = world.get(path).text
    assert re.findall(r'name="wait" value="(\d+)"', page) == ["10"]
    assert world.press(path, "snooze", wait="30").status_code == 409
    world.moment = ends_at - timedelta(minutes=10)
    assert 'name="wait"' not in world.get(path).text


def test_a_depot_can_be_put_off_to_the_next_day(depot: World) -> None:
    path = f"/answer/{depot.token_for(dose=DEPOT_DOSE)}"
    assert re.findall(r'name="wait" value="(\d+)"', depot.get(path).text) == ["60", "240", "1440"]
    assert depot.press(path, "snooze", wait="1440").status_code == 200
    assert depot.states(DEPOT_DOSE)["snooze-1"] is PENDING
    assert depot.states(DEPOT_DOSE)["follow-1"] is CANCELLED


@pytest.mark.fault(20)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_only_a_button_changes_anything(
    world: World, path: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "transaction", must_not_be_called)
    answer = world.browser.request(method, f"{path}?answer=given")
    assert answer.status_code == (200 if method in {"GET", "HEAD"} else 405)


def test_nothing_on_the_page_presses_a_button_by_itself(world: World, path: str) -> None:
    page = world.get(path).text
    assert "<script" not in page
    assert re.search(r" on[a-z]+=|http-equiv|autofocus", page) is None
    policy = world.get(path).headers["content-security-policy"]
    assert "script-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert all("post" in form for form in re.findall("<form[^>]*>", page))


def test_no_medicine_is_named_before_a_button_is_pressed(store: Store) -> None:
    world = World(store, privacy=Privacy.FULL)
    world.plan(AT_SEVEN)
    world.send_what_is_due()
    path = f"/answer/{world.token_for()}"
    with world.browser:
        assert MEDICINE.search(shown(world.get(path).text)) is None
        assert MEDICINE.search(world.press(path, "show").text) is not None
        assert MEDICINE.search(shown(world.get(path).text)) is None
        assert "100 micrograms" in world.press(path, "given").text
        for told in (world.get(path), world.get(f"{path}/dose.ics")):
            assert MEDICINE.search(told.text) is None
            assert "Zoe" not in told.text


def test_showing_the_medicine_changes_nothing(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "transaction", must_not_be_called)
    answer = world.press(path, "show")
    assert answer.status_code == 200
    assert "Octreotide" in answer.text or "octreotide" in answer.text


def test_a_browser_keeps_it_to_itself_on_every_status(world: World, path: str) -> None:
    for answer in (
        world.get(path),
        world.get("/answer/x"),
        world.press(path, "dance"),
        world.press(path, "given"),
    ):
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers


def test_a_dose_that_left_the_plan_says_so(world: World, path: str) -> None:
    moment = datetime(2026, 12, 1, 6, 0)  # noqa: DTZ001
    occasion = Occasion(moment=world.moment)
    stop_regimen(world.store, world.patient, "octreotide", occasion, at=moment, reason="over")
    for answer in (world.get(path), world.press(path, "given"), world.press(path, "undo")):
        assert answer.status_code == 410
        assert "The plan has changed since this message was sent." in answer.text


def test_a_dose_on_hold_says_so_and_is_recorded_if_it_was_taken(world: World, path: str) -> None:
    day = datetime(2026, 12, 1).date()  # noqa: DTZ001
    held = Hold(regimen="octreotide", first=day, last=day, reason="surgery")
    start_hold(world.store, world.patient, held, Occasion(moment=world.moment))
    assert "It is on hold." in world.get(path).text
    assert world.press(path, "given").status_code == 200
    assert world.recorded() is not None


def test_the_link_of_a_removed_recipient_has_ended(world: World, path: str) -> None:
    remove_recipient(world.store, world.zoe.id, world.moment)
    assert world.get(path).status_code == 410
    assert world.press(path, "given").status_code == 410
    assert world.recorded() is None


def test_the_link_of_a_removed_patient_does_not_work(world: World, path: str) -> None:
    remove_patient(world.store, world.patient)
    assert world.get(path).status_code == 404


def test_several_doses_are_listed_behind_one_link(world: World) -> None:
    world.plan(AT_SEVEN + timedelta(hours=8, minutes=20))
    world.send_what_is_due()
    second = "octreotide@2026-12-01/2"
    message = world.say(world.rows()["due"], world.rows(second)["due"])
    (path,) = re.findall(r"https://doses.example(\S+)", message.text)
    page = world.get(path).text
    assert re.findall(r'<a class="button" href="[^"]+">([^<]+)</a>', page) == ["07:00", "15:00"]
    links = re.findall(r'<a class="button" href="([^"]+)">', page)
    assert world.press(f"/answer/{links[1]}", "given").status_code == 200
    assert world.recorded(second) is not None
    assert "15:00" not in world.get(path).text
    world.press(f"/answer/{links[0]}", "not-given", reason="Side effects")
    assert "Nothing is open" in world.get(path).text


def test_a_link_to_a_list_records_nothing_itself(world: World) -> None:
    path = f"/answer/{world.token_for(purpose=LinkPurpose.ALL)}"
    assert world.press(path, "given").status_code == 404
    assert world.recorded() is None


def test_the_next_dose_can_be_added_to_a_calendar(depot: World) -> None:
    path = f"/answer/{depot.token_for(dose=DEPOT_DOSE)}"
    depot.press(path, "given")
    answer = depot.get(f"{path}/dose.ics")
    (event,) = events_of(answer.content).values()
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert (event.start, event.title) == ("20261229T100000", "Reminder")


def test_the_file_of_a_dose_looks_its_patient_up_once(depot: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path, asked, get = f"/answer/{depot.token_for(dose=DEPOT_DOSE)}", list[str](), Patients.get

    def counted(patients: Patients, patient_id: str) -> PatientRecord:
        asked.append(patient_id)
        return get(patients, patient_id)

    monkeypatch.setattr(Patients, "get", counted)
    assert depot.get(f"{path}/dose.ics").status_code == 200
    assert asked == [depot.patient]


def test_a_list_of_doses_is_no_file(world: World) -> None:
    path = f"/answer/{world.token_for(purpose=LinkPurpose.ALL)}"
    assert world.get(f"{path}/dose.ics").status_code == 410


def test_no_status_puts_the_token_into_a_log(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    caplog.set_level(logging.DEBUG)
    token = path.rpartition("/")[2]
    world.get(path)
    world.press(path, "given")
    monkeypatch.setattr("scheduler.web.answers.look", broken)
    answer = world.get(path)
    assert (answer.status_code, "Nothing was recorded." in answer.text) == (500, True)
    assert "an answer page could not be made: ValueError at" in caplog.text
    assert token not in caplog.text
    assert "octreotide" not in caplog.text


def answers_of(world: World) -> list[tuple[str, datetime]]:
    with world.store.reading() as work:
        return [(a.kind.value, a.answered_at) for a in work.answers.of_dose(world.patient, FIRST)]


def shown(page: str) -> str:
    """Without what is folded away: the sites to choose from."""
    return re.sub("<details.*?</details>", "", page, flags=re.DOTALL)


def broken(*_: object, **__: object) -> None:
    raise ValueError("octreotide")


def must_not_be_called(*_: object) -> None:
    raise AssertionError("a page wrote something")
