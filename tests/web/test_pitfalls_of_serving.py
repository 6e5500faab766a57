"""What calendar programs stumble over when they fetch: each pitfall by its name, and that it is not here."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from scheduler.actions import record_dose
from scheduler.actions.caseload import add_to_caseload
from scheduler.actions.feed import issue_feed, revoke_feed
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.hold import end_hold, start_hold
from scheduler.actions.import_plan import import_plan
from scheduler.actions.lead_choice import LeadChoice
from scheduler.actions.patient import remove_patient
from scheduler.actions.plan_change import Occasion
from scheduler.actions.regimen import stop_regimen, take_back_version
from scheduler.dosing.hold import Hold
from scheduler.errors import RefusedError
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.audience import Audience
from scheduler.ical.privacy import Privacy
from scheduler.store.plans import Plans
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import (
    DISCREET,
    NO_HEADERS,
    PROGRAMS,
    SeenEvent,
    Ward,
    World,
    events_of,
    lose_the_database,
    path_of,
    the_one_at,
    titled,
    unreachable,
)
from tests.support.one_patient import DEPOT, MORNING, THREE_A_DAY
from tests.support.plan_text import plan_file

A_DAY = timedelta(days=1)
NEW_YORK = ZoneInfo("America/New_York")
ROOT = Path(__file__).parents[2]
FULL = FeedStyle(privacy=Privacy.FULL)
AT_SEVEN = "20261202T070000"
FAR_OFF = """
    [[regimen]]
    id = "octreotide"
    product = "octreotide-sc"
      [[regimen.phase]]
      dose = "100 ug"
      times = ["07:00"]
      start = 2027-02-01
      doses = 1
