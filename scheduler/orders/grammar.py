"""The grammar of one part of an order: "100 mcg", "every 4 weeks", "on days 1-14 of 28".

Parts stand in any order, so the grammar is that of a part, and :mod:`clauses` finds where each ends.
Letters are those of ASCII: a look-alike from another alphabet is not taken for one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from lark import Lark

from scheduler.orders.refused import refused_terminals

_RULES = r"""
?clause: product | dose | route | times_a_day | every | weekdays | cycle | days_on_off | as_needed
       | maximum | gap | clock | lasting | dose_count | until | start | open_ended | setting

product: PRODUCT
dose: number (MCG | MG | G | ML | UNITS | TABLETS | CAPSULES | GBQ) _OF?
route: SUBCUTANEOUS | DEEP_SUBCUTANEOUS | INTRAMUSCULAR | INTRAVENOUS | ORAL

times_a_day: BID | TID | QID | DAILY
           | ONCE _per_day | TWICE _per_day | THRICE _per_day | number (TIMES | X) _per_day
_per_day: DAILY | PER_DAY

every: ONCE? (EVERY | Q) number? _HYPHEN? (HOURS | DAYS | WEEKS | CALENDAR? MONTHS)
     | EVERY (ORDINAL | OTHER) (DAYS | WEEKS)
     | ALTERNATE_DAYS | WEEKLY | FORTNIGHTLY
weekdays: (ON | EVERY) WEEKDAY (_and* WEEKDAY)* | WEEKDAY (_and+ WEEKDAY)+
cycle: ON? DAY_NUMBERS _OF number _HYPHEN? DAYS _CYCLE?
     | ON? DAY_NUMBERS _OF number
days_on_off: number (DAYS | WEEKS) ON _and? number (DAYS | WEEKS) OFF

as_needed: PRN
maximum: MAX number (DOSES | TIMES | X)? _per_day
gap: AT_LEAST number HOURS APART

clock: AT? TIME (_and* TIME)*
lasting: (FOR | X) (number | A) (DAYS | WEEKS | CALENDAR? MONTHS)
dose_count: (FOR | X) TOTAL? number DOSES
until: (UNTIL | TO) DATE
start: FROM (DATE | MOMENT)
open_ended: OPEN_ENDED
setting: AT_HOME | NURSE_VISIT | CLINIC

