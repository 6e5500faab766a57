"""What to do about a late dose, in words for the patient.

Everolimus and cabozantinib look in opposite directions, so the sentence names what is counted.
"""

from __future__ import annotations

from datetime import timedelta

from scheduler.dosing.product import SinceScheduled, SkipMissed, UntilNext

LABEL_SILENT = "Ask your team: no label says how late is too late."
"""For a product whose label was read and states no time."""

NOT_VERIFIED = "Ask your team: what the label says about a late dose is not verified yet."
"""For a product whose label could not be read. Saying that it states no time would be a guess."""


def late_dose_text(rule: SinceScheduled | UntilNext | SkipMissed) -> str:
    """When a late dose may still be taken, and what to do otherwise; ``limit`` in whole hours."""
    match rule:
        case SinceScheduled(limit=limit):
            return (
                f"If less than {_hours(limit)} have passed since the usual time, take the dose. "
                "If more have passed, skip it and take the next one at its usual time."
            )
        case UntilNext(limit=limit):
            return (
                f"If the next dose is at least {_hours(limit)} away, take the missed one now. "
                "If it is nearer, skip the missed one and take the next at its usual time."
            )
        case SkipMissed():
            return "Skip a missed dose and take the next one at its usual time."


def _hours(limit: timedelta) -> str:
    return f"{limit // timedelta(hours=1)} hours"
