"""The last look at a calendar: it lets a good one pass and stops every kind of bad one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from scheduler.dosing.plan import Plan
from scheduler.dosing.regimen import DoseCount, Regimen
from scheduler.ical.content_lines import MalformedCalendarError, check_content_lines

EXPECTED = {"VCALENDAR": 1, "VTIMEZONE": 1, "VEVENT": 3, "VALARM": 1}


@pytest.fixture(scope="module")
def good(plan: Callable[..., Plan], regimen: Callable[..., Regimen], render: Callable[..., bytes]) -> bytes:
    data: bytes = render(plan(regimen(end=DoseCount(count=3))), alias="Gärtchen")
    return data


def swapped(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    return change


def slipped_out(data: bytes) -> bytes:
    before, alarm, after = re.split(
        rb"(BEGIN:VALARM\r\n.*?END:VALARM\r\n)", data, maxsplit=1, flags=re.DOTALL
    )
    return before + swapped(b"END:VEVENT\r\n", b"END:VEVENT\r\n" + alarm)(after)


BROKEN: Mapping[str, Callable[[bytes], bytes]] = {
    "nothing at all": lambda data: b"",
    "no end of the last line": lambda data: data[:-2],
    "two other bytes at the end of the last line": lambda data: data[:-2] + b"\n\n",
    "a line ended by LF alone": swapped(b"\r\nMETHOD", b"\nMETHOD"),
    "a line ended by CR alone": swapped(b"\r\nMETHOD", b"\rMETHOD"),
    "an empty line": swapped(b"\r\nMETHOD", b"\r\n\r\nMETHOD"),
    "a line of 76 octets": swapped(b"SUMMARY:", b"SUMMARY:" + b"x" * (76 - 17)),
    "a character split by a fold": swapped("ä".encode(), b"\xc3\r\n \xa4"),
    "bytes that are no UTF-8": swapped("ä".encode(), b"\xe4"),
    "a null": swapped(b"SUMMARY:G", b"SUMMARY:\x00G"),
    "a tab": swapped(b"SUMMARY:G", b"SUMMARY:\tG"),
    "a line separator": swapped(b"SUMMARY:G", "SUMMARY:\u2028G".encode()),
    "a fold before anything": lambda data: b" " + data,
    "a line without a colon": swapped(b"CLASS:PRIVATE", b"CLASS"),
    "a name in small letters": swapped(b"CLASS:", b"class:"),
    "a property that we never write": swapped(b"CLASS:", b"ATTACH:https://evil.example\r\nCLASS:"),
    "a rule in an event": swapped(b"CLASS:", b"RRULE:FREQ=DAILY\r\nCLASS:"),
    "a property twice": swapped(b"CLASS:", b"SUMMARY:again\r\nCLASS:"),
    "a uid twice": lambda data: data.replace(uids(data)[1], uids(data)[0]),
    "a component that we never write": swapped(
        b"END:VCALENDAR", b"BEGIN:VTODO\r\nEND:VTODO\r\nEND:VCALENDAR"
    ),
    "an event in an event": swapped(b"END:VEVENT", b"BEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VEVENT"),
    "an alarm outside an event": swapped(b"END:VEVENT", b"END:VEVENT\r\nBEGIN:VALARM\r\nEND:VALARM"),
    "an alarm that has slipped out of its event": slipped_out,
    "two ends the wrong way round": swapped(b"END:VALARM\r\nEND:VEVENT", b"END:VEVENT\r\nEND:VALARM"),
    "an event that is never ended": swapped(b"END:VEVENT\r\n", b""),
    "a calendar that is never ended": swapped(b"END:VCALENDAR\r\n", b""),
    "an end too many": lambda data: data + b"END:VCALENDAR\r\n",
    "a property after the end": lambda data: data + b"VERSION:2.0\r\n",
    "two calendars": lambda data: data + data.replace(b"UID:", b"UID:2"),
    "an event too many": swapped(b"END:VCALENDAR", b"BEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR"),
    "an alarm too many": swapped(
        b"END:VEVENT\r\nEND:VCALENDAR", b"BEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR"
    ),
}


def uids(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\r\n") if line.startswith(b"UID:")]


def test_a_good_calendar_passes(good: bytes) -> None:
    check_content_lines(good, EXPECTED)


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_calendar_is_stopped(good: bytes, broken: Callable[[bytes], bytes]) -> None:
    with pytest.raises(MalformedCalendarError):
        check_content_lines(broken(good), EXPECTED)


@pytest.mark.parametrize("component", EXPECTED)
def test_a_component_that_is_missing_is_noticed(good: bytes, component: str) -> None:
    with pytest.raises(MalformedCalendarError, match="expected"):
        check_content_lines(good, EXPECTED | {component: EXPECTED[component] + 1})


def test_what_was_not_expected_at_all_is_noticed(good: bytes) -> None:
    with pytest.raises(MalformedCalendarError, match="expected"):
        check_content_lines(good, EXPECTED | {"VALARM": 0})


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_the_message_holds_no_text_of_the_calendar(good: bytes, broken: Callable[[bytes], bytes]) -> None:
    with pytest.raises(MalformedCalendarError) as stopped:
        check_content_lines(broken(good), EXPECTED)
    assert "Gärtchen" not in str(stopped.value)
    assert "evil" not in str(stopped.value)
