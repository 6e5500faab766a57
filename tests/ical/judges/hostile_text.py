"""Text of people that has broken a calendar somewhere."""

from __future__ import annotations

HOSTILE = {
    "a line break and a property": "x\r\nATTACH:https://evil.example/x",
    "a lone carriage return": "x\rATTACH:https://evil.example/x",
    "a lone line feed": "x\nEND:VEVENT\nBEGIN:VEVENT",
    "a folded line": "x\r\n ATTACH:y",
    "a vertical tab": "x\x0bATTACH:y",
    "a form feed": "x\x0cATTACH:y",
    "a file separator": "x\x1cATTACH:y",
    "a null": "x\x00y",
    "an escape": "x\x1b[31my",
    "a next line": "x\x85ATTACH:y",
    "a line separator": "x\u2028ATTACH:y",
    "a paragraph separator": "x\u2029ATTACH:y",
    "text turned round": "x\u202egnp.exe\u2066y\u2069",
    "a byte order mark": "\ufeffx\ufeffy",
    "half a surrogate pair": "x\ud83dy\udc4d",
    "a false line break": "C:\\New\\new",
    "a backslash at the end": "x\\",
    "separators": 'a,b;c:d"e^f\\,g\\;h^n',
    "ten thousand letters": "x" * 10_000,
    "ten thousand words": "word " * 2_000,
    "ten thousand emoji": "\U0001f9d1\u200d\U0001f52c" * 3_333,
    "a parameter": ";X=1:y",
    "an end": "END:VCALENDAR",
}

AT_THE_FOLD = {
    f"{what} after {before}": "x" * before + character * 9
    for what, character in (("an emoji", "\U0001f9ea"), ("a comma", ","), ("a backslash", "\\ "))
    for before in range(50, 76, 5)
}
"""The first is around the 75th octet of a line, whatever stands before the text."""

TEXTS = {**HOSTILE, **AT_THE_FOLD}
