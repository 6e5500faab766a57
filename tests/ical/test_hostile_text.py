"""Text from people in every field, of every kind that has broken a calendar somewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event
from icalendar.prop import vText

from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Product
from scheduler.dosing.regimen import DoseCount, Regimen
from scheduler.ical import text
from scheduler.ical.privacy import Privacy

HOSTILE = {
    "a line break and a property": "x\r\nATTACH:https://evil.example/x",
    "a lone carriage return": "x\rATTACH:https://evil.example/x",
    "a lone line feed": "x\nEND:VEVENT\nBEGIN:VEVENT",
    "a folded line": "x\r\n ATTACH:y",
    "a vertical tab": "x\x0bATTACH:y",
    "a form feed": "x\x0cATTACH:y",
    "a null": "x\x00y",
    "an escape": "x\x1b[31my",
    "a next line": "x\x85ATTACH:y",
    "a line separator": "x\u2028ATTACH:y",
    "a paragraph separator": "x\u2029ATTACH:y",
    "text turned round": "x\u202egnp.exe\u2066y\u2069",
    "a byte order mark": "\ufeffx\ufeffy",
    "half a surrogate pair": "x\ud83dy\udc4d",
    "a non-character": "x\ufffey",
    "a false line break": "C:\\New\\new",
    "a false line break around a control": "C:\\\x00New",
    "a backslash at the end": "x\\",
    "separators": 'a,b;c:d"e^f\\,g\\;h^n',
    "ten thousand letters": "x" * 10_000,
    "ten thousand words": "word " * 2_000,
    "ten thousand emoji": "\U0001f9d1\u200d\U0001f52c" * 3_333,
    "a pile of marks": "e" + "\u0301" * 5_000,
    "uncomposed letters": "A\u030angstro\u0308m",
    "nothing but controls": "\x00\x01\r\n\u202e",
    "a parameter": ";X=1:y",
    "an end": "END:VCALENDAR",
}
# Classes of UAX #9 that turn the reading direction of what follows.
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
HELD = date(2026, 10, 22)

Render = Callable[..., bytes]


@pytest.fixture(scope="module")
def hostile_feed(
    plan: Callable[..., Plan],
    regimen: Callable[..., Regimen],
    product: Callable[..., Product],
    render: Render,
) -> Callable[..., bytes]:
    """A feed of four doses and a hold with ``bad`` wherever a person can write."""

    def build(bad: str, privacy: Privacy = Privacy.FULL) -> bytes:
        moved = GridId(regimen="octreotide", on=date(2026, 10, 20), slot=1)
        daily = regimen(
            start=date(2026, 10, 20),
            end=DoseCount(count=4),
            of=product(name=bad, sites=(bad or "arm", "leg")),
        )
        whole = plan(
            daily,
            name=f"{bad} Smith",
            holds=(Hold(regimen="octreotide", first=HELD, last=date(2026, 10, 23), reason=bad),),
            moves=(Move(dose=moved, to=datetime(2026, 10, 20, 9, 0), reason=bad),),  # noqa: DTZ001
        )
        guidance = {"octreotide": [bad, f"{bad}\n{bad}"]}
        return render(whole, privacy=privacy, guidance=guidance, name=bad, alias=bad, initials=bad)

    return build


@pytest.mark.parametrize("privacy", Privacy)
@pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_adds_no_line_and_takes_none_away(
    hostile_feed: Callable[..., bytes], unfolded: Callable[[bytes], str], bad: str, privacy: Privacy
) -> None:
    names = property_names(unfolded(hostile_feed(bad, privacy)))
    assert names == property_names(unfolded(hostile_feed("harmless", privacy)))


def property_names(content: str) -> list[str]:
    return [re.split("[;:]", line)[0] for line in content.splitlines()]


@pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)
def test_titles_and_descriptions_keep_to_their_lengths(
    hostile_feed: Callable[..., bytes], events: Callable[[bytes], list[Event]], bad: str
) -> None:
    for privacy in Privacy:
        for event in events(hostile_feed(bad, privacy)):
            assert 1 <= len(str(event["SUMMARY"])) <= 80
            assert 1 <= len(str(event["DESCRIPTION"])) <= 760


@settings(deadline=None, max_examples=300)
@given(bad=st.text(st.characters(categories=None), max_size=200))
def test_any_text_comes_out_of_a_calendar_as_it_was_cleaned(
    hostile_feed: Callable[..., bytes], bad: str
) -> None:
    calendar = Calendar.from_ical(hostile_feed(bad, Privacy.DISCREET))
    assert isinstance(calendar, Calendar)
    titles = {str(event["SUMMARY"]) for event in calendar.events}
    assert titles == {
        text.line(bad, 80) or "Reminder",
        "Cancelled: " + (text.line(bad, 69) or "Reminder"),
        (text.line(bad, 71) or "Reminder") + ": on hold",
    }
    # icalendar reads names as it finds them, with their backslashes.
    name = vText(text.line(bad, 80) or "Calendar").to_ical().decode()
    assert (str(calendar["NAME"]), str(calendar["X-WR-CALNAME"])) == (name, name)


@settings(deadline=None)
@given(bad=st.text(st.characters(categories=None)), limit=st.integers(0, 90))
def test_a_cleaned_line_is_visible_composed_and_no_longer_than_asked(bad: str, limit: int) -> None:
    cleaned = text.line(bad, limit)
    assert len(cleaned) <= limit
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in cleaned)
    assert not any(unicodedata.bidirectional(character) in TURNING for character in cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert "\\N" not in cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert text.line(cleaned, 1000) == cleaned


@settings(deadline=None)
@given(sentences=st.lists(st.text(st.characters(categories=None)), max_size=9), limit=st.integers(0, 90))
def test_a_paragraph_has_one_line_for_a_sentence_at_most(sentences: list[str], limit: int) -> None:
    cleaned = text.paragraph(sentences, limit)
    assert len(cleaned) <= limit
    assert cleaned.count("\n") <= max(0, len(sentences) - 1)


@pytest.mark.parametrize(
    ("given_text", "limit", "cut"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two three", 7, "one…"),
        ("onetwothree", 5, "onet…"),
        ("one", 1, "…"),
        ("one", 0, ""),
    ],
)
def test_text_is_cut_at_a_word_with_an_ellipsis(given_text: str, limit: int, cut: str) -> None:
    assert text.line(given_text, limit) == cut


def test_letters_and_their_marks_are_put_together() -> None:
    assert text.line("A\u030angstro\u0308m", 80) == "\u00c5ngstr\u00f6m"


def test_marks_that_turn_the_reading_direction_are_taken_out() -> None:
    assert text.line("a\u202eb\u2066c\u2069d\u200fe\u061cf", 80) == "abcdef"


def test_sentences_are_ended_and_empty_ones_left_out() -> None:
    assert text.paragraph(["Eat nothing", " \x00 ", "Why?", "So."], 90) == "Eat nothing.\nWhy?\nSo."


@pytest.mark.parametrize("before", range(60, 80))
def test_an_emoji_at_the_fold_stays_whole(
    plan: Callable[..., Plan],
    regimen: Callable[..., Regimen],
    render: Render,
    events: Callable[[bytes], list[Event]],
    before: int,
) -> None:
    alias = "x" * (before - 8) + "\U0001f9ea\u00e9\u4e2d"
    data = render(plan(regimen(end=DoseCount(count=3))), alias=alias)
    assert all(len(line) <= 75 and line.decode("utf-8") is not None for line in data.split(b"\r\n"))
    assert {str(event["SUMMARY"]) for event in events(data)} == {alias}
