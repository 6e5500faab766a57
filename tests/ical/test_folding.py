"""Long lines are folded where no reader can stumble (RFC 5545 section 3.1)."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event
from icalendar.parser import Contentline
from icalendar.prop import vText

from scheduler.ical.content_lines import MalformedCalendarError
from scheduler.ical.folding import folded, with_whole_escapes
from scheduler.ical.text_line import text_line

# Mostly what is written with a backslash, and characters of one to four octets.
LETTERS = st.sampled_from([",", ";", "\\", "\n", "a", "n", "\u00e9", "\u20ac", "\U0001f9ea", " "])
TEXTS = st.text(LETTERS, max_size=250) | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=250
)


def written(*texts: str) -> str:
    """A calendar of an event for each of ``texts``, as icalendar writes it."""
    calendar = Calendar()
    for text in texts:
        event = Event()
        event.add("summary", vText(text))
        calendar.add_component(event)
    data: bytes = calendar.to_ical(sorted=False)
    return data.decode()


def by_icalendar(line: str) -> str:
    """A content line as the library folds it, its escapes whole."""
    data: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]
    return with_whole_escapes(data.decode())


def unfolded(lines: str) -> str:
    return lines.replace("\r\n ", "")


def len_in_octets(letter: str) -> str:
    return f"{len(letter.encode())} octets"


def cut_escapes(lines: str) -> list[str]:
    """The physical lines that end in a backslash whose letter stands on the next."""
    return [line for line in lines.split("\r\n") if (len(line) - len(line.rstrip("\\"))) % 2]


@settings(deadline=None, max_examples=400)
@given(st.lists(TEXTS, max_size=4))
@example(["a" * 66 + "," * 40])
@example(["\\" * 200])
@example(["\U0001f9ea," * 60])
def test_it_says_the_same_in_lines_that_are_short_and_cut_no_escape(texts: list[str]) -> None:
    before = written(*texts)
    after = with_whole_escapes(before)
    assert unfolded(after) == unfolded(before)
    assert max(len(line.encode()) for line in after.split("\r\n")) <= 75
    assert cut_escapes(after) == []


@settings(deadline=None)
@given(TEXTS)
def test_a_line_that_cuts_no_escape_stays_as_it_is(text: str) -> None:
    before = written(text)
    after = with_whole_escapes(before)
    assert (after == before) == (cut_escapes(before) == [])


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_the_lines_beside_one_that_is_folded_anew_stay_as_they_are(text: str, other: str) -> None:
    both, alone = with_whole_escapes(written(text, other)), with_whole_escapes(written(other))
    assert both.endswith(alone.removeprefix("BEGIN:VCALENDAR\r\n"))


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=3))
def test_folding_anew_changes_nothing_more(texts: list[str]) -> None:
    once = with_whole_escapes(written(*texts))
    assert with_whole_escapes(once) == once


@pytest.mark.parametrize("escaped", [",", ";", "\\", "\n"], ids=["comma", "semicolon", "backslash", "break"])
@pytest.mark.parametrize("before", range(52, 64))
def test_an_escape_at_the_fold_goes_to_the_next_line_whole(before: int, escaped: str) -> None:
    lines = with_whole_escapes(written("x" * before + escaped * 20)).split("\r\n")
    (first,) = [line for line in lines if line.startswith("SUMMARY:")]
    assert 73 <= len(first) <= 75
    assert cut_escapes("\r\n".join(lines)) == []


@pytest.mark.parametrize("letter", ["y", "\u00e9", "\u20ac", "\U0001f9ea"], ids=len_in_octets)
@pytest.mark.parametrize("before", [52, 53, 54, 55])
def test_a_line_that_is_folded_anew_is_filled_and_not_more_than_that(before: int, letter: str) -> None:
    title = "x" * before + "\\" * 20 + letter * 200
    lines = with_whole_escapes(written(title)).split("\r\n")
    (at,) = [number for number, line in enumerate(lines) if line.startswith("SUMMARY:")]
    octets = [len(line.encode()) for line in lines[at + 1 :] if line.startswith(" ")]
    assert max(octets) <= 75
    assert min(octets[:-1]) >= 75 - 4
    assert unfolded("\r\n".join(lines)) == unfolded(written(title))


@settings(deadline=None, max_examples=500)
@given(TEXTS)
@example("x" * 66)
@example("x" * 67)
@example("\u20ac" * 200)
@example("x" * 65 + "," * 40)
@example("x" * 65 + "^" * 3)
@example("x" * 65 + "\\N" + "x" * 100)
def test_a_line_of_text_is_what_icalendar_writes_of_it_in_an_event(text: str) -> None:
    (event,) = with_whole_escapes(written(text)).split("BEGIN:VEVENT\r\n")[1:]
    assert text_line("SUMMARY", text) == event.partition("END:VEVENT")[0]


@settings(deadline=None, max_examples=500)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=250))
def test_a_line_is_folded_as_icalendar_folds_it(line: str) -> None:
    assert folded(line) == by_icalendar(line)


@pytest.mark.parametrize("letter", ["y", "\u00e9", "\u20ac", "\U0001f9ea", "\\", "^"], ids=ascii)
def test_around_a_fold_too(letter: str) -> None:
    for before, after in product(range(60, 80), (0, 1, 73, 74, 75, 148, 149, 200)):
        line = "x" * before + letter + "y" * after
        assert folded(line) == by_icalendar(line)


def test_a_control_character_that_icalendar_lets_pass_is_stopped() -> None:
    with pytest.raises(MalformedCalendarError):
        text_line("SUMMARY", "x\x00y")


def test_icalendar_alone_would_cut_an_escape() -> None:
    """Else none of this would be needed any more."""
    assert any(cut_escapes(written("x" * before + "\\" * 20)) for before in (52, 53))
