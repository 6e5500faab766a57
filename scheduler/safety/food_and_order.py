"""The plan's own medicines in each other's way: one needs an empty stomach, one has to come first."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import timedelta

from scheduler.dosing.finding import Finding, Severity
from scheduler.formulary.facts import DrugClass, FoodMode, FoodRule, Separation
from scheduler.safety.chart import Chart, Course
from scheduler.safety.notice import about_dose, more
from scheduler.safety.separation import Breach, breaches

_NOTHING = timedelta(0)


def food_conflicts(chart: Chart) -> Iterator[Finding]:
    """``food-conflict``, one for two regimens."""
    with_meals = [
        course
        for course, entry in chart.known()
        if entry.food is not None and entry.food.mode is FoodMode.WITH_FOOD
    ]
    for course, entry in chart.known():
        if entry.food is not None and entry.food.mode is FoodMode.FASTING:
            for other in with_meals:
                yield from _told("food-conflict", _at_a_meal(chart, course, entry.food, other), entry.food)


def order_conflicts(chart: Chart) -> Iterator[Finding]:
    """``order-conflict``, one for two regimens and a rule. Those of radioligands are told as wash-outs."""
    for course, entry in chart.known():
        if not entry.is_of(DrugClass.RADIOLIGAND):
            for rule in entry.separations:
                for found in breaches(chart, course, rule):
                    yield from _told("order-conflict", found, rule)


def _at_a_meal(chart: Chart, course: Course, rule: FoodRule, other: Course) -> list[Breach]:
    """The doses less than ``before_meal`` before a meal, or less than ``after_meal`` after one."""
    before, after = rule.before_meal or _NOTHING, rule.after_meal or _NOTHING
    found: list[Breach] = []
    for taken in chart.asked(course):
        first = bisect_right(other.instants, taken.at - after)
        beyond = bisect_left(other.instants, taken.at + before)
        found.extend(Breach(taken, meal) for meal in other.doses[first:beyond])
    return found


def _told(code: str, found: list[Breach], rule: FoodRule | Separation) -> Iterator[Finding]:
    if found:
        dose, other = found[0]
        text = (
            f"planned on {dose.when}, and {other.dose.regimen.product.name} on {other.when}. {rule.text} "
            f"Ask the team.{more([breach.dose for breach in found])}"
        )
        yield about_dose(code, Severity.WARNING, dose, text, rule.source)
