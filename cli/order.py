"""``dosecal order``: orders in words."""

from __future__ import annotations

import click

from cli.options import format_option, market_option
from cli.order_text import json_keys, question_json, reading_text, refused_order
from cli.output import print_json
from scheduler.dosing.product import Market
from scheduler.formulary.formulary import load_formulary
from scheduler.orders.fault import OrderRefusedError
from scheduler.orders.read_back import read_back
from scheduler.orders.reading import read_order
from scheduler.planfile.reading import parse_regimen


@click.group()
def order() -> None:
    """Try out how an order in words is read; 'dosecal regimen start' starts one."""


@order.command()
@click.argument("text", metavar="TEXT")
@market_option
@format_option
def read(text: str, market: str, output_format: str) -> None:
    """Read the order TEXT and say it back in full words, or what it leaves open. Nothing is saved.

    \b
    dosecal order read "octreotide 100 mcg SC three times daily for 2 weeks"

    What cannot be read is told with its place and cause. Nothing is guessed.
    """
    try:
        reading = read_order(text, load_formulary(), Market(market))
    except OrderRefusedError as error:
        raise refused_order(error) from error
    whole = None if reading.open else parse_regimen(reading.table, "order", load_formulary(), Market(market))
    said = None if whole is None else read_back(whole)
    if output_format == "json":
        questions = [question_json(question) for question in reading.open]
        print_json({"regimen": json_keys(reading.table), "open": questions, "read_back": said})
    else:
        click.echo(said or reading_text(reading))
