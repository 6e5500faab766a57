"""Whole feeds, byte for byte. Each file is named by what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import ChainId, GridId, OccurrenceId
from scheduler.dosing.patient import Travel
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Product, Route
from scheduler.dosing.regimen import DoseCount, IntervalAnchor, Regimen, Stop
from scheduler.formulary.lead import Lead
from scheduler.ical.document import Day, Rendering, render_ended, render_feed
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.feed_part import FeedPart, Guidance
from scheduler.ical.feed_window import feed_contents
from scheduler.ical.folding import with_whole_escapes
from scheduler.ical.privacy import Privacy

Build = Callable[..., Plan]
Make = Callable[..., Regimen]
Render = Callable[..., bytes]
IsGolden = Callable[[str, bytes], bool]

Show = Callable[..., Rendering]
Identify = Callable[..., FeedIdentity]

FILES = sorted((Path(__file__).parent / "golden").glob("*.ics"))
NEW = [path for path in FILES if path.stem != "stopped_course_with_tombstones"]


def test_clocks_go_forward(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    nightly = regimen(times=("02:30", "08:00"), start=date(2027, 3, 27), end=DoseCount(count=6))
    assert is_golden("clocks_go_forward", render(plan(nightly), on=date(2027, 3, 20)))


def test_clocks_go_back(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    nightly = regimen(times=("02:50", "08:00"), start=date(2026, 10, 24), end=DoseCount(count=6))
    assert is_golden("clocks_go_back", render(plan(nightly)))


def test_moved_dose(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    daily = regimen(start=date(2026, 10, 20), end=DoseCount(count=3))
    dose = GridId(regimen="octreotide", on=date(2026, 10, 21), slot=1)
    move = Move(dose=dose, to=datetime(2026, 10, 23, 9, 15), reason="at the dentist")  # noqa: DTZ001
    assert is_golden("moved_dose", render(plan(daily, moves=(move,)), privacy=Privacy.FULL))


def test_hold_with_tombstones(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    daily = regimen(start=date(2026, 10, 10), end=DoseCount(count=14))
    withheld = Hold(regimen="octreotide", first=date(2026, 10, 11), last=date(2026, 10, 21), reason="surgery")
    assert is_golden("hold_with_tombstones", render(plan(daily, holds=(withheld,))))


def test_two_zones_by_travel(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    daily = regimen(start=date(2026, 10, 20), end=DoseCount(count=6))
    journey = Travel(zone=ZoneInfo("America/New_York"), first=date(2026, 10, 22), last=date(2026, 10, 23))
    assert is_golden("two_zones_by_travel", render(plan(daily, travel=(journey,))))


def test_full_privacy(
    plan: Build,
    regimen: Make,
    product: Callable[..., Product],
    render: Render,
    is_golden: IsGolden,
) -> None:
    daily = regimen(start=date(2026, 10, 18), end=DoseCount(count=5))
    depot = product(
        id="lanreotide", name="Lanreotide", route=Route.DEEP_SUBCUTANEOUS, is_depot=True, sites=()
    )
    monthly = regimen(
        "depot",
        every="4 wk",
        dose="120 mg",
        of=depot,
        anchor=IntervalAnchor.LAST_GIVEN,
        end=DoseCount(count=2),
    )
    recorded = (
        _recorded(date(2026, 10, 18), AdministrationStatus.GIVEN, ""),
        _recorded(date(2026, 10, 19), AdministrationStatus.NOT_GIVEN, "felt sick"),
    )
    guidance = {
        "octreotide": ["Take it out of the fridge 30 minutes before.", "If late: give it when you notice."]
    }
    written = render(plan(daily, monthly, administrations=recorded), privacy=Privacy.FULL, guidance=guidance)
    assert is_golden("full_privacy", written)


def _recorded(
    on: date, status: AdministrationStatus, reason: str, dose: OccurrenceId | None = None
) -> Administration:
    at = datetime(on.year, on.month, on.day, 8, 5)  # noqa: DTZ001
    whose = dose or GridId(regimen="octreotide", on=on, slot=1)
    return Administration(dose=whose, status=status, at=at, site=None, reason=reason)


def test_pages_folded_behind(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    assert is_golden("pages_folded_behind", render(plan(_thrice(regimen)), page=_page(48)))


def test_pages_folded_within(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    assert is_golden("pages_folded_within", render(plan(_thrice(regimen)), page=_page(57)))


def test_pages_folded_before(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    assert is_golden("pages_folded_before", render(plan(_thrice(regimen)), page=_page(64)))


def _thrice(regimen: Make) -> Regimen:
    return regimen(start=date(2026, 10, 20), end=DoseCount(count=3))


def _page(length: int) -> str:
    """An address so long that the line is folded there, of what differs from dose to dose."""
    return f"https://doses.example/{'x' * length}/dose/k7m3q2vx9abc/"


def test_initials(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    daily = regimen(start=date(2026, 10, 20), end=DoseCount(count=2))
    assert is_golden("initials", render(plan(daily), privacy=Privacy.INITIALS))


def test_nothing_planned(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    over = regimen(start=date(2026, 1, 1), end=DoseCount(count=1))
    assert is_golden("nothing_planned", render(plan(over)))


def test_subscription_ended(
    identity: Callable[..., FeedIdentity], revision: Revision, today: date, is_golden: IsGolden
) -> None:
    day = Day(today=today, zone=ZoneInfo("Europe/Berlin"))
    ended = render_ended(identity=identity(), revision=revision, day=day)
    assert is_golden("subscription_ended", ended)


@pytest.fixture(scope="module")
def depot(regimen: Make, product: Callable[..., Product]) -> Callable[..., Regimen]:
    """Lanreotide every four weeks from 18 October 2026, counted from what was given."""
    of = product(id="lanreotide", name="Lanreotide", route=Route.DEEP_SUBCUTANEOUS, is_depot=True, sites=())

    def build(**changes: Any) -> Regimen:
        facts: dict[str, Any] = {
            "times": ("10:00",),
            "every": "4 wk",
            "dose": "120 mg",
            "of": of,
            "anchor": IntervalAnchor.LAST_GIVEN,
            "end": DoseCount(count=3),
        }
        return regimen("depot", **(facts | changes))

    return build


def test_overdue_depot(plan: Build, depot: Make, show: Show, is_golden: IsGolden) -> None:
    guidance = {
        "depot": Guidance(
            prepare=("Take it out of the fridge 30 minutes before (leaflet, preparation).",),
            late=("If you missed a dose, call your team: they decide the new date (leaflet, missed dose).",),
        )
    }
    written = show(plan(depot()), privacy=Privacy.FULL, guidance=guidance)
    assert is_golden("overdue_depot", written.body)


def test_lead_tasks(
    plan: Build,
    regimen: Make,
    depot: Make,
    product: Callable[..., Product],
    show: Show,
    is_golden: IsGolden,
) -> None:
    cabozantinib = product(id="cabozantinib", name="Cabozantinib", route=Route.ORAL, sites=())
    tablet = regimen(
        "tablet",
        times=("21:00",),
        start=date(2026, 10, 20),
        end=DoseCount(count=2),
        dose="60 mg",
        of=cabozantinib,
    )
    thaw = Lead(
        key="prepare1",
        title="get it ready",
        text="Take the sealed pouch out of the fridge 30 minutes before (site for professionals, use)",
        ahead=timedelta(minutes=30),
    )
    order = Lead(
        key="order",
        title="see that it is in stock",
        text="Order the next package if it is not there",
        ahead=timedelta(days=7),
        by_day=True,
    )
    fast = Lead(
        key="food", title="stop eating", text="On an empty stomach (label, food)", ahead=timedelta(hours=2)
    )
    guidance = {"depot": Guidance(leads=(thaw, order)), "tablet": Guidance(leads=(fast,))}
    later = depot(start=date(2026, 10, 29), end=DoseCount(count=2))
    written = show(plan(tablet, later), privacy=Privacy.FULL, guidance=guidance)
    assert is_golden("lead_tasks", written.body)


def test_nurse_caseload(
    plan: Build, depot: Make, identity: Identify, revision: Revision, today: date, is_golden: IsGolden
) -> None:
    """Zoe's depot was given on its day, and nobody recorded Ann's."""
    calendar = identity(name="Visits", alias="Visit", initials="", privacy=Privacy.INITIALS)
    zoe = replace(calendar, patient="p-1", initials="ZM", place="12 Elm Street, ring twice")
    ann = replace(calendar, patient="p-2", initials="AH", place="3 Mill Lane")
    done = _recorded(date(2026, 10, 18), AdministrationStatus.GIVEN, "", ChainId(regimen="depot", number=1))
    prepare = {"depot": Guidance(prepare=("Take it out of the fridge 30 minutes before (leaflet).",))}
    parts = [
        FeedPart(
            contents=feed_contents(plan(depot(), administrations=(done,)), today),
            identity=zoe,
            guidance=prepare,
        ),
        FeedPart(contents=feed_contents(plan(depot()), today), identity=ann, guidance=prepare),
    ]
    assert is_golden("nurse_caseload", _caseload(parts, calendar, revision, today))


def test_clinic_depots(
    plan: Build, depot: Make, identity: Identify, revision: Revision, today: date, is_golden: IsGolden
) -> None:
    calendar = identity(
        name="Clinic for inner medicine", alias="Appointment", initials="", privacy=Privacy.FULL
    )
    withheld = Hold(regimen="depot", first=date(2026, 10, 21), last=date(2026, 10, 27), reason="surgery")
    on_a_grid = depot(start=date(2026, 10, 22), anchor=IntervalAnchor.SCHEDULED, end=DoseCount(count=2))
    parts = [
        FeedPart(
            contents=feed_contents(plan(on_a_grid, holds=holds), today),
            identity=replace(calendar, patient=patient, initials=initials, place="Room 4"),
        )
        for patient, initials, holds in (("p-1", "ZM", ()), ("p-2", "AH", (withheld,)))
    ]
    assert is_golden("clinic_depots", _caseload(parts, calendar, revision, today))


def _caseload(parts: list[FeedPart], calendar: FeedIdentity, revision: Revision, today: date) -> bytes:
    day = Day(today=today, zone=ZoneInfo("Europe/Berlin"))
    return render_feed(parts, identity=calendar, day=day, revision=revision).body


def test_stopped_course_with_tombstones(
    plan: Build, regimen: Make, show: Show, today: date, is_golden: IsGolden
) -> None:
    """Stopped at noon on the second day, when the evening dose is still to come; shown two days before."""
    twice = regimen(times=("08:00", "20:00"), start=date(2026, 10, 19), end=DoseCount(count=6))
    stopped = replace(twice, stop=Stop(at=datetime(2026, 10, 20, 12, 0), reason="well"))  # noqa: DTZ001
    before = show(plan(twice), on=date(2026, 10, 18), privacy=Privacy.FULL)
    stopped_at = Revision(sequence=0, at=datetime(2026, 10, 20, 10, 5, tzinfo=UTC))
    written = show(plan(stopped), privacy=Privacy.FULL, revision=stopped_at, shown=before.shown)
    assert is_golden("stopped_course_with_tombstones", written.body)


def test_address_ends(plan: Build, regimen: Make, show: Show, is_golden: IsGolden) -> None:
    daily = regimen(start=date(2026, 10, 20), end=DoseCount(count=2))
    written = show(plan(daily), ends_on=date(2026, 11, 3))
    assert is_golden("address_ends", written.body)


def test_every_file_is_one_of_these() -> None:
    written = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {path.stem for path in FILES} <= written


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_what_icalendar_writes_of_it_but_for_folds_at_escapes_and_the_trigger(
    path: Path,
) -> None:
    data = path.read_bytes()
    read = Calendar.from_ical(data)
    assert not [component.errors for component in read.walk() if component.errors]
    by_the_library: bytes = read.to_ical(sorted=False)
    written = with_whole_escapes(by_the_library.decode())
    assert written.replace("TRIGGER:P0D\r\n", "TRIGGER:PT0S\r\n").encode() == data


@pytest.mark.parametrize("path", NEW, ids=lambda path: path.stem)
def test_every_event_of_a_feed_that_is_new_is_stamped_with_the_revision_alone(path: Path) -> None:
    stamps = {(event.DTSTAMP, event.LAST_MODIFIED, event.sequence) for event in _events(path)}
    revised_at = datetime(2026, 10, 19, 17, 30, 5, tzinfo=UTC)
    assert stamps == {(revised_at, revised_at, 3)}


def test_where_a_course_was_stopped_only_what_changed_is_stamped_anew() -> None:
    """Yesterday's doses have fallen silent, this morning's is as it was, those to come are cancelled."""
    (path,) = set(FILES) - set(NEW)
    stamps = {(str(event["STATUS"]), event.LAST_MODIFIED, event.sequence) for event in _events(path)}
    shown_at = datetime(2026, 10, 19, 17, 30, 5, tzinfo=UTC)
    stopped_at = datetime(2026, 10, 20, 10, 5, tzinfo=UTC)
    assert stamps == {
        ("CONFIRMED", shown_at, 3),
        ("CONFIRMED", stopped_at, 4),
        ("CANCELLED", stopped_at, 4),
    }


def _events(path: Path) -> list[Event]:
    calendar = Calendar.from_ical(path.read_bytes())
    assert isinstance(calendar, Calendar)
    return calendar.events
