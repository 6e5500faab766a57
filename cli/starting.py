"""Starting regimens once a person has seen what would be planned and said yes."""

from __future__ import annotations

from dataclasses import replace

import click

from cli.change_output import tell_change
from cli.terminal import confirmed
from scheduler.actions.plan_change import Occasion, PlanChange
from scheduler.actions.regimen import MakeRegimens, start_regimens
from scheduler.store.unit_of_work import Store


def start_when_confirmed(
    store: Store, patient_id: str, make: MakeRegimens, occasion: Occasion, question: str
) -> PlanChange | None:
    """Show the doses, ask ``question``, and start what ``make`` makes; None where the answer is no.

    A rehearsal shows and asks nothing beforehand. Raises InputError where there is nobody to ask.
    """
    if not occasion.rehearsed:
        shown = start_regimens(store, patient_id, make, replace(occasion, rehearsed=True))
        tell_change(shown, "table", dry_run=True, done="These doses would be planned.")
        if not confirmed(question):
            click.echo("Nothing is started.")
            return None
    return start_regimens(store, patient_id, make, occasion)
