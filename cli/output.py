"""Printing tables and JSON, and writing files whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from scheduler.errors import RefusedError


def json_text(value: Any) -> str:
    """``value`` as indented JSON, with a line break at the end."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def print_json(value: Any) -> None:
    """Print ``value`` as indented JSON."""
    click.echo(json_text(value), nl=False)


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns under ``headers``; what stands in a cell is printed as it is, numbers included."""
    return tabulate([list(map(plain, row)) for row in rows], headers=headers, disable_numparse=True)


def print_listing(
    output_format: str, headers: Sequence[str], rows: Sequence[dict[str, Any]], empty: str
) -> None:
    """Print a listing: JSON has every key, the table those of ``headers``; ``empty`` where there is none."""
    if output_format == "json":
        print_json(list(rows))
    elif not rows:
        click.echo(empty)
    else:
        cells = [["" if row[h] is None else str(row[h]) for h in headers] for row in rows]
        click.echo(table([h.replace("_", " ") for h in headers], cells))


def write_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step: a reader sees the old file or the new one, never half.

    Raises RefusedError where the place cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(0o600)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise RefusedError(f"nothing was written to {path}: {reason}") from error


def plain(cell: str) -> str:
    """``cell`` without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in cell)
