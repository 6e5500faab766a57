"""Several servers on one database: the same bytes from each, and no calendar rendered twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx2
import pytest
import uvicorn
from click.testing import CliRunner

from cli.mail_sink import free_port
from cli.main import cli
from scheduler import clock
from scheduler.actions import feed_rendering
from scheduler.actions.feed import issue_feed, revoke_feed
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.feed_rendering import FeedState, RenderedFeed, refresh_feed
from scheduler.actions.feed_token import FeedToken
from scheduler.actions.lead_choice import LeadChoice
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.document import render_feed
from scheduler.ical.privacy import Privacy
from scheduler.store.rendered_feeds import RenderedRecord
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import running, until
from tests.support.feed_world import NO_HEADERS, PLAIN, PROGRAMS, World, events_of, path_of, the_one_at
from tests.support.one_patient import MORNING, add_patient

STATE = FeedState(mark="3", today=date(2026, 12, 2), ends_at=None)
VALIDATORS = ("etag", "last-modified")
EVERYTHING = """
    [[regimen]]
    id = "octreotide"
    product = "octreotide-sc"
      [[regimen.phase]]
      dose = "100 ug"
      times = ["07:00", "15:00", "23:00"]
      start = {start}

    [[regimen]]
    id = "lar"
    product = "octreotide-lar"
      [[regimen.phase]]
      dose = "20 mg"
      every = "4 wk"
      times = ["10:00"]
      start = {start}

    [[regimen]]
    id = "everolimus"
    product = "everolimus"
      [[regimen.phase]]
      dose = "10 mg"
      times = ["08:00"]
      start = {start}

    [[hold]]
    regimen = "everolimus"
    from = {start}
"""


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    with made.client:
        yield made


@pytest.fixture
def renderings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A word for each rendering from now on."""
    counted: list[str] = []

    def rendered(*arguments: Any, **named: Any) -> object:
        counted.append("rendered")
        return render_feed(*arguments, **named)

    monkeypatch.setattr(feed_rendering, "render_feed", rendered)
    return counted


def test_an_unchanged_feed_is_rendered_once_whichever_server_is_asked(
    world: World, renderings: list[str]
) -> None:
    first = world.get()
    for hour in range(6):
        world.moment += timedelta(hours=hour)
        with world.new_server() as server:
            again = world.get(server=server)
            assert world.get({"accept-encoding": "gzip"}, server=server).content == first.content
        assert again.content == first.content
        assert [again.headers[name] for name in VALIDATORS] == [first.headers[name] for name in VALIDATORS]
    assert len(renderings) == 1


def test_a_change_and_a_new_day_are_rendered_once_each(world: World, renderings: list[str]) -> None:
    with world.new_server() as other:
        assert world.get(server=other).content == world.get().content
        world.give_the_first_dose()
        assert world.get().content == world.get(server=other).content
        assert len(renderings) == 2
        world.moment += timedelta(days=1)
        assert world.get(server=other).content == world.get().content
    assert len(renderings) == 3


def test_what_another_server_rendered_meanwhile_is_served_in_the_place_of_what_is_kept_in_memory(
    world: World, renderings: list[str]
) -> None:
    with world.new_server() as other:
        old = world.get()
        world.give_the_first_dose()
        new = world.get(server=other)
        renderings.clear()
        assert world.get().content == new.content != old.content
        assert world.get({"if-none-match": old.headers["etag"]}).status_code == 200
        assert world.get({"if-none-match": new.headers["etag"]}).status_code == 304
    assert renderings == []


def test_a_server_a_minute_behind_midnight_does_not_turn_the_feed_back(
    world: World, renderings: list[str]
) -> None:
    midnight = datetime(2026, 12, 2, 5, tzinfo=UTC)  # in New York
    world.get()
    world.moment = midnight + timedelta(seconds=20)
    ahead = world.get()
    renderings.clear()
    world.moment = midnight - timedelta(seconds=40)
    with world.new_server() as slow:
        behind = world.get(server=slow)
        assert world.get({"if-none-match": ahead.headers["etag"]}, server=slow).status_code == 304
    assert behind.content == ahead.content
    assert [behind.headers[name] for name in VALIDATORS] == [ahead.headers[name] for name in VALIDATORS]
    assert renderings == []


