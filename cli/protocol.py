"""``dosecal protocol``: ready-made courses, and starting one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from cli.options import format_option, market_option
from cli.output import plain, print_json, print_listing
from scheduler.dosing.product import Market
from scheduler.formulary.facts import SourcedText
from scheduler.protocols.protocol import Protocol, Question
from scheduler.protocols.protocols import load_protocols

OFF_LABEL = "No label states this course: the prescriber confirms it."


@click.group()
def protocol() -> None:
    """Look at ready-made courses, each by a label or a publication.

    'dosecal regimen start PATIENT --protocol NAME' starts one. A protocol fixes the rhythm; amounts are the
    prescriber's to order, and are asked for.
    """


@protocol.command("list")
@market_option
@format_option
def list_(market: str, output_format: str) -> None:
    """List the protocols."""
    rows = [
        {"id": found.id, "title": found.title, "off_label": found.off_label}
        for found in load_protocols().of(Market(market))
    ]
    print_listing(output_format, ["id", "title"], rows, f"There is no protocol for the market {market}.")


@protocol.command()
@click.argument("name", metavar="NAME")
@market_option
@format_option
def show(name: str, market: str, output_format: str) -> None:
    """Show what the protocol NAME says, what it asks for, and from which source."""
    found = load_protocols().find(name, Market(market))
    if output_format == "json":
        print_json(_details(found))
    else:
        click.echo(protocol_text(found))


def protocol_text(protocol: Protocol) -> str:
    """What ``protocol`` says and asks for, for a person."""
    return "\n".join(plain(line) for line in _lines(protocol))


def _lines(protocol: Protocol) -> Iterator[str]:
    yield f"{protocol.id}: {protocol.title}"
    if protocol.off_label:
        yield OFF_LABEL
    for statement in protocol.statements:
        yield f"  - {statement}"
    yield "It asks for:"
    for question in protocol.questions:
        yield f"  {question.key}: {question_text(question)}"


def question_text(question: Question) -> str:
    """``question`` with what a label says of it, its answers and its default."""
    hint = "" if question.hint is None else f" {question.hint}"
    steps = "; ".join(f"{number} = {step.says}" for number, step in enumerate(question.steps, 1))
    default = "" if question.default is None else f" [{question.default}]"
    return f"{question.text}{f': {steps}' if steps else ''}.{hint}{default}"


def _details(protocol: Protocol) -> dict[str, Any]:
    return {
        "id": protocol.id,
        "market": protocol.market.value,
        "title": protocol.title,
        "off_label": protocol.off_label,
        "statements": [_sourced(statement) for statement in protocol.statements],
        "questions": [
            {
                "key": question.key,
                "kind": question.kind.value,
                "text": question.text,
                "hint": None if question.hint is None else _sourced(question.hint),
                "default": question.default,
                "steps": [step.says for step in question.steps],
            }
            for question in protocol.questions
        ],
    }


def _sourced(text: SourcedText) -> dict[str, str | None]:
    return {"text": text.text, "source": None if text.source is None else str(text.source)}
