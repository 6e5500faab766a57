"""Times are right although the data of the system are old."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from icalendar import Calendar

from scheduler.actions.feed import issue_feed
from scheduler.actions.import_plan import import_plan
from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import (
    DISCREET,
    path_of,
)
from tests.support.one_patient import MORNING, THREE_A_DAY
from tests.support.plan_text import plan_file

ROOT = Path(__file__).parents[3]


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
