"""Plans and feeds to test with. Every date stands around 20 October 2026 unless a test says otherwise."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import ContactTeam, Market, Product, Route
from scheduler.dosing.regimen import (
    IntervalAnchor,
    OpenEnded,
    Phase,
    PhaseEnd,
    Regimen,
    Setting,
    TravelRule,
)
from scheduler.dosing.timing import ClockTimes
from scheduler.ical.document import Day, Rendering, render_feed
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.feed_part import FeedPart, Guidance
from scheduler.ical.feed_window import feed_contents
from scheduler.ical.privacy import Privacy
from scheduler.ical.shown_events import NOTHING_SHOWN, ShownEvents

AUDIENCE = uuid.UUID("6f1c9d0a-5a55-4a5b-9c1f-2d4f6a8b0c1e")
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def today() -> date:
    return date(2026, 10, 20)


@pytest.fixture(scope="session")
def product() -> Callable[..., Product]:
    def build(**changes: Any) -> Product:
        facts: dict[str, Any] = {
            "id": "octreotide",
            "name": "Octreotide",
            "route": Route.SUBCUTANEOUS,
            "is_depot": False,
            "sites": ("left abdomen", "right abdomen"),
            "missed": ContactTeam(source=None),
        }
        return Product(**(facts | changes))

    return build


@pytest.fixture(scope="session")
def regimen(product: Callable[..., Product]) -> Callable[..., Regimen]:
    def build(
        regimen_id: str = "octreotide",
        *,
        times: tuple[str, ...] = ("08:00",),
        every: str = "1 d",
        start: date = date(2026, 10, 18),
        end: PhaseEnd | None = None,
        dose: str = "100 ug",
        of: Product | None = None,
        anchor: IntervalAnchor = IntervalAnchor.SCHEDULED,
    ) -> Regimen:
        given = of or product()
        wall_times = tuple(time.fromisoformat(text) for text in times)
        timing = ClockTimes(dates=CalendarInterval.parse(every), wall_times=wall_times)
        phase = Phase(dose=Dose.parse(dose), timing=timing, start=start, end=end or OpenEnded())
        return Regimen(
            id=regimen_id,
            product=given,
            setting=Setting.HOME,
            anchor=anchor,
            travel=TravelRule.LOCAL,
            sites=given.sites,
            phases=(phase,),
        )

    return build


@pytest.fixture(scope="session")
def plan() -> Callable[..., Plan]:
    def build(*regimens: Regimen, zone: str = "Europe/Berlin", name: str = "Ann Smith", **parts: Any) -> Plan:
        travel = parts.pop("travel", ())
        patient = Patient(name=name, zone=ZoneInfo(zone), market=Market.EU, travel=travel)
        return Plan(patient=patient, regimens=regimens, **parts)

    return build


@pytest.fixture(scope="session")
def identity() -> Callable[..., FeedIdentity]:
    def build(**changes: Any) -> FeedIdentity:
        facts: dict[str, Any] = {
            "audience": AUDIENCE,
            "name": "Reminders",
            "alias": "Garden",
            "initials": "A.S.",
            "privacy": Privacy.DISCREET,
        }
        return FeedIdentity(**(facts | changes))

    return build


@pytest.fixture(scope="session")
def revision() -> Revision:
    return Revision(sequence=3, at=datetime(2026, 10, 19, 17, 30, 5, 987_654, tzinfo=UTC))


@pytest.fixture(scope="session")
def render(today: date, identity: Callable[..., FeedIdentity], revision: Revision) -> Callable[..., bytes]:
    """The feed of a plan; whatever is not named is as the other fixtures have it."""

    def build(
        plan: Plan,
        *,
        on: date = today,
        revision: Revision = revision,
        guidance: dict[str, list[str]] | None = None,
        **identity_changes: Any,
    ) -> bytes:
        whose = identity(**identity_changes)
        told = {name: Guidance(prepare=tuple(sentences)) for name, sentences in (guidance or {}).items()}
        part = FeedPart(contents=feed_contents(plan, on), identity=whose, guidance=told)
        day = Day(today=on, zone=plan.patient.zone)
        return render_feed([part], identity=whose, day=day, revision=revision).body

    return build


@pytest.fixture(scope="session")
def show(today: date, identity: Callable[..., FeedIdentity], revision: Revision) -> Callable[..., Rendering]:
    """The feed of a plan after what it showed before, with the guidance of each regimen as it is."""

    def build(
        plan: Plan,
        *,
        on: date = today,
        revision: Revision = revision,
        guidance: Mapping[str, Guidance] | None = None,
        shown: ShownEvents = NOTHING_SHOWN,
        ends_on: date | None = None,
        weights: Mapping[str, int] | None = None,
        **identity_changes: Any,
    ) -> Rendering:
        whose = identity(**identity_changes)
        contents = feed_contents(plan, on, weights=weights or {})
        part = FeedPart(contents=contents, identity=whose, guidance=guidance or {})
        day = Day(today=on, zone=plan.patient.zone)
        return render_feed([part], identity=whose, day=day, revision=revision, shown=shown, ends_on=ends_on)

    return build


@pytest.fixture(scope="session")
def events() -> Callable[[bytes], list[Event]]:
    """The events of a feed as icalendar reads them, none of them with a fault."""

    def read(data: bytes) -> list[Event]:
        calendar = Calendar.from_ical(data)
        assert isinstance(calendar, Calendar)
        assert not [component.errors for component in calendar.walk() if component.errors]
        return calendar.events

    return read


@pytest.fixture(scope="session")
def unfolded() -> Callable[[bytes], str]:
    return lambda data: re.sub("\r\n[ \t]", "", data.decode("utf-8"))


@pytest.fixture(scope="session")
def is_golden() -> Callable[[str, bytes], bool]:
    """Whether bytes are those of a file; DOSECAL_WRITE_GOLDEN=1 writes the file first."""

    def compare(name: str, data: bytes) -> bool:
        path = GOLDEN / f"{name}.ics"
        if os.environ.get("DOSECAL_WRITE_GOLDEN"):
            path.write_bytes(data)
        return path.read_bytes() == data

    return compare