"""
HOME_DEPOT = DEPOT.replace('setting = "clinic"\n', "")
Change = Callable[[World], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """Where a token leads to, and what to break there."""

    path: str
    breaks: str
    statuses: list[int]

    def every_status(self, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
        """What is answered to every kind of request."""
        yield self._asked(world, world.token)
        yield self._asked(world, world.token, {"if-none-match": "*"})
        yield self._asked(world, f"{world.token.key_id}-{'A' * 43}")
        yield self._asked(world, f"{world.token}x")
        world.moment += A_DAY
        with monkeypatch.context() as patched, world.new_server() as world.client:
            patched.setattr(self.breaks, broken)
            patched.setattr("scheduler.web.feeds.stored_feed", broken)
            yield self._asked(world, world.token)
            lose_the_database(patched)
            yield self._asked(world, world.token)
        revoke_feed(world.store, world.token.key_id, world.moment - 31 * A_DAY)
        yield self._asked(world, world.token)

    def _asked(self, world: World, token: object, headers: Mapping[str, str] = NO_HEADERS) -> int:
        return world.client.get(self.path.format(token=token), headers=headers).status_code


def broken(*told: object) -> None:
    raise ValueError(f"Zoe Marsh: {' '.join(map(str, told))}")


def must_not_be_called(*_: object, **__: object) -> None:
    raise AssertionError("a plan was loaded or a feed rendered")


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    with made.client:
        yield made


# 2. Conditional requests

CHANGES: dict[str, Change] = {
    "a dose is given": World.give_the_first_dose,
    "a dose is skipped": World.skip,
    "a dose is moved": lambda world: world.move("2026-12-02T09:00"),
    "doses are held": World.hold,
    "a regimen is stopped": World.stop,
}


def assert_that_nobody_is_told_304(world: World, change: Change, path: str = "") -> None:
    before = world.get(path=path).headers
    change(world)
    tag, since = {"if-none-match": before["etag"]}, {"if-modified-since": before["last-modified"]}
    for condition in (tag, since, {**tag, **since}):
        assert world.get(condition, path=path).status_code == 200
    after = world.get(path=path).headers
    assert after["etag"] != before["etag"]
    assert http_time(after["last-modified"]) > http_time(before["last-modified"])


def http_time(text: str) -> datetime:
    return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)


def test_no_change_is_answered_with_304(store: Store) -> None:
    for change in CHANGES.values():
        assert_that_nobody_is_told_304(World(store), change)


def test_a_patient_who_leaves_a_caseload_is_no_304(store: Store) -> None:
    ward = Ward(store)
    assert_that_nobody_is_told_304(ward.world, lambda _: ward.remove("b"), ward.path)


def test_a_change_of_one_patients_plan_or_place_is_no_304_for_their_caseload(store: Store) -> None:
    ward = Ward(store)

    def give(_: World) -> None:
        moment = ward.world.later(600)
        record_dose.give(store, ward.patients["b"], "lar#1", moment, at=None, site=None)

    def move_to_room_9(_: World) -> None:
        add_to_caseload(store, "ward", [ward.patients["b"]], "room 9", ward.world.later())

    for change in (give, move_to_room_9):
        assert_that_nobody_is_told_304(ward.world, change, ward.path)


def test_a_patient_of_a_caseload_who_is_deleted_is_no_304(store: Store) -> None:
    ward = Ward(store)
    assert_that_nobody_is_told_304(ward.world, lambda _: remove_patient(store, ward.patients["b"]), ward.path)


def test_an_event_that_goes_as_the_days_pass_and_leaves_all_else_as_it_was_is_no_304(store: Store) -> None:
    soon = FAR_OFF.replace('"octreotide"', '"soon"').replace("2027-02-01", "2026-12-02")
    world = World(store, FAR_OFF + soon)
    record_dose.skip(store, world.patient, "soon@2026-12-02/1", world.later(), at=None, reason="ill")
    world.moment += 8 * A_DAY
    (gone, left), before = world.events().values(), world.get().headers
    assert gone.status == "CANCELLED"

    def a_night_goes_by(_: World) -> None:
        world.moment += A_DAY
        assert list(world.events().values()) == [left]

    assert_that_nobody_is_told_304(world, a_night_goes_by)
    assert world.get({"if-none-match": before["etag"]}).headers["last-modified"].startswith("Thu, 10 Dec")


def test_two_changes_of_one_second_are_two(world: World) -> None:
    assert_that_nobody_is_told_304(world, World.skip)
    world.moment -= timedelta(minutes=5)
    assert_that_nobody_is_told_304(world, World.undo)


def test_what_changes_nothing_that_is_shown_moves_neither_validator(world: World) -> None:
    before = world.get()
    world.hold("2028-01-01", "2028-02-01")
    after = world.get()
    assert after.content == before.content
    for name in ("etag", "last-modified"):
        assert after.headers[name] == before.headers[name]
    assert world.get({"if-modified-since": before.headers["last-modified"]}).status_code == 304


def test_a_day_that_changes_nothing_moves_neither_validator(store: Store) -> None:
    world = World(store, FAR_OFF)
    before = world.get()
    for _ in range(20):
        world.moment += A_DAY
        after = world.get()
        assert after.content == before.content
        for name in ("etag", "last-modified"):
            assert after.headers[name] == before.headers[name]


# 5. The system's time zone data are old

FETCH = """
import sys
from datetime import datetime
from starlette.testclient import TestClient
from scheduler.actions.feed_address import BaseUrl
from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from scheduler.web.app import make_app
url, path, moment = sys.argv[1:]
base_url = BaseUrl.parse("https://calendar.example")
now = datetime.fromisoformat(moment)
app = make_app(Store(url, load_formulary()), load_formulary(), lambda: now, base_url)
sys.stdout.buffer.write(TestClient(app).get(path, headers={"accept-encoding": "identity"}).content)
"""
ASK_THE_SYSTEM = """
from datetime import datetime
from zoneinfo import ZoneInfo
print(datetime(2026, 12, 3, 8, tzinfo=ZoneInfo("America/Vancouver")).utcoffset())
"""


def in_a_process(code: str, *arguments: str, tz_path: Path) -> bytes:
    environment = os.environ | {"PYTHONTZPATH": str(tz_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def test_a_winter_dose_in_vancouver_is_right_where_the_system_has_old_data(
    sqlite_url: str, tmp_path: Path
) -> None:
    """From November 2026 on clocks there stay at UTC-7; a system that does not know says UTC-8."""
    old = tmp_path / "zoneinfo" / "America"
    old.mkdir(parents=True)
    los_angeles = files("tzdata") / "zoneinfo" / "America" / "Los_Angeles"
    (old / "Vancouver").write_bytes(los_angeles.read_bytes())
    assert b"-1 day, 16:00:00" in in_a_process(ASK_THE_SYSTEM, tz_path=old.parent)
    store = Store(sqlite_url, load_formulary())
    plan = plan_file(THREE_A_DAY.replace("07:00", "08:00"), zone="America/Vancouver")
    patient = import_plan(store, plan, MORNING, as_new=True).patient_id
    token = issue_feed(store, patient, MORNING, label="", style=DISCREET)
    store.close()
    body = in_a_process(FETCH, sqlite_url, path_of(token), MORNING.isoformat(), tz_path=old.parent)
    # Under an id that nobody knows, so that the block in the calendar is what tells the instant.
    events = Calendar.from_ical(body.replace(b"America/Vancouver", b"Nowhere/Vancouver")).events
    starts = {event.decoded("DTSTART").astimezone(UTC) for event in events}
    assert datetime(2026, 12, 3, 15, tzinfo=UTC) in starts
    assert datetime(2026, 12, 3, 16, tzinfo=UTC) not in starts


# 6. Moves and skips, by what programs compare

STORY: dict[str, Change] = {
    "moved past its neighbour": lambda world: world.move("2026-12-02T16:00"),
    "moved back": World.undo,
    "moved past two": lambda world: world.move("2026-12-03T06:00"),
    "moved from there": lambda world: world.move("2026-12-02T07:30"),
    "moved home": World.undo,
    "skipped": World.skip,
    "not skipped": World.undo,
    "skipped again": World.skip,
    "not skipped after all": World.undo,
}


def test_each_move_and_skip_changes_every_key_of_its_event_and_of_no_other(world: World) -> None:
    programs = [program(world) for program in PROGRAMS]
    before = world.events()
    uid = the_one_at(before, AT_SEVEN).uid
    for program in programs:
        program.sync()
    for change in STORY.values():
        change(world)
        after = world.events()
        old, new = before[uid], after[uid]
        assert new.sequence == old.sequence + 1
        assert new.modified > old.modified
        assert new.stamp == new.modified
        assert new.revision != old.revision
        assert {u: e for u, e in after.items() if u != uid} == {u: e for u, e in before.items() if u != uid}
        for program in programs:
            assert program.sync() == 200
            assert program.shown == after
        before = after
    assert (before[uid].start, before[uid].status, before[uid].rings) == (AT_SEVEN, "CONFIRMED", True)
    assert before[uid].sequence == len(STORY)


def test_a_moved_dose_stands_at_its_new_time_alone(world: World) -> None:
    before = world.events()
    world.move("2026-12-02T16:00")
    after = world.events()
    assert after.keys() == before.keys()
    moved = after[the_one_at(before, AT_SEVEN).uid]
    assert (moved.start, moved.status, moved.rings) == ("20261202T160000", "CONFIRMED", True)
    assert [event for event in after.values() if event.start == AT_SEVEN] == []
    assert [e.start for e in after.values() if e.start.startswith("20261202")] == [
        "20261202T150000",
        "20261202T160000",
        "20261202T230000",
    ]


def test_whatever_happens_an_event_counts_on_exactly_when_it_says_something_else(store: Store) -> None:
    for seed, style in enumerate((DISCREET, DISCREET, FULL)):
        follow_what_happens(World(store, style=style), random.Random(seed))


def follow_what_happens(world: World, chance: random.Random) -> None:
    programs = [program(world) for program in PROGRAMS]
    ever: dict[str, SeenEvent] = {}
    for _ in range(20):
        after = world.events()
        for uid, event in after.items():
            known = ever.get(uid)
            if known is not None:
                assert (event.says != known.says) == (event.sequence > known.sequence)
                assert (event.says != known.says) == (event.modified > known.modified)
                assert event.sequence >= known.sequence
            assert event.stamp == event.modified
        ever |= after
        for program in programs:
            program.sync()
            assert program.shown == after
        something(world, chance)


def something(world: World, chance: random.Random) -> None:
    """What may happen to a plan on a ward, or a night going by."""
    day = (world.moment.astimezone(NEW_YORK) + timedelta(days=chance.randint(-2, 6))).date()
    dose = f"octreotide@{day}/{chance.randint(1, 3)}"
    to = datetime.combine(day, datetime.min.time()) + timedelta(minutes=chance.randrange(1440))
    moment = world.later(chance.choice([0, 1 / 60, 5, 300, 1500]))
    occasion = Occasion(moment=moment)
    last = day + timedelta(days=chance.randint(0, 3))
    withheld = Hold(regimen="octreotide", first=day, last=last, reason="x")
    patient, store = world.patient, world.store
    acts: list[Callable[[], object]] = [
        lambda: record_dose.skip(store, patient, dose, moment, at=None, reason="ill"),
        lambda: record_dose.give(store, patient, dose, moment, at=None, site=None),
        lambda: record_dose.move(store, patient, dose, moment, to=to, reason="visit"),
        lambda: record_dose.undo(store, patient, dose, moment),
        lambda: start_hold(store, patient, withheld, occasion),
        lambda: end_hold(store, patient, "octreotide", occasion, resume_on=None),
        lambda: stop_regimen(store, patient, "octreotide", occasion, at=to, reason="over"),
        lambda: take_back_version(store, patient, "octreotide", occasion),
    ]
    try:
        chance.choice(acts)()
    except RefusedError:
        world.later(1440)


# 8. Hold and stop


def test_after_a_stop_nothing_rings_and_what_was_shown_is_struck_out_without_an_amount(store: Store) -> None:
    for style, title in ((DISCREET, "Reminder"), (FULL, "Octreotide (short-acting)")):
        assert_that_a_stop_strikes_out(World(store, style=style), f"Cancelled: {title}")


def assert_that_a_stop_strikes_out(world: World, title: str) -> None:
    before = world.events()
    world.stop("2026-12-10T12:00")
    after = world.events()
    assert after.keys() == before.keys()
    for uid, event in after.items():
        if event.start < "20261210T120000":
            assert event == before[uid]
            continue
        assert (event.status, event.title, event.rings) == ("CANCELLED", title, False)
        assert event.start == before[uid].start
        assert event.sequence == before[uid].sequence + 1
        assert not any(amount in event.says for amount in ("100", "microgram"))


def test_a_dose_that_a_stop_took_out_is_struck_out_for_a_week_after_its_time_and_two_after_the_stop(
    world: World,
) -> None:
    world.get()
    world.stop("2026-12-03T12:00")
    world.get()
    for days in range(1, 17):
        world.moment += A_DAY
        today = date(2026, 12, 1 + days)
        struck = [e for e in world.events().values() if e.status == "CANCELLED"]
        # The stop was told in the course of 1 December.
        assert bool(struck) is (days <= 14)
        if struck:
            first = max(date(2026, 12, 3), today - timedelta(days=7))
            assert struck[0].start[:8] == f"{first:%Y%m%d}"
            assert struck[-1].start[:8] == "20270330"


def test_a_stop_that_is_taken_back_brings_the_same_events_back(world: World) -> None:
    before = world.events()
    world.stop()
    world.get()
    world.take_back_the_stop()
    after = world.events()
    assert after.keys() == before.keys()
    for uid, event in after.items():
        assert event.says == before[uid].says
        later = event.start > "20261210T120000"
        assert event.sequence == (2 if later else 0)
        assert (event.modified > before[uid].modified) is later


def test_a_stop_that_is_taken_back_after_its_traces_have_gone_still_counts_on(world: World) -> None:
    before = world.events()
    world.stop("2026-12-03T12:00")
    world.get()
    world.moment += 20 * A_DAY
    assert not any(event.status == "CANCELLED" for event in world.events().values())
    world.take_back_the_stop()
    after = world.events()
    for uid in before.keys() & after.keys():
        if after[uid].start > "20261224":
            assert after[uid].sequence > before[uid].sequence + 1
            assert after[uid].modified > before[uid].modified


def test_a_hold_strikes_its_doses_out_and_tells_why_over_all_its_days(world: World) -> None:
    before = world.events()
    world.hold()
    after = world.events()
    (notice,) = titled(after, "Reminder: on hold")
    assert notice.start == "20261205"
    assert "DTEND;VALUE=DATE:20261210" in notice.says
    assert not notice.rings
    assert after.keys() - before.keys() == {notice.uid}
    for uid, event in before.items():
        if "20261205" <= event.start < "20261210":
            held = after[uid]
            assert (held.status, held.title, held.rings) == ("CANCELLED", "Cancelled: Reminder", False)
            assert (held.start, held.sequence) == (event.start, event.sequence + 1)
        else:
            assert after[uid] == event


def test_ending_a_hold_brings_the_same_events_back_and_takes_the_notice_away(world: World) -> None:
    before = world.events()
    world.hold()
    world.get()
    world.resume()
    after = world.events()
    assert after.keys() == before.keys()
    for uid, event in after.items():
        held = "20261205" <= event.start < "20261210"
        assert (event.status, event.rings) == ("CONFIRMED", True)
        assert event.says == before[uid].says
        assert event.sequence == (2 if held else 0)
        assert (event.modified > before[uid].modified) is held


def test_a_held_dose_is_struck_out_up_to_a_week_after_its_day(world: World) -> None:
    world.hold()
    for day in range(6, 20):
        world.moment = datetime(2026, 12, day, 12, tzinfo=UTC)
        struck = {event.start[:8] for event in world.events().values() if event.status == "CANCELLED"}
        assert struck == {f"202612{held:02}" for held in range(5, 10) if day <= held + 7}


def test_a_hold_until_further_notice_leaves_nothing_that_rings(world: World) -> None:
    world.hold("2026-12-05", None)
    assert {event.start[:8] for event in world.events().values() if event.rings} == {
        f"202612{day:02}" for day in range(1, 5)
    }


# 13. Nothing that a program takes for a fault while there is something to show


def test_with_the_database_gone_whoever_may_have_the_calendar_still_gets_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.get()
    lose_the_database(monkeypatch)
    for _ in range(2):
        answer = world.get()
        assert (answer.status_code, answer.content) == (200, first.content)
        assert answer.headers == first.headers
    assert world.get({"if-none-match": first.headers["etag"]}).status_code == 304
    assert world.get({"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert world.client.head(world.path).status_code == 200


def test_with_the_database_gone_a_wrong_secret_and_an_unknown_key_get_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.get()
    lose_the_database(monkeypatch)
    for token in (f"{world.token.key_id}-{'A' * 43}", f"{'z' * 8}-{world.token.secret}"):
        answer = world.get(path=f"/feeds/{token}.ics")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "60"
        assert b"VEVENT" not in answer.content


@pytest.mark.parametrize("end", ["revoked", "removed"])
def test_with_the_database_gone_a_calendar_that_has_ended_does_not_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    world.get()
    if end == "revoked":
        revoke_feed(world.store, world.token.key_id, world.moment)
    else:
        remove_patient(world.store, world.patient)
    assert world.get().status_code == (200 if end == "revoked" else 404)
    lose_the_database(monkeypatch)
    assert world.get().status_code == 503


def test_a_rendering_that_fails_leaves_the_stored_bytes_to_every_server(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = world.get()
    world.skip()
    monkeypatch.setattr("scheduler.web.feeds.refresh_feed", broken)
    with world.new_server() as other:
        for server in (world.client, other):
            answer = world.get(server=server)
            assert (answer.status_code, answer.content) == (200, first.content)
            assert answer.headers == first.headers
            assert world.get({"if-none-match": first.headers["etag"]}, server=server).status_code == 304
    assert "a feed could not be rendered and is served as it was: ValueError at" in caplog.text
    assert "Zoe" not in caplog.text


def test_a_use_that_cannot_be_written_down_keeps_nobody_from_the_calendar(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.get()
    world.moment += timedelta(hours=16)  # another day in UTC, the same in New York
    monkeypatch.setattr(Store, "transaction", unreachable)
    assert world.get().status_code == 200


# 14. What HTTP allows


def test_the_address_ends_in_ics_and_is_none_without_it(world: World) -> None:
    for path in (
        f"/feeds/{world.token}",
        f"{world.path}.ics",
        f"{world.path}/",
        f"/feeds//{world.token}.ics",
    ):
        answer = world.client.get(path, follow_redirects=False)
        assert answer.status_code == 404
        assert "location" not in answer.headers
    assert world.get(path=f"{world.path}?nocache=1").status_code == 200


def test_every_coding_comes_to_the_same_bytes_and_what_is_not_known_to_the_plain_ones(world: World) -> None:
    plain = world.get().content
    for coding in ("identity", "gzip", "br", "gzip;q=0", "*", "zstd, br", ""):
        answer = world.get({"accept-encoding": coding})
        assert answer.content == plain
        assert ("content-encoding" in answer.headers) is (coding == "gzip")
        assert answer.headers["vary"] == "Accept-Encoding"


FEEDS = Room(
    path="/feeds/{token}.ics",
    breaks="scheduler.web.feeds.refresh_feed",
    statuses=[200, 304, 404, 404, 500, 503, 410],
)
PAGES = Room(
    path="/subscribe/{token}",
    breaks="scheduler.web.subscribe.subscribe_page",
    statuses=[200, 200, 404, 404, 500, 503, 410],
)


@pytest.mark.parametrize("room", [FEEDS, PAGES], ids=["feeds", "pages"])
def test_no_status_of_a_feed_or_a_page_puts_a_token_into_a_log(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, room: Room
) -> None:
    # It logs the address of each request; that is the log of the client in this test, not ours.
    caplog.set_level(logging.WARNING, logger="httpx2")
    caplog.set_level(logging.DEBUG)
    assert list(room.every_status(world, monkeypatch)) == room.statuses
    assert caplog.records
    for secret in (world.token.secret, "A" * 43, "Zoe"):
        assert secret not in caplog.text


# 15. Size, and work that is not done


def test_a_thousand_events_take_less_than_half_a_megabyte(store: Store) -> None:
    times = ", ".join(f'"{hour:02}:00"' for hour in range(0, 24, 3))
    body = "".join(
        THREE_A_DAY.replace('id = "octreotide"', f'id = "r{number}"').replace(
            '"07:00", "15:00", "23:00"', times
        )
        for number in range(2)
    )
    world = World(store, body)
    answer = world.get()
    events = events_of(answer.content)
    assert 980 < len(events) <= 1000
    assert titled(events, "Calendar shown up to here")
    assert len(answer.content) < 500_000
    assert int(world.get({"accept-encoding": "gzip"}).headers["content-length"]) < 50_000


def test_a_304_renders_nothing_loads_no_plan_and_reads_no_bytes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = world.get().headers
    for name in ("refresh_feed", "stored_feed"):
        monkeypatch.setattr(f"scheduler.web.feeds.{name}", must_not_be_called)
    for name in ("load_many", "load_recent"):
        monkeypatch.setattr(Plans, name, must_not_be_called)
    with world.new_server() as other:
        for server in (world.client, other):
            for condition in (
                {"if-none-match": known["etag"]},
                {"if-modified-since": known["last-modified"]},
            ):
                assert world.get(condition, server=server).status_code == 304


def test_a_200_of_an_unchanged_feed_loads_no_plan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = world.get()
    monkeypatch.setattr("scheduler.web.feeds.refresh_feed", must_not_be_called)
    for name in ("load_many", "load_recent"):
        monkeypatch.setattr(Plans, name, must_not_be_called)
    with world.new_server() as other:
        assert world.get(server=other).content == first.content


# Whose calendar it is


def test_a_carer_sees_the_same_doses_under_other_uids(world: World) -> None:
    own = world.events()
    carers = world.events(path_of(world.issue(audience=Audience.CARER)))
    assert [event.says for event in carers.values()] == [event.says for event in own.values()]
    assert not own.keys() & carers.keys()


def test_two_feeds_of_one_audience_have_the_same_uids(world: World) -> None:
    assert world.events().keys() == world.events(path_of(world.issue(style=FULL))).keys()


def test_the_clinic_sees_who_comes_where_they_are_and_what_to_bring(store: Store) -> None:
    ward = Ward(store)
    today = [event for event in ward.events().values() if event.start == "20261201T100000"]
    assert {event.title for event in today} == {"Visit (ZM)", "Visit (BF)"}
    for event, room in ((e, "room 1" if "ZM" in e.title else "room 2") for e in today):
        assert f"Place: {room}." in event.says
        assert "Have ready: Octreotide LAR 20 mg" in event.says


@pytest.mark.parametrize(
    ("audience", "body"), [(Audience.NURSE, HOME_DEPOT), (Audience.CLINIC, DEPOT)], ids=["nurse", "clinic"]
)
def test_below_full_no_calendar_of_staff_has_a_name_and_a_discreet_one_nothing_of_anybody(
    store: Store, audience: Audience, body: str
) -> None:
    ward = Ward(store, audience, Privacy.INITIALS, body)
    discreet = path_of(ward.world.issue("ward", audience=audience))
    for path, tells in ((ward.path, True), (discreet, False)):
        text = ward.world.get(path=path).text
        assert text.count("BEGIN:VEVENT") >= 6
        for told in ("Zoe", "Marsh", "Bob", "Ferris", "Day ward", "birth", "born", *ward.patients.values()):
            assert told not in text
        for told in ("ZM", "BF", "room", "ctreotide"):
            assert (told in text) is tells


def test_a_nurse_sees_the_depots_given_at_home_and_a_clinic_those_given_there(store: Store) -> None:
    ward = Ward(store, Audience.NURSE, body=HOME_DEPOT + THREE_A_DAY, of_b=DEPOT + THREE_A_DAY)
    style = FeedStyle(privacy=Privacy.INITIALS, alias="Visit")
    clinic = ward.world.events(path_of(ward.world.issue("ward", audience=Audience.CLINIC, style=style)))
    for events, title in ((ward.events(), "Visit (ZM)"), (clinic, "Visit (BF)")):
        assert len(titled(events, title)) == len(events) == 5
        assert {event.start[9:] for event in events.values()} == {"100000"}


@pytest.mark.parametrize("names", ["b", "ab"])
def test_who_leaves_a_caseload_is_struck_out_without_initials(store: Store, names: str) -> None:
    ward = Ward(store)
    before = ward.events()
    for name in names:
        ward.remove(name)
        after = ward.events()
    left = [event for event in before.values() if "(BF)" in event.title or len(names) == 2]
    assert len(left) == len(names) * 5
    for event in left:
        struck = after[event.uid]
        assert (struck.status, struck.title, struck.rings) == ("CANCELLED", "Cancelled: Visit", False)
        assert struck.sequence == event.sequence + 1
        assert "room" not in struck.says
    stayed = [event for event in before.values() if event not in left]
    assert [after[event.uid] for event in stayed] == stayed
    ward.world.moment += 15 * A_DAY
    assert not any(event.status == "CANCELLED" for event in ward.events().values())


def test_a_patient_who_comes_back_is_shown_under_the_same_uids(store: Store) -> None:
    ward = Ward(store)
    before = ward.events()
    ward.remove("b")
    ward.events()
    add_to_caseload(store, "ward", [ward.patients["b"]], "room 2", ward.world.later())
    after = ward.events()
    assert after.keys() == before.keys()
    for uid, event in after.items():
        assert event.says == before[uid].says
        assert event.sequence == (2 if "(BF)" in event.title else 0)


def test_leads_are_events_of_their_own_for_whoever_chose_them(store: Store) -> None:
    world = World(store, DEPOT.replace("2026-12-01", "2026-12-20"))
    without = world.events()
    leads = LeadChoice(prepare=True, order_days=7)
    told = world.events(path_of(world.issue(style=FeedStyle(privacy=Privacy.FULL, leads=leads))))
    assert without.keys() < told.keys()
    assert the_one_at(told, "20261220T090000").title == "Octreotide LAR: get it ready"
    assert the_one_at(told, "20261213").title == "Octreotide LAR: see that it is in stock"
    quiet = world.events(path_of(world.issue(style=FeedStyle(privacy=Privacy.DISCREET, leads=leads))))
    assert quiet.keys() == told.keys()
    assert {event.title for event in quiet.values()} == {"Reminder", "Reminder: get ready"}


def test_a_lead_moves_with_its_dose_and_goes_with_it(store: Store) -> None:
    leads = LeadChoice(prepare=True)
    style = FeedStyle(privacy=Privacy.FULL, leads=leads)
    world = World(store, DEPOT.replace("2026-12-01", "2026-12-20"), style)
    lead = the_one_at(world.events(), "20261220T090000")
    to = datetime(2026, 12, 21, 14)  # noqa: DTZ001  # a wall time
    record_dose.move(store, world.patient, "lar#1", world.later(), to=to, reason="visit")
    moved = world.events()[lead.uid]
    assert (moved.start, moved.sequence, moved.rings) == ("20261221T130000", 1, True)
    record_dose.skip(store, world.patient, "lar#1", world.later(), at=None, reason="ill")
    gone = world.events()[lead.uid]
    assert (gone.status, gone.sequence, gone.rings) == ("CANCELLED", 2, False)
