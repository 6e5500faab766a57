"""A finding on one line, the same wherever one is told."""

from __future__ import annotations

from cli.output import plain
from scheduler.dosing.finding import Finding


def finding_text(finding: Finding) -> str:
    """``warning: lar#2: TEXT (SOURCE) [CODE]``: the code is what a confirmation names."""
    source = "" if finding.source is None else f" ({finding.source})"
    about = finding.dose or finding.regimen
    return plain(f"{finding.severity.value}: {about}: {finding.text}{source} [{finding.code}]")