number: NUMBER | NUMBER_WORD
_and: COMMA | AND | SLASH
"""

_FIRST = r"""
DATE: \d{4}-\d{2}-\d{2}(?![\dT-])|NTH\s+MONTH,?\s+\d{4}(?!\d)|MONTH\s+NTH,?\s+\d{4}(?!\d)
MOMENT: \d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::00)?(?![\d:])
DAY_NUMBERS: days?\s+\d+(?:\s*(?:,\s*and\s|,|-|\u2013|and\s|to\s|through\s)\s*\d+)*(?=\s+(?:out\s+)?of\b)
MAX: max(?:imum)?\b\.?(?:\s+of\b)?|at\s+most\b|up\s+to\b(?!\s+and)|(?:no|not)\s+more\s+(?:often\s+)?than\b
OPEN_ENDED: until\s+further\s+notice\b|ongoing\b|indefinitely\b|continuously\b|without\s+(?:an\s+)?end\b
UNTIL: until(?:\s+and\s+including)?\b|through\b|up\s+to\s+and\s+including\b|ending(?:\s+on)?\b|till\b
TIME: (?:0?[1-9]|1[01])(?::[0-5]\d)?\s*[ap]\.?m\b\.?|(?:[01]\d|2[0-3]):[0-5]\d(?![\d:]|\s*[ap]\.?m\b)
TO: to(?=\s+(?:\d{4}-|\d{1,2}\s+MONTH|MONTH))
ORDINAL: (?:second|2nd|third|3rd|fourth|4th)\b
WEEKDAY: (?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\b
CLINIC: (?:at|in)\s+(?:the\s+|a\s+)?clinic\b|clinic\s+visit\b
NURSE_VISIT: (?:(?:at|by)\s+)?(?:(?:a|the)\s+)?nurse[\s-]+visits?\b|by\s+(?:(?:a|the)\s+)?nurse\b
AT_HOME: at\s+home\b
"""

_WORDS = r"""
MCG: (?:mcgs?|ug|micrograms?)\b
MG: (?:mgs?|milligrams?)\b
G: (?:g|grams?)\b
ML: (?:mls?|milliliters?|millilitres?)\b
UNITS: units?\b
TABLETS: (?:tablets?|tabs?)\b
CAPSULES: (?:capsules?|caps?)\b
GBQ: (?:gbq|gigabecquerels?)\b
SUBCUTANEOUS: UNDER_SKIN
DEEP_SUBCUTANEOUS: deep(?:ly)?[\s-]+(?:UNDER_SKIN)
INTRAMUSCULAR: i\.?m\b\.?|intra-?muscular(?:ly)?\b|in(?:to)?\s+(?:the|a)\s+muscle\b
INTRAVENOUS: i\.?v\b\.?|intravenous(?:ly)?\b|in(?:to)?\s+(?:the|a)\s+vein\b
ORAL: p\.?o\b\.?|by\s+mouth\b|oral(?:ly)?\b
BID: b\.?i\.?d\b\.?
TID: t\.?i\.?d\b\.?
QID: q\.?i\.?d\b\.?
DAILY: (?:daily|(?:every|each)\s+day)\b
PER_DAY: (?:(?:a|per)\s+day|/\s*(?:day|d))\b
ONCE: once\b
TWICE: twice\b
THRICE: thrice\b
TIMES: times?\b
X: [x\xd7](?![a-z])
EVERY: (?:every|each)\b
Q: q(?=\s*\d)
HOURS: (?:hours?|hrs?|hourly|h)\b
DAYS: (?:days?|d)\b
WEEKS: (?:weeks?|wks?|w)\b
MONTHS: (?:months?|mo)\b
CALENDAR: calendar\b
OTHER: other\b
ALTERNATE_DAYS: (?:on\s+)?alternate\s+days\b
WEEKLY: (?:once\s+)?weekly\b|once\s+(?:a|per|each|every)\s+week\b|qw(?:k|eek)\b
FORTNIGHTLY: (?:fortnightly|(?:once\s+)?(?:every|a|each)\s+fortnight)\b
ON: on\b
OFF: off\b
_OF: (?:out\s+)?of(?:\s+(?:a|an|every|each))?\b
_CYCLE: cycles?\b
PRN: p\.?r\.?n\b\.?|(?:as|when|if)\s+(?:needed|required)\b
DOSES: (?:doses?|injections?|infusions?)\b
AT_LEAST: at\s+least\b|min(?:imum)?\b\.?(?:\s+of\b)?|(?:no|not)\s+(?:less|closer)\s+than\b
APART: apart\b|between(?:\s+(?:each|two|the))?\s+doses?\b
AT: at\b
FOR: for\b
TOTAL: a\s+total\s+of\b|a\s+maximum\s+of\b
A: an?\b
FROM: (?:start(?:s|ing)?|begin(?:s|ning)?)(?:\s+(?:on|from))?\b|from\b|first\s+(?:dose|injection)(?:\s+on)?\b
THEN: (?:and\s+)?then\b|followed\s+by\b
AND: and\b
NUMBER_WORD: (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b
NUMBER: \d+(?:\.\d+)?
NOISE: (?:take|inject|give|administer)\b|[.;:()]+
COMMA: ,
SLASH: /
_HYPHEN: [-\u2013]
"""

_FILLED_IN = {
    "UNDER_SKIN": r"s\.?c\b\.?|sub-?q\b|sub-?cut\b|subcutaneous(?:ly)?\b|under\s+the\s+skin\b",
    "MONTH": r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)",
    "NTH": r"\d{1,2}(?:st|nd|rd|th)?",
}


@cache
def clause_parser(names: tuple[str, ...]) -> Lark:
    """The parser of a part of an order in which ``names``, in hyphens, are products."""
    # Higher tries first: names, what holds a refused word within it, refused words, the others.
    terminals = [("PRODUCT", 2000, _names(names))]
    terminals += [(name, 1500 - number, pattern) for number, (name, pattern) in enumerate(_listed(_FIRST))]
    terminals += [
        (name, 1000 - number, pattern) for number, (name, pattern) in enumerate(refused_terminals())
    ]
    terminals += [(name, 100, pattern) for name, pattern in _listed(_WORDS)]
    terminals += [("WORD", 2, r"[^\W\d_]\w*"), ("SIGN", 1, r"\S")]
    grammar = "\n".join([_RULES, *(_terminal(*terminal) for terminal in terminals), r"%ignore /[\s\u00a0]+/"])
    used = set(re.findall(r"\w+", _RULES))
    unused = [name for name, _, _ in terminals if name not in used]
    grammar += f"\nunread: {' | '.join(unused)}\n"
    return Lark(
        grammar,
        parser="lalr",
        lexer="basic",
        start=["clause", "unread"],
        g_regex_flags=re.IGNORECASE | re.ASCII,
    )


def _terminal(name: str, priority: int, pattern: str) -> str:
    escaped = pattern.replace("/", r"\/")
    return f"{name}.{priority}: /{escaped}/"


def _listed(text: str) -> list[tuple[str, str]]:
    pairs = (line.split(": ", 1) for line in text.strip().splitlines())
    return [(name, _filled_in(pattern)) for name, pattern in pairs]


def _filled_in(pattern: str) -> str:
    for word, meaning in _FILLED_IN.items():
        pattern = pattern.replace(word, meaning)
    return pattern


def _names(names: Iterable[str]) -> str:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    spelled = (r"[\s(-]+".join(re.escape(part) for part in name.split("-")) for name in longest_first)
    return rf"(?<![a-z0-9])(?:{'|'.join(spelled)})(?![a-z0-9])"
