"""Where each part of an order begins and ends, and what belongs to none.

From each word on, the longest run of words that is a part by the grammar is taken. Where there is none, the
words are a fault, and reading goes on behind them, so that every fault is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from scheduler.orders.fault import Faults
from scheduler.orders.refused import refused_cause

_BETWEEN = ("THEN", "COMMA", "NOISE")
_NEVER = ("WORD", "SIGN")
_MISSING = {
    "NUMBER": 'a unit such as "mcg" or "mg", or "times a day"',
    "NUMBER_WORD": 'a unit such as "mg" or "tablets", or "times a day"',
    "EVERY": '"8 hours", "4 weeks" or "other day"',
    "Q": 'a number and "h", "d" or "w"',
    "ONCE": '"daily", "weekly" or "every 4 weeks"',
    "TWICE": '"daily"',
    "THRICE": '"daily"',
    "FOR": 'a length such as "14 days" or "6 doses"',
    "X": 'a length such as "14 days" or "6 doses"',
    "FROM": "a date such as 2026-12-01",
    "UNTIL": "a date such as 2026-12-24",
    "AT": "a time such as 07:00",
    "ON": 'a weekday, or "days 1-14 of 28"',
    "DAY_NUMBERS": 'the length of the cycle, such as "of 28"',
    "MAX": 'a number of doses a day, such as "4 per day"',
    "AT_LEAST": '"4 hours apart"',
}
_ALONE = {
    "WEEKDAY": 'can be a frequency or belong to a date: write "on Monday", or the date alone',
    "PER_DAY": 'can be the amount of a whole day or of one dose: write "once daily"',
    "AND": "joins what an order says one by one: write each part by itself, or an order for each product",
    "SLASH": "can be read as a 1: write the amount of one dose, and the words in full",
    "THEN": 'has no step on one side of it: write a dose and a frequency, "then", and those of the next step',
}
_KNOWN = (
    *("micrograms", "milligrams", "grams", "units", "tablets", "capsules", "daily", "weekly"),
    *(
        "subcutaneously",
        "subcut",
        "intramuscular",
        "intravenous",
        "orally",
        "every",
        "weeks",
        "hours",
        "days",
    ),
    *("doses", "times", "until", "starting", "twice", "three", "clinic", "needed", "maximum", "other"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """A part of an order: ``tree`` by the grammar, and the words it was read from."""

    tree: Tree[Token]
    tokens: tuple[Token, ...]

    @property
    def column(self) -> int:
        """Where it begins, from 1."""
        return column_of(self.tokens[0])

    @property
    def length(self) -> int:
        """How many characters it has."""
        return end_of(self.tokens[-1]) - self.column


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """The parts between two "then"; ``then`` is the one before them."""

    then: Token | None
    clauses: list[Clause]


def column_of(token: Token) -> int:
    """Where ``token`` begins, from 1."""
    return (token.start_pos or 0) + 1


def end_of(token: Token) -> int:
    """The column behind ``token``."""
    return column_of(token) + len(token)


def steps_of(text: str, parser: Lark, names: Sequence[str], faults: Faults) -> list[Step]:
    """The parts of ``text``, step by step. What is no part goes to ``faults``."""
    reader = _Reader(parser=parser, names=tuple(names), faults=faults)
    steps = [Step(then=None, clauses=[])]
    for item in reader.clauses(list(parser.lex(text))):
        if isinstance(item, Clause):
            steps[-1].clauses.append(item)
        else:
            steps.append(Step(then=item, clauses=[]))
    return steps


@dataclass(frozen=True, kw_only=True)
class _Reader:
    parser: Lark
    names: tuple[str, ...]
    faults: Faults

    def clauses(self, tokens: list[Token]) -> list[Clause | Token]:
        """The parts in order, with the token of each "then" between them."""
        found: list[Clause | Token] = []
        position, unread_before = 0, False
        while position < len(tokens):
            token = tokens[position]
            clause, reached = self._longest(tokens, position)
            if clause is not None:
                found.append(clause)
                position += len(clause.tokens)
                unread_before = False
            elif token.type in _BETWEEN:
                found += [token] if token.type == "THEN" else []
                position += 1
            else:
                position = self._unread(tokens, position, reached, quiet=unread_before)
                unread_before = True
        return found

    def _longest(self, tokens: list[Token], start: int) -> tuple[Clause | None, int]:
        """The longest part from ``start`` on, and how far the grammar could follow."""
        parsing = self.parser.parse_interactive("", start="clause")
        longest: tuple[Any, int] | None = None
        position = start
        while position < len(tokens):
            try:
                parsing.feed_token(tokens[position])
            except UnexpectedInput:
                break
            position += 1
            tree = _finished(parsing)
            longest = longest if tree is None else (tree, position)
        if longest is None:
            return None, position
        return Clause(tree=longest[0], tokens=tuple(tokens[start : longest[1]])), position

    def _unread(self, tokens: list[Token], start: int, reached: int, *, quiet: bool) -> int:
        """Tell why nothing can be read from ``start`` on, and give where reading goes on.

        ``quiet``: a fault just before covers it, unless it is one of its own.
        """
        stopped = tokens[reached] if reached < len(tokens) else None
        if stopped is not None and self._tell_own_cause(stopped, after=tokens[start:reached], quiet=quiet):
            return reached + 1
        first, last = tokens[start], tokens[max(start, reached - 1)]
        if not quiet:
            text = _unfinished(tokens[start:reached] or [first])
            self.faults.add(column_of(first), end_of(last) - column_of(first), text)
        return max(start + 1, reached)

    def _tell_own_cause(self, token: Token, *, after: list[Token], quiet: bool) -> bool:
        """Tell what is wrong with ``token`` itself, if anything."""
        cause = refused_cause(token.type)
        if cause is None and token.type not in _NEVER:
            return False
        if cause is not None or not quiet:
            text = cause or self._unknown(token, after)
            self.faults.add(column_of(token), len(token), f'"{token}" {text}')
        return True

    def _unknown(self, token: Token, after: list[Token]) -> str:
        missing = f' after "{_shown(after)}", where an order has {_missing(after)}' if after else ""
        known = _KNOWN if after else (*_KNOWN, *self.names)
        close = get_close_matches(token.lower(), known, n=1, cutoff=0.75)
        hint = f'; did you mean "{close[0].replace("-", " ")}"?' if close else ""
        return f"is no word of an order that is read{missing}{hint}"


def _finished(parsing: Any) -> Any:
    """The tree, if what was fed so far is a whole part."""
    try:
        return parsing.copy().feed_eof()
    except UnexpectedInput:
        return None


def _unfinished(tokens: list[Token]) -> str:
    alone = _ALONE.get(tokens[0].type)
    if alone is not None and len(tokens) == 1:
        return f'"{tokens[0]}" {alone}'
    if tokens[0].type not in _MISSING:
        return f'"{_shown(tokens)}" is read only with the words that belong before it, which are not there'
    if tokens[-1].type in ("DAYS", "WEEKS") and len(tokens) == 2:
        return f'"{_shown(tokens)}" can be a length or an interval: write "for {_shown(tokens)}" or "every"'
    return f'"{_shown(tokens)}" is not finished: it goes on with {_missing(tokens)}'


def _missing(tokens: list[Token]) -> str:
    return _MISSING.get(tokens[0].type, "other words")


def _shown(tokens: list[Token]) -> str:
    return " ".join(tokens)
