"""``dosecal regimen``: what is ordered for a patient, and what it was before."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from cli.change_output import dry_run_option, tell_change
from cli.confirming import confirm_options, confirmed_codes
from cli.options import LocalDate, LocalTime, format_option, option
from cli.order_entry import WrittenOrder, start_order
from cli.output import print_json, print_listing
from cli.phase_options import phase_options, phase_table, phase_tables
from cli.protocol_entry import ProtocolOrder, parse_answers, start_protocol
from cli.regimen_output import regimen_details, regimen_text, version_rows
from scheduler import clock
from scheduler.actions import regimen as actions
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Occasion
from scheduler.actions.regimen import Amended
from scheduler.bootstrap import open_store
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import Regimen
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.amended import amended_table
from scheduler.planfile.reading import parse_regimen

_SETTINGS = ["home", "nurse-visit", "clinic"]
_setting_option = option("--setting", type=click.Choice(_SETTINGS), help="Where it is given.")
_sites_option = option("--sites", help="Sites in order of rotation, such as thigh-left,thigh-right.")
_before_option = option("--window-before", help='The clinic\'s own window: how early, such as "2 d".')
_after_option = option("--window-after", help='The clinic\'s own window: how late, such as "3 d".')


@click.group()
def regimen() -> None:
    """Start, amend, stop and look at a patient's regimens.

    A regimen is never changed in place: each amendment is a version that is in force from a date on, and
    the doses before that date stay as they were.
    """


@regimen.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("regimen_id", metavar="[REGIMEN|ORDER]", required=False)
@option("--protocol", help="Start this ready-made course; see 'dosecal protocol list'.")
@option("--set", "answers", multiple=True, metavar="KEY=VALUE", help="An answer to what the protocol asks.")
@option("--print", "printed", is_flag=True, help="Print the protocol as a plan file and save nothing.")
@option("--yes", is_flag=True, help="Do not ask before saving a protocol or an order in words.")
@option("--id", "own_id", help="What to call a regimen that is ordered in words. [default: the product]")
@option("--product", help='Formulary id or brand name, or "custom" with --name and --route.')
@option("--name", help="Of a custom product.")
@option(
    "--route",
    help="Of a custom product: subcutaneous, deep-subcutaneous, intramuscular, intravenous or oral.",
)
@_setting_option
@_sites_option
@option("--anchor", type=click.Choice(["scheduled", "last-given"]), help="What the next dose counts from.")
@option("--travel", type=click.Choice(["local", "home"]), help="Whether clock times follow the traveller.")
@_before_option
@_after_option
@phase_options
@confirm_options
@dry_run_option
@format_option
@click.pass_obj
def start(
    database_url: str,
    /,
    patient_id: str,
    regimen_id: str | None,
    dry_run: bool,
    output_format: str,
    **options: Any,
) -> None:
    """Start a regimen and call it REGIMEN: a-z, 0-9 and -. Or an ORDER in words, or a course with --protocol.

    \b
    dosecal regimen start p-7k3mq2vx lar --product octreotide-lar --setting clinic \\
        --dose "20 mg" --every "4 wk" --times 10:00 --start 2026-12-15
    dosecal regimen start p-7k3mq2vx "octreotide 100 mcg SC three times daily for 2 weeks"
    dosecal regimen start p-7k3mq2vx --protocol octreotide-sc-then-lar

    What an order in words or a protocol leaves open is asked for, and the plan is shown before it is saved.
    --times and --start answer for an order. A finding that says stop keeps a regimen from starting until it
    is confirmed with --confirm.
    """
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run, confirmed=confirmed_codes(options))
    if options["protocol"] is not None:
        start_protocol(
            database_url, patient_id, _protocol_order(regimen_id, options), occasion, output_format
        )
        return
    if regimen_id is not None and " " in regimen_id:
        order = _written_order(regimen_id, options)
        start_order(database_url, patient_id, order, occasion, output_format)
        return
    if options["own_id"] is not None:
        raise click.UsageError("--id goes with an order in words; otherwise write REGIMEN")
    if regimen_id is None or options["product"] is None:
        raise click.UsageError("say REGIMEN and --product, or an order in words, or --protocol")
    name = f"regimen {regimen_id}"
    table = _regimen_table(options) | {"id": regimen_id, "phase": phase_tables(options, name)}

    def make(market: Market) -> Regimen:
        return parse_regimen(table, name, load_formulary(), market)

    with open_store(database_url) as store:
        change = actions.start_regimen(store, patient_id, make, occasion)
    tell_change(change, output_format, dry_run=dry_run, done=f"Started {regimen_id}.")


def _written_order(text: str, options: dict[str, Any]) -> WrittenOrder:
    keys, phase = _regimen_table(options), phase_table(options)
    said = [*keys.keys() & {"product", "name", "route"}, *phase.keys() - {"times", "start"}]
    if said or options["phases"] or options["answers"] or options["printed"]:
        raise click.UsageError(
            "an order in words says product, dose and rhythm itself: leave out the options for them"
        )
    return WrittenOrder(
        text=text,
        regimen_id=options["own_id"],
        times=options["times"],
        start=options["start"],
        keys=keys,
        yes=options["yes"],
    )


def _protocol_order(regimen_id: str | None, options: dict[str, Any]) -> ProtocolOrder:
    if regimen_id is not None or options["product"] is not None:
        raise click.UsageError(
            "--protocol names the regimens and products itself: leave REGIMEN and --product out"
        )
    return ProtocolOrder(
        name=options["protocol"],
        answers=parse_answers(options["answers"]),
        printed=options["printed"],
        yes=options["yes"],
    )


@regimen.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("regimen_id", metavar="REGIMEN")
@option("--from", "effective_on", type=LocalDate(), help="First local date it is in force. [default: today]")
@_setting_option
@_sites_option
@option("--travel", type=click.Choice(["local", "home"]), help="Whether clock times follow the traveller.")
@_before_option
@_after_option
@phase_options
@confirm_options
@dry_run_option
@format_option
@click.pass_obj
def amend(
    database_url: str,
    /,
    patient_id: str,
    regimen_id: str,
    effective_on: date | None,
    dry_run: bool,
    output_format: str,
    **options: Any,
) -> None:
    """Change REGIMEN from a date on. What the options do not say stays as it is.

    \b
    The options of a phase change the one in force on that date:
        dosecal regimen amend p-7k3mq2vx lar --from 2027-03-01 --dose "30 mg"
    A new rhythm begins on that date; one counted from the last dose given runs on from there. What was
    ordered for that date or a later one is taken back.
    With --phase the phases are replaced by those given.
    """
    confirmed = confirmed_codes(options)
    name = f"regimen {regimen_id}"
    phases = phase_tables(options, name) if options["phases"] else []
    changed = {} if phases else phase_table(options)
    own = _regimen_table(options)
    if not (phases or changed or own):
        raise click.UsageError("say what changes, such as --dose or --times")

    def change_of(known: Amended) -> Regimen:
        table = amended_table(known.regimen, known.phase, known.restart, changed, phases)
        window = {"window": table.get("window", {}) | own["window"]} if "window" in own else {}
        return parse_regimen(table | own | window, name, load_formulary(), known.market)

    occasion = Occasion(moment=clock.now(), rehearsed=dry_run, confirmed=confirmed)
    with open_store(database_url) as store:
        change = actions.amend_regimen(
            store, patient_id, regimen_id, change_of, occasion, effective_on=effective_on
        )
    tell_change(change, output_format, dry_run=dry_run, done=f"Amended {regimen_id}.")


@regimen.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("regimen_id", metavar="REGIMEN")
@option("--at", type=LocalTime(), help="Local date and time from which no dose is planned. [default: now]")
@option("--reason", default="", help="Why, as the team told it.")
@dry_run_option
@format_option
@click.pass_obj
def stop(
    database_url: str,
    patient_id: str,
    regimen_id: str,
    at: datetime | None,
    reason: str,
    dry_run: bool,
    output_format: str,
) -> None:
    """Stop REGIMEN: plan no dose from now, or another time, on. What was recorded stays."""
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        change = actions.stop_regimen(store, patient_id, regimen_id, occasion, at=at, reason=reason)
    tell_change(change, output_format, dry_run=dry_run, done=f"Stopped {regimen_id}.")


@regimen.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("regimen_id", metavar="REGIMEN")
@dry_run_option
@format_option
@click.pass_obj
def undo(database_url: str, patient_id: str, regimen_id: str, dry_run: bool, output_format: str) -> None:
    """Take back the last amendment or stop of REGIMEN. It stays in the history."""
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        change = actions.take_back_version(store, patient_id, regimen_id, occasion)
    tell_change(change, output_format, dry_run=dry_run, done=f"Took back the last change of {regimen_id}.")


@regimen.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("regimen_id", metavar="[REGIMEN]", required=False)
@format_option
@click.pass_obj
def show(database_url: str, patient_id: str, regimen_id: str | None, output_format: str) -> None:
    """Show what is ordered for PATIENT: one REGIMEN, or all."""
    with open_store(database_url) as store:
        if regimen_id is None:
            regimens = list(load_patient(store, patient_id).regimens)
        else:
            regimens = [actions.regimen_history(store, patient_id, regimen_id).regimen]
    if output_format == "json":
        print_json([regimen_details(shown) for shown in regimens])
    else:
        click.echo("\n\n".join(regimen_text(shown) for shown in regimens))


@regimen.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("regimen_id", metavar="REGIMEN")
@format_option
@click.pass_obj
def history(database_url: str, patient_id: str, regimen_id: str, output_format: str) -> None:
    """List every version of REGIMEN that was ever written down."""
    with open_store(database_url) as store:
        found = actions.regimen_history(store, patient_id, regimen_id)
    headers = ["version", "in_force_from", "written", "taken_back", "says"]
    print_listing(output_format, headers, version_rows(found.versions), "There are no versions.")


def _regimen_table(options: dict[str, Any]) -> dict[str, Any]:
    """The keys of a regimen, without its phases, that the options say."""
    window = {"before": options["window_before"], "after": options["window_after"]}
    sites = options["sites"]
    table = {
        "product": options.get("product"),
        "name": options.get("name"),
        "route": options.get("route"),
        "setting": options["setting"],
        "sites": None if sites is None else [site.strip() for site in sites.split(",")],
        "anchor": options.get("anchor"),
        "travel": options["travel"],
        "window": {key: value for key, value in window.items() if value is not None} or None,
    }
    return {key: value for key, value in table.items() if value is not None}
