"""What people choose about their reminders: read, kept, and put together."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from scheduler.errors import InputError, NotFoundError
from scheduler.formulary.lead import LeadChoice
from scheduler.reminders.policy import DEFAULTS, QuietHours
from scheduler.reminders.policy_document import read_policy, written_policy
from scheduler.reminders.policy_in_force import PoliciesInForce
from scheduler.store.engine import make_engine
from scheduler.store.policies import PolicyRecord, PolicyScope
from scheduler.store.unit_of_work import Store
from tests.support.law import law
from tests.support.policies import choose
from tests.support.waiting_reminders import NOON, add_patient_with_recipient
from tests.support.ward import DEPOT, admit, remind

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERYTHING = {
    "follow_ups": ["5 min", "2 h"],
    "depot_follow_ups": ["2 d"],
    "missed": False,
    "escalate_after": "45 min",
    "depot_escalate_after": "none",
    "quiet": "22:00-07:00",
    "quiet_due": True,
    "cap": 12,
    "spread": "5 min",
    "leads": ["prepare", "order=7"],
}


def test_everything_that_can_be_chosen_is_read() -> None:
    policy = read_policy(EVERYTHING).over(DEFAULTS)
    assert policy == replace(
        DEFAULTS,
        follow_ups=(5 * MINUTE, 2 * HOUR),
        depot_follow_ups=(2 * DAY,),
        missed=False,
        escalate_after=45 * MINUTE,
        depot_escalate_after=None,
        quiet=QuietHours(begins=time(22), ends=time(7)),
        quiet_due=True,
        cap=12,
        spread=5 * MINUTE,
        leads=LeadChoice(prepare=True, order_days=7),
    )
    assert written_policy(policy) == EVERYTHING


def test_what_is_written_down_of_the_defaults_is_read_as_the_defaults() -> None:
    assert read_policy(written_policy(DEFAULTS)).over(DEFAULTS) == DEFAULTS
    assert read_policy({}).over(DEFAULTS) == DEFAULTS


@pytest.mark.parametrize(
    ("chosen", "fault"),
    [
        ({"follow_ups": ["10min"]}, 'follow_ups[0]: "10min" is not a whole number, a space and min, h or d'),
        ({"follow_ups": ["13 h"]}, 'follow_ups[0]: "13 h" is out of bounds: 1 min to 12 h'),
        ({"follow_ups": ["30 min", "10 min"]}, "follow_ups: must grow from each to the next"),
        ({"follow_ups": [f"{n} min" for n in range(1, 8)]}, "follow_ups: has more than 6 entries"),
        ({"depot_follow_ups": ["31 d"]}, 'depot_follow_ups[0]: "31 d" is out of bounds: 1 h to 30 d'),
        ({"escalate_after": "1 min"}, 'escalate_after: "1 min" is out of bounds: 5 min to 12 h'),
        ({"quiet": "22-7"}, 'quiet: "22-7" is not two times, such as "22:00-07:00"'),
        ({"quiet": "22:00-24:30"}, 'quiet: "22:00-24:30" is not two times'),
        ({"quiet": "22:00-22:00"}, 'quiet: "22:00-22:00" is not longer than nothing'),
        ({"quiet": "06:00-23:00"}, 'quiet: "06:00-23:00" is not longer than nothing and at most 14 hours'),
        ({"cap": 4}, "cap: 4 is out of bounds: greater than or equal to 5"),
        ({"cap": 201}, "cap: 201 is out of bounds"),
        ({"spread": "1 h"}, 'spread: "1 h" is out of bounds: 1 min to 10 min'),
        ({"leads": ["order=90"]}, "'order=90': write 1 to 60 days"),
        ({"leads": ["sing"]}, "is nothing to be told before a dose"),
        ({"missed": 1}, "missed: 1 must be true or false"),
        ({"folow_ups": []}, "is not a key here; allowed: follow_ups"),
    ],
)
def test_a_choice_out_of_bounds_is_refused_with_the_value_and_what_is_allowed(
    chosen: dict[str, Any], fault: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_policy(chosen)
    assert fault in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        read_policy({"cap": 0, "quiet": "x", "follow_ups": ["1 y", "2 y"]})
    assert len(str(caught.value).splitlines()) == 4


@law
@given(
    minutes=st.lists(st.integers(1, 720), unique=True, max_size=6).map(sorted),
    hours=st.lists(st.integers(1, 720), unique=True, max_size=6).map(sorted),
    spread=st.integers(0, 10),
    cap=st.integers(5, 200),
    begins=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    length=st.integers(1, 14 * 60),
)
def test_a_policy_that_is_written_and_read_is_the_same(
    minutes: list[int], hours: list[int], spread: int, cap: int, begins: time, length: int
) -> None:
    ends = (begins.hour * 60 + begins.minute + length) % (24 * 60)
    policy = replace(
        DEFAULTS,
        follow_ups=tuple(n * MINUTE for n in minutes),
        depot_follow_ups=tuple(n * HOUR for n in hours),
        spread=spread * MINUTE,
        cap=cap,
        quiet=QuietHours(begins=begins, ends=time(ends // 60, ends % 60)),
    )
    assert read_policy(written_policy(policy)).over(DEFAULTS) == policy


def in_force(*chosen: tuple[str | None, str | None, int]) -> PoliciesInForce:
    records = [
        PolicyRecord(
            scope=PolicyScope(patient_id="p-1", regimen_id=regimen, recipient_id=recipient),
            document={"cap": cap},
        )
        for regimen, recipient, cap in chosen
    ]
    return PoliciesInForce(records)


def test_the_narrowest_that_chooses_a_value_wins_and_a_recipient_goes_before_a_regimen() -> None:
    wide_to_narrow = [(None, None, 10), ("lar", None, 20), (None, "r-1", 40), ("lar", "r-1", 50)]
    sources = ["patient", "regimen", "recipient", "regimen and recipient"]
    for number, source in enumerate(sources, 1):
        # Whatever the order in which they are kept.
        policies = in_force(*reversed(wide_to_narrow[:number]))
        assert policies.of("lar", "r-1").cap == wide_to_narrow[number - 1][2]
        (cap,) = [value for value in policies.values("lar", "r-1") if value.name == "cap"]
        assert (cap.value, cap.source) == (wide_to_narrow[number - 1][2], source)


def test_what_is_chosen_for_others_counts_for_nobody_else() -> None:
    policies = in_force(("lar", None, 20), (None, "r-1", 40), ("lar", "r-1", 50))
    assert policies.of("octreotide", "r-2") == policies.of(None, None) == DEFAULTS
    assert policies.of("octreotide", "r-1").cap == 40
    assert policies.of("lar", "r-2").cap == 20
    assert {value.source for value in policies.values(None, None)} == {"default"}
    assert {value.source for value in policies.values("octreotide", "r-1")} == {"default", "recipient"}


def test_none_is_a_choice_that_a_wider_one_does_not_undo() -> None:
    scope = PolicyScope(patient_id="p-1")
    wide = PolicyRecord(scope=scope, document={"quiet": "22:00-07:00", "follow_ups": ["1 h"]})
    narrow = PolicyRecord(
        scope=replace(scope, recipient_id="r-1"), document={"quiet": "none", "follow_ups": []}
    )
    policies = PoliciesInForce([narrow, wide])
    assert policies.of("lar", "r-1") == replace(DEFAULTS, follow_ups=())
    assert policies.of("lar", "r-2").quiet is not None


def test_what_is_chosen_takes_the_place_of_what_was_and_that_is_kept(store: Store, database_url: str) -> None:
    add_patient_with_recipient(store)
    scope = PolicyScope(patient_id="p-1", recipient_id="r-1")
    for hour, document in enumerate([{"cap": 10}, {"cap": 20}, {}]):
        with store.transaction() as work:
            work.policies.put(PolicyRecord(scope=scope, document=document), NOON + hour * HOUR)
        with store.reading() as work:
            kept = work.policies.of(["p-1", "p-2"])
        assert kept == {"p-1": [PolicyRecord(scope=scope, document=document)]}
    engine = make_engine(database_url)
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT document, superseded_at IS NULL FROM policy ORDER BY id"))
        assert [tuple(row) for row in rows] == [('{"cap": 10}', False), ('{"cap": 20}', False), ("{}", True)]
    engine.dispose()


def test_scopes_do_not_disturb_each_other(store: Store) -> None:
    add_patient_with_recipient(store)
    scopes = [
        PolicyScope(patient_id="p-1", regimen_id=regimen, recipient_id=recipient)
        for regimen in (None, "lar")
        for recipient in (None, "r-1")
    ]
    with store.transaction() as work:
        for number, scope in enumerate(scopes):
            work.policies.put(PolicyRecord(scope=scope, document={"cap": 10 + number}), NOON)
    with store.reading() as work:
        kept = {record.scope: record.document["cap"] for record in work.policies.of(["p-1"])["p-1"]}
    assert kept == {scope: 10 + number for number, scope in enumerate(scopes)}


def test_a_choice_adds_to_those_of_its_scope(store: Store) -> None:
    patient = admit(store, DEPOT.format(start="2026-12-02"), NOON)
    choose(store, patient, NOON, cap=10)
    choose(store, patient, NOON, missed=False)
    with store.reading() as work:
        (record,) = work.policies.of([patient])[patient]
    assert record.document == {"cap": 10, "missed": False}


def test_nothing_is_chosen_for_what_is_not_the_patients(store: Store) -> None:
    patient = admit(store, DEPOT.format(start="2026-12-02"), NOON)
    other = admit(store, DEPOT.format(start="2026-12-02"), NOON, patient_id="p-2", name="Sam Ortiz")
    theirs = remind(store, other, NOON)
    with pytest.raises(NotFoundError, match="has no regimen rar; there are: lar"):
        choose(store, patient, NOON, regimen_id="rar", missed=False)
    with pytest.raises(NotFoundError, match="is not a recipient of p-test"):
        choose(store, patient, NOON, recipient_id=theirs.id, missed=False)
    with pytest.raises(NotFoundError):
        choose(store, "p-9", NOON, missed=False)
    with pytest.raises(InputError, match="without a regimen"):
        choose(store, patient, NOON, regimen_id="lar", cap=10)
