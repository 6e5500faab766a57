"""The PDF: the doses in it are those of the plan, and readers of every kind can use it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from scheduler.dosing.plan import Period
from scheduler.formulary.formulary import load_formulary
from scheduler.paper.language import LanguageCode
from scheduler.paper.printing import Layout
from scheduler.paper.sheet import PaperSize, TextSize
from scheduler.paper.typesetter import typeset
from scheduler.planfile.json_contract import plan_json
from scheduler.planfile.reading import read_plan_file
from tests.paper.conftest import ZOE, ReadPlan, ToSheet, pages

DEMO = sorted((Path(__file__).parents[2] / "data" / "demo").glob("*.toml"))
FIRST, BEYOND, NOW = date(2026, 10, 5), date(2026, 12, 15), "2026-10-05T00:01-04:00"
HOSTILE = 'Zoë "*bold*" #text(red)[x] $x^2$ <label> @ref \\u{41} // gone /* gone */'
LONG = "Maria-Magdalena " * 12


@pytest.mark.parametrize("file", DEMO, ids=[file.stem for file in DEMO])
def test_the_log_has_the_doses_of_the_plan_and_no_other(file: Path, to_sheet: ToSheet) -> None:
    plan = read_plan_file(file, load_formulary()).plan
    moment = datetime.fromisoformat(NOW)
    contract = plan_json(plan, load_formulary(), Period(start=FIRST, end=BEYOND), moment)
    planned = [(dose["due_at"][11:16], dose["dose"]["value"]) for dose in contract["doses"]]
    pdf = typeset(to_sheet(plan, start=FIRST, end=BEYOND, now=NOW, layout=Layout.LOG))
    text = " ".join(" ".join(pages(pdf)[:-1]).split())
    amounts = {value for _, value in planned}
    found = re.findall(rf"(\d\d:\d\d) .*?\b({'|'.join(map(re.escape, amounts))}) (?:micrograms|mg)", text)
    assert found == planned


@pytest.mark.parametrize("file", DEMO, ids=[file.stem for file in DEMO])
def test_the_calendar_has_as_many_doses_at_each_time_as_the_plan(file: Path, to_sheet: ToSheet) -> None:
    plan = read_plan_file(file, load_formulary()).plan
    moment = datetime.fromisoformat(NOW)
    contract = plan_json(plan, load_formulary(), Period(start=FIRST, end=BEYOND), moment)
    planned = sorted(dose["due_at"][11:16] for dose in contract["doses"])
    read = pages(typeset(to_sheet(plan, start=FIRST, end=BEYOND, now=NOW, layout=Layout.CALENDAR)))
    text = "\n".join(page.rpartition("Plan 1.")[0] or page for page in read if "Good to know" not in page)
    assert sorted(re.findall(r"\b\d\d:\d\d\b", text)) == planned


@pytest.mark.parametrize("paper", PaperSize)
@pytest.mark.parametrize("file", DEMO, ids=[file.stem for file in DEMO])
def test_a_month_of_a_patient_of_the_demonstration_stays_on_its_page(
    file: Path, paper: PaperSize, to_sheet: ToSheet
) -> None:
    plan = read_plan_file(file, load_formulary()).plan
    sheet = to_sheet(plan, start=FIRST, end=BEYOND, now=NOW, layout=Layout.CALENDAR, paper=paper)
    assert sheet.calendar is not None
    calendars = [page for page in pages(typeset(sheet)) if "Good to know" not in page]
    assert len(calendars) == len(sheet.calendar.months)


def test_the_same_sheet_is_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    target = tmp_path / "carmen.pdf"

    def printed(seed: str) -> bytes:
        command = [sys.executable, "-m", "cli", "plan", str(DEMO[2]), "--format", "pdf", "--now", NOW]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([*command, "-o", str(target)], check=True, env=environment, capture_output=True)
        return target.read_bytes()

    assert printed("1") == printed("2")


def test_it_is_tagged_has_a_title_and_says_its_language(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    reader = PdfReader(BytesIO(typeset(to_sheet(read_plan(ZOE)))))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-US"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Schedule: Zoe Marsh"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_its_fonts_are_in_it(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    reader = PdfReader(BytesIO(typeset(to_sheet(read_plan(ZOE)))))
    resources: list[Any] = [page["/Resources"] for page in reader.pages]
    fonts = [font.get_object() for each in resources for font in each["/Font"].values()]
    assert fonts
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        descriptor = inner.get_object()["/FontDescriptor"]
        assert isinstance(descriptor, DictionaryObject)
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert "NotoSans" in str(font["/BaseFont"])


@pytest.mark.parametrize("name", [HOSTILE, LONG, "نور الهدى", "נעמה לוי"], ids=["typst", "long", "ar", "he"])
def test_any_name_is_printed_as_it_is(name: str, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    plan = read_plan(ZOE.replace('"Zoe Marsh"', f'"{quoted}"'))
    reader = PdfReader(BytesIO(typeset(to_sheet(plan))))
    assert reader.metadata is not None
    assert reader.metadata.title == f"Schedule: {plan.patient.name}"
    shown = "".join(reader.pages[0].extract_text().split())
    wanted = "".join(plan.patient.name.split())
    # Extraction may give letters of right-to-left scripts in the order in which they are drawn.
    assert wanted in shown or sorted(wanted) == sorted(shown[: len(wanted)])


@pytest.mark.parametrize("code", LanguageCode)
def test_a_product_that_the_formulary_does_not_have_is_printed_and_said_to_be_unknown(
    code: LanguageCode, read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    own = ZOE.replace(
        'product = "sandostatin-lar"', 'product = "custom"\nname = "Trial 7"\nroute = "subcutaneous"'
    )
    sheet = to_sheet(read_plan(own), language=code)
    assert sheet.notes is not None
    assert [medicine.name for medicine in sheet.notes.medicines] == ["Octreotide (short-acting)", "Trial 7"]
    (part,) = sheet.notes.medicines[1].parts
    assert len(part.sentences) == 3
    assert all((said.text.startswith(("What", "How"))) == (code == "en") for said in part.sentences)
    assert all(said.text in " ".join(pages(typeset(sheet))[-1].split()) for said in part.sentences)


def test_every_page_says_whose_it_is_and_of_which_plan(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    read = pages(typeset(to_sheet(read_plan(ZOE), clinic="Harbour Clinic", phone="555 0100")))
    assert len(read) > 3
    for page in read:
        assert "Zoe Marsh" in page
        assert "Harbour Clinic" in page
        assert "555 0100" in page
        assert "Plan 1. Printed Dec 1, 2026, 06:00; replaces every sheet printed before." in page


def test_a_stored_plan_says_which_older_sheets_to_throw_away(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    read = pages(typeset(to_sheet(read_plan(ZOE), since="Nov 20, 2026, 09:00")))
    for page in read:
        assert (
            "Plan 1. Printed Dec 1, 2026, 06:00. Throw away every sheet printed before Nov 20, 2026, 09:00 "
            "and every one with a lower plan number."
        ) in " ".join(page.split())


@pytest.mark.parametrize("code", LanguageCode)
def test_a_sheet_in_another_language_says_that_labels_are_quoted_in_english(
    code: LanguageCode, read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    sheet = to_sheet(read_plan(ZOE), language=code)
    said = sheet.words.in_english
    assert bool(said) == (code is not LanguageCode.ENGLISH)
    read = ["".join(page.split()) for page in pages(typeset(sheet))]
    assert sum("".join(said.split()) in page for page in read) == (2 if said else len(read))


@pytest.mark.parametrize("code", LanguageCode)
@pytest.mark.parametrize("file", DEMO, ids=[file.stem for file in DEMO])
def test_a_month_and_what_to_know_have_a_page_each_in_any_language(
    file: Path, code: LanguageCode, to_sheet: ToSheet
) -> None:
    plan = read_plan_file(file, load_formulary()).plan
    sheet = to_sheet(plan, start=FIRST, end=BEYOND, now=NOW, layout=Layout.CALENDAR, language=code)
    assert sheet.calendar is not None
    assert len(pages(typeset(sheet))) == len(sheet.calendar.months) + 1


@pytest.mark.parametrize("size", TextSize)
@pytest.mark.parametrize("code", LanguageCode)
@pytest.mark.parametrize("paper", PaperSize)
def test_a_visit_has_a_page_however_large_its_text(
    paper: PaperSize, code: LanguageCode, size: TextSize, to_sheet: ToSheet
) -> None:
    for file in DEMO[3:7]:
        plan = read_plan_file(file, load_formulary()).plan
        style: Any = {"layout": Layout.VISIT, "paper": paper, "language": code, "size": size, "phone": "5"}
        sheet = to_sheet(plan, start=FIRST, end=BEYOND, now=NOW, since="Oct 2, 2026, 08:30", **style)
        assert sheet.visits is not None
        read = pages(typeset(sheet))
        told = [page for page in read if sheet.words.to_write_down in page]
        assert len(told) == len(sheet.visits.visits)
        assert all(sheet.visits.visits[0].fields[-1] in page for page in told)


@pytest.mark.parametrize("paper", PaperSize)
@pytest.mark.parametrize("file", DEMO, ids=[file.stem for file in DEMO])
def test_the_side_stays_with_its_site_on_paper(file: Path, paper: PaperSize, to_sheet: ToSheet) -> None:
    plan = read_plan_file(file, load_formulary()).plan
    sheet = to_sheet(plan, start=FIRST, end=BEYOND, now=NOW, layout=Layout.CALENDAR, paper=paper)
    text = "\n".join(pages(typeset(sheet))[:-1])
    assert not re.findall(r"^(?:left|right)\b", text, re.MULTILINE)


def test_large_text_is_larger_and_loses_no_dose(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    def times(size: TextSize) -> list[str]:
        read = pages(typeset(to_sheet(read_plan(ZOE), layout=Layout.CALENDAR, size=size)))
        text = "\n".join(page.rpartition("Plan 1.")[0] for page in read if "Good to know" not in page)
        return sorted(re.findall(r"\b\d\d:\d\d\b", text))

    assert times(TextSize.LARGE) == times(TextSize.NORMAL)
    assert len(times(TextSize.LARGE)) == 9 * 2 + 22 + 1


def test_four_hundred_days_of_four_doses_at_six_sites_print(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    carmen = read_plan_file(DEMO[2], load_formulary()).plan
    sheet = to_sheet(carmen, start=FIRST, end=date(2027, 11, 9), now=NOW, layout=Layout.CALENDAR)
    calendars = [page for page in pages(typeset(sheet)) if "Good to know" not in page]
    text = "\n".join(page.rpartition("Plan 1.")[0] for page in calendars)
    assert len(re.findall(r"\b\d\d:\d\d\b", text)) == 400 * 4
    assert len(calendars) == 14


def test_each_source_stands_behind_its_sentence(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    sheet = to_sheet(read_plan(ZOE), layout=Layout.CALENDAR)
    assert sheet.notes is not None
    said = [s for m in sheet.notes.medicines for part in m.parts for s in part.sentences if s.source]
    text = "".join("".join(pages(typeset(sheet))).split())
    for sentence in said:
        assert "".join(f"{sentence.text}{sentence.source}".split()) in text
