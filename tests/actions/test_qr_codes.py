"""QR codes read back, module by module, from each form in which they are shown."""

from __future__ import annotations

import re
import struct
import zlib
from xml.etree import ElementTree

import pytest
import segno

from scheduler.actions import qr_code

SHORT = "http://127.0.0.1:8460/subscribe/abcdefgh-" + "S" * 43
LONGEST = "https://doses.example/" + "x" * 170 + "/subscribe/abcdefgh-" + "S" * 43
QUIET_ZONE = 4

Matrix = list[list[int]]
"""Rows of modules, 1 where dark, with the quiet zone."""


@pytest.mark.parametrize("text", [SHORT, LONGEST])
def test_the_svg_shows_the_text(text: str) -> None:
    assert of_svg(qr_code.svg(text)) == matrix(text, "m")


def test_the_svg_brings_a_light_ground_and_nothing_to_fetch() -> None:
    picture = qr_code.svg(SHORT)
    assert "#fff" in picture
    assert picture.startswith("<svg ")
    assert re.findall(r'(?:href|src|style)=|url\(|https?://(?!www\.w3\.org/2000/svg")', picture) == []


@pytest.mark.parametrize("text", [SHORT, LONGEST])
def test_the_png_shows_the_text_in_squares_of_eight_pixels(text: str) -> None:
    pixels = of_png(qr_code.png(text))
    modules = matrix(text, "m")
    assert pixels == [[dark for dark in row for _ in range(8)] for row in modules for _ in range(8)]


@pytest.mark.parametrize("text", [SHORT, LONGEST])
def test_the_lines_for_a_terminal_show_the_text(text: str) -> None:
    shown = of_terminal(qr_code.terminal_lines(text))
    modules = matrix(text, "l")
    assert shown[: len(modules)] == modules
    assert shown[len(modules) :] == [[0] * len(modules[0])]


def test_the_lines_for_a_terminal_name_both_colours_and_take_them_back() -> None:
    for line in qr_code.terminal_lines(SHORT):
        assert re.fullmatch(r"\x1b\[38;5;16;48;5;231m[ ▀▄█]+\x1b\[0m", line)


def test_the_width_is_that_of_the_lines() -> None:
    for text in (SHORT, LONGEST):
        line = qr_code.terminal_lines(text)[0]
        assert qr_code.terminal_width(text) == len(re.sub(r"\x1b\[[0-9;]*m", "", line))


def test_the_longest_address_fits_into_a_terminal_of_eighty_columns() -> None:
    assert qr_code.terminal_width(LONGEST) <= 80


def test_a_common_address_fits_into_a_terminal_of_twenty_four_lines() -> None:
    assert len(qr_code.terminal_lines("https://doses.example.org/subscribe/abcdefgh-" + "S" * 43)) < 24


def test_every_form_has_the_quiet_zone_of_the_standard() -> None:
    shown = (
        of_svg(qr_code.svg(SHORT)),
        [row[::8] for row in of_png(qr_code.png(SHORT))[::8]],
        of_terminal(qr_code.terminal_lines(SHORT)),
    )
    for modules in shown:
        dark = [(x, y) for y, row in enumerate(modules) for x, module in enumerate(row) if module]
        assert min(x for x, _ in dark) == min(y for _, y in dark) == QUIET_ZONE
        assert len(modules[0]) - 1 - max(x for x, _ in dark) == QUIET_ZONE
        assert len(modules) - 1 - max(y for _, y in dark) >= QUIET_ZONE


def matrix(text: str, error: str) -> Matrix:
    code = segno.make_qr(text, error=error)
    return [[int(module) for module in row] for row in code.matrix_iter(border=QUIET_ZONE)]


def of_svg(picture: str) -> Matrix:
    """Reads the strokes of the dark path: ``M4 4.5h7m2 0h2...``, one row of modules to a half-integer y."""
    svg = ElementTree.fromstring(picture)
    size = int(svg.attrib["viewBox"].split()[-1])
    strokes = svg.findall("{http://www.w3.org/2000/svg}path")[1].attrib["d"]
    modules = [[0] * size for _ in range(size)]
    x, y = 0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", strokes):
        first, *rest = (float(number) for number in numbers.split())
        if command == "h":
            modules[int(y)][x : x + int(first)] = [1] * int(first)
            x += int(first)
        else:
            x, y = (int(first), rest[0]) if command == "M" else (x + int(first), y + rest[0])
    return modules


def of_png(picture: bytes) -> Matrix:
    """Reads a greyscale PNG of one bit to the pixel, 0 for black, with rows as they are or filtered "up"."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colour = struct.unpack(">IIBB", picture[16:26])
    assert (depth, colour) == (1, 0)
    start = picture.index(b"IDAT")
    (length,) = struct.unpack(">I", picture[start - 4 : start])
    unpacked = zlib.decompress(picture[start + 4 : start + 4 + length])
    stride = (width + 7) // 8
    above, rows = bytes(stride), []
    for at in range(0, height * (stride + 1), stride + 1):
        kind, row = unpacked[at], unpacked[at + 1 : at + 1 + stride]
        assert kind in {0, 2}
        above = bytes((a + b) % 256 for a, b in zip(row, above, strict=True)) if kind else row
        rows.append([1 - (above[x // 8] >> (7 - x % 8) & 1) for x in range(width)])
    return rows


def of_terminal(lines: list[str]) -> Matrix:
    halves = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    return [[halves[block][half] for block in line] for line in plain for half in (0, 1)]
