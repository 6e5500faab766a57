"""What a change does, or would do, to the doses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import click

from cli.finding_text import finding_text
from cli.options import option
from cli.output import print_json
from cli.schedule_output import dose_name, status_words
from scheduler.actions.plan_change import PlanChange
from scheduler.dosing.difference import DifferenceKind, DoseDifference
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.planfile.json_contract import finding_json

_SHOWN = 8

dry_run_option = option("--dry-run", is_flag=True, help="Only show what would change.")


def tell_change(change: PlanChange, output_format: str, *, dry_run: bool, done: str) -> None:
    """Print ``done``, a sentence, and the doses that ``change`` touches."""
    if output_format == "json":
        changes = [_json(difference) for difference in change.differences]
        noticed = [finding_json(finding) for finding in change.noticed]
        print_json({"saved": not dry_run, "changes": changes, "findings": noticed})
        return
    click.echo(f"Dry run, nothing is saved. {done}" if dry_run else done)
    _tell_doses(change.differences)
    if not change.differences:
        click.echo("  No planned dose changes.")
    _tell_noticed(change)


def tell_dose_change(change: PlanChange, output_format: str, *, dry_run: bool, moment: datetime) -> None:
    """Print how the dose that ``change`` is about now stands, and the doses that move with it."""
    about = [d for d in change.differences if _is_told_of(d)]
    if output_format == "json" or not about:
        tell_change(change, output_format, dry_run=dry_run, done="No dose stands otherwise than before.")
        return
    if dry_run:
        click.echo("Dry run, nothing is saved.")
    for difference in about:
        dose = difference.dose
        named = f"{dose.id}: {dose_name(dose)}"
        if difference.after is None:
            click.echo(f"{named}, given at {_when(dose)}: the record is taken back")
        else:
            click.echo(f"{named}, planned for {_when(dose)}: {status_words(dose, moment)}")
    _tell_doses([d for d in change.differences if d not in about])
    _tell_noticed(change)


def _is_told_of(difference: DoseDifference) -> bool:
    """Whether it is what was recorded or moved, and not what moves with it."""
    before, after = difference.before, difference.after
    if before is None or after is None:
        return difference.dose.administration is not None
    moved = {r.text for r in before.reasons} ^ {r.text for r in after.reasons}
    was_moved = any(text.startswith("moved from") for text in moved)
    return before.administration != after.administration or was_moved


def _tell_doses(differences: Sequence[DoseDifference]) -> None:
    for difference in differences[:_SHOWN]:
        click.echo(f"  {_line(difference)}")
    rest = differences[_SHOWN:]
    if rest:
        click.echo(f"  and {len(rest)} more doses, the last one on {rest[-1].dose.local_date}")


def _tell_noticed(change: PlanChange) -> None:
    for finding in change.noticed:
        click.echo(finding_text(finding))


def _line(difference: DoseDifference) -> str:
    dose = difference.dose
    match difference.kind:
        case DifferenceKind.ADDED:
            return f"{dose.id} is added: {_when(dose)}, {dose_name(dose)}{_withheld(dose)}"
        case DifferenceKind.REMOVED:
            return f"{dose.id} is no longer planned: {_when(dose)}, {dose_name(dose)}"
        case _:
            return f"{dose.id} {'; '.join(_changes(difference))}"


def _changes(difference: DoseDifference) -> Iterator[str]:
    before, after = difference.before, difference.after
    assert before is not None
    assert after is not None
    if before.zone.key != after.zone.key:
        yield f"goes by the clocks of {after.zone.key}: {_when(after)}"
    elif before.due_at != after.due_at:
        yield f"moves from {_when(before)} to {_when(after)}"
    if before.dose != after.dose:
        yield f"changes from {before.dose.spelled_out} to {after.dose.spelled_out}"
    if (before.hold is None) != (after.hold is None):
        yield "is withheld" if after.hold is not None else "is no longer withheld"
    if before.administration != after.administration:
        yield _recorded(after)


def _recorded(dose: DoseOccurrence) -> str:
    if dose.administration is None:
        return "is open again"
    return "is recorded as given" if dose.administration.is_given else "is recorded as not given"


def _withheld(dose: DoseOccurrence) -> str:
    return ", withheld" if dose.hold is not None else ""


def _when(dose: DoseOccurrence) -> str:
    return f"{dose.wall_due:%a %Y-%m-%d %H:%M}"


def _json(difference: DoseDifference) -> dict[str, Any]:
    return {
        "id": str(difference.dose.id),
        "regimen": difference.dose.regimen.id,
        "kind": difference.kind.value,
        "before": _standing(difference.before),
        "after": _standing(difference.after),
    }


def _standing(dose: DoseOccurrence | None) -> dict[str, Any] | None:
    if dose is None:
        return None
    recorded = dose.administration
    return {
        "due_at": dose.wall_due.isoformat(),
        "zone": dose.zone.key,
        "dose": {"value": dose.dose.amount, "unit": dose.dose.unit},
        "held": dose.hold is not None,
        "recorded": None if recorded is None else recorded.status.value,
    }
