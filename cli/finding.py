"""``dosecal finding``: what a look at a plan notices, and who answers for it."""

from __future__ import annotations

import click

from cli.change_output import dry_run_option, tell_change
from cli.options import format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions import confirmation as actions
from scheduler.actions.plan_change import Occasion
from scheduler.bootstrap import open_store
from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.refusal import DosingError
from scheduler.errors import InputError
from scheduler.planfile.json_contract import finding_json


@click.group()
def finding() -> None:
    """Look at what the check of a plan notices, and answer for it.

    The check tells and changes nothing. What it says comes from the label of the patient's market.
    """


@finding.command("list")
@click.argument("patient_id", metavar="PATIENT")
@format_option
@click.pass_obj
def list_(database_url: str, patient_id: str, output_format: str) -> None:
    """List what is noticed of PATIENT's plan for the next 400 days, the gravest first."""
    with open_store(database_url) as store:
        found = actions.list_findings(store, patient_id, Occasion(moment=clock.now()))
    rows = [finding_json(f) for f in found]
    headers = ["severity", "code", "regimen", "dose", "text", "source"]
    print_listing(output_format, headers, rows, "Nothing is noticed.")


@finding.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("regimen", metavar="REGIMEN")
@click.argument("code", metavar="CODE")
@option("--reason", required=True, help="Who confirmed it, or why it is meant so. Kept.")
@dry_run_option
@format_option
@click.pass_obj
def confirm(
    database_url: str,
    patient_id: str,
    regimen: str,
    code: str,
    reason: str,
    dry_run: bool,
    output_format: str,
) -> None:
    """Answer for the finding CODE of REGIMEN: it stays in view, as information with the reason."""
    try:
        wanted = Confirmation(regimen=regimen, code=code, reason=reason)
    except DosingError as error:
        raise InputError(str(error)) from error
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        change = actions.confirm_finding(store, patient_id, wanted, occasion)
    tell_change(change, output_format, dry_run=dry_run, done=f"{code} of {regimen} is confirmed.")


@finding.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("regimen", metavar="REGIMEN")
@click.argument("code", metavar="CODE")
@dry_run_option
@format_option
@click.pass_obj
def undo(
    database_url: str, patient_id: str, regimen: str, code: str, dry_run: bool, output_format: str
) -> None:
    """Take back the answer for CODE of REGIMEN: the finding counts again."""
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        change = actions.take_back_confirmation(store, patient_id, regimen, code, occasion)
    tell_change(change, output_format, dry_run=dry_run, done=f"{code} of {regimen} counts again.")
