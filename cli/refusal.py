"""An error of dosecal in words for the person who asked."""

from __future__ import annotations

from cli.finding_text import finding_text
from scheduler.actions.stop_findings import StopFindingsError
from scheduler.errors import DosecalError

_ANSWER = (
    "Ask the team. Where it is meant so, confirm it with --confirm CODE --reason WHY, "
    "or with [[confirmed]] in the plan file."
)


def refusal_text(error: DosecalError) -> str:
    """What ``error`` says, and what a person may see that a log may not."""
    if not isinstance(error, StopFindingsError):
        return str(error)
    told = [f"{error.what}:", *(finding_text(finding) for finding in error.findings), _ANSWER]
    return "\n".join(told)
