"""A patient with a calendar at a secret address, a clock to set, and what a client makes of the bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from scheduler.actions import record_dose
from scheduler.actions.caseload import add_to_caseload, create_caseload, remove_from_caseload
from scheduler.actions.feed import issue_feed
from scheduler.actions.feed_address import BaseUrl
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.feed_token import FeedToken
from scheduler.actions.hold import end_hold, start_hold
from scheduler.actions.plan_change import Occasion
from scheduler.actions.regimen import stop_regimen, take_back_version
from scheduler.dosing.hold import Hold
from scheduler.errors import UnreachableError
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.audience import Audience
from scheduler.ical.privacy import Privacy
from scheduler.store.feed_lookups import FeedLookups
from scheduler.store.unit_of_work import Store
from scheduler.web.app import make_app
from tests.support.one_patient import DEPOT, MORNING, THREE_A_DAY, add_patient

DISCREET = FeedStyle(privacy=Privacy.DISCREET)
PLAIN = {"accept-encoding": "identity"}
BASE_URL = BaseUrl.parse("https://calendar.example")
NO_HEADERS: Mapping[str, str] = {}
SECOND_DAY = "octreotide@2026-12-02/1"
"""The dose that is moved and skipped, at 07:00."""
_KEYS = ("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE")


class World:
    """A clinic with one patient, one feed, and a clock that a test sets. Each change comes a little later."""

    def __init__(self, store: Store, body: str = THREE_A_DAY, style: FeedStyle = DISCREET) -> None:
        self.store = store
        self.moment = MORNING
        self.patient = add_patient(store, body)
        self.token = self.issue(style=style)
        self.path = path_of(self.token)
        self.client = self.new_server()

    def issue(
        self,
        subject_id: str | None = None,
        *,
        audience: Audience = Audience.PATIENT,
        style: FeedStyle = DISCREET,
    ) -> FeedToken:
        """A new feed of the patient, or of another subject."""
        whose = self.patient if subject_id is None else subject_id
        return issue_feed(self.store, whose, self.moment, label="phone", style=style, audience=audience)

    def new_server(self) -> TestClient:
        return TestClient(make_app(self.store, load_formulary(), lambda: self.moment, BASE_URL))

    def get(
        self, headers: Mapping[str, str] = NO_HEADERS, *, path: str = "", server: TestClient | None = None
    ) -> Response:
        """What ``server`` answers, uncompressed where ``headers`` do not say otherwise."""
        return (server or self.client).get(path or self.path, headers={**PLAIN, **headers})

    def events(self, path: str = "") -> dict[str, SeenEvent]:
        """What a client sees now, by UID."""
        answer = self.get(path=path)
        assert answer.status_code == 200
        return events_of(answer.content)

    def occasion(self, minutes: float = 5) -> Occasion:
        """Some minutes later."""
        return Occasion(moment=self.later(minutes))

    def later(self, minutes: float = 5) -> datetime:
        self.moment += timedelta(minutes=minutes)
        return self.moment

    def give_the_first_dose(self) -> None:
        self.moment = datetime(2026, 12, 1, 12, 5, tzinfo=UTC)
        record_dose.give(self.store, self.patient, "octreotide@2026-12-01/1", self.moment, at=None, site=None)

    def skip(self) -> None:
        record_dose.skip(self.store, self.patient, SECOND_DAY, self.later(), at=None, reason="ill")

    def move(self, to: str) -> None:
        at = datetime.fromisoformat(to)
        record_dose.move(self.store, self.patient, SECOND_DAY, self.later(), to=at, reason="visit")

    def undo(self) -> None:
        record_dose.undo(self.store, self.patient, SECOND_DAY, self.later())

    def hold(self, first: str = "2026-12-05", last: str | None = "2026-12-09") -> None:
        until = None if last is None else date.fromisoformat(last)
        withheld = Hold(regimen="octreotide", first=date.fromisoformat(first), last=until, reason="ill")
        start_hold(self.store, self.patient, withheld, self.occasion())

    def resume(self) -> None:
        end_hold(self.store, self.patient, "octreotide", self.occasion(), resume_on=None)

    def stop(self, at: str = "2026-12-10T12:00") -> None:
        moment = datetime.fromisoformat(at)
        stop_regimen(self.store, self.patient, "octreotide", self.occasion(), at=moment, reason="over")

    def take_back_the_stop(self) -> None:
        take_back_version(self.store, self.patient, "octreotide", self.occasion())


class Ward:
    """Two patients with a depot, ``a`` and ``b``, in rooms 1 and 2 of a caseload that has a feed."""

    def __init__(
        self,
        store: Store,
        audience: Audience = Audience.CLINIC,
        privacy: Privacy = Privacy.INITIALS,
        body: str = DEPOT,
        of_b: str = "",
    ) -> None:
        self.store = store
        self.world = World(store, body)
        self.patients = {
            "a": self.world.patient,
            "b": add_patient(store, of_b or body, name="Bob Ferris"),
        }
        create_caseload(store, "ward", "Day ward", ZoneInfo("America/New_York"), MORNING)
        for room, patient in enumerate(self.patients.values(), 1):
            add_to_caseload(store, "ward", [patient], f"room {room}", MORNING)
        style = FeedStyle(privacy=privacy, alias="Visit")
        self.path = path_of(self.world.issue("ward", audience=audience, style=style))

    def remove(self, name: str) -> None:
        remove_from_caseload(self.store, "ward", [self.patients[name]], self.world.later())

    def events(self) -> dict[str, SeenEvent]:
        return self.world.events(self.path)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenEvent:
    """An event as a client reads it. ``says`` is every line of it apart from its keys; ``start`` as written.

    What clients compare to see whether it changed: ``modified`` alone (ICSx5), or all of the `revision`
    (Evolution).
    """

    uid: str
    stamp: str
    modified: str
    sequence: int
    says: str
    title: str
    status: str
    start: str

    @property
    def revision(self) -> str:
        """DTSTAMP, LAST-MODIFIED and SEQUENCE in one, as Evolution puts them together."""
        return f"{self.stamp}-{self.modified}-{self.sequence}"

    @property
    def rings(self) -> bool:
        return "BEGIN:VALARM" in self.says


class Subscriber:
    """A calendar program that fetches one address; ``shown`` is what it shows, by UID."""

    def __init__(self, world: World, path: str = "") -> None:
        self.shown: dict[str, SeenEvent] = {}
        self._world = world
        self._path = path
        self._known: dict[str, str] = {}

    def sync(self) -> int:
        """Fetch once; on any status but 200 everything stays as it is."""
        answer = self._world.get(self._known, path=self._path)
        if answer.status_code == 200:
            headers = answer.headers
            self._known = {"if-none-match": headers["etag"], "if-modified-since": headers["last-modified"]}
            self.take(events_of(answer.content))
        return answer.status_code

    def take(self, fetched: dict[str, SeenEvent]) -> None:
        """Thunderbird's way: what was fetched is all there is."""
        self.shown = fetched

    @property
    def titles(self) -> set[str]:
        return {event.title for event in self.shown.values()}


