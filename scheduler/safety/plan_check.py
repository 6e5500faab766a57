"""Everything that a look at a plan notices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.plan_findings import findings
from scheduler.formulary.formulary import Formulary
from scheduler.safety.bridge import missing_bridges
from scheduler.safety.chart import Chart, lay_out
from scheduler.safety.daily_amount import daily_amounts
from scheduler.safety.duplicates import duplicates
from scheduler.safety.food_and_order import food_conflicts, order_conflicts
from scheduler.safety.intervals import intervals
from scheduler.safety.notice import gist
from scheduler.safety.sites import sites
from scheduler.safety.storage import spoiled
from scheduler.safety.strengths import strengths
from scheduler.safety.surgery import near_surgery
from scheduler.safety.swaps import swaps
from scheduler.safety.washout import wash_outs

Rule = Callable[[Chart], Iterator[Finding]]

# In the order in which findings of one severity are told: what is given, how much, when, where, from what.
RULES: tuple[Rule, ...] = (
    duplicates,
    swaps,
    strengths,
    daily_amounts,
    intervals,
    missing_bridges,
    wash_outs,
    near_surgery,
    order_conflicts,
    food_conflicts,
    sites,
    spoiled,
)

_GRAVEST_FIRST = (Severity.STOP, Severity.WARNING, Severity.INFO)

# These are about a day or a package and not about what was ordered: an answer to one would silence the next.
NOT_CONFIRMABLE = frozenset(
    {
        "as-needed-gap",
        "as-needed-maximum",
        "clinic-closed",
        "cold-chain",
        "in-use",
        "overdue",
        "site-used",
        "travel-gap",
    }
)


def check(plan: Plan, formulary: Formulary, period: Period, moment: datetime) -> list[Finding]:
    """Everything noticed about ``plan`` at the aware ``moment``, looking at the doses of ``period``.

    The gravest come first. A finding that somebody answers for stays in view, as information with the reason.
    """
    chart = lay_out(plan, formulary, period, moment)
    found = [*findings(plan, period, moment), *(finding for rule in RULES for finding in rule(chart))]
    return sorted(_answered(plan, found), key=lambda finding: _GRAVEST_FIRST.index(finding.severity))


def newly_found(before: Iterable[Finding], after: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those of ``after`` that a change brings with it; one that is only true of more doses is none."""
    known = {gist(finding) for finding in before}
    return tuple(finding for finding in after if gist(finding) not in known)


def unconfirmed_stops(found: Iterable[Finding]) -> list[Finding]:
    """Those of a check's findings that keep a regimen from starting: nobody has answered for them."""
    return [finding for finding in found if finding.severity is Severity.STOP]


def _answered(plan: Plan, found: Iterable[Finding]) -> Iterator[Finding]:
    reasons = {(entry.regimen, entry.code): entry.reason for entry in plan.confirmations}
    for finding in found:
        reason = reasons.get((finding.regimen or "", finding.code))
        if reason is None or finding.code in NOT_CONFIRMABLE:
            yield finding
        else:
            text = f"{finding.text} Confirmed: {reason.rstrip('.')}."
            yield replace(finding, severity=Severity.INFO, text=text)
