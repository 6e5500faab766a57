"""Starting a protocol from the command line: ask for what is open, show the plan, save it when confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import click

from cli.change_output import tell_change
from cli.output import plain
from cli.protocol import protocol_text, question_text
from cli.starting import start_when_confirmed
from cli.terminal import is_interactive
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Occasion
from scheduler.actions.regimen import MakeRegimens, start_regimens
from scheduler.bootstrap import open_store
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import Regimen
from scheduler.errors import InputError
from scheduler.formulary.formulary import load_formulary
from scheduler.orders.read_back import read_back
from scheduler.planfile.reading import parse_regimen
from scheduler.planfile.writing import plan_file_text
from scheduler.protocols.answers import read_answer
from scheduler.protocols.filling import fill, open_questions
from scheduler.protocols.protocol import Protocol, Question
from scheduler.protocols.protocols import load_protocols

Tables = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtocolOrder:
    """The protocol ``name`` with ``answers`` by key. ``printed``: as a plan file, and nothing is saved."""

    name: str
    answers: Mapping[str, str]
    printed: bool
    yes: bool


def parse_answers(texts: Sequence[str]) -> dict[str, str]:
    """``KEY=VALUE`` each. Raises click.UsageError for another form or a key said twice."""
    answers: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or key.strip() in answers:
            raise click.UsageError(f"--set {text!r}: write KEY=VALUE, each key once")
        answers[key.strip()] = value
    return answers


def start_protocol(
    database_url: str, patient_id: str, order: ProtocolOrder, occasion: Occasion, output_format: str
) -> None:
    """Start a protocol for a patient, or print it as a plan file."""
    with open_store(database_url) as store:
        patient = load_patient(store, patient_id).record.patient
        protocol = load_protocols().find(order.name, patient.market)
        tables = fill(protocol, _answered(protocol, order.answers))
        if order.printed:
            click.echo(plan_file_text(patient, tables), nl=False)
            return
        make = _maker(protocol, tables)
        if not (order.yes or occasion.rehearsed):
            _read_back(make(patient.market))
        start = start_regimens if order.yes else partial(start_when_confirmed, question="Start it?")
        change = start(store, patient_id, make, occasion)
    if change is not None:
        started = ", ".join(str(table["id"]) for table in tables)
        tell_change(change, output_format, dry_run=occasion.rehearsed, done=f"Started {started}.")


def _answered(protocol: Protocol, answers: Mapping[str, str]) -> dict[str, str]:
    """``answers`` with those that a person at a terminal gives; elsewhere with the defaults."""
    answered = dict(answers)
    asks = is_interactive()
    if asks and open_questions(protocol, answers):
        click.echo(protocol_text(protocol))
    for question in open_questions(protocol, answers):
        if asks:
            answered[question.key] = _ask(question)
        elif question.default is not None:
            answered[question.key] = question.default
    return answered


def _ask(question: Question) -> str:
    def read(text: str) -> str:
        try:
            read_answer(question, text)
        except InputError as error:
            raise click.UsageError(str(error)) from error
        return text

    shown = question_text(replace(question, default=None))
    answer: str = click.prompt(shown, default=question.default, value_proc=read)
    return answer


def _maker(protocol: Protocol, tables: Tables) -> MakeRegimens:
    def make(market: Market) -> Sequence[Regimen]:
        name = f"protocol {protocol.id}"
        return [parse_regimen(dict(table), name, load_formulary(), market) for table in tables]

    return make


def _read_back(regimens: Sequence[Regimen]) -> None:
    for regimen in regimens:
        click.echo(plain(read_back(regimen)))
