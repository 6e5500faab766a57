"""``dosecal import``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from scheduler.actions.patient import list_patients, load_patient
from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.cli.conftest import WARD, ZOE, Run, SetClock, doses, schedule

REST = """
[[rest]]
site = "abdomen-left"
from = 2026-12-06
until = 2026-12-09
reason = "lump"
"""
CLINIC = """
[clinic]
open = ["wed", "mon", "thu"]
holidays = "US-NY"
closed = [2027-01-04, 2026-12-28]
"""
JOURNEY = """
[[patient.travel]]
zone = "Asia/Tokyo"
from = 2026-12-20
until = 2026-12-22
"""


def test_it_prints_the_patients_id(run: Run, zoe: Path) -> None:
    imported = run("import", zoe)
    patient_id, said, file = imported.stdout.split()
    assert said == "added"
    assert file == str(zoe)
    assert run("patient", "show", patient_id).exit_code == 0


def test_importing_again_changes_nothing_and_adds_nobody(run: Run, zoe: Path) -> None:
    first = json.loads(run("import", zoe, "--format", "json").stdout)
    again = json.loads(run("import", zoe, "--format", "json").stdout)
    assert again == [{**first[0], "created": False, "changes": []}]
    assert len(json.loads(run("patient", "list", "--format", "json").stdout)) == 1


def test_a_changed_file_amends_the_same_patient(run: Run, zoe: Path) -> None:
    (first,) = json.loads(run("import", zoe, "--format", "json").stdout)
    zoe.write_text(ZOE.replace('"20 mg"', '"30 mg"'))
    amended = run("import", zoe)
    assert amended.stdout.split("  ")[:2] == [first["patient"], "amended: amended regimen lar"]
    amounts = [dose["dose"]["value"] for dose in _depots(run, first["patient"], "2026-12-11")]
    assert amounts == ["20", "30", "30"]


def test_a_changed_file_is_in_force_from_the_date_that_is_said(run: Run, zoe: Path) -> None:
    (first,) = json.loads(run("import", zoe, "--format", "json").stdout)
    zoe.write_text(ZOE.replace('"20 mg"', '"30 mg"'))
    run("import", zoe, "--from", "2026-12-01")
    amounts = [dose["dose"]["value"] for dose in _depots(run, first["patient"], "2026-12-11")]
    assert amounts == ["20", "20", "30"]


def test_a_regimen_that_the_file_does_not_have_is_left_as_it_is(run: Run, zoe: Path) -> None:
    run("import", zoe)
    zoe.write_text(ZOE.partition('[[regimen]]\nid = "lar"')[0].replace('"100 ug"', '"150 ug"'))
    assert "left regimen lar as it is" in run("import", zoe).stdout


def test_a_namesake_with_other_regimens_is_not_taken_for_the_same_person(run: Run, zoe: Path) -> None:
    run("import", zoe)
    zoe.write_text(ZOE.replace('"octreotide"', '"oct"').replace('"lar"', '"depot"'))
    refused = run("import", zoe)
    assert refused.exit_code == 1
    assert "say --patient ID to amend one of them, or --new to add another person" in refused.stderr
    assert "Zoe" not in refused.stderr.replace(str(zoe), "")
    assert run("import", zoe, "--new").exit_code == 0
    assert len(json.loads(run("patient", "list", "--format", "json").stdout)) == 2


def test_a_file_with_a_key_of_its_own_finds_its_patient_after_a_change_of_name(run: Run, zoe: Path) -> None:
    zoe.write_text(ZOE.replace("[patient]", '[patient]\nid = "mrn-1042"'))
    run("import", zoe)
    zoe.write_text(zoe.read_text().replace("Zoe Marsh", "Zoe Marsh-Lee"))
    assert run("import", zoe).stdout.startswith("mrn-1042  amended: changed the patient's details")


def test_a_file_for_a_named_patient_amends_that_one(run: Run, zoe: Path) -> None:
    (first,) = json.loads(run("import", zoe, "--format", "json").stdout)
    zoe.write_text(ZOE.replace("Zoe Marsh", "Z. Marsh"))
    assert run("import", zoe, "--patient", first["patient"]).stdout.startswith(first["patient"])


def test_what_was_recorded_survives_an_import(run: Run, zoe: Path) -> None:
    (first,) = json.loads(run("import", zoe, "--format", "json").stdout)
    run("dose", "give", first["patient"], "lar#1", "--at", "2026-10-16T10:30")
    zoe.write_text(ZOE.replace('"20 mg"', '"30 mg"'))
    run("import", zoe)
    depots = _depots(run, first["patient"], "2026-11-20")
    assert depots[0]["status"] == "given"
    assert [dose["due_at"] for dose in depots] == ["2026-10-15T10:00:00-04:00", "2026-11-13T10:00:00-05:00"]


def test_a_plan_without_room_for_what_was_recorded_is_refused_whole(
    run: Run, zoe: Path, set_clock: SetClock
) -> None:
    (first,) = json.loads(run("import", zoe, "--format", "json").stdout)
    set_clock("2026-10-20T23:30-04:00")
    run("dose", "give", first["patient"], "octreotide@2026-10-20/3", "--at", "2026-10-20T23:05")
    zoe.write_text(ZOE.replace('["07:00", "15:00", "23:00"]', '["07:00", "15:00"]'))
    for refused in (run("import", zoe), run("import", zoe, "--from", "2026-10-02")):
        assert refused.exit_code == 1
        assert "nothing was imported" in refused.stderr
        assert "octreotide@2026-10-20/3" in refused.stderr
        shown = json.loads(run("patient", "show", first["patient"], "--format", "json").stdout)
        assert "23:00" in shown["regimens"][0]["phases"][0]
    assert "amended regimen octreotide" in run("import", zoe, "--from", "2026-10-21").stdout


def test_rests_and_a_clinic_are_imported_once(run: Run, ward: str, tmp_path: Path) -> None:
    file = tmp_path / "ward.toml"
    file.write_text(WARD + REST + CLINIC)
    told = run("import", file).stdout
    assert "changed the patient's details; added the rest of abdomen-left from 2026-12-06" in told
    assert "unchanged" in run("import", file).stdout
    shown = schedule(run, "2026-12-05", "2026-12-30")
    used = {dose["due_at"][:10] for dose in shown["doses"] if dose["site"] == "abdomen-left"}
    assert min(day for day in used if day > "2026-12-05") > "2026-12-09"
    (closed,) = [finding for finding in shown["findings"] if finding["code"] == "clinic-closed"]
    assert closed["dose"] == "lar#2"


def test_a_clinic_is_kept_by_a_file_without_one_and_a_rest_of_the_file_is_not(
    run: Run, ward: str, tmp_path: Path
) -> None:
    file = tmp_path / "ward.toml"
    file.write_text(WARD + REST + CLINIC)
    run("import", file)
    file.write_text(WARD)
    told = run("import", file).stdout
    assert "took back the rest of abdomen-left from 2026-12-06 to 2026-12-09" in told
    assert "changed the patient's details" not in told
    assert run("site", "list", ward).stdout == "No site rests.\n"
    codes = [finding["code"] for finding in schedule(run, "2026-12-05", "2026-12-30")["findings"]]
    assert "clinic-closed" in codes


def test_a_rest_that_people_ended_is_not_begun_anew_by_the_same_file(
    run: Run, ward: str, tmp_path: Path, set_clock: SetClock
) -> None:
    file = tmp_path / "ward.toml"
    file.write_text(WARD + REST)
    run("import", file)
    set_clock("2026-12-08T12:00-05:00")
    run("site", "use", ward, "abdomen-left")
    assert "unchanged" in run("import", file).stdout
    (rest,) = json.loads(run("site", "list", ward, "--format", "json").stdout)
    assert rest["until"] == "2026-12-07"


def test_journeys_holds_and_rests_of_people_survive_a_file_without_any(
    run: Run, ward: str, tmp_path: Path
) -> None:
    run("travel", "add", ward, "Europe/Paris", "--from", "2026-12-10", "--until", "2026-12-12")
    run("hold", "start", ward, "lar", "--from", "2026-12-20", "--reason", "surgery")
    run("site", "rest", ward, "thigh-left")
    listings = [(noun, "list", ward) for noun in ("travel", "hold", "site")]
    before = [run(*listing).stdout for listing in listings]
    assert "unchanged" in run("import", tmp_path / "ward.toml").stdout
    (tmp_path / "ward.toml").write_text(WARD.replace("100 ug", "150 ug"))
    assert "amended regimen octreotide" in run("import", tmp_path / "ward.toml").stdout
    assert [run(*listing).stdout for listing in listings] == before


def test_a_journey_of_the_file_takes_the_place_of_those_before(run: Run, ward: str, tmp_path: Path) -> None:
    run("travel", "add", ward, "Europe/Paris", "--from", "2026-12-10", "--until", "2026-12-12")
    file = tmp_path / "ward.toml"
    file.write_text(WARD.replace("[[regimen]]", f"{JOURNEY}[[regimen]]", 1))
    assert "changed the patient's details" in run("import", file).stdout
    (journey,) = json.loads(run("travel", "list", ward, "--format", "json").stdout)
    assert journey == {"zone": "Asia/Tokyo", "from": "2026-12-20", "until": "2026-12-22"}


def test_doses_before_today_stand_in_an_amended_depot(run: Run, ward: str, tmp_path: Path) -> None:
    (tmp_path / "ward.toml").write_text(WARD.replace('"20 mg"', '"10 mg"'))
    run("import", tmp_path / "ward.toml")
    assert list(doses(run, "2026-12-01", "2027-02-01", "lar").values()) == [
        "2026-12-01 10:00 20 mg",
        "2026-12-29 10:00 10 mg",
        "2027-01-26 10:00 30 mg",
    ]


def test_an_amendment_that_changes_what_ids_mean_is_refused(run: Run, ward: str, tmp_path: Path) -> None:
    (tmp_path / "ward.toml").write_text(WARD.replace('setting = "clinic"', 'anchor = "scheduled"'))
    refused = run("import", tmp_path / "ward.toml")
    assert refused.exit_code == 1
    assert "an amendment keeps what doses are counted from" in refused.stderr


def test_a_wrong_file_does_not_stop_the_others(run: Run, zoe: Path, tmp_path: Path) -> None:
    broken, other = tmp_path / "broken.toml", tmp_path / "other.toml"
    broken.write_text("version = 1")
    other.write_text(ZOE.replace("Zoe Marsh", "Sam Ortiz"))
    imported = run("import", zoe, broken, other)
    assert imported.exit_code == 2
    assert len(imported.stdout.splitlines()) == 2
    faults = [line for line in imported.stderr.splitlines() if line.startswith("dosecal: ")]
    assert faults
    assert all("broken.toml" in line for line in faults)


@pytest.mark.timeout(600)  # a thousand plans are laid out and checked
def test_a_thousand_files_show_progress_and_leave_whole_patients(run: Run, tmp_path: Path) -> None:
    files = many_files(tmp_path, 1000)
    imported = run("import", *files)
    assert imported.exit_code == 0
    assert "read 100 of 1000 files" in imported.stderr
    assert "read 1000 of 1000 files" in imported.stderr
    assert len(json.loads(run("patient", "list", "--format", "json").stdout)) == 1000


def test_an_import_that_is_killed_leaves_a_whole_patient_or_none(tmp_path: Path) -> None:
    files = many_files(tmp_path, 300)
    url = f"sqlite:///{tmp_path / 'killed.db'}"
    command = [sys.executable, "-m", "cli", "--database-url", url, "import", *map(str, files)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    told = 20 + len(process.stdout.read().splitlines())
    process.wait()
    process.stdout.close()
    store = Store(url, load_formulary())
    ids = [record.id for record in list_patients(store)]
    assert told - 1 <= len(ids) < 300
    for patient_id in ids:
        assert [regimen.id for regimen in load_patient(store, patient_id).regimens] == ["octreotide", "lar"]
    store.close()


def _depots(run: Run, patient: str, end: str) -> list[dict[str, Any]]:
    """The doses of lar from 15 October 2026 up to ``end``: 15 October, 12 November, 10 December."""
    options = ["--from", "2026-10-15", "--to", end, "--format", "json"]
    shown = json.loads(run("schedule", "show", patient, *options).stdout)
    return [dose for dose in shown["doses"] if dose["regimen"] == "lar"]


def many_files(folder: Path, count: int) -> list[Path]:
    files = [folder / f"plan-{number:04}.toml" for number in range(count)]
    for number, file in enumerate(files):
        file.write_text(ZOE.replace("Zoe Marsh", f"Patient {number}"))
    return files


def test_what_a_check_of_the_plan_notices_is_told_beside_the_ids(run: Run, zoe: Path) -> None:
    zoe.write_text(ZOE.replace("4 wk", "1 mo"))
    imported = run("import", zoe)
    patient, said, _ = imported.stdout.split()
    assert said == "added"
    assert f"{patient}: warning: lar: ordered by calendar months" in imported.stderr
    (again,) = json.loads(run("import", zoe, "--format", "json").stdout)
    assert "monthly-vs-28" in [finding["code"] for finding in again["findings"]]


CHECKED = """
[[surgery]]
on = 2027-06-05
dental = true
[[supply]]
regimen = "lar"
label = "lot 7"
opened = 2026-12-05T08:00:00
[[confirmed]]
regimen = "lar"
code = "bridge-missing"
reason = "ordered so"
"""


def test_what_the_checks_look_at_is_imported_taken_back_and_told(run: Run, ward: str, tmp_path: Path) -> None:
    file = tmp_path / "zoe.toml"
    told = []
    for text in (WARD + CHECKED, WARD + CHECKED, WARD):
        file.write_text(text)
        told += json.loads(run("import", file, "--format", "json").stdout)[0]["changes"]
        told.append("--")
    named = (
        "the dental operation on 2027-06-05",
        "the package lot 7 of lar",
        "the confirmation of bridge-missing for lar",
    )
    added, taken_back = ([f"{verb} {what}" for what in named] for verb in ("added", "took back"))
    assert told == [*added, "--", "--", *taken_back, "--"]
