"""A patient's sheet of three months in all layouts, next to an empty page that Typst sets in the same fonts.

Then a sheet for each patient of a large caseload: pages a second, and the most memory that it took.
"""

from __future__ import annotations

import os
import re
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from pypdf import PdfReader
from typst import Compiler, Fonts

from bench.measuring import milliseconds, report, times
from scheduler.actions.import_plan import import_plan
from scheduler.actions.patient import load_patient
from scheduler.actions.print_caseload import PrintJob, print_each
from scheduler.bootstrap import open_store
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import Market
from scheduler.formulary.formulary import load_formulary
from scheduler.paper.language import LanguageCode, language_of
from scheduler.paper.printing import Layout, Printing, PrintStyle
from scheduler.paper.sheet import PaperSize, Sheet, TextSize
from scheduler.paper.typesetter import typeset
from scheduler.planfile.reading import read_plan_file
from scheduler.store.plans import StoredPlan

FIRST = date(2026, 10, 5)
PERIOD = Period(start=FIRST, end=FIRST + timedelta(weeks=13))
MOMENT = datetime(2026, 10, 5, 4, tzinfo=UTC)
DEMO = Path(__file__).parents[1] / "data" / "demo"
RUNS = 15
# A reader of PDFs would take longer than the printing of some.
_PAGE = re.compile(rb"/Type\s*/Page\b")


def sheet(plan: Plan, name: str) -> Sheet:
    """All layouts of 13 weeks, for a patient of this name: Typst remembers what it has set before."""
    printing = Printing(
        plan=replace(plan, patient=replace(plan.patient, name=name)),
        period=PERIOD,
        moment=MOMENT,
        state=f"Plan of {name}",
        formulary=load_formulary(),
        style=style_of(plan.patient.market),
    )
    return printing.sheet()


def style_of(market: Market) -> PrintStyle:
    """All layouts on A4 in English."""
    return PrintStyle(
        layout=Layout.ALL,
        paper=PaperSize.A4,
        size=TextSize.NORMAL,
        language=language_of(LanguageCode.ENGLISH, market),
    )


def empty_page() -> Callable[[int], object]:
    """By Typst alone, with the fonts of a sheet; each is another document."""
    folder = Path(str(files("scheduler.paper"))) / "fonts"
    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    compiler = Compiler(font_paths=fonts)

    def compile_one(number: int) -> object:
        text = f'#set document(title: "{number}")\n#set text(font: "Noto Sans")\n{number} *{number}*'
        return compiler.compile(text.encode(), format="pdf", pdf_standards=["ua-1"])

    return compile_one


def median_of(way: Callable[[int], object]) -> float:
    """Seconds, over runs of which each has another document."""
    found = []
    for number in range(RUNS):
        begin = time.perf_counter()
        way(number)
        found.append(time.perf_counter() - begin)
    return sorted(found)[RUNS // 2]


@click.command()
@click.option("--patients", default=1000, show_default=True, help="How large the caseload is.")
@click.option("--processes", default=os.cpu_count() or 1, show_default=True, help="How many print it.")
def main(patients: int, processes: int) -> None:
    """Measure and print."""
    plans = [read_plan_file(file, load_formulary()).plan for file in sorted(DEMO.glob("*.toml"))]
    empty = median_of(empty_page())
    rows = []
    for plan in plans:
        taken = median_of(lambda number, plan=plan: typeset(sheet(plan, f"Patient {number}")))  # type: ignore[misc]
        pages = pages_of(typeset(sheet(plan, "Patient")))
        each = milliseconds(taken / pages)
        rows.append((plan.patient.name, str(pages), milliseconds(taken), each, times(taken / empty)))
    headers = ("patient", "pages", "all layouts, 13 weeks", "a page", "of an empty page")
    report(f"an empty page takes {milliseconds(empty)}", headers, rows)
    caseload(patients, processes)


def caseload(patients: int, processes: int) -> None:
    """All layouts for each patient, as ``schedule print --caseload`` makes them; no file is written."""
    jobs = jobs_for(patients)
    marks = {max(1, patients * part // 20) for part in (1, 4, 10, 20)}
    begin, pages, rows = time.perf_counter(), 0, []
    for number, printed in enumerate(print_each(jobs, processes), start=1):
        assert not printed.refusal
        pages += len(_PAGE.findall(printed.pdf))
        if number in marks:
            taken = time.perf_counter() - begin
            rows.append((f"{number:,}", f"{pages:,}", f"{taken:,.0f} s", f"{pages / taken:,.0f}"))
            click.echo(f"{number:,} of {patients:,}", err=True)
    headers = ("patients", "pages", "after", "pages a second")
    largest = (
        f"the largest of {processes} held {_peak(resource.RUSAGE_CHILDREN)} MiB" if processes > 1 else ""
    )
    report(f"{processes} processes; {largest}; this one {_peak(resource.RUSAGE_SELF)} MiB", headers, rows)


def jobs_for(patients: int) -> list[PrintJob]:
    """The patients of the demonstration over and over, each under another name."""
    with TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/bench.db") as store:
        files = [read_plan_file(file, load_formulary()) for file in sorted(DEMO.glob("*.toml"))]
        ids = [import_plan(store, file, MOMENT, as_new=True).patient_id for file in files]
        known = [load_patient(store, id_) for id_ in ids]
    return [job_of(known[number % len(known)], number) for number in range(patients)]


def job_of(stored: StoredPlan, number: int) -> PrintJob:
    """To print the patient under the name of ``number``."""
    patient = replace(stored.record.patient, name=f"Patient {number}")
    record = replace(stored.record, id=f"p-{number}", patient=patient)
    style = style_of(patient.market)
    return PrintJob(stored=replace(stored, record=record), period=PERIOD, moment=MOMENT, style=style)


def pages_of(pdf: bytes) -> int:
    """How many it has."""
    return len(PdfReader(BytesIO(pdf)).pages)


def _peak(whose: int) -> int:
    return resource.getrusage(whose).ru_maxrss // 1024


if __name__ == "__main__":
    main()
