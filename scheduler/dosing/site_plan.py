"""The sites of one regimen's doses, worked out as far as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from scheduler.dosing.plan import Plan
from scheduler.dosing.planned_dose import PlannedDose
from scheduler.dosing.site_rotation import SiteUse, Turn, next_site, sites_in_turn


@dataclass
class SitePlan:
    """``uses`` are what was recorded, ``doses_from`` gives the doses from a number on.

    ``uneven``: some doses are withheld, some sites rest or an amendment brought other ones, so that turns
    have to be walked. ``lasting`` are the sites that every version of the regimen has.
    """

    plan: Plan
    uses: tuple[SiteUse, ...]
    uneven: bool
    lasting: frozenset[str]
    doses_from: Callable[[int], Iterable[PlannedDose]]
    _first: int = 0
    _sites: dict[int, str | None] = field(default_factory=dict)
    _turns: Iterator[tuple[int, str | None]] | None = None

    def site(self, dose: PlannedDose) -> str | None:
        """The site for ``dose``; None where every site rests."""
        if not self.uneven:
            return next_site(dose.version.sites, dose.number, self.uses)
        if dose.number not in self._sites:
            self._walk_to(dose.number)
        return self._sites.get(dose.number)

    def _walk_to(self, number: int) -> None:
        if self._turns is None or number < self._first:
            self._first, self._sites, self._turns = self._start(number), {}, None
        turns = self._turns = self._turns or self._in_turn()
        for reached, site in turns:
            self._sites[reached] = site
            if reached >= number:
                return

    def _start(self, number: int) -> int:
        """The last dose before ``number`` whose place in the round is known, else the first dose of all."""
        known = (use.number for use in self.uses if use.site in self.lasting)
        return max((used for used in known if used < number), default=1)

    def _in_turn(self) -> Iterator[tuple[int, str | None]]:
        used = {use.number: use.site for use in self.uses if use.site is not None}
        idle = {use.number for use in self.uses if use.site is None}
        turns = (
            Turn(
                number=dose.number,
                on=dose.on,
                sites=dose.version.sites,
                idle=dose.number in idle or dose.hold is not None,
            )
            for dose in self.doses_from(self._first)
        )
        return sites_in_turn(turns, used, self.plan.rests)
