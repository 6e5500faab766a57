"""``dosecal policy``: what people are told about their doses, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from cli.options import Command, format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions.policy import PolicyChange, policy_values, set_policy
from scheduler.bootstrap import open_store
from scheduler.errors import InputError
from scheduler.reminders.policy_document import NONE
from scheduler.store.policies import PolicyScope

_NOTHING: dict[str, Any] = {"follow_ups": [], "depot_follow_ups": [], "leads": []}
"""What says of a list that it is empty; of anything else it is "none"."""

_SCOPE: tuple[Callable[[Any], Any], ...] = (
    option("--recipient", "recipient_id", metavar="ID", help="What this recipient alone is told."),
    option("--regimen", "regimen_id", metavar="ID", help="What is told of this regimen alone."),
    click.argument("patient_id", metavar="PATIENT"),
)
_LENGTH = '"10 min", "2 h" or "3 d"'
_VALUES: tuple[Callable[[Any], Any], ...] = (
    option(
        "--follow-up", "follow_ups", multiple=True, help=f"Ask again so long after a dose is due: {_LENGTH}."
    ),
    option("--no-follow-ups", "no_follow_ups", is_flag=True, help="Ask once."),
    option("--depot-follow-up", "depot_follow_ups", multiple=True, help="The same for a depot."),
    option("--no-depot-follow-ups", "no_depot_follow_ups", is_flag=True, help="Ask for a depot once."),
    option("--missed/--no-missed", default=None, help="Say when a dose was missed, and what the label says."),
    option("--escalate-after", help="Tell who agreed to it so long after a dose was due."),
    option("--depot-escalate-after", help="The same for a depot."),
    option("--no-escalation", "no_escalate_after", is_flag=True, help="Tell nobody of a dose by the clock."),
    option("--no-depot-escalation", "no_depot_escalate_after", is_flag=True, help="Tell nobody of a depot."),
    option("--quiet", help="Hours whose steps wait for their end: 22:00-07:00."),
    option("--no-quiet", "no_quiet", is_flag=True, help="No quiet hours."),
    option(
        "--quiet-due/--no-quiet-due", default=None, help="Whether a dose due in quiet hours waits as well."
    ),
    option("--cap", type=int, help="Most reminders to one recipient on one day."),
    option("--spread", help="Let messages come up to so much later, each person's always by the same."),
    option("--no-spread", "no_spread", is_flag=True, help="Send at the minute."),
    option("--lead-task", "leads", multiple=True, help="Tell before a dose: prepare, food or order=DAYS."),
    option("--no-lead-tasks", "no_leads", is_flag=True, help="Tell nothing before a dose."),
    option("--reset", is_flag=True, help="Forget what was chosen for this scope before."),
    option("--dry-run", is_flag=True, help="Show what would change, and change nothing."),
)


def _with(options: tuple[Callable[[Any], Any], ...], command: Command) -> Command:
    for decorate in reversed(options):
        command = decorate(command)
    return command


def _scope_options(command: Command) -> Command:
    return _with(tuple(reversed(_SCOPE)), command)


def _value_options(command: Command) -> Command:
    return _with(_VALUES, command)


@click.group()
def policy() -> None:
    """Say what people are told about their doses, and when.

    A value comes from the narrowest that chooses it: the defaults, the patient, one regimen, one recipient,
    or both together.
    """


@policy.command()
@_scope_options
@format_option
@click.pass_obj
def show(
    database_url: str, patient_id: str, regimen_id: str | None, recipient_id: str | None, output_format: str
) -> None:
    """Show what is in force for PATIENT, and where each value comes from."""
    scope = PolicyScope(patient_id=patient_id, regimen_id=regimen_id, recipient_id=recipient_id)
    with open_store(database_url) as store:
        found = policy_values(store, scope)
    is_json = output_format == "json"
    rows = [
        {"name": v.name, "value": v.value if is_json else _shown(v.value), "source": v.source} for v in found
    ]
    print_listing(output_format, ["name", "value", "source"], rows, "")


@policy.command("set")
@_scope_options
@_value_options
@click.pass_obj
def set_(
    database_url: str,
    /,
    *,
    patient_id: str,
    regimen_id: str | None,
    recipient_id: str | None,
    reset: bool,
    dry_run: bool,
    **values: Any,
) -> None:
    """Choose what PATIENT is told. What waits to be said is planned by it at once."""
    chosen = _chosen(values)
    if not chosen and not reset:
        raise InputError("nothing is chosen: say what, such as --follow-up '10 min', or --reset")
    scope = PolicyScope(patient_id=patient_id, regimen_id=regimen_id, recipient_id=recipient_id)
    with open_store(database_url) as store:
        change = set_policy(store, scope, clock.now(), chosen=chosen, reset=reset, rehearsed=dry_run)
    click.echo(_told(change, dry_run=dry_run))


def _chosen(values: dict[str, Any]) -> dict[str, Any]:
    """The keys of a policy document that the options say. Raises InputError where two contradict."""
    none = {name.removeprefix("no_") for name, said in values.items() if name.startswith("no_") and said}
    named = {name: value for name, value in values.items() if not name.startswith("no_")}
    chosen = {name: _json(value) for name, value in named.items() if value not in {None, ()}}
    both = sorted(none & chosen.keys())
    if both:
        raise InputError(f"{both[0].replace('_', ' ')}: say either what, or that there is none")
    return chosen | {name: _NOTHING.get(name, NONE) for name in sorted(none)}


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value)) or NONE
        case _:
            return str(value)


def _told(change: PolicyChange, *, dry_run: bool) -> str:
    would = "would be" if dry_run else "were"
    counts = f"{change.planned_anew} planned anew, {change.added} added, {change.taken_back} taken back"
    return f"Of the reminders that wait, {counts.replace(' ', f' {would} ', 1)}."
