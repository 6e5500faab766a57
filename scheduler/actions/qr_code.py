"""QR codes of an address: for a page, for paper, for a terminal.

Dark on light with the quiet zone of the standard (ISO/IEC 18004: four modules) around it in every form,
because many cameras read nothing else.
"""

from __future__ import annotations

from io import BytesIO

import segno

QUIET_ZONE = 4
"""Modules of light around the code."""

_PIXELS_PER_MODULE = 8
# The colours of the 256 that no theme changes: a terminal's own black and white may be any two, and swapped.
_BLACK_ON_WHITE, _PLAIN = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
_HALF_BLOCKS = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def svg(text: str) -> str:
    """A picture of any size: an ``<svg>`` element that can stand in a page or in a file of its own."""
    written = BytesIO()
    _for_paper(text).save(
        written, kind="svg", border=QUIET_ZONE, light="#fff", xmldecl=False, omitsize=True, nl=False
    )
    return written.getvalue().decode()


def png(text: str) -> bytes:
    """A picture of 8 pixels a module."""
    written = BytesIO()
    _for_paper(text).save(written, kind="png", border=QUIET_ZONE, scale=_PIXELS_PER_MODULE)
    return written.getvalue()


def terminal_lines(text: str) -> list[str]:
    """Two rows of modules to a line of half blocks, black on white whatever the terminal's own colours."""
    rows = [list(row) for row in _for_screen(text).matrix_iter(border=QUIET_ZONE)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    return [_line(upper, lower) for upper, lower in zip(rows[::2], rows[1::2], strict=True)]


def terminal_width(text: str) -> int:
    """Columns that `terminal_lines` need."""
    return int(_for_screen(text).symbol_size(border=QUIET_ZONE)[0])


def _line(upper: list[int], lower: list[int]) -> str:
    blocks = "".join(_HALF_BLOCKS[above, below] for above, below in zip(upper, lower, strict=True))
    return f"{_BLACK_ON_WHITE}{blocks}{_PLAIN}"


def _for_paper(text: str) -> segno.QRCode:
    """It bears 15 % of damage: paper is folded and stained."""
    return segno.make_qr(text, error="m")


def _for_screen(text: str) -> segno.QRCode:
    """As small as can be, to fit into a terminal: a screen has no stains."""
    return segno.make_qr(text, error="l")
