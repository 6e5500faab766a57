"""Invented patients: the same seed and number make the same one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.dosing.patient import Patient
from scheduler.dosing.product import Market
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.reading import PlanFile, parse_plan_file
from scheduler.planfile.writing import plan_file_text
from scheduler.protocols.filling import fill
from scheduler.protocols.protocols import load_protocols

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe")
"""Three changes of clocks, one of them by half an hour."""

_THRICE = "07:00,15:00,23:00"
_COURSES: Mapping[str, Mapping[str, str]] = {
    "octreotide-lar": {"sc_dose": "100 ug", "sc_times": _THRICE, "lar_dose": "20 mg"},
    "lanreotide-4-weeks": {"dose": "120 mg"},
    "lanreotide-2-weeks": {"dose": "120 mg"},
    "octreotide-sc-then-lar": {"sc_dose": "100 ug", "sc_times": _THRICE, "lar_dose": "20 mg"},
    "everolimus": {"step": "1"},
    "cabozantinib-40-kg-and-over": {"step": "1"},
}
_SHARES = (20, 14, 6, 15, 17, 16, 12)
"""In hundred patients; the last is short-acting octreotide for good, which no protocol has."""
_POLICIES: tuple[Mapping[str, Any], ...] = (
    {},
    {},
    {},
    {"quiet": "22:00-07:00"},
    {"leads": ["prepare"]},
    {"spread": "5 min"},
    {"follow_ups": ["20 min"], "missed": False},
)
PROMPT, SLOW, SILENT = "prompt", "slow", "silent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Invented:
    """``habit``: whether they record at once, late, or mostly never. ``is_refused``: mail bounces."""

    number: int
    plan_file: PlanFile
    policy: Mapping[str, Any]
    habit: str
    is_refused: bool
    has_console: bool
    has_carer: bool
    random: Random

    @property
    def id(self) -> str:
        return f"p-{self.number:06}"

    def answers_after(self) -> timedelta | None:
        """How long after they heard of a dose they record it; None: never."""
        never = {PROMPT: 0.02, SLOW: 0.10, SILENT: 0.75}[self.habit]
        if self.random.random() < never:
            return None
        minutes = (2, 6, 6, 9) if self.habit == PROMPT else (9, 25, 45, 120, 300)
        return timedelta(minutes=self.random.choice(minutes))


def invented(seed: int, number: int, start: date) -> Invented:
    """Patient ``number``, whose course starts within a week of local date ``start``."""
    random = Random(f"{seed}/{number}")
    zone = ZoneInfo(random.choice(ZONES))
    begins = start + timedelta(days=random.randrange(7))
    patient = Patient(name=f"Invented {number}", zone=zone, market=Market.US, travel=())
    text = plan_file_text(patient, _tables(random, begins))
    return Invented(
        number=number,
        plan_file=parse_plan_file(text.encode(), f"patient {number}", load_formulary()),
        policy=random.choice(_POLICIES),
        habit=random.choice((PROMPT, PROMPT, PROMPT, SLOW, SILENT)),
        is_refused=random.random() < 0.02,
        has_console=random.random() < 0.3,
        has_carer=random.random() < 0.1,
        random=random,
    )


def _tables(random: Random, begins: date) -> list[dict[str, Any]]:
    (name,) = random.choices([*_COURSES, ""], _SHARES)
    if not name:
        phase = {"dose": "100 ug", "times": _THRICE.split(","), "start": begins}
        return [{"id": "octreotide", "product": "octreotide-sc", "phase": [phase]}]
    protocol = load_protocols().find(name, Market.US)
    asked = {question.key: question.default for question in protocol.questions if question.default}
    return fill(protocol, {**asked, **_COURSES[name], "start": begins.isoformat()})
