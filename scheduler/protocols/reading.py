"""From a file of ``data/protocols`` to a protocol, or to every fault in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.product import Source
from scheduler.dosing.refusal import DosingError
from scheduler.errors import InputError
from scheduler.formulary.errors import Fault, FormularyError
from scheduler.formulary.fact_tables import FactTable
from scheduler.formulary.facts import SourcedText
from scheduler.formulary.toml_file import key_path, misnamed, read_toml, source_names
from scheduler.protocols.answers import read_answer
from scheduler.protocols.filling import placeholders
from scheduler.protocols.protocol import DerivedDate, Protocol, Question, QuestionKind, Step
from scheduler.protocols.protocol_file import ProtocolFile, QuestionTable

Sources = Mapping[str, Source]


def read_protocol(file: str, octets: bytes) -> Protocol:
    """The protocol in ``octets``, which are TOML in UTF-8; ``file`` is its name, ``ID.MARKET.toml``.

    Raises FormularyError with every fault: no TOML, a key or value that is not allowed, a statement whose
    source is not described, a dose with a default, a text that stands for no answer.
    """
    raw = read_toml(file, octets)
    faults = [*misnamed(file, raw, "protocol")]
    try:
        content = ProtocolFile.model_validate(raw, context=source_names(raw))
    except ValidationError as error:
        faults += [_fault(file, details) for details in error.errors()]
        raise FormularyError(tuple(faults)) from error
    protocol = _protocol(content)
    faults += [Fault(file=file, path=path, value="", text=text) for path, text in _faults(protocol)]
    if faults:
        raise FormularyError(tuple(faults))
    return protocol


def _fault(file: str, details: ErrorDetails) -> Fault:
    path = key_path(details["loc"])
    match details["type"]:
        case "missing":
            return Fault(file=file, path=path, value="", text="is missing")
        case "extra_forbidden":
            return Fault(file=file, path=path, value=repr(details["input"]), text="is no key of this table")
    text = details["msg"].removeprefix("Value error, ")
    return Fault(file=file, path=path, value=repr(details["input"]), text=text)


def _protocol(content: ProtocolFile) -> Protocol:
    sources = {name: Source(**table.model_dump()) for name, table in content.sources.items()}
    return Protocol(
        id=content.id,
        market=content.market,
        title=content.title,
        off_label=content.off_label,
        statements=tuple(_sourced(fact, sources) for fact in content.statement),
        questions=tuple(_question(table, sources) for table in content.question),
        derived=tuple(DerivedDate(key=d.key, start=d.start, plus=d.plus) for d in content.derived),
        regimens=content.regimen,
    )


def _question(table: QuestionTable, sources: Sources) -> Question:
    return Question(
        key=table.key,
        kind=table.kind,
        text=table.text,
        hint=None if table.hint is None else _sourced(table.hint, sources),
        default=table.default,
        steps=tuple(Step(says=step.says, sets=step.sets) for step in table.steps),
    )


def _sourced(fact: FactTable, sources: Sources) -> SourcedText:
    return SourcedText(text=fact.text, source=sources[fact.source])


def _faults(protocol: Protocol) -> Iterator[tuple[str, str]]:
    """What each table is allowed by itself and the whole contradicts."""
    for index, question in enumerate(protocol.questions):
        for text in _faults_of(question):
            yield f"question[{index}]", text
    yield from _unanswered(protocol)


def _faults_of(question: Question) -> Iterator[str]:
    if question.default is not None:
        if question.kind in {QuestionKind.DOSE, QuestionKind.STEP}:
            yield "a dose is the prescriber's to order: leave the default out and write a hint"
        else:
            yield from _unreadable_default(question)
    if (question.kind is QuestionKind.STEP) != bool(question.steps):
        yield "steps go with kind step, and kind step with steps"


def _unreadable_default(question: Question) -> Iterator[str]:
    try:
        read_answer(question, question.default or "")
    except InputError as error:
        yield f"the default is no answer: {error}"


def _unanswered(protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Texts of the regimens that stand for nothing, answers that none uses, dates from nowhere."""
    asked = {question.key for question in protocol.questions if question.kind is not QuestionKind.STEP}
    set_by_steps = [set(step.sets) for question in protocol.questions for step in question.steps]
    derived = {date.key for date in protocol.derived}
    known = asked.union(derived, *set_by_steps)
    used = set(placeholders(protocol.regimens))
    for key in sorted(used - known):
        yield "regimen", f"{{{key}}} stands for no answer"
    for key in sorted(known - used - {date.start for date in protocol.derived}):
        yield "question", f"the answer to {key} is used nowhere"
    for index, date in enumerate(protocol.derived):
        if date.start not in asked:
            yield f"derived[{index}].from", f"{date.start} is no question"
        yield from _no_length(index, date)


def _no_length(index: int, date: DerivedDate) -> Iterator[tuple[str, str]]:
    try:
        CalendarInterval.parse(date.plus)
    except DosingError as error:
        yield f"derived[{index}].plus", str(error)
