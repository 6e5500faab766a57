"""The look at the bytes that leave: it stops every single fault and lets every golden feed pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.ical.content_lines import MalformedCalendarError, check_document

FILES = sorted((Path(__file__).parent / "golden").glob("*.ics"))
# It has a time zone, alarms, a folded line, and a character of several octets.
GOOD = (Path(__file__).parent / "golden" / "full_privacy.ics").read_bytes()
GOOD = GOOD.replace(b"SUMMARY:Octreotide", "SUMMARY:Octréotide".encode(), 1)
COMPONENTS = ("VCALENDAR", "VTIMEZONE", "VEVENT", "VALARM")


def counts(data: bytes) -> dict[str, int]:
    lines = data.split(b"\r\n")
    return {name: lines.count(f"BEGIN:{name}".encode()) for name in COMPONENTS}


EXPECTED = counts(GOOD)


def put(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """One ``old``, the first, becomes ``new``."""

    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    return change


def without_last(part: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        before, _, after = data.rpartition(part)
        return before + after

    return change


def first_uid_twice(data: bytes) -> bytes:
    first, second, *_ = [line for line in data.split(b"\r\n") if line.startswith(b"UID:")]
    return data.replace(second, first)


def without_uid(data: bytes) -> bytes:
    first, *_ = [line for line in data.split(b"\r\n") if line.startswith(b"UID:")]
    return data.replace(first + b"\r\n", b"")


EVENT = b"BEGIN:VEVENT\r\nUID:another\r\nEND:VEVENT\r\n"
ALARM = b"BEGIN:VALARM\r\nEND:VALARM\r\n"
BROKEN: Mapping[str, Callable[[bytes], bytes]] = {
    "a bare CR": put(b"SUMMARY:O", b"SUMMARY:\rO"),
    "a bare LF": put(b"SUMMARY:O", b"SUMMARY:\nO"),
    "a line ended by CR alone": put(b"\r\nMETHOD", b"\rMETHOD"),
    "a line ended by LF alone": put(b"\r\nMETHOD", b"\nMETHOD"),
    "a CR and a LF the wrong way round": put(b"\r\nMETHOD", b"\n\rMETHOD"),
    "a NUL": put(b"SUMMARY:O", b"SUMMARY:\x00O"),
    "a tab": put(b"SUMMARY:O", b"SUMMARY:\tO"),
    "a DEL": put(b"SUMMARY:O", b"SUMMARY:\x7fO"),
    "a next line of C1": put(b"SUMMARY:O", "SUMMARY:\x85O".encode()),
    "the first of C1": put(b"SUMMARY:O", "SUMMARY:\x80O".encode()),
    "the last of C1": put(b"SUMMARY:O", "SUMMARY:\x9fO".encode()),
    "a line separator": put(b"SUMMARY:O", "SUMMARY:\u2028O".encode()),
    "a paragraph separator": put(b"SUMMARY:O", "SUMMARY:\u2029O".encode()),
    "a line of 76 octets": put(b"CLASS:PRIVATE", b"CLASS:" + b"P" * 70),
    "a folded line of 76 octets": put(b"CLASS:PRIVATE", b"CLASS:\r\n " + b"P" * 75),
    "76 octets in fewer characters": put(b"CLASS:PRIVATE", b"CLASS:" + "é".encode() * 35),
    "a character split by a fold": put("é".encode(), b"\xc3\r\n \xa9"),
    "a character split by the end of a line": put("é".encode(), b"\xc3\r\n\xa9"),
    "an empty line": put(b"\r\nMETHOD", b"\r\n\r\nMETHOD"),
    "a folded line with nothing on it": put(b"\r\nMETHOD", b"\r\n \r\nMETHOD"),
    "an empty line at the end": lambda data: data + b"\r\n",
    "nothing at all": lambda data: b"",
    "no end of the last line": lambda data: data[:-2],
    "no end of the calendar": without_last(b"END:VCALENDAR\r\n"),
    "something after the end": lambda data: data + b"VERSION:2.0\r\n",
    "something before the beginning": lambda data: b"VERSION:2.0\r\n" + data,
    "an end too many": lambda data: data + b"END:VCALENDAR\r\n",
    "an event that is never ended": without_last(b"END:VEVENT\r\n"),
    "an event that never begins": without_last(b"BEGIN:VEVENT\r\n"),
    "an alarm that is never ended": without_last(b"END:VALARM\r\n"),
    "a time zone that is never ended": without_last(b"END:VTIMEZONE\r\n"),
    "half a time zone that is never ended": without_last(b"END:STANDARD\r\n"),
    "two ends the wrong way round": put(b"END:VALARM\r\nEND:VEVENT\r\n", b"END:VEVENT\r\nEND:VALARM\r\n"),
    "an event in an event": put(b"END:VEVENT\r\n", EVENT + b"END:VEVENT\r\n"),
    "an alarm in an alarm": put(b"END:VALARM\r\n", ALARM + b"END:VALARM\r\n"),
    "an alarm outside an event": put(b"END:VCALENDAR\r\n", ALARM + b"END:VCALENDAR\r\n"),
    "a time zone after an event": lambda data: put(b"END:VCALENDAR", zone_of(data) + b"END:VCALENDAR")(data),
    "a time zone without a rule": put(
        b"BEGIN:VEVENT\r\n", b"BEGIN:VTIMEZONE\r\nTZID:X\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"
    ),
    "two alarms in an event": put(b"END:VALARM\r\n", b"END:VALARM\r\n" + ALARM),
    "a component that we never write": put(b"END:VCALENDAR", b"BEGIN:VTODO\r\nEND:VTODO\r\nEND:VCALENDAR"),
    "a calendar in a calendar": put(b"BEGIN:VEVENT", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nBEGIN:VEVENT"),
    "two calendars": lambda data: data + data.replace(b"\nUID:", b"\nUID:2"),
    "an event too many": put(b"END:VCALENDAR", EVENT + b"END:VCALENDAR"),
    "an event too few": lambda data: data.replace(last_event(data), b""),
    "an alarm too few": lambda data: data.replace(last_alarm(data), b""),
    "a time zone too few": lambda data: data.replace(zone_of(data), b""),
    "a uid twice": first_uid_twice,
    "a uid missing": without_uid,
    "the last event and the end again": lambda data: data + data[data.rindex(b"BEGIN:VEVENT") :],
    "the last words of an event again": lambda data: data + data[data.rindex(b"SUMMARY:") :],
    "two uids in an event": put(b"CLASS:", b"UID:another\r\nCLASS:"),
}


def zone_of(data: bytes) -> bytes:
    return data[data.index(b"BEGIN:VTIMEZONE") : data.index(b"BEGIN:VEVENT")]


def last_event(data: bytes) -> bytes:
    return data[data.rindex(b"BEGIN:VEVENT") : data.rindex(b"END:VCALENDAR")]


def last_alarm(data: bytes) -> bytes:
    return data[data.rindex(b"BEGIN:VALARM") : data.rindex(b"END:VALARM") + len(b"END:VALARM\r\n")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_golden_feed_passes(path: Path) -> None:
    data = path.read_bytes()
    check_document(data, counts(data))


def test_the_calendar_that_is_broken_below_is_good() -> None:
    check_document(GOOD, EXPECTED)
    assert all(count > 0 for count in EXPECTED.values())
    assert b"\r\n " in GOOD
    assert not GOOD.isascii()


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_single_fault_is_stopped(broken: Callable[[bytes], bytes]) -> None:
    data = broken(GOOD)
    assert data != GOOD
    with pytest.raises(MalformedCalendarError) as stopped:
        check_document(data, EXPECTED)
    assert "Octr" not in str(stopped.value)
    assert "another" not in str(stopped.value)


# Lines in the part of an event that is its own; each stands in every event, and the last one has the fault.
IN_THE_LAST: Mapping[str, tuple[bytes, bytes]] = {
    "a stamp of 76 octets": (b"DTSTAMP:", b"DTSTAMP:" + b"2" * 52),
    "a zone of 76 octets": (b"DTSTART;TZID=", b"DTSTART;TZID=" + b"x" * 50),
    "a tab in a zone": (b"DTEND;TZID=", b"DTEND;TZID=\t"),
    "a line separator in a zone": (b"DTEND;TZID=", "DTEND;TZID=\u2028".encode()),
    "an empty line before the start": (b"DTSTART;", b"\r\nDTSTART;"),
    "a folded line with nothing on it": (b"DTSTART;", b" \r\nDTSTART;"),
    "a bare LF before the end": (b"DTEND;", b"\nDTEND;"),
    "an alarm before the start": (b"DTSTART;", ALARM + b"DTSTART;"),
    "an event before the start": (b"DTSTART;", EVENT + b"DTSTART;"),
    "another uid": (b"DTSTART;", b"UID:another\r\nDTSTART;"),
    "an alarm that never begins": (b"BEGIN:VALARM\r\n", b""),
    "a title of 76 octets": (b"SUMMARY:", b"SUMMARY:" + b"x" * 75),
}


@pytest.mark.parametrize(("line", "broken"), IN_THE_LAST.values(), ids=IN_THE_LAST)
def test_a_fault_of_one_event_is_stopped_where_all_others_are_alike(line: bytes, broken: bytes) -> None:
    before, found, after = GOOD.rpartition(line)
    assert found
    with pytest.raises(MalformedCalendarError):
        check_document(before + broken + after, EXPECTED)


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("by", [-1, 1])
def test_a_count_other_than_expected_is_stopped(component: str, by: int) -> None:
    with pytest.raises(MalformedCalendarError):
        check_document(GOOD, EXPECTED | {component: EXPECTED[component] + by})


@pytest.mark.parametrize("line", [b"CLASS:" + b"P" * 69, b"CLASS:\r\n " + b"P" * 74], ids=["plain", "folded"])
def test_a_line_of_75_octets_passes(line: bytes) -> None:
    check_document(GOOD.replace(b"CLASS:PRIVATE", line, 1), EXPECTED)


@pytest.mark.parametrize("text", ["BEGIN:VEVENT", "END:VCALENDAR", "UID:x"])
def test_a_text_that_looks_like_a_line_passes(text: str) -> None:
    check_document(GOOD.replace(b"SUMMARY:O", f"SUMMARY:{text} O".encode(), 1), EXPECTED)


CONTROLS = st.sampled_from([bytes([code]) for code in (*range(0x20), 0x7F)])
PLACES = st.integers(0, len(GOOD) - 1)


@settings(deadline=None, max_examples=500)
@given(PLACES, CONTROLS)
def test_a_control_character_in_place_of_any_other_is_stopped(place: int, control: bytes) -> None:
    if GOOD[place : place + 1] != control:
        with pytest.raises(MalformedCalendarError):
            check_document(GOOD[:place] + control + GOOD[place + 1 :], EXPECTED)


@settings(deadline=None, max_examples=500)
@given(st.integers(0, len(GOOD)), CONTROLS)
def test_a_control_character_too_many_is_stopped_anywhere(place: int, control: bytes) -> None:
    with pytest.raises(MalformedCalendarError):
        check_document(GOOD[:place] + control + GOOD[place:], EXPECTED)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, GOOD.count(b"\r\n") - 1), st.sampled_from([b"\r", b"\n", b"\n\r", b"\r\r\n"]))
def test_a_line_that_ends_in_another_way_is_stopped(number: int, end: bytes) -> None:
    lines = GOOD.split(b"\r\n")
    before, after = lines[: number + 1], lines[number + 1 :]
    with pytest.raises(MalformedCalendarError):
        check_document(b"\r\n".join(before) + end + b"\r\n".join(after), EXPECTED)
