"""``schedule print`` and ``plan --format pdf``: files, defaults, refusals, a whole caseload."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scheduler.actions.patient import load_patient
from scheduler.actions.print_caseload import PrintJob, print_each, processes_for
from scheduler.bootstrap import open_store
from scheduler.dosing.plan import Period
from scheduler.dosing.product import Market
from scheduler.paper.language import LanguageCode, language_of
from scheduler.paper.printing import Layout, PrintStyle
from scheduler.paper.sheet import PaperSize, TextSize
from tests.cli.conftest import Run
from tests.paper.conftest import pages


@pytest.fixture
def patient(run: Run, zoe: Path) -> str:
    return str(json.loads(run("import", zoe, "--format", "json").stdout)[0]["patient"])


def test_it_prints_thirteen_weeks_from_today_on_letter_paper(run: Run, patient: str, tmp_path: Path) -> None:
    target = tmp_path / "zoe.pdf"
    done = run("schedule", "print", patient, "-o", target)
    assert (done.exit_code, done.stderr) == (0, f"wrote {target}\n")
    read = pages(target.read_bytes())
    months = [page.splitlines()[0] for page in read]
    assert [m for m in ("October 2026", "January 2027") if any(m in page for page in read)] == [
        "October 2026",
        "January 2027",
    ]
    assert months
    assert "Plan 1 of Oct 20, 2026, 12:00. Printed Oct 20, 2026, 12:00" in read[0]
    assert "printed before Oct 20, 2026, 12:00 and every one with a lower plan" in " ".join(read[0].split())


def test_a_plan_file_needs_no_database(run: Run, zoe: Path, tmp_path: Path) -> None:
    target = tmp_path / "zoe.pdf"
    done = run("plan", zoe, "--format", "pdf", "--layout", "log", "-o", target)
    assert done.exit_code == 0
    assert "From a plan file" in pages(target.read_bytes())[0]
    assert not (tmp_path / "dosecal.db").exists()


def test_a_pdf_is_not_printed_on_the_terminal(run: Run, zoe: Path) -> None:
    done = run("plan", zoe, "--format", "pdf")
    assert done.exit_code == 2
    assert "a PDF is no text; say with -o which file to write" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "2026-11-01", "--to", "2026-11-01"), "2026-11-01 is not after 2026-11-01"),
        (("--from", "2026-01-01", "--to", "2027-12-01"), "699 days are more than the 400"),
        (
            ("--layout", "visit", "--from", "2020-01-01", "--to", "2020-02-01"),
            "no dose is to be given by a nurse",
        ),
        (("--layout", "log", "--from", "2020-01-01", "--to", "2020-02-01"), "no dose is planned"),
    ],
)
def test_what_cannot_be_printed_says_why_and_leaves_no_file(
    run: Run, patient: str, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    target = tmp_path / "zoe.pdf"
    done = run("schedule", "print", patient, "-o", target, *options)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not target.exists()


def test_a_patient_and_a_caseload_exclude_each_other(run: Run, patient: str, tmp_path: Path) -> None:
    for arguments in ((), (patient, "--caseload", "ward-3")):
        done = run("schedule", "print", *arguments, "-o", tmp_path / "x")
        assert done.exit_code == 2
        assert "say either PATIENT or --caseload" in done.stderr


def test_a_caseload_is_a_file_for_each_patient_and_who_has_nothing_is_named(
    run: Run, patient: str, tmp_path: Path
) -> None:
    other = tmp_path / "otto.toml"
    other.write_text(
        'version = 1\n[patient]\nname = "Otto Berg"\nzone = "Europe/Berlin"\n[[regimen]]\nid = "lar"\n'
        'product = "sandostatin-lar"\nsetting = "nurse-visit"\n[[regimen.phase]]\ndose = "20 mg"\n'
        'every = "4 wk"\ntimes = ["10:00"]\nstart = 2026-11-03\n'
    )
    otto = json.loads(run("import", other, "--format", "json").stdout)[0]["patient"]
    run("caseload", "create", "ward-3", "--name", "Ward 3", "--zone", "America/New_York")
    run("caseload", "add", "ward-3", patient, otto)
    folder = tmp_path / "sheets"
    done = run(
        "schedule", "print", "--caseload", "ward-3", "--layout", "visit", "--to", "2026-11-10", "-o", folder
    )
    assert done.exit_code == 1
    assert sorted(file.name for file in folder.iterdir()) == [f"{otto}.pdf"]
    assert f"{patient}: not printed: from 2026-10-20 to 2026-11-09 no dose" in done.stderr
    assert f"wrote 1 of 2 to {folder}" in done.stderr
    assert "Zoe" not in done.stderr
    assert "Otto" not in done.stderr


def test_several_processes_print_what_one_prints_and_name_who_has_nothing(
    patient: str, tmp_path: Path
) -> None:
    with open_store(f"sqlite:///{tmp_path / 'dosecal.db'}") as store:
        stored = load_patient(store, patient)
    nothing = Period(start=date(2020, 1, 1), end=date(2020, 2, 1))
    fortnight = Period(start=date(2026, 10, 20), end=date(2026, 11, 3))
    style = PrintStyle(
        layout=Layout.LOG,
        paper=PaperSize.A4,
        size=TextSize.NORMAL,
        language=language_of(LanguageCode.ENGLISH, Market.US),
    )
    jobs = [
        PrintJob(
            stored=replace(stored, record=replace(stored.record, id=f"p-{number}")),
            period=nothing if number == 3 else fortnight,
            moment=datetime(2026, 10, 20, 16, tzinfo=UTC),
            style=style,
        )
        for number in range(8)
    ]
    together = list(print_each(jobs, processes=2))
    assert together == list(print_each(jobs, processes=1))
    assert [printed.patient_id for printed in together] == [f"p-{number}" for number in range(8)]
    assert [bool(printed.pdf) for printed in together] == [number != 3 for number in range(8)]
    assert "no dose is planned" in together[3].refusal


def test_only_a_large_caseload_is_worth_starting_processes() -> None:
    assert processes_for(20) == 1
    assert processes_for(21) == (os.cpu_count() or 1)


def test_the_address_of_the_calendar_can_stand_on_it(run: Run, patient: str, tmp_path: Path) -> None:
    target = tmp_path / "zoe.pdf"
    link = "https://example.org/feeds/abc.ics"
    assert run("schedule", "print", patient, "-o", target, "--qr", link).exit_code == 0
    assert "This schedule as a calendar for your phone" in " ".join(pages(target.read_bytes())[-2:])
