"""``dosecal supply``: packages whose storage decides whether they may still be used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import click

from cli.change_output import dry_run_option, tell_change
from cli.options import Command, LocalTime, format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions import supply as actions
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Occasion, PlanChange
from scheduler.bootstrap import open_store
from scheduler.dosing.supply import Supply

_at_option = option("--at", type=LocalTime(), help="Local date and time. [default: now]")


@click.group()
def supply() -> None:
    """Keep track of a package out of the fridge or in use, and be told when it may no longer be used.

    LABEL tells packages apart, such as a lot number.
    """


_ARGUMENTS: tuple[Callable[[Any], Any], ...] = (
    click.pass_obj,
    format_option,
    dry_run_option,
    click.argument("label", metavar="LABEL"),
    click.argument("regimen", metavar="REGIMEN"),
    click.argument("patient_id", metavar="PATIENT"),
)


def _arguments(command: Command) -> Command:
    for decorate in _ARGUMENTS:
        command = decorate(command)
    return command


@supply.command()
@_at_option
@_arguments
def out(*arguments: Any, at: datetime | None, **rest: Any) -> None:
    """The package LABEL is out of the fridge."""
    _tell(partial(actions.take_out, at=at), f"is out of the fridge{_since(at)}", *arguments, **rest)


@supply.command()
@_at_option
@_arguments
def back(*arguments: Any, at: datetime | None, **rest: Any) -> None:
    """The package LABEL is in the fridge again."""
    _tell(partial(actions.put_back, at=at), f"is in the fridge again{_since(at)}", *arguments, **rest)


@supply.command("open")
@_at_option
@_arguments
def open_(*arguments: Any, at: datetime | None, **rest: Any) -> None:
    """The package LABEL is in use."""
    _tell(partial(actions.open_package, at=at), f"is in use{_since(at)}", *arguments, **rest)


@supply.command()
@_arguments
def discard(*arguments: Any, **rest: Any) -> None:
    """The package LABEL is used up or thrown away."""
    _tell(actions.discard, "is gone", *arguments, **rest)


@supply.command("list")
@click.argument("patient_id", metavar="PATIENT")
@format_option
@click.pass_obj
def list_(database_url: str, patient_id: str, output_format: str) -> None:
    """List the packages of PATIENT that are, or were, out of the fridge or in use."""
    with open_store(database_url) as store:
        rows = [_row(entry.value) for entry in load_patient(store, patient_id).supplies]
    headers = ["regimen", "label", "out", "back", "opened"]
    print_listing(output_format, headers, rows, "No package is out of the fridge or in use.")


def _row(package: Supply) -> dict[str, str | None]:
    times = {"out": package.out_at, "back": package.back_at, "opened": package.opened_at}
    told = {name: None if at is None else f"{at:%Y-%m-%d %H:%M}" for name, at in times.items()}
    return {"regimen": package.regimen, "label": package.label, **told}


def _tell(
    change: Callable[..., PlanChange],
    became: str,
    /,
    database_url: str,
    *,
    patient_id: str,
    regimen: str,
    label: str,
    dry_run: bool,
    output_format: str,
) -> None:
    """Make ``change`` to the package, and say what ``became`` of it."""
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        done = change(store, patient_id, regimen, label, occasion)
    tell_change(done, output_format, dry_run=dry_run, done=f"The package {label} {became}.")


def _since(at: datetime | None) -> str:
    return "" if at is None else f" since {at:%Y-%m-%d %H:%M}"
