"""What is told of a plan file that is wrong: the key's path, the value, what is allowed, a near miss."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.fault import PlanFileError
from scheduler.planfile.reading import parse_plan_file, read_plan_file
from tests.support.whole_plan import (
    CLINIC,
    GIVEN,
    HOLD,
    JOURNEY,
    LAR,
    MOVE,
    PATIENT,
    PHASE,
    REGIMEN,
    REST,
    ROOT,
    WHOLE,
)

NO_ZONE = 'is not an IANA time zone, such as "America/New_York"'
NO_AMOUNT = 'is not a number, a space and a unit, such as "100 ug" or "7.5 mg"'
NO_UNIT = "the unit '\u00b5g' is not one of ug, mg, g, mL, [iU], GBq, {tablet}, {capsule}"
ONE_TIME = "a regimen counted from the last dose given has one time of day"
NO_INTERVAL = 'is not a whole number, a space and h, d, wk or mo, such as "4 wk"'
NO_TIME = 'is not a time of day from "00:00" to "23:59"'
NO_PRODUCT = "is not a product of the formulary"
NO_REGIMEN = "is no regimen of this plan; there are: cycled, depot, hourly, lar, octreotide, rescue, weekly"


def faults(text: str) -> list[str]:
    """The lines of the refusal without the name of the file, none where it is read."""
    try:
        parse_plan_file(text.encode(), "plan.toml", load_formulary())
    except PlanFileError as error:
        told = error
    else:
        return []
    lines = str(told).split("\n")
    assert all(line.startswith("plan.toml: ") for line in lines)
    assert len(lines) == len(told.faults)
    return [line.removeprefix("plan.toml: ") for line in lines]


def test_the_whole_file_has_no_fault() -> None:
    assert faults(WHOLE) == []


VALUES = [
    # the text in the whole file, what stands there instead, and the one line that is told
    (ROOT, "version = 2", "version: 2 is not a version this program reads; it reads 1"),
    (ROOT, "version = true", "version: true is not a version this program reads; it reads 1"),
    (ROOT, "version = 1.0", "version: 1.0 is not a version this program reads; it reads 1"),
    (ROOT, 'version = "1"', 'version: "1" is not a version this program reads; it reads 1'),
    (ROOT, "", "version: is missing; this program reads version = 1"),
    ('name = "Zoe Marsh"\n', "", "patient.name: is missing"),
    ('"Zoe Marsh"', '""', 'patient.name: "" must not be empty'),
    ('"Zoe Marsh"', '"  "', "patient: a patient needs a name"),
    ('"Zoe Marsh"', "7", "patient.name: 7 must be a string in quotes"),
    ('"Zoe Marsh"', f'"{"x" * 201}"', f'patient.name: "{"x" * 59}... is longer than 200 characters'),
    ('"Zoe Marsh"', r'"Zoe\u0000"', r'patient.name: "Zoe\u0000" holds a control character'),
    (
        '"America/New_York"',
        '"America/NewYork"',
        f'patient.zone: "America/NewYork" {NO_ZONE}; did you mean "America/New_York"?',
    ),
    (
        '"America/New_York"',
        '"localtime"',
        f'patient.zone: "localtime" {NO_ZONE}',
    ),
    ('"America/New_York"', "2026-12-01", "patient.zone: 2026-12-01 must be a string in quotes"),
    ('"America/New_York"', "07:00:00", "patient.zone: 07:00:00 must be a string in quotes"),
    (PATIENT, PATIENT + '\nmarket = "uk"', 'patient.market: "uk" is not one of us, eu'),
    (
        PATIENT,
        PATIENT + '\nid = "MRN 7"',
        'patient.id: "MRN 7" must be a-z, 0-9 and inner -, and no longer than the format allows',
    ),
    ("until = 2026-12-24", "", "patient.travel[0].until: is missing"),
    (
        "until = 2026-12-24",
        'until = "2026-12-24"',
        'patient.travel[0].until: "2026-12-24" must be a date without quotes, such as 2026-12-01',
    ),
    (
        "until = 2026-12-24",
        "until = 2026-12-09",
        "patient: the journey ends on 2026-12-09, before it begins on 2026-12-10",
    ),
    (
        "until = 2026-12-24",
        "until = 9999-12-31",
        "patient.travel[0].until: 9999-12-31 is not between the years 1900 and 2199",
    ),
    ('id = "octreotide"', "", "regimen[0].id: is missing"),
    (
        'id = "lar"',
        'id = "LAR"',
        'regimen[1].id: "LAR" must be a-z, 0-9 and inner -, and no longer than the format allows',
    ),
    (
        '"octreotide-sc"',
        '"octreotide-cs"',
        f'regimen[0].product: "octreotide-cs" {NO_PRODUCT}; did you mean "octreotide-sc"?',
    ),
    (
        '"octreotide-sc"',
        '"aspirin"',
        f'regimen[0].product: "aspirin" {NO_PRODUCT}; for another product write "custom", name and route',
    ),
    (
        '"octreotide-sc"',
        '"somatuline-autogel"',
        'regimen[0].product: "somatuline-autogel" is known for market eu alone; use "custom" for another',
    ),
    (
        '"octreotide-sc"',
        '"custom"',
        'regimen[0]: has product = "custom", which needs name and route beside it',
    ),
    (
        REGIMEN,
        REGIMEN + '\nname = "Pasireotide"',
        'regimen[0]: has name or route, which belong to product = "custom" alone',
    ),
    (
        REGIMEN,
        REGIMEN + '\nsetting = "clinc"',
        'regimen[0].setting: "clinc" is not one of home, nurse-visit, clinic; did you mean "clinic"?',
    ),
    (
        REGIMEN,
        REGIMEN + '\nanchor = "given"',
        'regimen[0].anchor: "given" is not one of scheduled, last-given; did you mean "last-given"?',
    ),
    (
        REGIMEN,
        REGIMEN + '\nanchor = "last-given"',
        f'regimen[0]: {ONE_TIME}; with several, use anchor = "scheduled"',
    ),
    (
        REGIMEN,
        REGIMEN + '\ntravel = "abroad"',
        'regimen[0].travel: "abroad" is not one of local, home',
    ),
    (REGIMEN, REGIMEN + '\nsites = "thigh"', 'regimen[0].sites: "thigh" must be a list'),
    (REGIMEN, REGIMEN + '\nsites = [""]', 'regimen[0].sites[0]: "" must not be empty'),
    (
        REGIMEN,
        REGIMEN + '\nroute = "nasal"',
        (
            'regimen[0].route: "nasal" is not one of subcutaneous, deep-subcutaneous, '
            "intramuscular, intravenous, oral"
        ),
    ),
    (
        '"100 ug"',
        '"100ug"',
        f'regimen[0].phase[0].dose: "100ug" {NO_AMOUNT}; did you mean "100 ug"?',
    ),
    (
        '"100 ug"',
        '"7,5 mg"',
        f'regimen[0].phase[0].dose: "7,5 mg" {NO_AMOUNT}; did you mean "7.5 mg"?',
    ),
    (  # a thousand or one: a guess could be wrong a thousandfold
        '"100 ug"',
        '"1,000 ug"',
        f'regimen[0].phase[0].dose: "1,000 ug" {NO_AMOUNT}',
    ),
    (
        '"100 ug"',
        r'"100 \u00b5g"',
        f'regimen[0].phase[0].dose: "100 \u00b5g" {NO_UNIT}; did you mean "100 ug"?',
    ),
    ('"100 ug"', '"0 ug"', 'regimen[0].phase[0].dose: "0 ug" the amount 0 is not between 0 and 1,000,000'),
    ('"100 ug"', "100", "regimen[0].phase[0].dose: 100 must be a string in quotes"),
    ('"100 ug"', "2026-12-01", "regimen[0].phase[0].dose: 2026-12-01 must be a string in quotes"),
    (
        '"07:00"',
        '"7:00"',
        f'regimen[0].phase[0].times[0]: "7:00" {NO_TIME}',
    ),
    (
        '"15:00"',
        '"24:00"',
        f'regimen[0].phase[0].times[1]: "24:00" {NO_TIME}',
    ),
    ('"15:00"', "15", "regimen[0].phase[0].times[1]: 15 must be a string in quotes"),
    ('"15:00"', '"07:00"', "regimen[0].phase[0].times: must be in ascending order, each time once"),
    ('"15:00"', '"06:00"', "regimen[0].phase[0].times: must be in ascending order, each time once"),
    (
        '["07:00", "15:00"]',
        str([f"{hour:02}:{minute}" for hour in range(13) for minute in (10, 40)]),
        "regimen[0].phase[0].times: has more than 24 entries",
    ),
    (
        '"octreotide-sc"',
        '"custom"\nroute = "oral"\nname = ""',
        'regimen[0].name: "" must not be empty',
    ),
    (HOLD, f'{HOLD}\nreason = "a\\u007f"', 'hold[0].reason: "a\x7f" holds a control character'),
    ('["07:00", "15:00"]', "[]", "regimen[0].phase[0].times: must have at least one entry"),
    ('["07:00", "15:00"]', '"07:00"', 'regimen[0].phase[0].times: "07:00" must be a list'),
    (
        '"4 wk"',
        '"4 weeks"',
        f'regimen[1].phase[0].every: "4 weeks" {NO_INTERVAL}; did you mean "4 wk"?',
    ),
    (
        '"4 wk"',
        '"2 fortnights"',
        f'regimen[1].phase[0].every: "2 fortnights" {NO_INTERVAL}; did you mean "4 wk"?',
    ),
    (
        '"4 wk"',
        '"often"',
        f'regimen[1].phase[0].every: "often" {NO_INTERVAL}',
    ),
    ('"4 wk"', "28", "regimen[1].phase[0].every: 28 must be a string in quotes"),
    ("start = 2026-12-01\ndoses", "doses", "regimen[1]: the first phase needs a start date"),
    ("doses = 2", "doses = 0", "regimen[1].phase[0].doses: 0 is out of bounds: greater than or equal to 1"),
    ("doses = 2", "doses = 2.5", "regimen[1].phase[0].doses: 2.5 must be a whole number"),
    ("doses = 2", 'doses = "2"', 'regimen[1].phase[0].doses: "2" must be a whole number'),
    (
        "doses = 2",
        "doses = 100001",
        "regimen[1].phase[0].doses: 100001 is out of bounds: less than or equal to 100000",
    ),
    (
        "doses = 2",
        'doses = 2\nfor = "8 wk"',
        "regimen[1].phase[0]: has for and doses; a phase ends in one way",
    ),
    (
        f"doses = 2\n{HOLD}\n{MOVE}",
        "until = 2026-11-30",
        "regimen[1].phase[0].until: 2026-11-30 is before the phase begins, on 2026-12-01",
    ),
    (
        LAR,
        '[[regimen.phase]]\ndose = "50 ug"\ntimes = ["09:00"]\n' + LAR,
        "regimen[0]: phase 1 has no end; only the last phase may be open-ended",
    ),
    ('regimen = "octreotide"', "", "hold[0].regimen: is missing"),
    (
        'regimen = "octreotide"',
        'regimen = "octreotid"',
        f'hold[0].regimen: "octreotid" {NO_REGIMEN}; did you mean "octreotide"?',
    ),
    (
        "until = 2026-12-09",
        "until = 2026-12-04",
        "hold[0]: the hold ends on 2026-12-04, before it begins on 2026-12-05",
    ),
    (
        '"lar#2"',
        '"lar"',
        'move[0].dose: "lar" is not the id of a dose, such as "octreotide@2026-12-03/2" or "lar#3"',
    ),
    ('"lar#2"', '"lar#3"', 'move[0].dose: "lar#3" is no planned dose of lar'),
    ('"lar#2"', '"lar@2026-12-01/1"', 'move[0].dose: "lar@2026-12-01/1" is no planned dose of lar'),
    (
        '"lar#2"',
        '"larr#2"',
        f'move[0].dose: "larr" {NO_REGIMEN}; did you mean "lar"?',
    ),
    (
        "to = 2026-12-30T10:00:00",
        "to = 2026-12-30",
        "move[0].to: 2026-12-30 must be a date and time without quotes, such as 2026-12-03T15:20:00",
    ),
    (
        "to = 2026-12-30T10:00:00",
        "to = 2026-12-30T10:00:00Z",
        "move[0]: 2026-12-30T10:00:00+00:00 has an offset; a move is told in the patient's local time",
    ),
    (MOVE, f"{MOVE}\n{MOVE}", 'move[1].dose: "lar#2" stands twice; it must be unique'),
    (
        GIVEN,
        f'{GIVEN}\nstatus = "givn"',
        'administration[0].status: "givn" is not one of given, not-given; did you mean "given"?',
    ),
    (GIVEN, f'{GIVEN}\nstatus = "not-given"', "administration[0]: a dose that was not given needs a reason"),
    (
        "at = 2026-12-01T07:05:00",
        "at = 2026-12-01T07:05:00-05:00",
        "administration[0]: 2026-12-01T07:05:00-05:00 has an offset; it is told in the patient's local time",
    ),
    (
        "octreotide@2026-12-01/1",
        "octreotide@2026-11-30/1",
        'administration[0].dose: "octreotide@2026-11-30/1" is no planned dose of octreotide',
    ),
    (
        "octreotide@2026-12-01/1",
        "octreotide@2026-12-01/3",
        'administration[0].dose: "octreotide@2026-12-01/3" is no planned dose of octreotide',
    ),
    (
        "octreotide@2026-12-01/1",
        "octreotide@9999-12-31/1",
        'administration[0].dose: "octreotide@9999-12-31/1" is no planned dose of octreotide',
    ),
    (
        GIVEN,
        f"{GIVEN}\n{GIVEN}",
        'administration[1].dose: "octreotide@2026-12-01/1" stands twice; it must be unique',
    ),
]


@pytest.mark.parametrize(("before", "after", "told"), VALUES)
def test_a_wrong_value_is_told_with_its_place_and_what_is_allowed(before: str, after: str, told: str) -> None:
    assert WHOLE.count(before) >= 1
    assert faults(WHOLE.replace(before, after, 1)) == [told]


def test_two_regimens_with_one_id_are_refused() -> None:
    twice = WHOLE.replace('id = "lar"', 'id = "octreotide"').replace(MOVE, "")
    assert faults(twice) == ['regimen[1].id: "octreotide" stands twice; it must be unique']


@pytest.mark.parametrize(
    ("below", "key", "path", "allowed"),
    [
        (ROOT, "patint", "patint", "version, patient, regimen, hold, move, administration, rest, clinic"),
        (PATIENT, "zon", "patient.zon", "id, name, zone, market, travel"),
        (JOURNEY, "to", "patient.travel[0].to", "zone, from, until"),
        (
            REGIMEN,
            "site",
            "regimen[0].site",
            "id, product, name, route, setting, sites, anchor, travel, window, stop, phase",
        ),
        (
            PHASE,
            "unti",
            "regimen[0].phase[0].unti",
            "dose, times, every, weekdays, cycle, as_needed, start, for, until, doses",
        ),
        (HOLD, "because", "hold[0].because", "regimen, from, until, reason"),
        (MOVE, "why", "move[0].why", "dose, to, reason"),
        (GIVEN, "by", "administration[0].by", "dose, status, at, site, reason"),
        (REST, "to", "rest[0].to", "site, from, until, reason"),
        (CLINIC, "shut", "clinic.shut", "open, holidays, closed"),
    ],
)
def test_an_unknown_key_is_a_fault_at_every_level(below: str, key: str, path: str, allowed: str) -> None:
    (told,) = faults(WHOLE.replace(below, f"{below}\n{key} = 1", 1))
    assert told.startswith(f"{path}: 1 is not a key here; allowed: {allowed}")


def test_an_unknown_key_of_a_relation_is_a_fault() -> None:
    relation = 'until = { regimen = "lar", dose = 1, minus = "1 d" }'
    (told,) = faults(WHOLE.replace(PHASE, f"{PHASE}\n{relation}"))
    assert told == (
        'regimen[0].phase[0].until.minus: "1 d" is not a key here; allowed: regimen, dose, plus, at'
    )


@pytest.mark.parametrize(
    ("before", "path", "allowed"),
    [
        ('before = "2 d"', "regimen[2].window.x", "before, after"),
        ('reason = "moved away"', "regimen[2].stop.x", "at, reason"),
        ('length = "28 d"', "regimen[4].phase[0].cycle.x", "length, on"),
        ("max_per_day = 4", "regimen[6].phase[0].as_needed.x", "max_per_day, min_gap"),
    ],
)
def test_an_unknown_key_of_an_inner_table_is_a_fault(before: str, path: str, allowed: str) -> None:
    assert faults(WHOLE.replace(before, f"{before}, x = 1")) == [
        f"{path}: 1 is not a key here; allowed: {allowed}"
    ]


@pytest.mark.parametrize(("key", "meant"), [("zoen", "zone"), ("Zone", "zone"), ("markt", "market")])
def test_an_unknown_key_like_a_known_one_is_told_so(key: str, meant: str) -> None:
    (told,) = faults(WHOLE.replace(PATIENT, f"{PATIENT}\n{key} = 1"))
    assert told.endswith(f'did you mean "{meant}"?')


@pytest.mark.parametrize(
    ("below", "line", "path"),
    [
        (PATIENT, "date = 1", "patient.date"),
        (PATIENT, "relation = 1", "patient.relation"),
        (PHASE, "date = 1", "regimen[0].phase[0].date"),
        (PHASE, 'until = { regimen = "lar", dose = 1, date = 1 }', "regimen[0].phase[0].until.date"),
        (PHASE, 'until = { regimen = "lar", dose = 1, relation = 1 }', "regimen[0].phase[0].until.relation"),
        (PHASE, 'until = { regimen = "lar", dose = 0 }', "regimen[0].phase[0].until.dose"),
        (PHASE, 'until = { regimen = "lar", dose = 1, plus = "x" }', "regimen[0].phase[0].until.plus"),
        (PHASE, "until = { dose = 1 }", "regimen[0].phase[0].until.regimen"),
    ],
)
def test_the_place_is_named_as_it_stands_in_the_file(below: str, line: str, path: str) -> None:
    (told,) = faults(WHOLE.replace(below, f"{below}\n{line}", 1))
    assert told.startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("below", "line"),
    [
        (HOLD, "first = 2026-12-05"),
        (HOLD, "last = 2026-12-05"),
        (REST, "first = 2026-12-05"),
        (JOURNEY, "first = 2026-12-05"),
        (PHASE, 'length = "14 d"'),
    ],
)
def test_a_name_that_only_the_program_uses_is_no_key(below: str, line: str) -> None:
    (told,) = faults(WHOLE.replace(below, f"{below}\n{line}", 1))
    assert "is not a key here" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{ROOT}\n{REGIMEN}\n{PHASE}", ["patient: is missing"]),
        (f"{ROOT}\npatient = 1\n{REGIMEN}\n{PHASE}", ["patient: 1 must be a table"]),
        (f"{ROOT}\n{PATIENT}", ["regimen: is missing; a plan has at least one [[regimen]]"]),
        (f"{ROOT}\nregimen = []\n{PATIENT}", ["regimen: is missing; a plan has at least one [[regimen]]"]),
        (f"{ROOT}\nregimen = 1\n{PATIENT}", ["regimen: 1 must be a list of tables: write [[regimen]]"]),
        (f"{ROOT}\nregimen = [1]\n{PATIENT}", ["regimen[0]: 1 must be a table"]),
        (
            f"{ROOT}\n{PATIENT}\n{REGIMEN.replace('[[', '[').replace(']]', ']')}",
            ["regimen: a table must be a list of tables: write [[regimen]]"],
        ),
        (f"hold = 1\n{WHOLE.replace(HOLD, '')}", ["hold: 1 must be a list of tables: write [[hold]]"]),
        (f"{ROOT}\n{PATIENT}\n{REGIMEN}", ["regimen[0].phase: is missing"]),
        (f"{ROOT}\n{PATIENT}\n{REGIMEN}\nphase = []", ["regimen[0].phase: must have at least one entry"]),
        (f"{ROOT}\n{PATIENT}\n{REGIMEN}\nphase = [1]", ["regimen[0].phase[0]: 1 must be a table"]),
        (
            "",
            [
                "version: is missing; this program reads version = 1",
                "regimen: is missing; a plan has at least one [[regimen]]",
                "patient: is missing",
            ],
        ),
    ],
)
def test_a_table_that_is_missing_or_something_else(text: str, told: list[str]) -> None:
    assert faults(text) == told


def test_all_faults_are_told_at_once_and_in_their_places() -> None:
    wrong = WHOLE
    for before, after in (
        (ROOT, "version = 3"),
        ('"America/New_York"', '"Amerika"'),
        ('"octreotide-sc"', '"octreotide-s"'),
        ('"100 ug"', '"100"'),
        ('"15:00"', '"15"'),
        ('"4 wk"', '"8 hr"'),
        ("until = 2026-12-09", "untl = 2026-12-09"),
        ("to = 2026-12-30T10:00:00", 'to = "soon"'),
        ("at = 2026-12-01T07:05:00", 'at = 2026-12-01T07:05:00\nstatus = "maybe"'),
    ):
        wrong = wrong.replace(before, after, 1)
    places = [line.split(":")[0] for line in faults(wrong)]
    assert places == [
        "version",
        "patient.zone",
        "regimen[0].phase[0].dose",
        "regimen[0].phase[0].times[1]",
        "regimen[0].product",
        "regimen[1].phase[0].every",
        "hold[0].untl",
        "move[0].to",
        "administration[0].status",
    ]


def test_all_that_the_domain_refuses_is_told_at_once() -> None:
    wrong = WHOLE.replace('regimen = "octreotide"', 'regimen = "a"').replace('"lar#2"', '"b#2"')
    places = [line.split(":")[0] for line in faults(wrong.replace('dose = "octreotide@', 'dose = "c@'))]
    assert places == ["hold[0].regimen", "move[0].dose", "administration[0].dose"]


def test_the_place_counts_the_entries_that_could_not_be_read() -> None:
    broken = '[[move]]\ndose = "x"\nto = 2026-12-30T10:00:00'
    wrong = WHOLE.replace(MOVE, f"{broken}\n{MOVE.replace('#2', '#9')}")
    assert [line.split(":")[0] for line in faults(wrong)] == ["move[0].dose", "move[1].dose"]


def test_each_fault_is_one_line_whatever_the_key_is_called() -> None:
    (told,) = faults(WHOLE.replace(PATIENT, PATIENT + '\n"a\\nplan.toml: b\\u001b[31m" = 1'))
    assert told.startswith(r'patient."a\nplan.toml: b\u001b[31m": 1 is not a key here')


def test_a_long_value_is_shortened() -> None:
    (told,) = faults(WHOLE.replace('"America/New_York"', f'"{"x" * 5000}"'))
    assert len(told) < 200


def error_of(content: bytes) -> str:
    with pytest.raises(PlanFileError) as refused:
        parse_plan_file(content, "plan.toml", load_formulary())
    return str(refused.value)


def test_a_slip_of_syntax_is_told_with_its_line() -> None:
    assert error_of(b"version = 1\npatient = {").startswith("plan.toml: is not TOML: ")
    assert "line 2" in error_of(b"version = 1\n[patient\n")


def test_an_impossible_date_is_no_toml() -> None:
    assert "is not TOML" in error_of(WHOLE.replace("2026-12-01", "2026-13-01").encode())


def test_a_key_that_stands_twice_is_no_toml() -> None:
    assert "is not TOML" in error_of(WHOLE.replace(ROOT, f"{ROOT}\n{ROOT}").encode())


def test_a_file_that_is_not_utf_8_is_told_with_the_byte() -> None:
    latin = WHOLE.replace("Zoe Marsh", "Zo\u00eb").encode("latin-1")
    assert error_of(latin) == f"plan.toml: is not UTF-8 text: byte {latin.index(0xEB)} cannot be read"


def test_a_byte_order_mark_is_no_fault() -> None:
    assert parse_plan_file(b"\xef\xbb\xbf" + WHOLE.encode(), "plan.toml", load_formulary())


def test_windows_line_ends_are_no_fault() -> None:
    assert parse_plan_file(WHOLE.replace("\n", "\r\n").encode(), "plan.toml", load_formulary())


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError) as refused:
        read_plan_file(tmp_path / "absent.toml", load_formulary())
    assert str(refused.value) == f"{tmp_path}/absent.toml: no such file or directory"


def test_a_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError) as refused:
        read_plan_file(tmp_path, load_formulary())
    assert str(refused.value) == f"{tmp_path}: is a directory"


def test_an_empty_file_is_told_what_it_lacks(tmp_path: Path) -> None:
    file = tmp_path / "empty.toml"
    file.touch()
    with pytest.raises(PlanFileError) as refused:
        read_plan_file(file, load_formulary())
    assert len(refused.value.faults) == 3


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(WHOLE)
    read = read_plan_file(file, load_formulary())
    assert read.patient_id is None
    plan = read.plan
    assert [regimen.id for regimen in plan.regimens] == [
        "octreotide",
        "lar",
        "depot",
        "weekly",
        "cycled",
        "hourly",
        "rescue",
    ]
    assert (len(plan.holds), len(plan.moves), len(plan.administrations), len(plan.rests)) == (1, 1, 1, 1)
    assert plan.clinic is not None


def test_the_key_of_a_patient_is_read() -> None:
    text = WHOLE.replace(PATIENT, PATIENT + '\nid = "mrn-1042"')
    assert parse_plan_file(text.encode(), "plan.toml", load_formulary()).patient_id == "mrn-1042"


@pytest.mark.parametrize("brand", ["sandostatin-lar", "Sandostatin-LAR", "sandostatin-lar-depot"])
def test_a_brand_name_stands_for_its_product(brand: str) -> None:
    text = WHOLE.replace('"octreotide-lar"', f'"{brand}"')
    read = parse_plan_file(text.encode(), "plan.toml", load_formulary())
    assert read.plan.regimens[1].product.id == "octreotide-lar"
