"""A schedule on paper, of a plan file or of a stored patient."""

from __future__ import annotations

from datetime import datetime

from scheduler.dosing.plan import Period, Plan
from scheduler.formulary.formulary import Formulary
from scheduler.paper.printing import Printing, PrintStyle
from scheduler.paper.typesetter import typeset
from scheduler.store.plans import StoredPlan


def print_plan(
    plan: Plan, period: Period, moment: datetime, formulary: Formulary, style: PrintStyle
) -> bytes:
    """The PDF of a plan that is in no database. Raises NothingToPrintError, TypesettingError."""
    printing = Printing(
        plan=plan,
        period=period,
        moment=moment,
        state=style.language.say("From a plan file"),
        formulary=formulary,
        style=style,
    )
    return typeset(printing.sheet())


def print_stored(
    stored: StoredPlan, period: Period, moment: datetime, formulary: Formulary, style: PrintStyle
) -> bytes:
    """The PDF of a stored plan, which says which state of it this is. Raises as `print_plan`."""
    record, language = stored.record, style.language
    since = language.moment(record.revised_at.astimezone(record.patient.zone))
    state = language.say("Plan {revision} of {since}", revision=record.revision, since=since)
    printing = Printing(
        plan=stored.plan,
        period=period,
        moment=moment,
        state=state,
        formulary=formulary,
        style=style,
        since=since,
    )
    return typeset(printing.sheet())
