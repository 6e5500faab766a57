"""A zone whose rules change: the wall time stands, the instant follows, the id is the same."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from zoneinfo import ZoneInfo

from scheduler.dosing.plan import Plan
from tests.support.plan_text import plan
from tests.support.regimen_text import EVEROLIMUS, LAR, given
from tests.support.schedule import doses


def under_rules_of(of: Plan, region: str, city: str) -> Plan:
    """``of``, whose home keeps its name and gets the clocks of another place."""
    with (files("tzdata") / "zoneinfo" / region / city).open("rb") as rules:
        changed = ZoneInfo.from_file(rules, key=of.patient.zone.key)
    return replace(of, patient=replace(of.patient, zone=changed))


OLD = plan(EVEROLIMUS + LAR + given("lar#1", "2026-12-03T10:00:00"))
NEW = under_rules_of(OLD, "America", "Chicago")


def test_ids_and_wall_times_stand_and_the_instants_follow() -> None:
    before, after = doses(OLD, "2026-12-01", "2027-04-01"), doses(NEW, "2026-12-01", "2027-04-01")
    assert [str(dose.id) for dose in after] == [str(dose.id) for dose in before]
    assert [f"{dose.wall_due:%m-%d %H:%M}" for dose in after] == [
        f"{dose.wall_due:%m-%d %H:%M}" for dose in before
    ]
    assert {(new.due_at - old.due_at).total_seconds() for old, new in zip(before, after, strict=True)} == {
        3600
    }


def test_what_was_recorded_keeps_its_date_and_what_is_counted_from_it_too() -> None:
    old, new = (doses(of, "2026-12-31", "2027-01-01")[-1] for of in (OLD, NEW))
    assert (str(new.id), new.local_date) == ("lar#2", old.local_date)
    assert f"{new.wall_due:%Y-%m-%d %H:%M}" == "2026-12-31 10:00"
