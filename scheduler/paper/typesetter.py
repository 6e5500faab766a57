"""Typst, which turns a sheet into a PDF: tagged, with its fonts in it, the same bytes for the same sheet."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import typst

from scheduler.errors import DosecalError

# Some readers want a time of creation. The sheet says itself when it was printed.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TypesettingError(DosecalError):
    """A sheet cannot be set. The text has nothing of the sheet in it."""


def typeset(sheet: Any) -> bytes:
    """``sheet`` as PDF/UA-1. Raises TypesettingError."""
    return _compiled(json.dumps(asdict(sheet), ensure_ascii=False, sort_keys=True), "pdf")


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    # Zipped packages are not supported by the fonts either, so the folder is a real one.
    with as_file(files("scheduler.paper")) as folder:
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[Path(folder) / "fonts"]
        )
        templates = Path(folder) / "templates"
        return typst.Compiler(templates / "main.typ", root=templates, font_paths=fonts)


def _compiled(sheet: str, output: str) -> Any:
    try:
        return _compiler().compile(
            format=output, sys_inputs={"sheet": sheet}, pdf_standards=["ua-1"], timestamp=_EPOCH
        )
    except typst.TypstError as fault:
        raise TypesettingError(f"the sheet cannot be set: {fault.message}") from fault
