"""A feed tells every parser the doses that ``dosecal plan FILE --format json`` prints, and no other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from cli.main import cli
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.reading import read_plan_file
from tests.ical.judges.plan_cases import CASES, PlanCase
from tests.support.calendar_judges import INSTALLING_S, CalendarJudge, JudgedEvent

pytestmark = pytest.mark.timeout(INSTALLING_S)

BACK = timedelta(days=14)
AHEAD = timedelta(days=120)
FARTHEST = timedelta(days=401)
SHOWN_AFTER_WITHDRAWAL = timedelta(days=7)
WITHDRAWN = {"held", "not_given", "cancelled"}
SPELLED_OUT = {"ug": "micrograms"}


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedDose:
    """One dose of the JSON; ``local_date`` is where the patient is then."""

    id: str
    due_at: datetime
    local_date: date
    product: str
    amount: str
    is_withdrawn: bool

    def is_told_by(self, event: JudgedEvent) -> bool:
        return (
            event.starts_at == self.due_at
            and self.product in event.title
            and f" {self.amount}" in event.title
            and (event.status == "CANCELLED") == self.is_withdrawn
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownPlan:
    """What the command line made of a case: the doses of more than a feed's window, and the feed."""

    today: date
    zone: ZoneInfo
    doses: list[PrintedDose]
    feed: Path

    def doses_in_feed(self, events: Iterable[JudgedEvent]) -> list[PrintedDose]:
        """Those that belong in a feed that ends with the last of ``events``, or 120 days ahead."""
        last = max((self._local_date(event) for event in timed(events)), default=self.today)
        end = max(self.today + AHEAD, last + timedelta(days=1))
        return [dose for dose in self.doses if dose.local_date < end and self._is_shown(dose)]

    def _is_shown(self, dose: PrintedDose) -> bool:
        return not dose.is_withdrawn or self.today <= dose.local_date + SHOWN_AFTER_WITHDRAWAL

    def _local_date(self, event: JudgedEvent) -> date:
        assert isinstance(event.starts_at, datetime)
        return event.starts_at.astimezone(self.zone).date()


def timed(events: Iterable[JudgedEvent]) -> list[JudgedEvent]:
    """The events of doses; notices are of whole days."""
    return [event for event in events if isinstance(event.starts_at, datetime)]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ShownPlan]:
    folder = tmp_path_factory.mktemp("plans")
    return {case.name: show(case, folder) for case in CASES}


def show(case: PlanCase, folder: Path) -> ShownPlan:
    file = folder / f"{case.name}.toml"
    file.write_text(case.text, encoding="utf-8")
    plan = read_plan_file(file, load_formulary()).plan
    today = datetime.fromisoformat(case.now).astimezone(plan.patient.zone).date()
    period = ("--from", str(today - BACK), "--to", str(today + FARTHEST))
    printed = json.loads(run("plan", file, "--now", case.now, "--format", "json", *period))
    feed = file.with_suffix(".ics")
    run("plan", file, "--now", case.now, "--format", "ics", "--privacy", "full", "-o", feed)
    products = {regimen.id: regimen.product.name for regimen in plan.regimens}
    doses = [printed_dose(dose, products) for dose in printed["doses"]]
    return ShownPlan(today=today, zone=plan.patient.zone, doses=doses, feed=feed)


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def printed_dose(dose: dict[str, Any], products: dict[str, str]) -> PrintedDose:
    due_at = datetime.fromisoformat(dose["due_at"])
    unit = dose["dose"]["unit"]
    return PrintedDose(
        id=dose["id"],
        due_at=due_at.astimezone(UTC),
        local_date=due_at.date(),
        product=products[dose["regimen"]],
        amount=f"{dose['dose']['value']} {SPELLED_OUT.get(unit, unit)}",
        is_withdrawn=dose["status"] in WITHDRAWN,
    )


@pytest.fixture(scope="module")
def judged(judge: CalendarJudge, shown: dict[str, ShownPlan]) -> dict[str, list[JudgedEvent]]:
    """What the judge says of the feed of each plan."""
    feeds = [plan.feed for plan in shown.values()]
    return dict(zip(shown, judge.read(feeds), strict=True))


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_a_parser_finds_every_dose_once_and_no_other(
    shown: dict[str, ShownPlan], judged: dict[str, list[JudgedEvent]], name: str
) -> None:
    doses = shown[name].doses_in_feed(judged[name])
    assert doses
    assert apart(doses, timed(judged[name])) == ([], [])


def apart(doses: list[PrintedDose], events: list[JudgedEvent]) -> tuple[list[PrintedDose], list[JudgedEvent]]:
    """The doses without an event of their own, and the events without a dose."""
    alone, left = [], list(events)
    for dose in doses:
        own = next((event for event in left if dose.is_told_by(event)), None)
        if own is None:
            alone.append(dose)
        else:
            left.remove(own)
    return alone, left


def test_the_plans_have_doses_of_every_standing(shown: dict[str, ShownPlan]) -> None:
    doses = [dose for plan in shown.values() for dose in plan.doses]
    assert {dose.is_withdrawn for dose in doses} == {True, False}
    assert len({dose.due_at.astimezone(UTC).hour for dose in doses}) > 12
