"""The words of a sheet in its reader's language, and how that language writes dates and amounts.

English stands in the code; the other languages are message catalogues in ``catalogue``, as GNU gettext has
them. What a label says is not translated: it stays in the words in which it was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from scheduler.dosing.dose import Dose
from scheduler.dosing.product import Market

_MONDAY = date(2024, 1, 1)


class LanguageCode(StrEnum):
    """Those that a sheet can be in."""

    ENGLISH = "en"
    SPANISH = "es"
    GERMAN = "de"


@dataclass(frozen=True, slots=True)
class Language:
    """``locale`` says how dates and numbers are written."""

    locale: Locale

    def say(self, english: str, **values: object) -> str:
        """``english`` in this language, with its gaps filled in; English where it is not translated."""
        return _catalogue(self.locale.language).get(english, english).format(**values)

    def day(self, on: date) -> str:
        """``Tue, Dec 15, 2026`` as the locale has it."""
        return format_skeleton("yMMMEd", on, locale=self.locale)

    def short_day(self, on: date) -> str:
        """``Tue, Dec 15``."""
        return format_skeleton("MMMEd", on, locale=self.locale)

    def month(self, on: date) -> str:
        """``December 2026``, with a capital as a heading."""
        return capitalised(format_skeleton("yMMMM", on, locale=self.locale))

    def clock(self, at: datetime) -> str:
        """``20:00``: of 24 hours in every language, so that nobody takes the evening for the morning."""
        return format_time(at, "HH:mm", locale=self.locale)

    def moment(self, at: datetime) -> str:
        """Date and clock time; the month by its name, because 4/10 is another day elsewhere."""
        return f"{format_skeleton('yMMMd', at, locale=self.locale)}, {self.clock(at)}"

    def amount(self, dose: Dose) -> str:
        """``100 micrograms``, ``7,5 mg``; units are spelled out where a zero too many could hide."""
        # Left to itself Babel rounds to three decimals, and 0.0625 would become another dose.
        number = format_decimal(
            dose.value, locale=self.locale, group_separator=False, decimal_quantization=False
        )
        unit = dose.spelled_out.removeprefix(dose.amount).strip()
        return f"{number} {self.say(unit)}"

    def weekdays(self) -> tuple[str, ...]:
        """Their names, as headings, from the day with which the locale begins a week."""
        return tuple(
            capitalised(
                format_date(_MONDAY + timedelta(days=self.first_weekday + n), "EEEE", locale=self.locale)
            )
            for n in range(7)
        )

    @property
    def first_weekday(self) -> int:
        """From 0, Monday."""
        return int(self.locale.first_week_day)


def capitalised(heading: str) -> str:
    """With a capital, which Spanish has at the beginning of a line but not of a month."""
    return heading[:1].upper() + heading[1:]


def language_of(code: LanguageCode, market: Market) -> Language:
    """``code`` as it is written where ``market``'s label holds."""
    regions = {
        (LanguageCode.ENGLISH, Market.US): "en_US",
        (LanguageCode.ENGLISH, Market.EU): "en_IE",
        (LanguageCode.SPANISH, Market.US): "es_US",
        (LanguageCode.SPANISH, Market.EU): "es_ES",
    }
    return Language(Locale.parse(regions.get((code, market), "de_DE")))


@lru_cache(maxsize=8)
def _catalogue(language: str) -> dict[str, str]:
    file = files("scheduler.paper") / "catalogue" / f"{language}.po"
    if not file.is_file():
        return {}
    messages = read_po(BytesIO(file.read_bytes()), locale=language)
    return {str(m.id): str(m.string) for m in messages if m.id and m.string}
