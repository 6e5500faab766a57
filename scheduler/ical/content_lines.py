"""A look at a calendar before it leaves: are its content lines what RFC 5545 section 3.1 asks?

A calendar client drops a whole feed for one bad line, mostly without a word, and a line that text from
a person has slipped in would be taken for ours. So every line that is written is held against what we meant
to write. A feed is put together from texts that were each looked at so, with only digits and letters filled
in; `check_document` looks at the bytes that leave, as a whole and at the speed of regular expressions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from scheduler.errors import DosecalError
from scheduler.ical.component_form import FORMS, ComponentForm

_MAX_OCTETS = 75
_LINE = re.compile(r"(?P<name>[A-Z][A-Z0-9-]*)(?:;[^:]*)?:(?P<value>.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Over bytes.
_SPLIT_CHARACTER = re.compile(rb"\n ?[\x80-\xbf]")
_C0 = bytes({*range(0x20), 0x7F})
# Apart, because each begins with a fixed byte, for which a whole feed is searched in no time.
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_SEPARATOR = re.compile(rb"\xe2\x80[\xa8\xa9]")
# The shortest line that means something has a name, a colon and a value.
_LEAST_OCTETS = 2
# What is an event's own: each line well-formed and at most 75 octets long. An event that begins in another
# way is not found here, and the whole of it is looked at as all the rest is.
_OWN = re.compile(
    rb"\nBEGIN:VEVENT\r\nUID:([0-9a-f-]{36})\r\nDTSTAMP:[0-9]{8}T[0-9]{6}Z\r\n"
    rb"LAST-MODIFIED:[0-9]{8}T[0-9]{6}Z\r\nSEQUENCE:[0-9]{1,9}\r\nSTATUS:[A-Z]{1,9}\r\n"
    rb"TRANSP:TRANSPARENT\r\nCLASS:PRIVATE\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n"
    rb"DTSTART(?:;[!-9;-~]{1,48})?:[0-9]{8}(?:T[0-9]{6}Z?)?\r\n"
    rb"DTEND(?:;[!-9;-~]{1,48})?:[0-9]{8}(?:T[0-9]{6}Z?)?(?=\r\n)"
)
_BEGUN = b"\nBEGIN:VEVENT"
_UID = re.compile(rb"\nUID:([^\r]*)")
_MARK_LINE = re.compile(rb"\n((?:BEGIN|END):[A-Z]+)(?=\r)")
# A letter for the beginning of each component and one for its end, and what a feed is in these letters.
_LETTERS = {
    b"BEGIN:VCALENDAR": "C",
    b"BEGIN:VTIMEZONE": "Z",
    b"BEGIN:STANDARD": "S",
    b"BEGIN:DAYLIGHT": "D",
    b"BEGIN:VEVENT": "E",
    b"BEGIN:VALARM": "A",
}
_LETTERS |= {begin.replace(b"BEGIN", b"END"): letter.lower() for begin, letter in _LETTERS.items()}
_SHAPE = re.compile("C(?:Z(?:Ss|Dd)+z)*(?:E(?:Aa)?e)*c")


class MalformedCalendarError(DosecalError):
    """The bytes are no calendar that clients will read. The message has no text of the calendar in it."""


def check_content_lines(
    data: bytes, expected: Mapping[str, int], forms: Mapping[str, ComponentForm] = FORMS
) -> None:
    """Raise MalformedCalendarError unless ``data`` is well-formed and has the ``expected`` components.

    ``forms``: what each component may have in it.
    """
    blocks = _Blocks(forms)
    for number, line in enumerate(_unfolded(data), 1):
        if not blocks.takes(line):
            raise MalformedCalendarError(f"content line {number} does not belong where it stands")
    if blocks.open:
        raise MalformedCalendarError(f"{blocks.open[-1]} is never ended")
    found = {name: count for name, count in blocks.found.items() if name in expected}
    if found != {name: count for name, count in expected.items() if count}:
        raise MalformedCalendarError(f"found {found} components, expected {dict(expected)}")


def check_text_line(line: str) -> None:
    """Raise MalformedCalendarError unless ``line``, folded and not ended, is one property and no more.

    How long its lines are is looked at by `check_content_lines` or `check_document`, like that of all others.
    """
    if _CONTROL.search(line.replace("\r\n ", "")):
        raise MalformedCalendarError("a text has a control character in it")


def check_document(data: bytes, expected: Mapping[str, int]) -> None:
    """Raise MalformedCalendarError unless the bytes of a feed are whole.

    Each line is ended by CRLF, at most 75 octets long, splits no character and has no control character;
    what begins is ended, in order; there are the ``expected`` components, and no UID stands twice.
    """
    head, *events = _OWN.split(data)
    parts = [head, *events[1::2]]
    _check_lines(_BEGUN.join(dict.fromkeys(parts)))
    _check_shape(parts, expected)
    _check_uids([*events[::2], *_uids(parts)], expected["VEVENT"])


def _check_lines(data: bytes) -> None:
    lines = data.split(b"\r\n")
    is_ascii = data.isascii()
    controls = len(data) - len(data.translate(None, _C0))
    *lengths, _ = map(len, lines)
    problems = {
        "the first line does not begin the calendar": lines[0] != b"BEGIN:VCALENDAR",
        "the last line does not end the calendar": lines[-2:] != [b"END:VCALENDAR", b""],
        "a control character stands elsewhere than in CRLF": controls != 2 * (len(lines) - 1),
        "a line is empty": min(lengths, default=0) < _LEAST_OCTETS,
        "a line is too long": max(lengths, default=0) > _MAX_OCTETS,
        "a line splits a character": not is_ascii and _SPLIT_CHARACTER.search(data) is not None,
        "a line has a control character": not is_ascii and any(c.search(data) for c in (_C1, _SEPARATOR)),
    }
    found = [problem for problem, is_so in problems.items() if is_so]
    if found:
        raise MalformedCalendarError(", ".join(found))


def _check_shape(parts: Sequence[bytes], expected: Mapping[str, int]) -> None:
    """``parts``: of a calendar, which was cut where an event begins.

    A line of text cannot be taken for a beginning or an end: it has a name of its own before it.
    """
    letters = {part: _letters(part) for part in set(parts)}
    shape = _LETTERS[b"BEGIN:VEVENT"].join(letters[part] for part in parts)
    if _SHAPE.fullmatch(shape) is None:
        raise MalformedCalendarError("what begins is not ended, or stands where it does not belong")
    found = {name: shape.count(_LETTERS[f"BEGIN:{name}".encode()]) for name in expected}
    if found != dict(expected):
        raise MalformedCalendarError(f"found {found} components, expected {dict(expected)}")


def _letters(part: bytes) -> str:
    return "".join(_LETTERS.get(mark, "?") for mark in _MARK_LINE.findall(b"\n" + part))


def _uids(parts: Sequence[bytes]) -> Iterator[bytes]:
    """Those that events of an unusual form have."""
    found = {part: _UID.findall(part) for part in set(parts)}
    return chain.from_iterable(found[part] for part in parts)


def _check_uids(uids: Collection[bytes], events: int) -> None:
    if not len(uids) == len(set(uids)) == events:
        raise MalformedCalendarError(f"{len(set(uids))} events are told apart by their UID, of {len(uids)}")


class _Blocks:
    """The components begun and not yet ended, and how many of each there were."""

    def __init__(self, forms: Mapping[str, ComponentForm]) -> None:
        self._forms = forms
        self.open: list[str] = []
        self.found: Counter[str] = Counter()
        self._seen: list[set[str]] = []
        self._uids: set[str] = set()

    def takes(self, line: str) -> bool:
        """Whether ``line`` may follow the lines taken so far."""
        match = _LINE.fullmatch(line)
        if match is None or _CONTROL.search(line):
            return False
        match match["name"]:
            case "BEGIN":
                return self._begin(match["value"])
            case "END":
                return self._end(match["value"])
            case name:
                return self._property(name, match["value"])

    def _begin(self, component: str) -> bool:
        parent = self.open[-1] if self.open else None
        if component not in self._forms or self._forms[component].parent != parent:
            return False
        self.open.append(component)
        self._seen.append(set())
        self.found[component] += 1
        return True

    def _end(self, component: str) -> bool:
        if not self.open or self.open.pop() != component:
            return False
        self._seen.pop()
        return True

    def _property(self, name: str, value: str) -> bool:
        if not self.open or name not in self._forms[self.open[-1]].properties or name in self._seen[-1]:
            return False
        self._seen[-1].add(name)
        return name != "UID" or self._is_new(value)

    def _is_new(self, uid: str) -> bool:
        """Google keeps one of two events with the same UID, and a dose would be gone without a word."""
        known = uid in self._uids
        self._uids.add(uid)
        return not known


def _unfolded(data: bytes) -> Iterator[str]:
    """The content lines, after each line of ``data`` was found to be short, whole and ended by CRLF."""
    if not data.endswith(b"\r\n"):
        raise MalformedCalendarError("the last line is not ended by CRLF")
    parts: list[str] = []
    for number, raw in enumerate(data[:-2].split(b"\r\n"), 1):
        text = _decoded(raw, number)
        if text.startswith(" ") and parts:
            parts.append(text[1:])
            continue
        if parts:
            yield "".join(parts)
        parts = [text]
    yield "".join(parts)


def _decoded(raw: bytes, number: int) -> str:
    if len(raw) > _MAX_OCTETS:
        raise MalformedCalendarError(f"line {number} is {len(raw)} octets long, {_MAX_OCTETS} at most")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedCalendarError(f"line {number} splits a character") from None
