"""A patient's sheet of three months in all layouts, next to an empty page that Typst sets in the same fonts.

Then a sheet for each of many patients, one after the other: pages a second, and the most memory that it took.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import click
from pypdf import PdfReader
from typst import Compiler, Fonts

from bench.measuring import milliseconds, report, times
from scheduler.dosing.plan import Period, Plan
from scheduler.formulary.formulary import load_formulary
from scheduler.paper.language import LanguageCode, language_of
from scheduler.paper.printing import Layout, Printing, PrintStyle
from scheduler.paper.sheet import PaperSize, Sheet, TextSize
from scheduler.paper.typesetter import typeset
from scheduler.planfile.reading import read_plan_file

FIRST = date(2026, 10, 5)
MOMENT = datetime(2026, 10, 5, 4, tzinfo=UTC)
DEMO = Path(__file__).parents[1] / "data" / "demo"
RUNS = 15


def sheet(plan: Plan, name: str) -> Sheet:
    """All layouts of 13 weeks, for a patient of this name: Typst remembers what it has set before."""
    printing = Printing(
        plan=replace(plan, patient=replace(plan.patient, name=name)),
        period=Period(start=FIRST, end=FIRST + timedelta(weeks=13)),
        moment=MOMENT,
        state=f"Plan of {name}",
        formulary=load_formulary(),
        style=PrintStyle(
            layout=Layout.ALL,
            paper=PaperSize.A4,
            size=TextSize.NORMAL,
            language=language_of(LanguageCode.ENGLISH, plan.patient.market),
        ),
    )
    return printing.sheet()


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
@click.option("--patients", default=1000, show_default=True, help="How many to print one after the other.")
def main(patients: int) -> None:
    """Measure and print."""
    plans = [read_plan_file(file, load_formulary()).plan for file in sorted(DEMO.glob("*.toml"))]
    empty = median_of(empty_page())
    rows = []
    for plan in plans:
        taken = median_of(lambda number, plan=plan: typeset(sheet(plan, f"Patient {number}")))  # type: ignore[misc]
        pages = len(PdfReader(BytesIO(typeset(sheet(plan, "Patient")))).pages)
        rows.append((plan.patient.name, str(pages), milliseconds(taken), times(taken / empty)))
    headers = ("patient", "pages", "all layouts, 13 weeks", "of an empty page")
    report(f"an empty page takes {milliseconds(empty)}", headers, rows)
    _many(plans, patients)


def _many(plans: list[Plan], patients: int) -> None:
    # Counted before: a reader of PDFs takes time and memory of its own.
    lengths = [len(PdfReader(BytesIO(typeset(sheet(plan, "Patient")))).pages) for plan in plans]
    before, begin, pages, rows = _peak(), time.perf_counter(), 0, []
    for number in range(1, patients + 1):
        typeset(sheet(plans[number % len(plans)], f"Patient {number}"))
        pages += lengths[number % len(plans)]
        if number in (patients // 20, patients // 5, patients):
            taken = time.perf_counter() - begin
            rows.append((f"{number:,}", f"{pages:,}", f"{pages / taken:,.0f}", f"{_peak()} MiB"))
    report(f"one after the other; {before} MiB before", ("patients", "pages", "pages a second", "peak"), rows)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
