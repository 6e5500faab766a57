"""``dosecal product``: what the formulary knows, and from which source."""

from __future__ import annotations

from typing import NoReturn

import click

from cli.options import format_option, market_option
from cli.output import plain, print_json, table
from cli.product_json import entry_json
from cli.product_text import entry_text
from scheduler.dosing.product import Market
from scheduler.errors import InputError
from scheduler.formulary.entry import Entry
from scheduler.formulary.errors import OtherMarketError, UnknownProductError
from scheduler.formulary.facts import SourcedText
from scheduler.formulary.formulary import load_formulary
from scheduler.safety.names import normal


@click.group()
def product() -> None:
    """Look up what is known of a medicine, each fact with its source.

    What nobody could read in a source is named as such. It serves to inform: ask your team.
    """


@product.command("list")
@market_option
@format_option
def list_(market: str, output_format: str) -> None:
    """List the products of the formulary."""
    entries = load_formulary().entries(Market(market))
    if output_format == "json":
        print_json([{**_row(entry), "brands": list(entry.aliases)} for entry in entries])
    else:
        rows = [[*_row(entry).values(), ", ".join(entry.aliases)] for entry in entries]
        click.echo(table(["id", "name", "route", "brands"], rows))


def _row(entry: Entry) -> dict[str, str]:
    return {"id": entry.product.id, "name": entry.product.name, "route": entry.product.route.value}


@product.command()
@click.argument("name", metavar="NAME")
@market_option
@format_option
def show(name: str, market: str, output_format: str) -> None:
    """Show what is known of NAME, which is an id or a brand."""
    try:
        found = load_formulary().find(name, Market(market))
    except UnknownProductError as error:
        _refuse(error, Market(market))
    if output_format == "json":
        print_json(entry_json(found))
    else:
        click.echo(entry_text(found))


def _refuse(error: UnknownProductError, market: Market) -> NoReturn:
    """A product that is easily taken for another is told as such, and never as a slip."""
    other = _not_interchangeable(error.name, market)
    raise InputError(plain(str(other) if other else _unknown(error, market))) from error


def _not_interchangeable(name: str, market: Market) -> SourcedText | None:
    others = (other for entry in load_formulary().entries(market) for other in entry.not_interchangeable)
    return next((other.statement for other in others if normal(name) in other.names), None)


def _unknown(error: UnknownProductError, market: Market) -> str:
    if isinstance(error, OtherMarketError):
        markets = " and ".join(error.markets)
        return f"{error.name} is known for the market {markets} alone, and its facts do not hold for {market}"
    near = " or ".join(error.suggestions)
    hint = f"; did you mean {near}?" if near else "; 'dosecal product list' has those that are"
    return f"{error.name} is no product of the formulary for the market {market}{hint}"