class Icsx5(Subscriber):
    """Takes an event anew only where its LAST-MODIFIED is later, and keeps those whose UID is still there."""

    def take(self, fetched: dict[str, SeenEvent]) -> None:
        known = self.shown
        later = (e for e in fetched.values() if e.uid not in known or e.modified > known[e.uid].modified)
        changed = known | {event.uid: event for event in later}
        self.shown = {uid: changed[uid] for uid in fetched}


class Evolution(Subscriber):
    """Takes an event anew where DTSTAMP, LAST-MODIFIED and SEQUENCE together are others."""

    def take(self, fetched: dict[str, SeenEvent]) -> None:
        def newer(event: SeenEvent) -> SeenEvent:
            known = self.shown.get(event.uid, event)
            return known if known.revision == event.revision else event

        self.shown = {uid: newer(event) for uid, event in fetched.items()}


PROGRAMS = (Subscriber, Icsx5, Evolution)
"""The ways in which calendar programs are known to take a feed in."""


def events_of(body: bytes) -> dict[str, SeenEvent]:
    """The events of a calendar, by UID, in the order they stand in."""
    text = re.sub("\r\n[ \t]", "", body.decode())
    seen = [_event(block) for block in re.findall("BEGIN:VEVENT\r\n(.*?)END:VEVENT\r\n", text, re.DOTALL)]
    assert len({event.uid for event in seen}) == len(seen) == text.count("BEGIN:VEVENT")
    return {event.uid: event for event in seen}


def the_one_at(events: Mapping[str, SeenEvent], start: str) -> SeenEvent:
    """The event whose DTSTART is written ``start``."""
    (found,) = [event for event in events.values() if event.start == start]
    return found


def titled(events: Mapping[str, SeenEvent], title: str) -> list[SeenEvent]:
    """The events of this very title, in order."""
    return [event for event in events.values() if event.title == title]


def lose_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on it does not answer, whichever way it is asked."""
    asked = ((Store, "reading"), (Store, "transaction"), (Store, "check_schema"), (FeedLookups, "find"))
    for owner, name in asked:
        monkeypatch.setattr(owner, name, unreachable)


def unreachable(*_: object) -> None:
    raise UnreachableError("the database does not answer: test")


def path_of(token: FeedToken) -> str:
    return f"/feeds/{token}.ics"


def _event(block: str) -> SeenEvent:
    lines = block.splitlines()
    own = lines[: lines.index("BEGIN:VALARM")] if "BEGIN:VALARM" in lines else lines
    values = {line.partition(":")[0].partition(";")[0]: line.partition(":")[2] for line in own}
    return SeenEvent(
        uid=values["UID"],
        stamp=values["DTSTAMP"],
        modified=values["LAST-MODIFIED"],
        sequence=int(values["SEQUENCE"]),
        says="\n".join(line for line in lines if line.partition(":")[0] not in _KEYS),
        title=values["SUMMARY"],
        status=values["STATUS"],
        start=values["DTSTART"],
    )
