"""``dosecal import``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from scheduler.actions.patient import list_patients, load_patient
from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.cli.conftest import ZOE, Run


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
    shown = run("schedule", "show", first["patient"], "--from", "2026-10-15", "--to", "2026-10-16").stdout
    assert "Octreotide LAR 30 mg" in shown


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
    options = ["--from", "2026-10-15", "--to", "2026-11-20", "--format", "json"]
    shown = json.loads(run("schedule", "show", first["patient"], *options).stdout)
    depots = [dose for dose in shown["doses"] if dose["regimen"] == "lar"]
    assert depots[0]["status"] == "given"
    assert [dose["due_at"] for dose in depots] == ["2026-10-15T10:00:00-04:00", "2026-11-13T10:00:00-05:00"]


def test_a_plan_without_room_for_what_was_recorded_is_refused_whole(run: Run, zoe: Path) -> None:
    (first,) = json.loads(run("import", zoe, "--format", "json").stdout)
    run("dose", "give", first["patient"], "octreotide@2026-10-02/3", "--at", "2026-10-02T23:05")
    zoe.write_text(ZOE.replace('["07:00", "15:00", "23:00"]', '["07:00", "15:00"]'))
    refused = run("import", zoe)
    assert refused.exit_code == 1
    assert "nothing was imported" in refused.stderr
    assert "octreotide@2026-10-02/3" in refused.stderr
    shown = json.loads(run("patient", "show", first["patient"], "--format", "json").stdout)
    assert "23:00" in shown["regimens"][0]["phases"][0]


def test_a_wrong_file_does_not_stop_the_others(run: Run, zoe: Path, tmp_path: Path) -> None:
    broken, other = tmp_path / "broken.toml", tmp_path / "other.toml"
    broken.write_text("version = 1")
    other.write_text(ZOE.replace("Zoe Marsh", "Sam Ortiz"))
    imported = run("import", zoe, broken, other)
    assert imported.exit_code == 2
    assert len(imported.stdout.splitlines()) == 2
    assert all("broken.toml" in line for line in imported.stderr.splitlines())


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


def many_files(folder: Path, count: int) -> list[Path]:
    files = [folder / f"plan-{number:04}.toml" for number in range(count)]
    for number, file in enumerate(files):
        file.write_text(ZOE.replace("Zoe Marsh", f"Patient {number}"))
    return files
