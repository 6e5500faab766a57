"""Plans that cannot be, each with the whole sentence that refuses it and the place where it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.dosing.consistency import inconsistencies, total_doses
from scheduler.dosing.occurrence_id import ChainId
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.regimen import IntervalAnchor
from scheduler.dosing.timing import ElapsedHours
from scheduler.planfile.fault import PlanFileError
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, LAR_20_THEN_30, THRICE, course, given, moved, travelling
from tests.support.schedule import amended

DAILY = 'dose = "50 ug"\ntimes = ["08:00"]\n'
NEEDED = 'dose = "50 ug"\nas_needed = { max_per_day = 4, min_gap = "4 h" }\nstart = 2026-12-01'
THREE = course(f"{DAILY}start = 2026-12-01\ndoses = 3").replace('id = "a"', 'id = "b"')
LAST_GIVEN = 'anchor = "last-given"'
UNPLANNED = "which is given as needed: such an id has the date on which the dose was given"
NO_LA = 'regimen: "la" is no regimen of this plan; there are: lar; did you mean "lar"?'


def stopped(text: str) -> str:
    return text.replace("[[regimen.phase]]", "stop = { at = 2026-12-02T12:00:00 }\n[[regimen.phase]]")


def told(text: str) -> list[str]:
    with pytest.raises(PlanFileError) as caught:
        plan(text)
    return [line.removeprefix("test.toml: ") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (LAR + LAR, ['regimen[1].id: "lar" stands twice; it must be unique']),
        (LAR + '[[hold]]\nregimen = "la"\nfrom = 2026-12-05', [f"hold[0].{NO_LA}"]),
        (LAR + moved("la#2", "2026-12-30T10:00:00"), [f"move[0].{NO_LA.replace('regimen:', 'dose:', 1)}"]),
        (
            LAR + given("lar#1", "2026-12-01T10:00:00") * 3,
            [
                'administration[1].dose: "lar#1" stands twice; it must be unique',
                'administration[2].dose: "lar#1" stands twice; it must be unique',
            ],
        ),
        (
            LAR + moved("lar#2", "2026-12-30T10:00:00") * 2,
            ['move[1].dose: "lar#2" stands twice; it must be unique'],
        ),
        (
            course(f"{DAILY}start = 2026-12-01", f"{DAILY}"),
            ["regimen[0]: phase 1 has no end; only the last phase may be open-ended"],
        ),
        (course(DAILY), ["regimen[0]: the first phase needs a start date"]),
        (
            course(
                f'{DAILY}start = 2026-12-01\nfor = "4 d"',
                'dose = "60 ug"\nevery = "8 h"\nstart = 2026-12-05T07:00:00',
            ),
            [
                (
                    "regimen[0]: clock times, elapsed hours and doses as needed are not mixed in one "
                    "regimen, because the ids of its doses would change; write a regimen for each"
                )
            ],
        ),
        (
            course(NEEDED, keys=LAST_GIVEN),
            ["regimen[0]: what is given as needed plans no doses to count from the last one given"],
        ),
        (
            course('dose = "50 ug"\ntimes = ["08:00", "20:00"]\nstart = 2026-12-01', keys=LAST_GIVEN),
            [
                (
                    "regimen[0]: a regimen counted from the last dose given has one time of day; "
                    'with several, use anchor = "scheduled"'
                )
            ],
        ),
        (
            course(f'{DAILY}cycle = {{ length = "28 d", on = ["1"] }}\nstart = 2026-12-07', keys=LAST_GIVEN),
            [
                (
                    "regimen[0]: a regimen counted from the last dose given repeats every so many days, "
                    'weeks or months; with weekdays or a cycle, use anchor = "scheduled"'
                )
            ],
        ),
        (
            THRICE.replace(
                "[[regimen.phase]]", 'window = { before = "2 d", after = "3 d" }\n[[regimen.phase]]'
            ),
            ["regimen[0]: a clinic's window is for doses counted in days from the last one given"],
        ),
        (
            travelling("Asia/Tokyo", "2026-12-01", "2026-12-10")
            + travelling("Europe/Paris", "2026-12-10", "2026-12-20")
            + LAR,
            ["patient: the journey from 2026-12-10 begins before the one from 2026-12-01 has ended"],
        ),
        (
            travelling("Asia/Tokyo", "2026-12-11", "2026-12-10") + LAR,
            ["patient: the journey ends on 2026-12-10, before it begins on 2026-12-11"],
        ),
        (
            course(f'{DAILY}start = {{ regimen = "lar", dose = 1 }}'),
            ['regimen[0].phase[0].start.regimen: "lar" is no regimen of this plan; there are: a'],
        ),
        (
            course(f'{DAILY}start = 2026-12-01\nuntil = {{ regimen = "a", dose = 1 }}'),
            ['regimen[0].phase[0].until.regimen: "a" runs in a circle: a hangs on a, which hangs on a'],
        ),
    ],
)
def test_what_contradicts_itself_is_refused(text: str, sentences: list[str]) -> None:
    assert told(text) == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            THRICE
            + moved("octreotide@2026-12-03/4", "2026-12-03T10:00:00")
            + moved("octreotide@2026-12-03/5", "2026-12-03T11:00:00"),
            [
                'move[0].dose: "octreotide@2026-12-03/4" is no planned dose of octreotide',
                'move[1].dose: "octreotide@2026-12-03/5" is no planned dose of octreotide',
            ],
        ),
        (
            THRICE + given("octreotide@2026-12-03/4", "2026-12-03T10:00:00"),
            ['administration[0].dose: "octreotide@2026-12-03/4" is no planned dose of octreotide'],
        ),
        (
            LAR + given("lar#100001", "2026-12-01T10:00:00"),
            ['administration[0].dose: "lar#100001" is no planned dose of lar'],
        ),
        (
            course(NEEDED) + moved("a@2026-12-03/1", "2026-12-03T10:00:00"),
            [f'move[0].dose: "a@2026-12-03/1" is no planned dose of a, {UNPLANNED}'],
        ),
        (
            course(NEEDED) + given("a@2026-12-03/1", "2026-12-04T10:00:00"),
            [f'administration[0].dose: "a@2026-12-03/1" is no planned dose of a, {UNPLANNED}'],
        ),
        (
            stopped(THRICE) + moved("octreotide@2026-12-03/4", "2026-12-05T07:00:00"),
            ['move[0].dose: "octreotide@2026-12-03/4" is no planned dose of octreotide'],
        ),
        (
            stopped(THRICE) + given("octreotide@2026-12-04/1", "2026-12-05T07:00:00"),
            ['administration[0].dose: "octreotide@2026-12-04/1" is no planned dose of octreotide'],
        ),
        (
            stopped(course(NEEDED)) + moved("a@2026-12-03/1", "2026-12-03T10:00:00"),
            [f'move[0].dose: "a@2026-12-03/1" is no planned dose of a, {UNPLANNED}'],
        ),
        (
            stopped(LAR) + moved("lar#100001", "2026-12-03T10:00:00"),
            ['move[0].dose: "lar#100001" is no planned dose of lar'],
        ),
        (
            course(f'{DAILY}start = 2026-12-01\nfor = "10 d"', f"{DAILY}start = 2026-12-10"),
            ["regimen[0].phase[1].start: 2026-12-10 begins before phase 1 is over, on 2026-12-11"],
        ),
        (
            course(
                f'{DAILY}start = 2026-12-01\nfor = "10 d"',
                f'{DAILY}for = "5 d"',
                f"{DAILY}start = 2026-12-15",
            ),
            ["regimen[0].phase[2].start: 2026-12-15 begins before phase 2 is over, on 2026-12-16"],
        ),
        (
            course(f"{DAILY}start = 2026-12-05\nuntil = 2026-12-04"),
            ["regimen[0].phase[0].until: 2026-12-04 is before the phase begins, on 2026-12-05"],
        ),
        (
            course(f'{DAILY}start = {{ regimen = "b", dose = 4 }}') + THREE,
            ["regimen[0].phase[0].start.dose: 4 is past the last dose of b, which has 3"],
        ),
        (
            course(f'{DAILY}start = 2026-12-01\nuntil = {{ regimen = "b", dose = 4 }}') + THREE,
            ["regimen[0].phase[0].until.dose: 4 is past the last dose of b, which has 3"],
        ),
    ],
)
def test_what_its_own_schedule_contradicts_is_refused(text: str, sentences: list[str]) -> None:
    assert told(text) == sentences


def test_a_dose_moved_to_where_a_stop_calls_it_off_was_no_mistake() -> None:
    called_off = moved("octreotide@2026-12-03/1", "2026-12-05T07:00:00")
    unplanned = moved("octreotide@2026-12-04/4", "2026-12-05T07:00:00")
    assert plan(stopped(THRICE) + called_off).moves
    assert told(stopped(THRICE) + called_off + unplanned) == [
        'move[1].dose: "octreotide@2026-12-04/4" is no planned dose of octreotide'
    ]


def test_of_two_stopped_regimens_each_is_asked_by_itself() -> None:
    other = stopped(THRICE).replace('id = "octreotide"', 'id = "other"')
    moves = moved("octreotide@2026-12-03/1", "2026-12-05T07:00:00") + moved(
        "other@2026-12-03/1", "2026-12-05T07:00:00"
    )
    assert len(plan(stopped(THRICE) + other + moves).moves) == 2


def test_a_start_on_the_day_after_the_phase_before_it_is_fine() -> None:
    plan(course(f'{DAILY}start = 2026-12-01\nfor = "10 d"', f"{DAILY}start = 2026-12-11"))


def test_the_doses_of_a_regimen_are_counted_where_every_phase_counts_its_own() -> None:
    regimen = plan(THREE).regimens[0]
    assert total_doses(regimen) == 3
    assert total_doses(plan(LAR_20_THEN_30).regimens[0]) is None
    assert total_doses(amended(plan(THREE), "2026-12-02", plan(THREE)).regimens[0]) is None
    assert total_doses(plan(stopped(THREE)).regimens[0]) is None


def test_the_highest_number_that_may_be_recorded_is_looked_for() -> None:
    ended = plan(LAR_20_THEN_30 + "  doses = 1\n")
    record = plan(LAR + given("lar#1", "2026-12-01T10:00:00")).administrations[0]
    far = replace(record, dose=ChainId(regimen="lar", number=100_000))
    (refusal,) = inconsistencies(replace(ended, administrations=(far,)))
    assert (refusal.path, refusal.value) == (("administration", 0, "dose"), "lar#100000")


def test_a_regimen_is_told_by_itself_what_it_lacks() -> None:
    regimen = plan(LAR).regimens[0]
    with pytest.raises(DosingError, match=r"^a regimen needs at least one phase$"):
        replace(regimen, phases=())
    needed = plan(course(NEEDED)).regimens[0].phases[0]
    with pytest.raises(
        DosingError, match=r"^phase 1 plans no doses, so it cannot end after a number of them$"
    ):
        replace(
            regimen,
            anchor=IntervalAnchor.SCHEDULED,
            phases=(replace(needed, end=plan(THREE).regimens[0].phases[0].end),),
        )
    hours = plan(course('dose = "50 ug"\nevery = "8 h"\nstart = 2026-12-01T07:00:00')).regimens[0].phases[0]
    loose = replace(hours, timing=ElapsedHours(hours=8, first_at=None))
    with pytest.raises(
        DosingError, match=r"^phase 1 counts elapsed hours, so its start is a date and a time$"
    ):
        replace(regimen, anchor=IntervalAnchor.SCHEDULED, phases=(loose,))
