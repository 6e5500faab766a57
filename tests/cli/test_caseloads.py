"""Caseloads on the command line: who is in them, and who is due."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.cli.conftest import Run, SetClock

PLAN = """
version = 1
[patient]
id = "{id}"
name = "{name}"
zone = "{zone}"
"""
DEPOT = """
[[regimen]]
id = "lar"
product = "octreotide-lar"
setting = "clinic"
  [[regimen.phase]]
  dose = "20 mg"
  every = "4 wk"
  times = ["10:00"]
  start = {start}
"""
TWICE = """
[[regimen]]
id = "octreotide"
product = "octreotide-sc"
  [[regimen.phase]]
  dose = "100 ug"
  times = ["07:00", "15:00"]
  start = {start}
"""


@pytest.fixture
def admit(run: Run, tmp_path: Path) -> Run:
    """Import a plan file for a patient of this id."""

    def bring(patient_id: str, body: str, *, zone: str = "America/New_York") -> Result:
        file = tmp_path / f"{patient_id}.toml"
        file.write_text(PLAN.format(id=patient_id, name=f"Patient {patient_id}", zone=zone) + body)
        imported = run("import", file)
        assert imported.exit_code == 0, imported.stderr
        return imported

    return bring


@pytest.fixture
def ward(run: Run, admit: Run) -> str:
    """Four patients, none of them in the caseload ``ward-3``. It is noon on 20 October 2026 in New York."""
    admit("late", DEPOT.format(start="2026-10-15"))
    admit("today", DEPOT.format(start="2026-10-20") + TWICE.format(start="2026-10-01"))
    admit("later", DEPOT.format(start="2027-03-01"))
    admit("abroad", TWICE.format(start="2026-10-01"), zone="Europe/Paris")
    assert run("caseload", "create", "ward-3", "--name", "Ward 3", "--zone", "America/New_York").stdout == (
        "ward-3\n"
    )
    return "ward-3"


def shown(run: Run, caseload: str = "ward-3") -> dict[str, Any]:
    told = run("caseload", "show", caseload, "--format", "json")
    assert told.exit_code == 0, told.stderr
    return dict(json.loads(told.stdout))


def places(run: Run) -> dict[str, str]:
    return {patient["id"]: patient["place"] for patient in shown(run)["patients"]}


def test_without_a_caseload_the_way_to_one_is_told(run: Run) -> None:
    told = run("caseload", "list")
    assert told.stdout == "There are no caseloads yet; see 'dosecal caseload create'.\n"
    assert json.loads(run("caseload", "list", "--format", "json").stdout) == []


def test_an_empty_caseload_tells_how_to_fill_it(run: Run, ward: str) -> None:
    assert run("caseload", "show", ward).stdout.splitlines() == [
        "Ward 3 (ward-3), America/New_York",
        "",
        "Nobody is in it yet; see 'dosecal caseload add'.",
    ]


def test_a_caseload_without_an_id_gets_one(run: Run) -> None:
    made = run("caseload", "create", "--name", "Nurse Kim", "--zone", "Europe/Paris").stdout.strip()
    (listed,) = json.loads(run("caseload", "list", "--format", "json").stdout)
    assert made.startswith("c-")
    assert listed == {
        "id": made,
        "name": "Nurse Kim",
        "zone": "Europe/Paris",
        "revision": 1,
        "revised_at": "2026-10-20T16:00:00+00:00",
        "patients": 0,
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Ward", "--name", "W", "--zone", "Europe/Paris"), "'Ward' cannot be the id of a caseload"),
        (("ward-", "--name", "W", "--zone", "Europe/Paris"), "'ward-' cannot be the id"),
        (("w" * 65, "--name", "W", "--zone", "Europe/Paris"), "1 to 64 of a-z, 0-9 and -"),
        (("wörd", "--name", "W", "--zone", "Europe/Paris"), "a-z, 0-9 and -"),
        (("", "--name", "W", "--zone", "Europe/Paris"), "a-z, 0-9 and -"),
        (("ward", "--name", " ", "--zone", "Europe/Paris"), "the name has at least one character"),
        (("ward", "--name", "W" * 201, "--zone", "Europe/Paris"), "the name has at most 200 characters"),
        (("ward", "--name", "W\x1b", "--zone", "Europe/Paris"), "the name holds a control character"),
        (("ward", "--name", "W", "--zone", "Europe/Pariss"), "Europe/Paris"),
        (("ward", "--zone", "Europe/Paris"), "--name"),
        (("ward", "--name", "W"), "--zone"),
    ],
)
def test_a_caseload_that_cannot_be_is_refused_and_says_why(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    refused = run("caseload", "create", *arguments)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert json.loads(run("caseload", "list", "--format", "json").stdout) == []


def test_one_id_is_given_once(run: Run, ward: str) -> None:
    refused = run("caseload", "create", ward, "--name", "Another", "--zone", "Europe/Paris")
    assert refused.exit_code == 1
    assert refused.stderr == "dosecal: there is a caseload 'ward-3' already; give this one another id\n"


def test_the_longest_texts_fit(run: Run, ward: str) -> None:
    made = run("caseload", "create", "w" * 64, "--name", "W" * 200, "--zone", "Europe/Paris")
    assert made.exit_code == 0
    assert run("caseload", "add", ward, "late", "--place", "x" * 60).exit_code == 0
    refused = run("caseload", "add", ward, "later", "--place", "x" * 61)
    assert refused.exit_code == 2
    assert "the place has at most 60 characters" in refused.stderr
    assert places(run) == {"late": "x" * 60}


def test_who_waits_longest_comes_first_with_what_is_late_due_and_next(run: Run, ward: str) -> None:
    assert run("caseload", "add", ward, "later", "abroad").exit_code == 0
    added = run("caseload", "add", ward, "today", "late", "--place", "room 12")
    assert added.stdout == "ward-3 answers for today, late; place: room 12.\n"
    lines = run("caseload", "show", ward).stdout.splitlines()
    assert lines[0] == "Ward 3 (ward-3), America/New_York"
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines[4:]]
    assert rows == [
        [
            "late",
            "Patient late",
            "room 12",
            "Octreotide LAR 20 mg late by 5 days",
            "Thu 2026-11-12 10:00 Octreotide LAR 20 mg",
        ],
        [
            "today",
            "Patient today",
            "room 12",
            "Octreotide (short-acting) 100 micrograms late by 5 h 0 min; Octreotide LAR 20 mg due",
            "Tue 2026-10-20 15:00 Octreotide (short-acting) 100 micrograms",
        ],
        [
            "abroad",
            "Patient abroad",
            "Octreotide (short-acting) 100 micrograms late by 3 h 0 min",
            "Wed 2026-10-21 07:00 (Europe/Paris) Octreotide (short-acting) 100 micrograms",
        ],
        ["later", "Patient later", "Mon 2027-03-01 10:00 Octreotide LAR 20 mg"],
    ]


def test_json_has_the_doses_as_the_schedule_has_them(run: Run, ward: str) -> None:
    run("caseload", "add", ward, "today", "--place", "room 12")
    told = shown(run)
    (patient,) = told.pop("patients")
    groups = {name: patient.pop(name) for name in ("late", "due", "next")}
    assert told == {
        "id": "ward-3",
        "name": "Ward 3",
        "zone": "America/New_York",
        "revision": 2,
        "revised_at": "2026-10-20T16:00:01+00:00",
    }
    assert patient == {
        "id": "today",
        "name": "Patient today",
        "zone": "America/New_York",
        "place": "room 12",
        "contact_problems": [],
    }
    assert {name: [dose["id"] for dose in doses] for name, doses in groups.items()} == {
        "late": ["octreotide@2026-10-20/1"],
        "due": ["lar#1"],
        "next": ["octreotide@2026-10-20/2"],
    }
    day = ("--from", "2026-10-20", "--to", "2026-10-21", "--format", "json")
    schedule = json.loads(run("schedule", "show", "today", *day).stdout)["doses"]
    assert sorted(groups["late"] + groups["due"] + groups["next"], key=str) == sorted(schedule, key=str)


def test_what_is_recorded_or_withheld_waits_no_more(run: Run, ward: str) -> None:
    run("caseload", "add", ward, "late", "today")
    run("dose", "give", "late", "lar#1")
    run("dose", "skip", "today", "octreotide@2026-10-20/1", "--reason", "sick")
    run("hold", "start", "today", "lar", "--reason", "surgery")
    waiting = {p["id"]: p["late"] + p["due"] for p in shown(run)["patients"]}
    assert waiting == {"late": [], "today": []}


def test_a_depot_is_late_however_long_ago_it_was_due(run: Run, ward: str, set_clock: SetClock) -> None:
    run("caseload", "add", ward, "late")
    set_clock("2027-10-20T12:00-04:00")
    (patient,) = shown(run)["patients"]
    assert [dose["id"] for dose in patient["late"]] == [f"lar#{number}" for number in range(1, 15)]
    assert "Octreotide LAR 20 mg late by 370 days and 13 more  " in run("caseload", "show", ward).stdout


def test_doses_of_one_time_are_told_together(run: Run, ward: str, admit: Run) -> None:
    admit("both", DEPOT.format(start="2026-10-21") + TWICE.format(start="2026-10-21").replace("07", "10"))
    run("caseload", "add", ward, "both")
    assert "Wed 2026-10-21 10:00 Octreotide LAR 20 mg, Octreotide (short-acting) 100 micrograms" in (
        run("caseload", "show", ward).stdout
    )


def test_a_course_that_is_over_has_nothing_next(run: Run, ward: str, admit: Run) -> None:
    admit("over", TWICE.format(start="2026-10-01") + "  until = 2026-10-05\n")
    run("caseload", "add", ward, "over", "later")
    patients = shown(run)["patients"]
    assert [patient["id"] for patient in patients] == ["later", "over"]
    assert (patients[1]["late"], patients[1]["due"], patients[1]["next"]) == ([], [], [])


def test_of_who_is_in_it_already_the_place_changes_only_where_one_is_said(run: Run, ward: str) -> None:
    run("caseload", "add", ward, "late", "--place", "room 12")
    assert run("caseload", "add", ward, "late", "later").stdout == "ward-3 answers for late, later.\n"
    assert places(run) == {"late": "room 12", "later": ""}
    run("caseload", "add", ward, "later", "late", "--place", "room 14")
    assert places(run) == {"late": "room 14", "later": "room 14"}
    run("caseload", "add", ward, "late", "--place", "")
    assert places(run) == {"late": "", "later": "room 14"}


def test_one_unknown_patient_keeps_everybody_out_and_all_of_them_are_told(run: Run, ward: str) -> None:
    refused = run("caseload", "add", ward, "late", "p-9", "today", "p-8")
    assert refused.exit_code == 1
    assert refused.stderr == "dosecal: there are no patients 'p-8', 'p-9'; see 'dosecal patient list'\n"
    alone = run("caseload", "add", ward, "p-9")
    assert alone.stderr == "dosecal: there is no patient 'p-9'; see 'dosecal patient list'\n"
    assert places(run) == {}
    assert shown(run)["revision"] == 1


def test_patients_are_taken_out_all_or_none(run: Run, ward: str) -> None:
    run("caseload", "add", ward, "late", "today", "later")
    refused = run("caseload", "remove", ward, "late", "abroad", "p-9")
    assert refused.exit_code == 1
    assert refused.stderr == (
        "dosecal: not in the caseload 'ward-3': 'abroad', 'p-9'; see 'dosecal caseload show ward-3'\n"
    )
    assert places(run).keys() == {"late", "today", "later"}
    removed = run("caseload", "remove", ward, "late", "today", "late")
    assert removed.stdout == "ward-3 answers no more for late, today.\n"
    assert places(run).keys() == {"later"}
    assert run("patient", "show", "late").exit_code == 0


def test_a_removed_patient_is_in_no_caseload(run: Run, ward: str) -> None:
    run("caseload", "add", ward, "late", "today")
    assert run("patient", "remove", "late", "--yes").exit_code == 0
    assert places(run).keys() == {"today"}
    (listed,) = json.loads(run("caseload", "list", "--format", "json").stdout)
    assert (listed["patients"], listed["revision"]) == (1, 4)


def test_deleting_asks_first_and_leaves_the_patients(run: Run, ward: str) -> None:
    run("caseload", "add", ward, "late", "today")
    refused = run("caseload", "delete", ward, input="n\n")
    assert refused.exit_code == 1
    assert "Delete Ward 3: its feeds and digests end at once, its patients (2) stay?" in refused.stderr
    assert len(places(run)) == 2
    assert run("caseload", "delete", ward, "--yes").stdout == "Deleted ward-3.\n"
    assert run("caseload", "show", ward).exit_code == 1
    assert run("patient", "show", "late").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "ward-9"),
        ("add", "ward-9", "p-9"),
        ("remove", "ward-9", "p-9"),
        ("delete", "ward-9"),
        ("delete", "ward-9", "--yes"),
    ],
)
def test_an_unknown_caseload_is_told_with_the_way_to_find_one(run: Run, arguments: tuple[str, ...]) -> None:
    refused = run("caseload", *arguments)
    assert refused.exit_code == 1
    assert refused.stderr == "dosecal: there is no caseload 'ward-9'; see 'dosecal caseload list'\n"


def test_a_terminal_obeys_no_name_and_no_place(run: Run, ward: str) -> None:
    refused = run("caseload", "add", ward, "late", "--place", "room\x1b[2J")
    assert refused.exit_code == 2
    run("caseload", "add", ward, "late", "--place", "room\n12")
    assert "room 12" in run("caseload", "show", ward).stdout