def test_a_change_that_a_server_behind_midnight_tells_first_still_reaches_every_program(world: World) -> None:
    midnight = datetime(2026, 12, 2, 5, tzinfo=UTC)
    world.moment = midnight + timedelta(seconds=20)
    programs = [program(world) for program in PROGRAMS]
    for program in programs:
        program.sync()
    world.moment = midnight - timedelta(minutes=10)
    world.skip()
    for seconds in (-40, 40):
        world.moment = midnight + timedelta(seconds=seconds)
        now = world.events()
        for program in programs:
            program.sync()
            assert program.shown == now
        assert the_one_at(now, "20261202T070000").status == "CANCELLED"


@pytest.mark.parametrize(
    ("stored", "will_do"),
    [
        (STATE, True),
        (replace(STATE, today=date(2026, 12, 3)), True),
        (replace(STATE, today=date(2027, 1, 1)), True),
        (replace(STATE, today=date(2026, 12, 1)), False),
        (replace(STATE, mark="2"), False),
        (replace(STATE, mark="4"), False),
        (replace(STATE, mark="4", today=date(2026, 12, 3)), False),
        (replace(STATE, ends_at=datetime(2026, 12, 15, tzinfo=UTC)), False),
    ],
)
def test_bytes_of_the_same_state_or_of_a_later_day_of_it_will_do(stored: FeedState, will_do: bool) -> None:
    assert STATE.is_told_by(str(stored)) is will_do


def test_where_there_are_no_bytes_or_another_release_made_them_they_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not STATE.is_told_by(None)
    assert not STATE.is_told_by("")
    stored = str(STATE)
    monkeypatch.setattr(feed_rendering, "_MADE_BY", "0.1.0/2027.1")
    assert not STATE.is_told_by(stored)
    assert STATE.is_told_by(str(STATE))


def at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> list[RenderedFeed]:
    """What two servers return that both render before either keeps what it made."""
    both = Barrier(2)

    def rendered(*arguments: Any, **named: Any) -> object:
        made = render_feed(*arguments, **named)
        both.wait(30)
        return made

    with monkeypatch.context() as patched, ThreadPoolExecutor(2) as threads:
        patched.setattr(feed_rendering, "render_feed", rendered)
        ask = lambda _: refresh_feed(world.store, load_formulary(), world.token.key_id, world.moment)  # noqa: E731
        return list(threads.map(ask, range(2)))


