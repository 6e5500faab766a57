"""The options of what is printed on paper, shared by ``plan`` and ``schedule print``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import click

from cli.options import Command, option
from scheduler.actions import qr_code
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Period
from scheduler.dosing.product import Market
from scheduler.dosing.timezone import local_date
from scheduler.paper.language import LanguageCode, language_of
from scheduler.paper.printing import Layout, PrintStyle
from scheduler.paper.sheet import PaperSize, TextSize

LENGTH = timedelta(weeks=13)
_LONGEST = timedelta(days=400)


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperChoice:
    """What was asked for; ``paper`` None: the usual size where the patient's label holds."""

    layout: Layout
    paper: PaperSize | None
    size: TextSize
    language: LanguageCode
    clinic: str
    phone: str
    qr: str

    def style(self, market: Market) -> PrintStyle:
        """For a patient of ``market``."""
        usual = PaperSize.LETTER if market is Market.US else PaperSize.A4
        return PrintStyle(
            layout=self.layout,
            paper=self.paper or usual,
            size=self.size,
            language=language_of(self.language, market),
            clinic=self.clinic,
            phone=self.phone,
            qr=qr_code.svg(self.qr) if self.qr else "",
        )


def paper_options(command: Command) -> Command:
    """``--layout``, ``--paper``, ``--size``, ``--language``, ``--clinic``, ``--phone`` and ``--qr``."""
    options = (
        option(
            "--layout",
            envvar="DOSECAL_LAYOUT",
            type=click.Choice([layout.value for layout in Layout]),
            default=Layout.CALENDAR.value,
            show_default=True,
            help="A month to a page; a line a dose to tick; a page for each visit of a nurse; or all three.",
        ),
        option(
            "--paper",
            envvar="DOSECAL_PAPER",
            type=click.Choice([paper.value for paper in PaperSize]),
            help="What the printer holds. [default: letter for a patient of the US, else a4]",
        ),
        option(
            "--size",
            envvar="DOSECAL_TEXT_SIZE",
            type=click.Choice([size.value for size in TextSize]),
            default=TextSize.NORMAL.value,
            show_default=True,
            help="How large the text is.",
        ),
        option(
            "--language",
            envvar="DOSECAL_LANGUAGE",
            type=click.Choice([code.value for code in LanguageCode]),
            default=LanguageCode.ENGLISH.value,
            show_default=True,
            help="Of headings, dates and amounts. What a label says stays in English, as it was read.",
        ),
        option("--clinic", envvar="DOSECAL_CLINIC", default="", help="Your clinic's name, for every page."),
        option("--phone", envvar="DOSECAL_CLINIC_PHONE", default="", help="The number to call."),
        option(
            "--qr",
            envvar="DOSECAL_QR",
            default="",
            help="The address of the patient's calendar, to print as a QR code. Whoever has the sheet can "
            "then see that calendar.",
        ),
    )
    for add_option in reversed(options):
        command = add_option(command)
    return command


def paper_choice(
    layout: str, paper: str | None, size: str, language: str, clinic: str, phone: str, qr: str
) -> PaperChoice:
    """What `paper_options` read."""
    return PaperChoice(
        layout=Layout(layout),
        paper=None if paper is None else PaperSize(paper),
        size=TextSize(size),
        language=LanguageCode(language),
        clinic=clinic,
        phone=phone,
        qr=qr,
    )


def paper_period(patient: Patient, moment: datetime, start: date | None, end: date | None) -> Period:
    """13 weeks from today unless told otherwise. Raises click.BadParameter for an impossible period."""
    start = start or local_date(moment, patient.zone)
    end = end or start + LENGTH
    if end <= start:
        raise click.BadParameter(f"{end} is not after {start}, the first date", param_hint="--to")
    if end - start > _LONGEST:
        days = (end - start).days
        raise click.BadParameter(
            f"{days} days are more than the {_LONGEST.days} that a sheet shows; print a year at a time",
            param_hint="--to",
        )
    return Period(start=start, end=end)
