"""What a digest tells of one patient: due, overdue, to get ready and missed, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.formulary.formulary import load_formulary
from scheduler.formulary.lead import LeadChoice
from scheduler.reminders.digest_contents import DigestDay, PatientDay, patient_day
from tests.support.digests import NEW_YORK, SEVEN
from tests.support.plan_text import plan
from tests.support.ward import DEPOT, THRICE_DAILY

THRICE = THRICE_DAILY.format(start="2026-11-01")
A_DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ALL_LEADS = LeadChoice(prepare=True, order_days=7)
LANREOTIDE = """
    [[regimen]]
    id = "lan"
    product = "lanreotide"

      [[regimen.phase]]
      dose = "120 mg"
      every = "4 wk"
      times = ["{at}"]
      start = {start}
"""
DAILY = """
    [[regimen]]
    id = "cap"
    product = "custom"
    name = "Capecitabine"
    route = "oral"

      [[regimen.phase]]
      dose = "1500 mg"
      times = ["{at}"]
      start = 2026-11-01
"""


def told(
    body: str,
    *,
    moment: datetime = SEVEN,
    since: datetime | None = None,
    zone: ZoneInfo = NEW_YORK,
    home: str = "America/New_York",
    choice: LeadChoice = ALL_LEADS,
) -> PatientDay:
    of = plan(body, zone=home)
    formulary = load_formulary()
    leads = {
        r.id: choice.leads(r.product, formulary.of_product(r.product, of.patient.market)) for r in of.regimens
    }
    day = DigestDay.of(moment, since or moment - A_DAY, zone)
    return patient_day(of, day, leads)


def ids(doses: tuple[object, ...]) -> list[str]:
    return [str(dose.id) for dose in doses]  # type: ignore[attr-defined]


def recorded(dose: str, at: str, status: str = "") -> str:
    return f'\n    [[administration]]\n    dose = "{dose}"\n    at = {at}\n{status}'


def test_all_of_the_day_is_due_and_nothing_of_tomorrow() -> None:
    found = told(THRICE)
    assert ids(found.due) == [f"octreotide@2026-12-02/{slot}" for slot in (1, 2, 3)]
    assert found.overdue == ()
    assert ids(tuple(ready.occurrence for ready in found.ready)) == ids(found.due)


def test_what_was_recorded_a_minute_before_is_not_told() -> None:
    found = told(THRICE + recorded("octreotide@2026-12-02/1", "2026-12-02T06:50:00"))
    assert ids(found.due) == ["octreotide@2026-12-02/2", "octreotide@2026-12-02/3"]


def test_what_is_withheld_is_not_told() -> None:
    hold = '\n    [[hold]]\n    regimen = "octreotide"\n    from = 2026-12-01\n    until = 2026-12-02\n'
    found = told(THRICE + hold)
    assert (found.due, found.ready) == ((), ())
    assert ids(found.missed) == ["octreotide@2026-11-30/3"]


def test_a_dose_of_early_morning_that_can_still_be_given_is_due_today() -> None:
    found = told(THRICE, moment=SEVEN + 3 * HOUR)
    assert ids(found.due)[0] == "octreotide@2026-12-02/1"


def test_doses_missed_since_the_last_digest_are_told_and_those_before_are_not() -> None:
    found = told(THRICE)
    # Each is of use until the next one: the one of 07:00 on the day before ended at 15:00, and so on.
    assert (
        ids(found.missed)
        == [
            "octreotide@2026-11-30/3",
            "octreotide@2026-12-01/1",
            "octreotide@2026-12-01/2",
            "octreotide@2026-12-01/3",
        ][-len(found.missed) :]
    )
    ends = [dose.useful_until for dose in found.missed]
    assert all(end is not None and SEVEN - A_DAY <= end <= SEVEN for end in ends)
    assert len(told(THRICE, since=SEVEN - 3 * A_DAY).missed) == len(found.missed) + 6


def test_no_missed_dose_is_left_out_between_two_digests() -> None:
    whole = told(THRICE, since=SEVEN - 2 * A_DAY)
    before = told(THRICE, moment=SEVEN - A_DAY)
    assert set(ids(whole.missed)) == {*ids(before.missed), *ids(told(THRICE).missed)}


def test_a_dose_that_was_not_given_for_a_reason_is_not_missed() -> None:
    skipped = recorded(
        "octreotide@2026-12-01/1", "2026-12-01T07:00:00", '    status = "not-given"\n    reason = "ill"\n'
    )
    assert "octreotide@2026-12-01/1" not in ids(told(THRICE + skipped).missed)


def test_a_depot_is_overdue_until_it_is_recorded_however_long_ago() -> None:
    depot = DEPOT.format(start="2026-08-03")
    assert ids(told(depot).overdue) == [f"lar#{number}" for number in range(1, 6)]
    given = recorded("lar#1", "2026-11-10T10:00:00")
    assert ids(told(depot + given).overdue) == []


def test_a_depot_of_today_is_due_and_not_overdue_though_it_is_evening() -> None:
    found = told(DEPOT.format(start="2026-12-02"), moment=SEVEN + 12 * HOUR)
    assert (ids(found.due), found.overdue) == (["lar#1"], ())


def test_a_depot_of_today_that_is_late_where_the_patient_is_is_told_once() -> None:
    honolulu = ZoneInfo("Pacific/Honolulu")
    depot = DEPOT.format(start="2026-12-02").replace("10:00", "20:00")
    # 20:00 in Tokyo is 01:00 in Honolulu; at 07:00 there, it is past midnight in Tokyo.
    seven = datetime(2026, 12, 2, 17, 0, tzinfo=UTC)
    found = told(depot, moment=seven, zone=honolulu, home="Asia/Tokyo")
    assert (ids(found.due), found.overdue) == (["lar#1"], ())


def test_a_daily_dose_of_yesterday_is_told_once_when_it_is_missed() -> None:
    daily = DAILY.format(at="20:00")
    found = told(daily)
    assert (ids(found.due), found.overdue) == (["cap@2026-12-02/1"], ())
    assert "cap@2026-12-01/1" not in ids(found.missed)
    assert "cap@2026-12-01/1" in ids(told(daily, moment=SEVEN + A_DAY).missed)


def test_what_the_label_says_to_get_ready_is_told_of_the_day_it_is_for() -> None:
    found = told(LANREOTIDE.format(at="10:00", start="2026-12-02"))
    assert [(r.lead.key, r.at) for r in found.ready] == [("prepare1", SEVEN + 2.5 * HOUR)]
    tomorrow = told(LANREOTIDE.format(at="10:00", start="2026-12-03"))
    assert tomorrow.ready == ()


def test_what_to_order_is_told_a_week_before_on_that_day_alone() -> None:
    assert [r.lead.key for r in told(DEPOT.format(start="2026-12-09")).ready] == ["order"]
    for start in ("2026-12-08", "2026-12-10"):
        assert told(DEPOT.format(start=start)).ready == ()


def test_before_a_dose_that_was_given_early_nothing_is_to_get_ready() -> None:
    given = recorded("lan#1", "2026-12-02T06:00:00")
    assert told(LANREOTIDE.format(at="10:00", start="2026-12-02") + given).ready == ()


def test_without_lead_tasks_nothing_is_to_get_ready() -> None:
    assert told(LANREOTIDE.format(at="10:00", start="2026-12-02"), choice=LeadChoice()).ready == ()


@pytest.mark.parametrize(
    ("home", "first"), [("Europe/Paris", "2026-12-02/2"), ("Asia/Tokyo", "2026-12-02/3")]
)
def test_the_day_is_the_caseloads_wherever_the_patient_is(home: str, first: str) -> None:
    # 07:00 in New York is 13:00 in Paris and 21:00 in Tokyo; its day began at 06:00 and 14:00 there.
    found = told(THRICE, home=home)
    assert all(SEVEN - 7 * HOUR <= dose.due_at < SEVEN + 17 * HOUR for dose in found.due)
    assert ids(found.due)[-1] >= f"octreotide@{first}"


def test_what_is_due_at_the_moment_is_told_though_it_was_due_before_midnight() -> None:
    just_after = datetime(2026, 12, 2, 5, 15, tzinfo=UTC)  # 00:15 in New York
    found = told(THRICE.replace("23:00", "23:45"), moment=just_after)
    assert ids(found.due)[0] == "octreotide@2026-12-01/3"
