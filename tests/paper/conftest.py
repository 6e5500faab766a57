"""Plans on paper, from the text of a plan file to the sheet or to the words of the PDF."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from scheduler.dosing.plan import Period, Plan
from scheduler.formulary.formulary import load_formulary
from scheduler.paper.language import LanguageCode, language_of
from scheduler.paper.printing import Layout, Printing, PrintStyle
from scheduler.paper.sheet import PaperSize, Sheet, TextSize
from scheduler.planfile.reading import read_plan_file

ReadPlan = Callable[[str], Plan]
ToSheet = Callable[..., Sheet]

ZOE = """
version = 1

[patient]
name = "Zoe Marsh"
zone = "America/New_York"

[[regimen]]
id = "octreotide"
product = "octreotide-sc"
setting = "home"
sites = ["abdomen-left", "abdomen-right", "thigh-left", "thigh-right"]

  [[regimen.phase]]
  dose = "100 ug"
  times = ["08:00", "20:00"]
  start = 2026-12-01
  for = "9 d"

  [[regimen.phase]]
  dose = "50 ug"
  times = ["08:00"]

[[regimen]]
id = "lar"
product = "sandostatin-lar"
setting = "nurse-visit"

  [[regimen.phase]]
  dose = "20 mg"
  every = "4 wk"
  times = ["10:00"]
  start = 2026-12-15
"""


@pytest.fixture
def read_plan(tmp_path: Path) -> ReadPlan:
    """The plan that a text says."""

    def read(text: str) -> Plan:
        file = tmp_path / "plan.toml"
        file.write_text(text, encoding="utf-8")
        return read_plan_file(file, load_formulary()).plan

    return read


@pytest.fixture
def to_sheet() -> ToSheet:
    """A plan on paper: December 2026 as it stands on the 1st at 06:00 in New York, unless told otherwise."""

    def made(
        plan: Plan,
        start: date = date(2026, 12, 1),
        end: date = date(2027, 1, 1),
        now: str = "2026-12-01T06:00-05:00",
        layout: Layout = Layout.ALL,
        language: LanguageCode = LanguageCode.ENGLISH,
        paper: PaperSize = PaperSize.A4,
        size: TextSize = TextSize.NORMAL,
        since: str = "",
        **style: str,
    ) -> Sheet:
        return Printing(
            plan=plan,
            period=Period(start=start, end=end),
            moment=datetime.fromisoformat(now),
            state="Plan 1",
            since=since,
            formulary=load_formulary(),
            style=PrintStyle(
                layout=layout,
                paper=paper,
                size=size,
                language=language_of(language, plan.patient.market),
                **style,
            ),
        ).sheet()

    return made


def pages(pdf: bytes) -> list[str]:
    """The words of each page in the order in which a screen reader finds them."""
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
