"""A change of plan and its reminders are one transaction, and one that is only shown leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.actions import record_dose
from scheduler.actions.hold import end_hold, list_holds, start_hold
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Occasion, PlanChange
from scheduler.actions.regimen import (
    Amended,
    amend_regimen,
    regimen_history,
    start_regimen,
    stop_regimen,
    take_back_version,
)
from scheduler.actions.site import rest_site, use_site
from scheduler.actions.travel import add_travel, remove_travel
from scheduler.dosing.dose import Dose
from scheduler.dosing.hold import Hold
from scheduler.dosing.patient import Travel
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.site_rotation import SiteRest
from scheduler.dosing.timing import ClockTimes
from scheduler.errors import ConflictError, InputError, NotFoundError, RefusedError
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.privacy import Privacy
from scheduler.store.unit_of_work import Store
from tests.support.waiting_reminders import everything
from tests.support.ward import DEPOT, THRICE_DAILY, admit, remind

MORNING = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
"""06:00 in New York, an hour before the first dose of the day."""

NOW = Occasion(moment=MORNING)
TODAY = date(2026, 12, 1)
BODY = THRICE_DAILY.format(start="2026-12-01") + DEPOT.format(start="2026-12-01")
HOLD = Hold(regimen="octreotide", first=TODAY, last=None, reason="surgery")
PARIS = Travel(zone=ZoneInfo("Europe/Paris"), first=date(2026, 12, 2), last=date(2026, 12, 4))
REST = SiteRest(site="thigh-left", first=TODAY, last=None, reason="lump")


@pytest.fixture
def zoe(store: Store) -> str:
    patient = admit(store, BODY, MORNING)
    remind(store, patient, MORNING, privacy=Privacy.FULL)
    return patient


def doubled(known: Amended) -> Regimen:
    phases = (replace(known.regimen.phases[0], dose=Dose.parse("200 ug")), *known.regimen.phases[1:])
    return replace(known.regimen, phases=phases)


def states(store: Store, regimen: str) -> dict[str, str]:
    rows = [row for row in everything(store) if row.dose_id.startswith((f"{regimen}@", f"{regimen}#"))]
    return {row.dose_id: row.state.value for row in rows}


def amended(store: Store, patient: str, occasion: Occasion, on: date = TODAY) -> PlanChange:
    return amend_regimen(store, patient, "octreotide", doubled, occasion, effective_on=on)


CHANGES: dict[str, Callable[[Store, str, Occasion], PlanChange]] = {
    "amend": amended,
    "stop": lambda store, patient, when: stop_regimen(store, patient, "lar", when, at=None, reason=""),
    "hold": lambda store, patient, when: start_hold(store, patient, HOLD, when),
    "rest": lambda store, patient, when: rest_site(store, patient, REST, when),
    "travel": lambda store, patient, when: add_travel(store, patient, PARIS, when),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_rehearsal_shows_the_change_and_leaves_plan_history_and_reminders(
    store: Store, zoe: str, change: Callable[[Store, str, Occasion], PlanChange]
) -> None:
    before = load_patient(store, zoe), everything(store), regimen_history(store, zoe, "octreotide")
    rehearsed = change(store, zoe, replace(NOW, rehearsed=True))
    assert (load_patient(store, zoe), everything(store), regimen_history(store, zoe, "octreotide")) == before
    done = change(store, zoe, NOW)
    assert done == rehearsed
    after = load_patient(store, zoe)
    assert after.record.revision == before[0].record.revision + 1
    assert after.plan != before[0].plan


def test_a_hold_ends_reminders_at_once_and_its_end_brings_them_back(store: Store, zoe: str) -> None:
    before = states(store, "octreotide")
    assert set(before.values()) == {"pending"}
    start_hold(store, zoe, HOLD, NOW)
    assert states(store, "octreotide") == dict.fromkeys(before, "cancelled")
    assert states(store, "lar") == {"lar#1": "pending"}
    end_hold(store, zoe, "octreotide", NOW, resume_on=TODAY + timedelta(days=1))
    assert states(store, "octreotide") == {
        dose: "cancelled" if "@2026-12-01" in dose else "pending" for dose in before
    }
    end_hold(store, zoe, "octreotide", NOW, resume_on=None)
    assert states(store, "octreotide") == before
    assert list_holds(store, zoe) == []


def test_a_stop_ends_reminders_and_taking_it_back_brings_them_back(store: Store, zoe: str) -> None:
    before = states(store, "octreotide")
    stop_regimen(store, zoe, "octreotide", NOW, at=datetime(2026, 12, 1, 12, 0), reason="")  # noqa: DTZ001
    stopped = states(store, "octreotide")
    assert [dose for dose, state in stopped.items() if state == "pending"] == ["octreotide@2026-12-01/1"]
    take_back_version(store, zoe, "octreotide", NOW)
    assert states(store, "octreotide") == before


def test_a_refused_change_leaves_everything_as_it_was(store: Store, zoe: str) -> None:
    late = MORNING + timedelta(hours=18)
    record_dose.give(store, zoe, "octreotide@2026-12-01/3", late, at=None, site=None)
    before = load_patient(store, zoe), everything(store)

    def once_a_day(known: Amended) -> Regimen:
        phase = known.regimen.phases[0]
        assert isinstance(phase.timing, ClockTimes)
        timing = replace(phase.timing, wall_times=phase.timing.wall_times[:1])
        return replace(known.regimen, phases=(replace(phase, timing=timing),))

    with pytest.raises(RefusedError, match="octreotide@2026-12-01/3"):
        amend_regimen(store, zoe, "octreotide", once_a_day, Occasion(moment=late), effective_on=TODAY)
    assert (load_patient(store, zoe), everything(store)) == before


def test_a_value_that_no_schedule_can_have_is_wrong_input(store: Store, zoe: str) -> None:
    add_travel(store, zoe, PARIS, NOW)
    with pytest.raises(InputError, match="before the one from 2026-12-02 has ended"):
        add_travel(store, zoe, replace(PARIS, first=PARIS.last, last=PARIS.last + timedelta(days=3)), NOW)
    assert load_patient(store, zoe).record.patient.travel == (PARIS,)
    everolimus = load_formulary().find("everolimus", Market.US).product
    with pytest.raises(InputError, match="an amendment keeps the product"):
        amend_regimen(
            store,
            zoe,
            "octreotide",
            lambda known: replace(known.regimen, product=everolimus),
            NOW,
            effective_on=None,
        )


def test_what_is_not_there_is_not_found(store: Store, zoe: str) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: start_hold(store, zoe, replace(HOLD, regimen="nope"), NOW),
        lambda: end_hold(store, zoe, "octreotide", NOW, resume_on=None),
        lambda: rest_site(store, zoe, replace(REST, site="elbow"), NOW),
        lambda: use_site(store, zoe, "thigh-left", NOW, on=None),
        lambda: remove_travel(store, zoe, TODAY, NOW),
        lambda: take_back_version(store, zoe, "octreotide", NOW),
        lambda: stop_regimen(store, zoe, "nope", NOW, at=None, reason=""),
        lambda: regimen_history(store, zoe, "nope"),
        lambda: start_hold(store, "p-9", HOLD, NOW),
    ]
    for attempt in attempts:
        with pytest.raises(NotFoundError):
            attempt()


def test_an_id_is_used_once(store: Store, zoe: str) -> None:
    known = load_patient(store, zoe).regimens[0]
    with pytest.raises(ConflictError, match="there is a regimen octreotide already"):
        start_regimen(store, zoe, lambda _: known, NOW)


@pytest.mark.parametrize(("reason", "said"), [("x" * 201, "at most 200"), ("a\x00b", "a control character")])
def test_a_reason_is_checked_before_it_reaches_any_database(
    store: Store, zoe: str, reason: str, said: str
) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: start_hold(store, zoe, replace(HOLD, reason=reason), NOW),
        lambda: rest_site(store, zoe, replace(REST, reason=reason), NOW),
        lambda: stop_regimen(store, zoe, "lar", NOW, at=None, reason=reason),
        lambda: record_dose.skip(store, zoe, "lar#1", MORNING, at=None, reason=reason),
    ]
    for attempt in attempts:
        with pytest.raises(InputError, match=said):
            attempt()
