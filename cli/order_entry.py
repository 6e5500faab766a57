"""Starting an order in words: ask for what is open, read it back in full, save it when confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import click

from cli.change_output import tell_change
from cli.order_text import refused_order
from cli.output import plain
from cli.phase_options import DateOrTime
from cli.starting import start_when_confirmed
from cli.terminal import is_interactive
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Occasion
from scheduler.actions.regimen import MakeRegimens, start_regimens
from scheduler.bootstrap import open_store
from scheduler.dosing.product import Market
from scheduler.errors import InputError
from scheduler.formulary.formulary import load_formulary
from scheduler.orders.answers import answered, read_start, read_times
from scheduler.orders.fault import OrderRefusedError
from scheduler.orders.order import OpenQuestion, Reading
from scheduler.orders.read_back import read_back
from scheduler.orders.reading import read_order
from scheduler.planfile.reading import parse_regimen

_QUESTION = "Is this what is ordered, and shall it start?"


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenOrder:
    """An order in words. ``times`` and ``start`` answer what it leaves open; ``keys`` are of the regimen."""

    text: str
    regimen_id: str | None
    times: str | None
    start: date | None
    keys: dict[str, Any]
    yes: bool


def start_order(
    database_url: str, patient_id: str, order: WrittenOrder, occasion: Occasion, output_format: str
) -> None:
    """Start what ``order`` says for a patient, once it is read back and confirmed."""
    with open_store(database_url) as store:
        market = load_patient(store, patient_id).record.patient.market
        make = _maker(_table(order, _read(order.text, market)))
        (regimen,) = make(market)
        if output_format == "table" or not order.yes:
            click.echo(plain(read_back(regimen)))
        start = start_regimens if order.yes else partial(start_when_confirmed, question=_QUESTION)
        change = start(store, patient_id, make, occasion)
    if change is not None:
        done = f"Started {regimen.id}."
        tell_change(change, output_format, dry_run=occasion.rehearsed, done=done)


def _read(text: str, market: Market) -> Reading:
    try:
        return read_order(text, load_formulary(), market)
    except OrderRefusedError as error:
        raise refused_order(error) from error


def _maker(table: dict[str, Any]) -> MakeRegimens:
    return lambda market: (parse_regimen(table, "order", load_formulary(), market),)


def _table(order: WrittenOrder, reading: Reading) -> dict[str, Any]:
    """The table of the regimen. Raises InputError where an option contradicts it, or too little is said."""
    _check_options(order, reading)
    given = {question: _given(question, order) for question in reading.open}
    left = [question for question, answer in given.items() if answer is None]
    if left and not is_interactive():
        raise InputError("\n".join(f"{question.text}: say it with --{question.key}" for question in left))
    answers = {question: _ask(question) if answer is None else answer for question, answer in given.items()}
    table = answered(reading, answers) | order.keys
    return table if order.regimen_id is None else table | {"id": order.regimen_id}


def _check_options(order: WrittenOrder, reading: Reading) -> None:
    asked = {question.key for question in reading.open}
    for key, value in (("times", order.times), ("start", order.start)):
        if value is not None and key not in asked:
            raise InputError(f"--{key} {value}: the order does not leave that open; leave --{key} out")
    for key in reading.table.keys() & order.keys.keys():
        if reading.table[key] != order.keys[key]:
            raise InputError(f"--{key} {order.keys[key]}: the order says {reading.table[key]}")


def _given(question: OpenQuestion, order: WrittenOrder) -> Any:
    """What the options answer to ``question``; None where they do not."""
    if question.key == "times":
        return None if order.times is None else read_times(question, order.times.split(","))
    return None if order.start is None else read_start(question, order.start)


def _ask(question: OpenQuestion) -> Any:
    def read(text: str) -> Any:
        try:
            if question.key == "times":
                return read_times(question, text.split(","))
            return read_start(question, DateOrTime().convert(text, None, None))
        except InputError as error:
            raise click.UsageError(str(error)) from error

    return click.prompt(question.text, value_proc=read)
