"""What a label says of one late dose at a moment: take it, skip it, or ask.

It applies the rule of the patient's market to the clock and adds nothing of its own. Where no source states
how late is too late, the answer is to ask, whatever the hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.dosing.occurrence import Authority, DoseOccurrence
from scheduler.dosing.product import ContactTeam, SinceScheduled, SkipMissed, UntilNext
from scheduler.dosing.status import DoseStatus, status_at
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import SourcedText

_A_MINUTE = timedelta(minutes=1)
_MINUTES_OF_HOUR = 60
_UNKNOWN = SourcedText(text="Ask your team: nothing is known of this product.", source=None)


class LateAction(StrEnum):
    """What to do about it."""

    TAKE_NOW = "take-now"
    SKIP = "skip"
    ASK_TEAM = "ask-team"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True, slots=True)
class LateGuidance:
    """``text`` says it for this moment; ``rule`` is what the label says, as in reminders and feeds."""

    action: LateAction
    text: str
    rule: SourcedText


def late_guidance(
    dose: DoseOccurrence, entry: Entry | None, following: DoseOccurrence | None, moment: datetime
) -> LateGuidance:
    """What to do about ``dose`` at the aware ``moment``.

    ``entry`` is that of its product for the patient's market, None for a product of the patient's own;
    ``following`` is the dose after it.
    """
    rule = _UNKNOWN if entry is None else entry.late
    action, text = _answer(dose, rule, following, moment)
    return LateGuidance(action=action, text=text, rule=rule)


def _answer(
    dose: DoseOccurrence, rule: SourcedText, following: DoseOccurrence | None, moment: datetime
) -> tuple[LateAction, str]:
    match status_at(dose, moment):
        case DoseStatus.GIVEN:
            return LateAction.NOTHING, "It is recorded as given."
        case DoseStatus.NOT_GIVEN:
            return LateAction.NOTHING, "It is recorded as not given."
        case DoseStatus.HELD:
            return LateAction.ASK_TEAM, "It is withheld: ask your team before taking it."
        case DoseStatus.UPCOMING:
            return LateAction.NOTHING, f"It is not late: it is due {_when(dose)}."
    return _by_rule(dose, rule, following, moment)


def _by_rule(
    dose: DoseOccurrence, rule: SourcedText, following: DoseOccurrence | None, moment: datetime
) -> tuple[LateAction, str]:
    match dose.regimen.product.missed:
        case SinceScheduled(limit=limit):
            late = moment - dose.due_at
            said = f"{_spelled_out(late)} have passed since its usual time"
            return _within(late < limit, said, f"less than {_spelled_out(limit)}", following)
        case UntilNext(limit=limit) if (next_at := _next_at(dose, limit)) is not None:
            left = next_at - moment
            said = f"the next one is {_spelled_out(left)} away"
            return _within(left >= limit, said, f"at least {_spelled_out(limit)}", following)
        case ContactTeam() | SkipMissed() if status_at(dose, moment) is DoseStatus.DUE:
            return LateAction.NOTHING, f"It is due since {_when(dose)} and not late yet."
        case SkipMissed():
            return LateAction.SKIP, f"Skip it. {_next(following)}"
        case UntilNext():
            return LateAction.ASK_TEAM, "Ask your team: it was planned closer to the next one than the rule."
    return LateAction.ASK_TEAM, rule.text


def _within(useful: bool, said: str, limit: str, following: DoseOccurrence | None) -> tuple[LateAction, str]:
    if useful:
        return LateAction.TAKE_NOW, f"Take it now: {said}, {limit}."
    return LateAction.SKIP, f"Skip it: {said}. {_next(following)}"


def _next_at(dose: DoseOccurrence, limit: timedelta) -> datetime | None:
    """When the dose after ``dose`` is due, as its window was reckoned; None where the label states none."""
    window = dose.window
    stated = window.latest if window.stated_by is Authority.LABEL else None
    return None if stated is None else stated + limit


def _next(following: DoseOccurrence | None) -> str:
    if following is None:
        return "No other one is planned: ask your team."
    return f"Take the next one at its usual time, {_when(following)}."


def _when(dose: DoseOccurrence) -> str:
    return f"{dose.wall_due:%A %Y-%m-%d %H:%M}"


def _spelled_out(length: timedelta) -> str:
    hours, minutes = divmod(max(0, length // _A_MINUTE), _MINUTES_OF_HOUR)
    parts = [f"{hours} hour{'' if hours == 1 else 's'}"] if hours else []
    if minutes or not hours:
        parts.append(f"{minutes} minute{'' if minutes == 1 else 's'}")
    return " and ".join(parts)
