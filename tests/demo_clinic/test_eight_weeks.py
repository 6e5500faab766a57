"""Eight weeks of the nine patients of the demonstration clinic, worked out by hand on a calendar.

Monday 5 October to Sunday 29 November 2026 is 56 dates: 27 of October (5 to 31), 29 of November (1 to 29).

Clocks go back in Europe on Sunday 25 October at 01:00 UTC and in the USA on Sunday 1 November at 02:00
local time. Nobody here has a dose at night, so every dose of the Sunday itself is on winter time already.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.dosing.plan import Plan
from scheduler.formulary.formulary import load_formulary
from scheduler.packaged_data import packaged_data
from scheduler.planfile.reading import parse_plan_file
from tests.support.schedule import doses, due

FIRST, BEYOND = "2026-10-05", "2026-11-30"
NOVEMBER = [f"2026-11-{day:02}" for day in range(1, 30)]
OCTOBER_BEFORE_EUROPE_CHANGES = [f"2026-10-{day:02}" for day in range(5, 25)]
OCTOBER_AFTER_EUROPE_CHANGED = [f"2026-10-{day:02}" for day in range(25, 32)]
OCTOBER = OCTOBER_BEFORE_EUROPE_CHANGES + OCTOBER_AFTER_EUROPE_CHANGED


def patient(name: str, more: str = "") -> Plan:
    file = Path(str(packaged_data() / "demo" / f"{name}.toml"))
    return parse_plan_file(file.read_bytes() + more.encode(), file.name, load_formulary()).plan


def each(dates: list[str], times: list[str], offset: str) -> list[str]:
    return [f"{day}T{time}{offset}" for day in dates for time in times]


def in_america(times: list[str], summer: str, winter: str) -> list[str]:
    return each(OCTOBER, times, summer) + each(NOVEMBER, times, winter)


def in_europe(times: list[str], summer: str, winter: str) -> list[str]:
    after = OCTOBER_AFTER_EUROPE_CHANGED + NOVEMBER
    return each(OCTOBER_BEFORE_EUROPE_CHANGES, times, summer) + each(after, times, winter)


def test_the_eight_weeks_are_56_dates() -> None:
    assert (len(OCTOBER), len(NOVEMBER)) == (27, 29)


def test_the_clinic_has_nine_patients() -> None:
    files = sorted(Path(str(packaged_data() / "demo")).glob("*.toml"))
    assert [file.stem for file in files] == [
        "amara-osei",
        "bruno-keller",
        "carmen-diaz",
        "dmitri-volkov",
        "elif-yilmaz",
        "freya-lund",
        "goran-ilic",
        "hana-sato",
        "ivo-marin",
    ]


def test_amara_injects_at_8_and_20_new_york_time_on_every_date() -> None:
    amara = due(patient("amara-osei"), FIRST, BEYOND)
    assert amara == in_america(["08:00", "20:00"], "-04:00", "-05:00")
    assert len(amara) == 112


def test_amara_has_13_hours_between_two_doses_in_the_night_the_clocks_go_back() -> None:
    assert due(patient("amara-osei"), "2026-10-31", "2026-11-02") == [
        "2026-10-31T08:00-04:00",
        "2026-10-31T20:00-04:00",
        "2026-11-01T08:00-05:00",
        "2026-11-01T20:00-05:00",
    ]
    evening, morning = doses(patient("amara-osei"), "2026-10-31", "2026-11-02")[1:3]
    assert (morning.due_at - evening.due_at).total_seconds() == 13 * 3600


def test_bruno_injects_at_7_and_15_and_23_berlin_time_on_every_date() -> None:
    bruno = due(patient("bruno-keller"), FIRST, BEYOND)
    assert bruno == in_europe(["07:00", "15:00", "23:00"], "+02:00", "+01:00")
    assert len(bruno) == 168


def test_bruno_has_9_hours_between_two_doses_in_the_night_the_clocks_go_back() -> None:
    assert due(patient("bruno-keller"), "2026-10-24", "2026-10-26") == [
        "2026-10-24T07:00+02:00",
        "2026-10-24T15:00+02:00",
        "2026-10-24T23:00+02:00",
        "2026-10-25T07:00+01:00",
        "2026-10-25T15:00+01:00",
        "2026-10-25T23:00+01:00",
    ]
    night, morning = doses(patient("bruno-keller"), "2026-10-24", "2026-10-26")[2:4]
    assert (morning.due_at - night.due_at).total_seconds() == 9 * 3600


def test_bruno_goes_round_four_sites() -> None:
    assert [dose.site for dose in doses(patient("bruno-keller"), FIRST, "2026-10-07")] == [
        "abdomen-left",
        "abdomen-right",
        "thigh-left",
        "thigh-right",
        "abdomen-left",
        "abdomen-right",
    ]


def test_carmen_injects_four_times_a_day_chicago_time_on_every_date() -> None:
    carmen = due(patient("carmen-diaz"), FIRST, BEYOND)
    assert carmen == in_america(["06:00", "12:00", "18:00", "22:00"], "-05:00", "-06:00")
    assert len(carmen) == 224


def test_carmen_around_the_change() -> None:
    assert due(patient("carmen-diaz"), "2026-10-31", "2026-11-02") == [
        "2026-10-31T06:00-05:00",
        "2026-10-31T12:00-05:00",
        "2026-10-31T18:00-05:00",
        "2026-10-31T22:00-05:00",
        "2026-11-01T06:00-06:00",
        "2026-11-01T12:00-06:00",
        "2026-11-01T18:00-06:00",
        "2026-11-01T22:00-06:00",
    ]


def test_dmitri_has_his_first_depots_on_19_october_and_16_november() -> None:
    # Four weeks after Monday 19 October is Monday 16 November; the next, 14 December, is beyond.
    lar = due(patient("dmitri-volkov"), FIRST, BEYOND, "lar")
    assert lar == ["2026-10-19T10:00-07:00", "2026-11-16T10:00-08:00"]


def test_dmitri_keeps_the_short_acting_form_for_14_days_after_the_first_depot() -> None:
    # 19 October + 14 days is 2 November, the last date with the short-acting form.
    bridge = due(patient("dmitri-volkov"), FIRST, BEYOND, "octreotide")
    times = ["08:00", "20:00"]
    assert bridge == [*each(OCTOBER, times, "-07:00"), *each(["2026-11-01", "2026-11-02"], times, "-08:00")]
    assert len(bridge) == 58


GIVEN_ON_22_OCTOBER = """
[[administration]]
dose = "lar#1"
at = 2026-10-22T10:20:00
"""


def test_the_bridge_follows_the_first_depot_when_dmitri_gets_it_three_days_late() -> None:
    late = patient("dmitri-volkov", GIVEN_ON_22_OCTOBER)
    november = ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"]
    times = ["08:00", "20:00"]
    assert due(late, FIRST, BEYOND, "octreotide") == [
        *each(OCTOBER, times, "-07:00"),
        *each(november, times, "-08:00"),
    ]


def test_the_second_depot_also_moves_by_three_days_when_dmitri_gets_the_first_late() -> None:
    late = patient("dmitri-volkov", GIVEN_ON_22_OCTOBER)
    assert due(late, FIRST, "2027-02-01", "lar") == [
        "2026-10-19T10:00-07:00",
        "2026-11-19T10:00-08:00",
        "2026-12-17T10:00-08:00",
        "2027-01-14T10:00-08:00",
    ]


def test_dmitri_gets_two_depots_of_20_mg_and_then_30_mg() -> None:
    depots = [dose for dose in doses(patient("dmitri-volkov"), FIRST, "2027-02-01") if dose.site is not None]
    lar = [(str(dose.local_date), str(dose.dose)) for dose in depots if dose.regimen.id == "lar"]
    assert lar == [
        ("2026-10-19", "20 mg"),
        ("2026-11-16", "20 mg"),
        ("2026-12-14", "30 mg"),
        ("2027-01-11", "30 mg"),
    ]


def test_elif_has_a_depot_on_tuesdays_four_weeks_apart() -> None:
    assert due(patient("elif-yilmaz"), FIRST, BEYOND) == ["2026-10-06T09:00+02:00", "2026-11-03T09:00+01:00"]


def test_elif_changes_sides() -> None:
    sites = [dose.site for dose in doses(patient("elif-yilmaz"), FIRST, "2027-01-01")]
    assert sites == ["gluteal-left", "gluteal-right", "gluteal-left", "gluteal-right"]


def test_freya_has_lanreotide_on_wednesdays_four_weeks_apart() -> None:
    assert due(patient("freya-lund"), FIRST, BEYOND) == ["2026-10-07T11:00-06:00", "2026-11-04T11:00-07:00"]


def test_goran_has_lanreotide_on_thursdays_two_weeks_apart() -> None:
    assert due(patient("goran-ilic"), FIRST, BEYOND) == [
        "2026-10-08T09:30+02:00",
        "2026-10-22T09:30+02:00",
        "2026-11-05T09:30+01:00",
        "2026-11-19T09:30+01:00",
    ]


def test_hana_takes_everolimus_at_half_past_8_new_york_time_on_every_date() -> None:
    hana = due(patient("hana-sato"), FIRST, BEYOND)
    assert hana == in_america(["08:30"], "-04:00", "-05:00")
    assert len(hana) == 56


def test_hana_around_the_change() -> None:
    assert due(patient("hana-sato"), "2026-10-30", "2026-11-03") == [
        "2026-10-30T08:30-04:00",
        "2026-10-31T08:30-04:00",
        "2026-11-01T08:30-05:00",
        "2026-11-02T08:30-05:00",
    ]


def test_ivo_takes_cabozantinib_at_21_lisbon_time_on_every_date() -> None:
    ivo = due(patient("ivo-marin"), FIRST, BEYOND)
    assert ivo == in_europe(["21:00"], "+01:00", "+00:00")
    assert len(ivo) == 56


def test_ivo_around_the_change() -> None:
    assert due(patient("ivo-marin"), "2026-10-23", "2026-10-27") == [
        "2026-10-23T21:00+01:00",
        "2026-10-24T21:00+01:00",
        "2026-10-25T21:00+00:00",
        "2026-10-26T21:00+00:00",
    ]


@pytest.mark.parametrize(
    ("name", "products"),
    [
        ("amara-osei", {"octreotide-sc": "100 ug"}),
        ("bruno-keller", {"octreotide-sc": "100 ug"}),
        ("carmen-diaz", {"octreotide-sc": "50 ug"}),
        ("dmitri-volkov", {"octreotide-sc": "100 ug", "octreotide-lar": "20 mg"}),
        ("elif-yilmaz", {"octreotide-lar": "20 mg"}),
        ("freya-lund", {"lanreotide": "120 mg"}),
        ("goran-ilic", {"lanreotide": "120 mg"}),
        ("hana-sato", {"everolimus": "10 mg"}),
        ("ivo-marin", {"cabozantinib": "60 mg"}),
    ],
)
def test_each_patient_gets_the_product_and_amount_of_the_file(name: str, products: dict[str, str]) -> None:
    found = {(dose.regimen.product.id, str(dose.dose)) for dose in doses(patient(name), FIRST, BEYOND)}
    assert found == set(products.items())


def test_nobody_has_a_dose_before_the_first_monday() -> None:
    files = Path(str(packaged_data() / "demo")).glob("*.toml")
    assert [due(patient(file.stem), "2026-01-01", FIRST) for file in files] == [[]] * 9
