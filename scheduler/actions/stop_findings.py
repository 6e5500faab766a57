"""Findings that keep an order from being put in force until somebody answers for them.

A finding of severity stop that a change brings with it holds the change back. Whoever looked into it confirms
it by its code, with a reason that is kept beside the plan; from then on it is shown as information. A package
that may no longer be used cannot be confirmed away, and holds no order back: it is about the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.finding import Finding
from scheduler.errors import InputError, RefusedError
from scheduler.safety.plan_check import NOT_CONFIRMABLE, unconfirmed_stops


class StopFindingsError(RefusedError):
    """``findings`` hold a change back. Its text names their codes alone, because texts end up in logs."""

    def __init__(self, what: str, findings: Sequence[Finding]) -> None:
        codes = ", ".join(dict.fromkeys(finding.code for finding in findings))
        super().__init__(f"{what}: the check of the plan says stop ({codes})")
        self.what = what
        self.findings = tuple(findings)


def holding_back(brought: Iterable[Finding]) -> list[Finding]:
    """Those of the findings ``brought`` by a change that hold it back."""
    return [finding for finding in unconfirmed_stops(brought) if finding.code not in NOT_CONFIRMABLE]


def confirmations(stops: Sequence[Finding], confirmed: Mapping[str, str]) -> list[Confirmation]:
    """What ``confirmed``, reasons by code, answers of ``stops``. Raises InputError for another code."""
    known = {finding.code for finding in stops}
    for code in confirmed:
        if code not in known:
            there = ", ".join(sorted(known)) or "none"
            raise InputError(f"there is no finding {code} to confirm; there are: {there}")
    return [
        Confirmation(regimen=finding.regimen, code=finding.code, reason=confirmed[finding.code])
        for finding in stops
        if finding.code in confirmed and finding.regimen is not None
    ]


def refuse_stops(stops: Sequence[Finding], confirmed: Mapping[str, str], what: str) -> None:
    """Raise StopFindingsError, saying ``what`` was not done, for those that are not ``confirmed``."""
    open_ = [finding for finding in stops if finding.code not in confirmed]
    if open_:
        raise StopFindingsError(what, open_)
