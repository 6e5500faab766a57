"""``dosecal import``: plan files into the database."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import click

from cli.finding_text import finding_text
from cli.options import LocalDate, format_option, option
from cli.output import print_json
from cli.refusal import refusal_text
from scheduler import clock
from scheduler.actions.import_plan import Imported, import_plan
from scheduler.bootstrap import open_store
from scheduler.errors import DosecalError, InputError, StoreError
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.json_contract import finding_json
from scheduler.planfile.reading import read_plan_file
from scheduler.store.unit_of_work import Store

_SHOW_PROGRESS_FROM = 20
_TELL_EVERY = 100


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@option(
    "--patient",
    "patient_id",
    envvar="DOSECAL_IMPORT_PATIENT",
    help="Amend this patient, whatever name the file has. One file only.",
)
@option(
    "--new",
    "as_new",
    envvar="DOSECAL_IMPORT_NEW",
    is_flag=True,
    help="Add another person, though the name is in use.",
)
@option(
    "--from",
    "effective_on",
    envvar="DOSECAL_IMPORT_FROM",
    type=LocalDate(),
    help="First local date on which amended regimens are in force. [default: today]",
)
@format_option
@click.pass_context
def import_plans(
    ctx: click.Context,
    files: tuple[Path, ...],
    patient_id: str | None,
    as_new: bool,
    effective_on: date | None,
    output_format: str,
) -> None:
    """Import plan FILES and print each patient's id.

    A file imported again amends its patient and never adds a second one: doses before today, or before
    --from, stay as they were. Each file is imported whole or
    not at all; one that is wrong does not stop the others.
    """
    if patient_id and len(files) > 1:
        raise click.UsageError("--patient goes with one file")
    if patient_id and as_new:
        raise click.UsageError("--patient and --new exclude each other")
    run = _Run(output_format=output_format, wait=_shows_bar(files))
    with open_store(ctx.obj) as store, run, _progress(files) as queue:
        for file in queue:
            run.take(store, file, _Whose(patient_id=patient_id, as_new=as_new, effective_on=effective_on))
    ctx.exit(run.exit_code)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Whose:
    """Who is meant, and from which local date the files change what is known."""

    patient_id: str | None
    as_new: bool
    effective_on: date | None


@dataclass
class _Run:
    """What became of the files so far. With ``wait`` it is told at the end, below the progress bar."""

    output_format: str
    wait: bool
    untold: list[tuple[str, bool]] = field(default_factory=list)
    imported: list[dict[str, Any]] = field(default_factory=list)
    exit_code: int = 0

    def take(self, store: Store, file: Path, whose: _Whose) -> None:
        try:
            plan_file = read_plan_file(file, load_formulary())
            done = import_plan(
                store,
                plan_file,
                clock.now(),
                patient_id=whose.patient_id,
                as_new=whose.as_new,
                effective_on=whose.effective_on,
            )
        except StoreError:
            raise  # the database is gone: the files after this one would only say so again
        except DosecalError as error:
            self._refuse(file, error)
        else:
            self._tell(file, done)

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """Tell what was not told yet, also where the run breaks off: these patients are in the database."""
        for line, wrong in self.untold:
            click.echo(line, err=wrong)
        if self.output_format == "json":
            print_json(self.imported)

    def _say(self, line: str, wrong: bool = False) -> None:
        if self.wait:
            self.untold.append((line, wrong))
        else:
            click.echo(line, err=wrong)

    def _refuse(self, file: Path, error: DosecalError) -> None:
        self.exit_code = max(self.exit_code, 2 if isinstance(error, InputError) else 1)
        told = refusal_text(error)
        named = told if isinstance(error, InputError) else f"{file}: {told}"
        for line in named.splitlines():
            self._say(f"dosecal: {line}", wrong=True)

    def _tell(self, file: Path, done: Imported) -> None:
        self.imported.append(
            {
                "file": str(file),
                "patient": done.patient_id,
                "created": done.created,
                "changes": list(done.changes),
                "findings": [finding_json(finding) for finding in done.noticed],
            }
        )
        if self.output_format == "table":
            self._say(f"{done.patient_id}  {_said(done)}  {file}")
            for finding in done.noticed:
                self._say(f"{done.patient_id}: {finding_text(finding)}", wrong=True)


def _said(done: Imported) -> str:
    if done.created:
        return "added"
    return f"amended: {'; '.join(done.changes)}" if done.changes else "unchanged"


def _shows_bar(files: Sequence[Path]) -> bool:
    return len(files) >= _SHOW_PROGRESS_FROM and sys.stderr.isatty()


@contextmanager
def _progress(files: Sequence[Path]) -> Iterator[Iterator[Path]]:
    """Progress on standard error: a bar on a terminal, a line now and then elsewhere."""
    if _shows_bar(files):
        with click.progressbar(files, label="Importing", file=sys.stderr) as bar:
            yield iter(bar)
    elif len(files) < _SHOW_PROGRESS_FROM:
        yield iter(files)
    else:
        yield _told_now_and_then(files)


def _told_now_and_then(files: Sequence[Path]) -> Iterator[Path]:
    for done, file in enumerate(files):
        if done and done % _TELL_EVERY == 0:
            click.echo(f"read {done} of {len(files)} files", err=True)
        yield file
    click.echo(f"read {len(files)} of {len(files)} files", err=True)
