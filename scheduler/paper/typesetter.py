"""Typst, which turns a sheet into a PDF: tagged, with its fonts in it, the same bytes for the same sheet."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.errors import DosecalError
from scheduler.paper.sheet import Sheet

if TYPE_CHECKING:
    from typst import Compiler

# Some readers want a time of creation. The sheet says itself when it was printed.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TypesettingError(DosecalError):
    """A sheet cannot be set. The text has nothing of the sheet in it."""


def typeset(sheet: Sheet) -> bytes:
    """``sheet`` as a PDF that a screen reader can follow (ISO 14289-1). Raises TypesettingError."""
    # Imported here: the typesetter is large, and most commands print nothing.
    from typst import TypstError  # noqa: PLC0415

    said = json.dumps(asdict(sheet), ensure_ascii=False, sort_keys=True)
    try:
        pdf = _compiler().compile(
            format="pdf", sys_inputs={"sheet": said}, pdf_standards=["ua-1"], timestamp=_EPOCH
        )
    except TypstError as fault:
        raise TypesettingError(f"the sheet cannot be set: {fault.message}") from fault
    assert isinstance(pdf, bytes)
    return pdf


@lru_cache(maxsize=1)
def _compiler() -> Compiler:
    from typst import Compiler, Fonts  # noqa: PLC0415

    # Typst reads files, so an installed package has to be a folder, as pip makes it.
    folder = Path(str(files("scheduler.paper")))
    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder / "fonts"])
    return Compiler(folder / "templates" / "main.typ", root=folder / "templates", font_paths=fonts)
