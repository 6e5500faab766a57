"""How wide words are, held against the fonts themselves by what a line of them takes."""

from __future__ import annotations

import pytest

from scheduler.paper.letter_widths import ems, lines


def test_wide_letters_take_more_room_than_narrow_ones() -> None:
    assert ems("WWW") > ems("aaa") > ems("iii")


def test_an_accent_takes_no_room() -> None:
    assert ems("\u00fc") == ems("u") == ems("u\u0308")


@pytest.mark.parametrize(
    ("widths", "room", "number"),
    [
        ((), 10, 1),
        ((4, 5), 9.25, 1),
        ((4, 5), 9.2, 2),
        ((4, 5, 4, 5), 9.25, 2),
        ((25,), 10, 3),
        ((3, 25), 10, 4),
        ((25, 4), 10, 3),
    ],
)
def test_words_go_on_on_the_next_line(widths: tuple[float, ...], room: float, number: int) -> None:
    assert lines(widths, room) == number
