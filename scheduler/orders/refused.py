"""Words that are understood and all the same not read, with what to write instead.

The abbreviations are those of ISMP's List of Error-Prone Abbreviations, Symbols, and Dose Designations.
"SC" and "subQ" are on it too; they are read, because a word that is read back in full can be checked.
"""

from __future__ import annotations

from collections.abc import Iterator


def _error_prone(instead: str) -> str:
    return f"is on ISMP's list of error-prone abbreviations: write {instead}"


_WORD = "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_CLOCK = "does not say a time: write it as a clock time, such as 07:00"
_DATE = "is no date by itself: write the date, such as 2026-12-01"
_CHANGE = 'does not say each step: write it with its length, joined to the next by "then"'
_EACH = "does not say each dose: write the amount of one dose and how often"

# Tried in this order; the numbers go first, because what is wrong with one is shorter than what follows it.
_CAUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "can be two dates: write it as 2026-12-01",
        (r"\d{1,4}/\d{1,2}/\d{2,4}", r"\d{1,2}\.\d{1,2}\.\d{2,4}"),
    ),
    (
        "has a comma that parts thousands here and decimals elsewhere: write it without",
        (r"\d{1,3}(?:,\d{3})+(?![\d,])",),
    ),
    ("has a comma: write a decimal point, such as 7.5", (r"\d+,\d+(?![\d,:])",)),
    ("has a trailing zero, which is read as ten times as much: write it without", (r"\d+\.\d*0(?![\d.])",)),
    (
        "has no zero before its point, which is overlooked: write it with one, such as 0.5",
        (r"(?<![\d.])\.\d+",),
    ),
    (
        "is a fraction: write the amount in digits, such as 0.5",
        (r"\d+/\d+", "[\xbc-\xbe]", r"half\b", r"quarter\b"),
    ),
    (
        "can be morning or evening: write it as 07:00 or 19:00, or with am or pm",
        (r"\d:[0-5]\d(?!\d)(?!\s*[ap]\.?m\b)",),
    ),
    ("can be noon or midnight: write 12:00 or 00:00", (r"12(?::[0-5]\d)?\s*[ap]\.?m\b\.?",)),
    (_error_prone('"once daily"'), (r"q\.?\s?d\b\.?", r"q\s?1\s?d\b", r"i/d\b", r"o\.?d\b\.?")),
    (_error_prone('"every other day"'), (r"q\.?\s?o\.?\s?d\b\.?",)),
    ('is an abbreviation that is not read: write "every other day"', (r"eod\b",)),
    (_error_prone('"mcg" or "micrograms"'), (r"[\xb5\u03bc]\s?g?\b", r"[\xb5\u03bc]")),
    (_error_prone('"units"'), (r"i\.?u\b\.?", r"u\b")),
    (_error_prone('"mL"'), (r"cc\b",)),
    (
        _error_prone("a clock time, such as 22:00"),
        (r"q?\.?h\.?s\b\.?", r"q\.?\s?n\b"),
    ),
    (_error_prone('"SC" or "under the skin"'), (r"s\.?q\b\.?", r"sub\s+q\b")),
    (_error_prone('"by mouth"'), (r"per\s+os\b",)),
    (
        _error_prone('the weekdays, such as "on Mon, Wed and Fri"'),
        (r"t\.?i\.?w\b\.?", r"b\.?i\.?w\b\.?"),
    ),
    (_error_prone("the frequency in full"), (r"u\.?d\b\.?",)),
    (_error_prone('"for 3 days" or "for 3 doses"'), (r"[x\xd7]\s?\d+\s?d\b",)),
    (_error_prone("one amount"), (r"ssr?i\b",)),
    (_error_prone("what is meant in full"), (r"d/c\b",)),
    (_error_prone('"at"'), ("@",)),
    (_error_prone('"and"'), ("&",)),
    (_error_prone('"at least" or "at most"'), ("[<>]=?", r"[\u2264\u2265]")),
    (
        'does not say the length of the cycle: write, for instance, "days 1-14 of 28"',
        (r"days?\s+\d+\s*(?:-|\u2013|to|through)\s*\d+",),
    ),
    (
        "is a range: an order says one amount and one interval",
        (
            r"\d+(?:\.\d+)?\s*(?:-|\u2013|to|or)\s*\d+(?:\.\d+)?(?![\d-])",
            rf"{_WORD}\s+(?:to|or)\s+{_WORD}\b",
        ),
    ),
    (
        "does not say what or when: write dose and frequency",
        (r"(?:use\s+|take\s+)?as\s+(?:directed|instructed|prescribed|ordered)\b",),
    ),
    (
        _CHANGE,
        (
            r"taper(?:ing|ed)?(?:\s+(?:off|down))?\b",
            r"(?:titrate|increase|decrease|reduce|double|raise|lower|wean)[ds]?\b(?:\s+(?:to|by|off)\b)?",
            r"loading\s+dose\b",
            r"bolus\b",
        ),
    ),
    (
        "does not say an amount: write one dose, or start a ready-made course with --protocol",
        (r"sliding\s+scale\b", r"per\s+(?:scale|protocol)\b"),
    ),
    (_EACH, (r"in\s+divided\s+doses\b", r"divided\b", r"total\s+daily(?:\s+dose)?\b")),
    (
        "does not say when: write the date, and the time where hours count",
        (r"stat\b", r"immediately\b", r"now\b", r"asap\b"),
    ),
    (
        _DATE,
        (
            *(r"today\b", r"tonight\b", r"tomorrow\b", r"next\s+\w+", r"this\s+\w+"),
            r"in\s+(?:\d+|an?|one|two|three|four)\s+(?:day|week|month)s?\b",
        ),
    ),
    (
        _CLOCK,
        (
            r"(?:in\s+the\s+)?(?:every\s+)?(?:morning|afternoon|evening|night)\b",
            *(r"q\.?[ap]\.?m\b\.?", r"nightly\b", r"at\s+night\b", r"(?:at\s+)?bed\s?time\b"),
            r"(?:with|before|after|between)\s+(?:meals?|food|breakfast|lunch|dinner|eating)\b",
            *(r"a\.?c\b\.?", r"p\.?c\b\.?"),
        ),
    ),
    ("is not read: write 12:00 or 00:00", (r"noon\b", r"midday\b", r"midnight\b")),
    (
        'can be 4 weeks or a calendar month: write "every 4 weeks" or "every 1 calendar month"',
        (
            r"(?:every|each|q)\s*month(?!s)\b",
            *(r"once\s+(?:a|per|each|every)\s+month\b", r"(?:once\s+)?monthly\b"),
            r"\d+x?\s+(?:a|per)\s+month\b",
        ),
    ),
    (
        'can be twice in one or once in two: write, for instance, "every 2 weeks"',
        (r"bi-?weekly\b", r"bi-?monthly\b", r"semi-?weekly\b"),
    ),
    (
        'does not say on which days: write them, such as "on Mon, Wed and Fri"',
        (
            r"(?:twice|thrice)\s+(?:(?:a|per|each|every)\s+week|weekly)\b",
            r"(?:two|three|four|five|six)\s+times\s+(?:(?:a|per|each|every)\s+week|weekly)\b",
            r"[2-7]\s*(?:times|x)\s*(?:(?:a|per|each|every)\s+week|weekly|/\s*w(?:ee)?k)\b",
            r"(?:on\s+)?(?:week\s?days|week\s?ends?)\b",
        ),
    ),
    (
        "takes something back or forbids it: an order says what is given; write that alone",
        (
            *(r"do\s+not\b", r"don'?t\b", r"not\b", r"never\b", r"no\b", r"without\b", r"avoid\b"),
            *(r"except\b", r"unless\b", r"instead(?:\s+of)?\b", r"skip\b", r"withhold\b", r"hold\b"),
            *(r"stop\b", r"discontinue\b", r"cancel\b"),
        ),
    ),
    (
        "leaves the amount or the time open: write it exactly",
        (r"(?:about|approximately|approx|around|roughly|circa|ca)\b\.?", "~"),
    ),
    ("leaves a choice: an order says one thing", (r"(?:and/)?or\b",)),
    ("is a question: an order says what is meant", (r"\?+",)),
)

_PATTERNS = tuple((pattern, cause) for cause, patterns in _CAUSES for pattern in patterns)


def refused_terminals() -> Iterator[tuple[str, str]]:
    """Name and pattern of the terminal of each refused word, in the order in which they are tried."""
    for number, (pattern, _) in enumerate(_PATTERNS):
        yield f"REFUSED_{number}", _whole_words(pattern)


def _whole_words(pattern: str) -> str:
    """A word does not begin within another one; a number or a sign may, as in ``q4-6h``."""
    is_word = pattern[0].isalpha() or pattern.startswith("(?:")
    return rf"(?<![a-z])(?:{pattern})" if is_word else pattern


def refused_cause(terminal: str) -> str | None:
    """Why the words of ``terminal`` are not read; None for words that are."""
    if not terminal.startswith("REFUSED_"):
        return None
    return _PATTERNS[int(terminal.removeprefix("REFUSED_"))][1]
