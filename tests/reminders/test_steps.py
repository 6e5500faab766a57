"""What is said of one dose, and when: the steps, from the dose and the policy alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.patient import Patient, Travel
from scheduler.dosing.plan import Period
from scheduler.dosing.product import Market
from scheduler.formulary.lead import Lead
from scheduler.reminders.policy import DEFAULTS, Policy, QuietHours
from scheduler.reminders.steps import Clocks, Step, StepKind, Telling, steps
from scheduler.store.recipients import RecipientRole
from tests.support.law import law
from tests.support.plan_text import plan_file
from tests.support.ward import DEPOT, THRICE_DAILY

NEW_YORK = ZoneInfo("America/New_York")
ZOE = Patient(name="Zoe Marsh", zone=NEW_YORK, market=Market.US, travel=())
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NIGHT = QuietHours(begins=time(22), ends=time(7))
ONLY_MISSED = replace(DEFAULTS, follow_ups=(), depot_follow_ups=())
ORDER = Lead(key="order", title="see that it is in stock", text="Order it", ahead=20 * DAY, by_day=True)
FRIDGE = Lead(key="prepare1", title="get it ready", text="Out of the fridge", ahead=HOUR)


def dose(number: int, *, zone: str = "America/New_York") -> DoseOccurrence:
    """That dose of the day, from 1: 07:00, 15:00, 23:00."""
    plan = plan_file(THRICE_DAILY.format(start="2026-12-01") + "\n", zone=zone).plan
    return expand(plan, Period(start=date(2026, 12, 1), end=date(2026, 12, 2)))[number - 1]


def depot() -> DoseOccurrence:
    """A depot at 10:00 on 1 December."""
    plan = plan_file(DEPOT.format(start="2026-12-01") + "\n").plan
    return expand(plan, Period(start=date(2026, 12, 1), end=date(2026, 12, 2)))[0]


def laid_out(
    occurrence: DoseOccurrence,
    policy: Policy = DEFAULTS,
    role: RecipientRole = RecipientRole.PERSON,
    *,
    leads: tuple[Lead, ...] = (),
    next_at: datetime | None = None,
    patient: Patient = ZOE,
    patient_id: str = "p-zoe",
) -> dict[str, Step]:
    telling = Telling(role=role, policy=policy, leads=leads)
    found = list(steps(occurrence, next_at, telling, Clocks(patient, patient_id)))
    assert len({step.name for step in found}) == len(found)
    assert all(len(step.name) <= 16 for step in found)
    return {step.name: step for step in found}


def walls(found: dict[str, Step], zone: ZoneInfo = NEW_YORK) -> dict[str, str]:
    return {name: f"{step.at.astimezone(zone):%d %H:%M}" for name, step in found.items()}


def test_a_dose_by_the_clock_is_told_asked_for_twice_and_told_missed() -> None:
    assert walls(laid_out(dose(1))) == {
        "due": "01 07:00",
        "follow-1": "01 07:10",
        "follow-2": "01 07:30",
        "missed": "01 15:00",
    }


def test_a_depot_is_asked_for_after_one_three_and_seven_days_and_never_missed() -> None:
    assert walls(laid_out(depot())) == {
        "due": "01 10:00",
        "follow-1": "02 10:00",
        "follow-2": "04 10:00",
        "follow-3": "08 10:00",
    }


def test_whoever_agreed_to_it_is_told_on_escalation_and_of_nothing_else() -> None:
    by_the_clock = laid_out(dose(1), role=RecipientRole.ESCALATION, leads=(FRIDGE,))
    assert walls(by_the_clock) == {"escalate": "01 08:00"}
    assert walls(laid_out(depot(), role=RecipientRole.ESCALATION)) == {"escalate": "03 10:00"}
    nobody = replace(DEFAULTS, escalate_after=None, depot_escalate_after=None)
    for occurrence in (dose(1), depot()):
        assert laid_out(occurrence, nobody, RecipientRole.ESCALATION) == {}


def test_the_dose_comes_first_and_follow_ups_last() -> None:
    found = laid_out(dose(1), leads=(FRIDGE,))
    (escalation,) = laid_out(dose(1), role=RecipientRole.ESCALATION).values()
    kinds = {step.kind.value: name for name, step in {**found, "escalate": escalation}.items()}
    assert kinds == {0: "due", 1: "escalate", 2: "missed", 3: "lead-prepare1", 4: "follow-2"}


def test_follow_ups_end_when_the_dose_is_of_no_more_use() -> None:
    found = laid_out(dose(1), replace(DEFAULTS, follow_ups=(HOUR, 8 * HOUR, 9 * HOUR)))
    assert walls(found) == {"due": "01 07:00", "follow-1": "01 08:00", "missed": "01 15:00"}
    assert found["follow-1"].not_after == found["due"].not_after == dose(2).due_at


def test_follow_ups_of_a_depot_end_at_the_next_one() -> None:
    next_at = depot().due_at + 5 * DAY
    found = laid_out(depot(), next_at=next_at)
    assert list(found) == ["due", "follow-1", "follow-2"]
    assert found["follow-2"].not_after == next_at
    assert found["due"].not_after is None


def test_leads_come_before_the_dose_and_end_at_it() -> None:
    found = laid_out(dose(2), leads=(FRIDGE,))
    assert found["lead-prepare1"].at == dose(2).due_at - HOUR
    assert found["lead-prepare1"].not_after == dose(2).due_at
    assert found["lead-prepare1"].lead == FRIDGE


def test_a_lead_by_day_is_told_at_the_doses_time_of_day_whatever_the_clocks_do() -> None:
    # New York set its clocks back on 1 November 2026.
    found = laid_out(depot(), leads=(replace(ORDER, ahead=35 * DAY),))
    assert f"{found['lead-order'].at.astimezone(NEW_YORK):%m-%d %H:%M}" == "10-27 10:00"


def test_quiet_hours_hold_steps_back_to_their_end_and_a_dose_by_the_clock_is_told_at_once() -> None:
    policy = replace(DEFAULTS, quiet=NIGHT, follow_ups=(10 * MINUTE,))
    late_evening = replace(dose(3), useful_until=dose(3).due_at + 10 * HOUR)
    assert walls(laid_out(late_evening, policy)) == {
        "due": "01 23:00",
        "follow-1": "02 07:00",
        "missed": "02 09:00",
    }
    assert walls(laid_out(late_evening, replace(policy, quiet_due=True)))["due"] == "02 07:00"


def test_several_follow_ups_that_quiet_hours_bring_together_are_said_once() -> None:
    late_evening = replace(dose(3), useful_until=dose(3).due_at + 10 * HOUR)
    found = laid_out(late_evening, replace(DEFAULTS, quiet=NIGHT))
    assert [name for name in found if name.startswith("follow")] == ["follow-2"]


def test_what_quiet_hours_bring_past_the_doses_use_is_left_to_the_message_that_it_was_missed() -> None:
    # The dose of 23:00 is of use until 07:00, which is when the night ends.
    assert walls(laid_out(dose(3), replace(DEFAULTS, quiet=NIGHT))) == {
        "due": "01 23:00",
        "missed": "02 07:00",
    }


def test_a_dose_that_waits_in_quiet_hours_is_told_at_once_where_it_would_be_useless_after_them() -> None:
    found = laid_out(dose(3), replace(DEFAULTS, quiet=NIGHT, quiet_due=True))
    assert walls(found)["due"] == "01 23:00"


def test_a_depot_due_in_quiet_hours_waits_for_their_end() -> None:
    found = laid_out(depot(), replace(DEFAULTS, quiet=QuietHours(begins=time(9), ends=time(11, 30))))
    assert walls(found) == {
        "due": "01 11:30",
        "follow-1": "02 11:30",
        "follow-2": "04 11:30",
        "follow-3": "08 11:30",
    }


def test_a_lead_that_quiet_hours_would_bring_past_its_dose_keeps_its_time() -> None:
    policy = replace(DEFAULTS, quiet=NIGHT)
    assert walls(laid_out(dose(1), policy, leads=(FRIDGE,)))["lead-prepare1"] == "01 06:00"
    early = replace(FRIDGE, ahead=9 * HOUR)
    assert walls(laid_out(dose(2), policy, leads=(early,)))["lead-prepare1"] == "01 07:00"


def test_it_is_quiet_by_the_clocks_of_where_the_patient_is() -> None:
    tokyo = Travel(zone=ZoneInfo("Asia/Tokyo"), first=date(2026, 11, 30), last=date(2026, 12, 5))
    # 15:10 in New York is 05:10 in Tokyo.
    found = laid_out(
        dose(2), replace(DEFAULTS, quiet=NIGHT, missed=False), patient=replace(ZOE, travel=(tokyo,))
    )
    assert walls(found, ZoneInfo("Asia/Tokyo")) == {"due": "02 05:00", "follow-2": "02 07:00"}


def test_the_end_of_quiet_hours_may_come_twice() -> None:
    quiet = QuietHours(begins=time(22), ends=time(1, 30))
    in_the_second_pass = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)  # 01:10 for the second time
    assert quiet.shifted(in_the_second_pass, NEW_YORK) == in_the_second_pass
    before = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    assert quiet.shifted(before, NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_everybody_has_a_share_of_the_spread_that_stays_the_same() -> None:
    policy = replace(DEFAULTS, spread=10 * MINUTE)
    shares = {}
    for number in range(50):
        first, again = (laid_out(dose(1), policy, patient_id=f"p-{number}") for _ in range(2))
        assert first == again
        late = {step.at - laid_out(dose(1))[name].at for name, step in first.items()}
        assert len(late) == 1
        shares[number] = late.pop()
    assert min(shares.values()) >= timedelta(0)
    assert max(shares.values()) <= 10 * MINUTE
    assert max(shares.values()) - min(shares.values()) > 5 * MINUTE


def test_the_spread_takes_nothing_into_quiet_hours_nor_past_its_use() -> None:
    soon = replace(FRIDGE, ahead=MINUTE)
    quiet = QuietHours(begins=time(15, 11), ends=time(16))
    policy = replace(DEFAULTS, follow_ups=(10 * MINUTE,), quiet=quiet, spread=10 * MINUTE)
    latest = max(
        (f"p-{number}" for number in range(50)), key=lambda name: Clocks(ZOE, name).share(10 * MINUTE)
    )
    found = laid_out(dose(2), policy, leads=(soon,), patient_id=latest)
    assert found["due"].at > dose(2).due_at + 9 * MINUTE
    assert walls({name: found[name] for name in ("follow-1", "lead-prepare1")}) == {
        "follow-1": "01 15:10",
        "lead-prepare1": "01 14:59",
    }


@law
@given(
    which=st.integers(1, 3),
    spread=st.integers(0, 600),
    patient_id=st.text(max_size=5),
    begins=st.times(),
    length=st.integers(1, 14 * 60),
    quiet_due=st.booleans(),
    waits=st.lists(st.integers(1, 720), unique=True, max_size=6).map(sorted),
    role=st.sampled_from(RecipientRole),
)
def test_no_step_comes_before_its_time_nor_when_it_is_pointless_nor_in_quiet_hours(
    which: int,
    spread: int,
    patient_id: str,
    begins: time,
    length: int,
    quiet_due: bool,
    waits: list[int],
    role: RecipientRole,
) -> None:
    ends = (
        (datetime.combine(date(2026, 1, 1), begins) + length * MINUTE).time().replace(second=0, microsecond=0)
    )
    quiet = QuietHours(begins=begins.replace(second=0, microsecond=0), ends=ends)
    plain = replace(DEFAULTS, follow_ups=tuple(wait * MINUTE for wait in waits))
    policy = replace(plain, quiet=quiet, quiet_due=quiet_due, spread=timedelta(seconds=spread))
    occurrence, leads = dose(which), (FRIDGE,)
    nominal = laid_out(occurrence, plain, role, leads=leads)
    for name, step in laid_out(occurrence, policy, role, leads=leads, patient_id=patient_id).items():
        assert step.at >= nominal[name].at
        assert step.not_after is None or step.at < step.not_after
        if step.kind not in {StepKind.DUE, StepKind.LEAD}:
            assert quiet.shifted(step.at, NEW_YORK) == step.at


@pytest.mark.parametrize("kind", [StepKind.FOLLOW_UP, StepKind.MISSED])
def test_what_a_policy_does_without_is_not_there(kind: StepKind) -> None:
    policy = replace(ONLY_MISSED, missed=False)
    assert kind not in {step.kind for step in laid_out(dose(1), policy).values()}
    assert kind in {step.kind for step in laid_out(dose(1)).values()}
