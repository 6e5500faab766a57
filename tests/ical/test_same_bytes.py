"""Clients compare entity tags, so the same feed must be the same bytes wherever and whenever it is made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.dosing.plan import Plan
from scheduler.dosing.regimen import DoseCount, Regimen
from scheduler.ical.feed_identity import Revision
from scheduler.ical.privacy import Privacy

ROOT = Path(__file__).parents[2]
A_PROCESS_OF_ITS_OWN = """
import hashlib, uuid
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo
from scheduler.dosing.dose import Dose
from scheduler.dosing.hold import Hold
from scheduler.dosing.patient import Patient, Travel
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import ContactTeam, Market, Product, Route
from scheduler.dosing.regimen import IntervalAnchor, OpenEnded, Phase, Regimen, Setting, TravelRule
from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.timing import ClockTimes
from scheduler.ical.document import Day, render_feed
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.feed_part import FeedPart, Guidance
from scheduler.ical.feed_window import feed_contents
from scheduler.ical.privacy import Privacy

def regimen(name):
    timing = ClockTimes(dates=CalendarInterval.parse("1 d"), wall_times=(time(8), time(20)))
    phase = Phase(dose=Dose.parse("7 mg"), timing=timing, start=date(2026, 1, 1), end=OpenEnded())
    bad = "x\\r\\nATTACH:y\\rz\\\\N" + name
    product = Product(id=name, name=bad, route=Route.ORAL, is_depot=False, sites=(),
        missed=ContactTeam(source=None))
    return Regimen(id=name, product=product, setting=Setting.HOME, anchor=IntervalAnchor.SCHEDULED,
        travel=TravelRule.LOCAL, sites=(), phases=(phase,))

zones = ["America/New_York", "Asia/Gaza", "Australia/Lord_Howe", "Europe/Dublin", "Africa/Cairo"]
travel = tuple(Travel(zone=ZoneInfo(zone), first=date(2026, 10, day), last=date(2026, 10, day))
    for day, zone in enumerate(zones, 20))
patient = Patient(name="A", zone=ZoneInfo("Europe/Berlin"), market=Market.EU, travel=travel)
held = tuple(Hold(regimen=name, first=date(2026, 11, 1), last=date(2026, 11, 9), reason="") for name in "abc")
plan = Plan(patient=patient, regimens=tuple(regimen(name) for name in "abc"), holds=held)
identity = FeedIdentity(audience=uuid.UUID(int=1), name="x\\r\\ny\\rz", privacy=Privacy.FULL)
revision = Revision(sequence=1, at=datetime(2026, 10, 1, tzinfo=UTC))
today = date(2026, 10, 20)
part = FeedPart(contents=feed_contents(plan, today), identity=identity,
    guidance={name: Guidance(prepare=("a", "b")) for name in "abc"})
data = render_feed([part], identity=identity, revision=revision, day=Day(today=today, zone=patient.zone)).body
print(len(data), hashlib.sha256(data).hexdigest())
"""


def bytes_in_a_process(seed: str, *flags: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *flags, "-c", A_PROCESS_OF_ITS_OWN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_two_processes_write_the_same_bytes_whatever_their_hash_seed() -> None:
    assert len({bytes_in_a_process(seed) for seed in ("0", "1", "42", "4711")}) == 1


def test_hostile_text_is_no_other_where_assertions_are_switched_off() -> None:
    assert bytes_in_a_process("0", "-O") == bytes_in_a_process("0")


def test_two_renderings_are_the_same(
    plan: Callable[..., Plan], regimen: Callable[..., Regimen], render: Callable[..., bytes]
) -> None:
    assert render(plan(regimen())) == render(plan(regimen()))


def test_the_order_of_the_regimens_does_not_matter(
    plan: Callable[..., Plan], regimen: Callable[..., Regimen], render: Callable[..., bytes]
) -> None:
    one, other = regimen("one"), regimen("other")
    assert render(plan(one, other)) == render(plan(other, one))


def test_a_revision_counts_to_the_second_in_any_zone(
    plan: Callable[..., Plan], regimen: Callable[..., Regimen], render: Callable[..., bytes]
) -> None:
    exact = datetime(2026, 10, 19, 17, 30, 5, tzinfo=UTC)
    elsewhere = datetime.fromisoformat("2026-10-19T19:30:05.900+02:00")
    feeds = {render(plan(regimen()), revision=Revision(sequence=1, at=at)) for at in (exact, elsewhere)}
    assert len(feeds) == 1


def test_a_new_day_changes_nothing_where_no_dose_comes_near(
    plan: Callable[..., Plan], regimen: Callable[..., Regimen], render: Callable[..., bytes], today: date
) -> None:
    far_off = plan(regimen(start=today + timedelta(days=60), end=DoseCount(count=1)))
    assert render(far_off) == render(far_off, on=today + timedelta(days=1))


@pytest.mark.parametrize("privacy", Privacy)
def test_a_thousand_events_stay_below_a_megabyte(
    plan: Callable[..., Plan],
    regimen: Callable[..., Regimen],
    render: Callable[..., bytes],
    privacy: Privacy,
    today: date,
) -> None:
    times = ("06:00", "10:00", "14:00", "18:00")
    busy = plan(*(regimen(f"r{n}", times=times, start=today) for n in range(3)))
    guidance = {f"r{n}": ["word " * 200] for n in range(3)}
    size = len(render(busy, privacy=privacy, guidance=guidance))
    assert size < (1_000_000 if privacy is Privacy.FULL else 500_000)
