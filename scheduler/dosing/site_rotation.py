"""Which site is next.

Sites go round in their order. Where a site was recorded, the round goes on from there, whatever had
been planned. A dose that was withheld or not given used none, so it takes no turn. A resting site is
passed over; so is the one used last, as long as there is another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from scheduler.dosing.refusal import DosingError


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteRest:
    """``site`` is left alone on the local dates from ``first`` to ``last``, both inclusive.

    ``last`` None: until further notice.
    """

    site: str
    first: date
    last: date | None
    reason: str

    def __post_init__(self) -> None:
        if self.last is not None and self.last < self.first:
            raise DosingError(f"the rest ends on {self.last}, before it begins on {self.first}")

    def covers(self, day: date) -> bool:
        """Whether the site rests on local date ``day``."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteUse:
    """The ``number``-th dose went into ``site``; None where it went nowhere."""

    number: int
    site: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """The ``number``-th dose, on local date ``on``, in the order of rotation ``sites``.

    ``idle``: it is withheld or was not given.
    """

    number: int
    on: date
    sites: tuple[str, ...]
    idle: bool


def next_site(sites: tuple[str, ...], number: int, uses: Collection[SiteUse]) -> str | None:
    """The site for the ``number``-th dose after ``uses``, where nothing is withheld and no site rests.

    None where the product has no sites. By arithmetic: the tenth year costs what the first day does.
    """
    if not sites:
        return None
    if not uses:
        return sites[(number - 1) % len(sites)]
    earlier = [use for use in uses if use.number < number]
    used = max((u for u in earlier if u.site in sites), key=lambda use: use.number, default=None)
    after, turn = (0, -1) if used is None else (used.number, sites.index(used.site or ""))
    idle = sum(1 for use in earlier if use.site is None and use.number > after)
    return sites[(turn + number - after - idle) % len(sites)]


def sites_in_turn(
    turns: Iterable[Turn], used: dict[int, str], rests: Collection[SiteRest]
) -> Iterator[tuple[int, str | None]]:
    """The site for each of ``turns``, which come by number, walking from one to the next.

    ``used`` has what was recorded, by number. The first turn is the first dose of all, or one of ``used``.
    """
    last: str | None = None
    for turn in turns:
        site = _next(turn, last, rests)
        yield turn.number, site
        recorded = used.get(turn.number)
        if recorded in turn.sites:
            last = recorded
        elif site is not None and not turn.idle:
            last = site


def _next(turn: Turn, last: str | None, rests: Collection[SiteRest]) -> str | None:
    sites = turn.sites
    begin = sites.index(last) + 1 if last in sites else 0
    in_order = [*sites[begin:], *sites[:begin]]
    free = [s for s in in_order if not any(rest.site == s and rest.covers(turn.on) for rest in rests)]
    return free[0] if free else None
