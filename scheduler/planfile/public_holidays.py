"""The public holidays of a country or a part of one, from the `holidays` package."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache

import holidays

from scheduler.planfile.field import fault


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicHolidays:
    """Those of ``place``: an ISO 3166 code, ``US``, or with its part, ``DE-BY``."""

    place: str

    @classmethod
    def parse(cls, text: str) -> PublicHolidays:
        """Raises a fault for a place whose holidays are not known."""
        country, dash, part = text.partition("-")
        known = holidays.list_supported_countries(include_aliases=False)
        if country not in known:
            raise fault(f"names no country whose holidays are known, such as US or DE-BY{_hint(text, known)}")
        if dash and part not in known[country]:
            parts = ", ".join(f"{country}-{code}" for code in known[country]) or "none"
            raise fault(f"names no part of {country} whose holidays are known; there are: {parts}")
        return cls(place=text)

    def name_on(self, day: date) -> str | None:
        """What the local date ``day`` is called, in English where the package has it."""
        return _of_year(self.place, day.year).get(day)


def _hint(text: str, known: dict[str, list[str]]) -> str:
    close = get_close_matches(text.upper(), known, n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else ""


@cache
def _of_year(place: str, year: int) -> dict[date, str]:
    country, _, part = place.partition("-")
    found = holidays.country_holidays(country, subdiv=part or None, years=year, language="en_US")
    return dict(found)
