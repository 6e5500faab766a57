"""Which site is next.

Sites go round in their order. Where a site was recorded, the round goes on from there, whatever had
been planned; a dose that was not given used none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteUse:
    """The ``number``-th dose went into ``site``; None where it went nowhere."""

    number: int
    site: str | None


def next_site(sites: tuple[str, ...], number: int, uses: Iterable[SiteUse]) -> str | None:
    """The site for the ``number``-th dose, after ``uses``; None where the product has no sites."""
    if not sites:
        return None
    earlier = [use for use in uses if use.number < number]
    used = max((u for u in earlier if u.site in sites), key=lambda use: use.number, default=None)
    after, turn = (0, -1) if used is None else (used.number, sites.index(used.site or ""))
    idle = sum(1 for use in earlier if use.site is None and use.number > after)
    return sites[(turn + number - after - idle) % len(sites)]
