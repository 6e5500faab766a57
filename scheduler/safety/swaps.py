"""A product entered by name that the formulary has, or that is easily taken for one that it has."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.regimen import Regimen
from scheduler.formulary.custom import CUSTOM_ID
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import NotInterchangeable
from scheduler.safety.chart import Chart
from scheduler.safety.names import mentions
from scheduler.safety.notice import about_regimen


def swaps(chart: Chart) -> Iterator[Finding]:
    """``product-swap`` and ``route`` for products of the patient's own, which no other rule can check."""
    for course in chart.courses:
        regimen = course.regimen
        if regimen.product.id == CUSTOM_ID:
            other = _taken_for(chart, regimen)
            meant = _meant(chart, regimen)
            if other is not None:
                yield _other_product(regimen, *other)
            elif meant is not None:
                yield _known_product(regimen, meant)
                yield from _other_route(regimen, meant)


def _taken_for(chart: Chart, regimen: Regimen) -> tuple[Entry, NotInterchangeable] | None:
    swapped = ((entry, other) for entry in chart.entries for other in entry.not_interchangeable)
    return next((s for s in swapped if any(mentions(regimen.product.name, n) for n in s[1].names)), None)


def _meant(chart: Chart, regimen: Regimen) -> Entry | None:
    """The entry with the longest name that is mentioned: "Sandostatin LAR" is not "Sandostatin"."""
    name = regimen.product.name
    found = [
        (len(known), entry) for entry in chart.entries for known in _names(entry) if mentions(name, known)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _names(entry: Entry) -> tuple[str, ...]:
    return (*entry.names, entry.product.name)


def _other_product(regimen: Regimen, entry: Entry, other: NotInterchangeable) -> Finding:
    text = (
        f"{regimen.product.name} is not {entry.product.name}. {other.statement.text} Ask the pharmacy which "
        "product is meant."
    )
    return about_regimen("product-swap", Severity.STOP, regimen, text, other.statement.source)


def _known_product(regimen: Regimen, entry: Entry) -> Finding:
    text = (
        f"{regimen.product.name} is entered as a product of the patient's own, which no rule checks; its "
        f"name is that of {entry.product.id}. Ask the team which product is meant."
    )
    return about_regimen("product-swap", Severity.STOP, regimen, text, None)


def _other_route(regimen: Regimen, entry: Entry) -> Iterator[Finding]:
    ordered, labelled = regimen.product.route, entry.product.route
    if ordered is not labelled:
        text = f"ordered as {_spoken(ordered)}; {entry.product.name} is {_spoken(labelled)}. Ask the team."
        yield about_regimen("route", Severity.STOP, regimen, text, None)


def _spoken(route: str) -> str:
    return str(route).replace("-", " ")