def test_of_two_first_renderings_at_once_one_is_served_by_both(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = at_once(world, monkeypatch)
    assert one == other
    assert world.get().content == one.body
    assert {event.sequence for event in events_of(one.body).values()} == {0}


def test_of_two_renderings_of_one_change_at_once_it_counts_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = events_of(world.get().content)
    world.give_the_first_dose()
    one, other = at_once(world, monkeypatch)
    assert one == other
    answer = world.get()
    assert answer.content == one.body
    assert answer.headers["etag"] == one.etag
    changed = [event for event in events_of(one.body).values() if event != before[event.uid]]
    assert [event.sequence for event in changed] == [1]


def test_who_loses_a_race_to_bytes_of_an_older_plan_still_shows_the_newer_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another server had read the plan before a dose was recorded, and keeps what it made after it."""
    world.get()
    before = kept(world)
    world.moment += timedelta(days=1)
    world.get()
    older = kept(world)
    put(world, older, before)
    world.skip()

    def overtaken(*arguments: Any, **named: Any) -> object:
        monkeypatch.setattr(feed_rendering, "render_feed", render_feed)
        put(world, before, older)
        return render_feed(*arguments, **named)

    monkeypatch.setattr(feed_rendering, "render_feed", overtaken)
    assert the_one_at(world.events(), "20261202T070000").status == "CANCELLED"


def kept(world: World) -> RenderedRecord:
    with world.store.reading() as work:
        return work.rendered_feeds.get(world.token.key_id)


def put(world: World, before: RenderedRecord, after: RenderedRecord) -> None:
    with world.store.transaction() as work:
        assert work.rendered_feeds.replace(world.token.key_id, before, after)


def test_two_processes_of_other_hash_seeds_serve_the_same_bytes_and_log_no_token(
    database_url: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = add_patient(store, EVERYTHING.format(start=f"{clock.now():%Y-%m-%d}"))
    style = FeedStyle(privacy=Privacy.FULL, leads=LeadChoice(prepare=True, order_days=7))
    token, ended, gone = (issue_feed(store, patient, MORNING, label="", style=style) for _ in range(3))
    revoke_feed(store, ended.key_id, clock.now())
    revoke_feed(store, gone.key_id, clock.now() - timedelta(days=31))
    logs = [tmp_path / "one.log", tmp_path / "other.log"]
    with ExitStack() as stack:
        servers = [
            stack.enter_context(serving(database_url, log, seed, monkeypatch))
            for log, seed in zip(logs, ("0", "4711"), strict=True)
        ]
        first = rendered_anew(store, servers[0], token)
        second = rendered_anew(store, servers[1], token)
        for answer in (second, asked(servers[0], token)):
            assert answer.content == first.content
            assert [answer.headers[name] for name in VALIDATORS] == [first.headers[n] for n in VALIDATORS]
        assert asked(servers[0], token, {"if-none-match": "*"}).status_code == 304
        assert asked(servers[0], replace(token, secret="A" * 43)).status_code == 404
        assert [asked(servers[1], other).status_code for other in (ended, gone)] == [200, 410]
        for address in servers:
            assert httpx2.get(f"{address}/subscribe/{token}", trust_env=False).status_code == 200
            upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
            asked(address, token, {**upgrade, "sec-websocket-key": "MDEyMzQ1Njc4OWFiY2RlZg=="})
    logged = "".join(log.read_text() for log in logs)
    assert f"feed {token.key_id}: 304" in logged
    for secret in (token.secret, ended.secret, gone.secret, "A" * 43, "Zoe", "ctreotide", "verolimus"):
        assert secret not in logged


def rendered_anew(store: Store, address: str, token: FeedToken) -> httpx2.Response:
    """What a server answers that has to render the calendar itself."""
    with store.transaction() as work:
        work.rendered_feeds.remove(token.key_id)
    answer = asked(address, token)
    assert answer.status_code == 200
    assert "server" not in answer.headers
    assert "set-cookie" not in answer.headers
    return answer


def asked(address: str, token: FeedToken, headers: Mapping[str, str] = NO_HEADERS) -> httpx2.Response:
    return httpx2.get(f"{address}{path_of(token)}", headers={**PLAIN, **headers}, trust_env=False)


@contextmanager
def serving(database_url: str, log: Path, seed: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a ``dosecal serve`` whose hashes come from ``seed``."""
    monkeypatch.setenv("PYTHONHASHSEED", seed)
    port = free_port()
    command = ["cli", "--database-url", database_url, "serve", "--port", str(port), "--log-level", "debug"]
    with running(command, log):
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers(address))
        yield address


def answers(address: str) -> bool:
    try:
        httpx2.get(address, trust_env=False)
    except httpx2.TransportError:
        return False
    return True


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The options of the server that was about to listen; empty where none was."""
    options: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **named: options.update(named))
    return options


def test_no_server_listens_where_calendars_call_without_encryption(
    sqlite_url: str, served: dict[str, Any]
) -> None:
    done = CliRunner().invoke(cli, ["--database-url", sqlite_url, "serve", "--port", "80"])
    assert done.exit_code == 2
    assert "80 is where calendars call without encryption" in done.stderr
    assert served == {}


def test_the_server_takes_no_web_sockets_whose_library_logs_addresses(
    sqlite_url: str, served: dict[str, Any]
) -> None:
    done = CliRunner().invoke(cli, ["--database-url", sqlite_url, "serve"], catch_exceptions=False)
    assert done.exit_code == 0
    assert (served["ws"], served["access_log"], served["server_header"]) == ("none", False, False)
