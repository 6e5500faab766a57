"""A simulation, not a measurement: ten million people with four doses a day, and how late each would be told.

Nobody has run this. It steps through two days second by second and tells of the second. What it takes from
measurements are the rates of one daemon and of one database, which bench/dispatching.py and bench/claiming.py
give on a small machine. People live where the world's people do (bench/world.py), have their first dose at
07:00, 08:00 or 09:00 on their own clocks, 60 % of them at 08:00, and the others 5, 10 and 14 hours later. A
person's message comes later by their own share of the policy's spread, in whole seconds, always the same: as
`scheduler.reminders.steps` has it. Then it waits for its turn: in a second no more go than the daemons'
seats, the databases and the provider's token bucket allow, the earliest first.

By hash each database has people of everywhere. By region three databases have the people of their own part of
the world, and a third of the daemons each: a peak is then worked off by a third.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from bench.measuring import report
from bench.world import REGIONS, SHARES, Shares

_DAY_S, _HOUR_S = 86_400, 3600
_MORNINGS = {7: 0.2, 8: 0.6, 9: 0.2}
_LATER_H = (0, 5, 10, 14)
_BURST_S = 2
"""How many seconds of its rate a provider's bucket holds."""

Arrivals = list[float]
"""Messages that fall due in each second of a day, UTC."""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Messages a second: of all daemons, of all databases, and of the provider."""

    daemons: float
    databases: float
    provider: float

    @property
    def own(self) -> float:
        """What dosecal itself can do."""
        return min(self.daemons, self.databases)

    def part(self, share: float) -> Capacity:
        """A region's: its daemons, its database, and its part of the provider."""
        return Capacity(
            daemons=self.daemons * share, databases=self.databases * share, provider=self.provider * share
        )


@dataclass(frozen=True, kw_only=True)
class Day:
    """``late``: how many messages waited how long for their turn, in tenths of a second."""

    late: Counter[int]
    peak: float
    backlog: float


def arrivals(people: float, spread_s: int, shares: Shares) -> Arrivals:
    """What falls due in each second of a day; ``spread_s`` 0: everybody's at the minute."""
    found = [0.0] * _DAY_S
    width = max(1, spread_s)
    for offset_min, share in shares.items():
        for morning, part in _MORNINGS.items():
            for later in _LATER_H:
                begin = (morning + later) * _HOUR_S - offset_min * 60
                each = people * share * part / width
                for second in range(begin, begin + width):
                    found[second % _DAY_S] += each
    return found


def day(due: Arrivals, capacity: Capacity) -> Day:
    """The second of two days like ``due``, so that what the first leaves over counts."""
    waiting: deque[tuple[int, float]] = deque()
    tokens, backlog, deepest = capacity.provider * _BURST_S, 0.0, 0.0
    late: Counter[int] = Counter()
    for second in range(2 * _DAY_S):
        if due[second % _DAY_S]:
            waiting.append((second, due[second % _DAY_S]))
            backlog += due[second % _DAY_S]
        tokens = min(tokens + capacity.provider, capacity.provider * _BURST_S)
        sent = min(backlog, capacity.own, tokens)
        counted = late if second >= _DAY_S else Counter[int]()
        _send(waiting, sent, second, capacity.own, counted)
        tokens, backlog = tokens - sent, backlog - sent
        deepest = max(deepest, backlog) if second >= _DAY_S else 0.0
    return Day(late=late, peak=max(due), backlog=deepest)


def _send(
    waiting: deque[tuple[int, float]], sent: float, second: int, pace: float, late: Counter[int]
) -> None:
    """Take ``sent`` from the front, as they go one after the other within the ``second``."""
    gone = 0.0
    while waiting and sent - gone > 1e-6:
        since, count = waiting.popleft()
        part = min(count, sent - gone)
        if part < count:
            waiting.appendleft((since, count - part))
        late[round(10 * (second - since + (gone + part / 2) / pace))] += round(part)
        gone += part


def together(days: Sequence[Day]) -> Day:
    """Of several regions as of one; the peaks and backlogs are those of the worst."""
    late: Counter[int] = Counter()
    for one in days:
        late.update(one.late)
    return Day(late=late, peak=max(d.peak for d in days), backlog=max(d.backlog for d in days))


def within(late: Mapping[int, int], share: float) -> str:
    """The wait that ``share`` of the messages stay within."""
    left = share * sum(late.values())
    for tenths in sorted(late):
        left -= late[tenths]
        if left <= 0:
            return _said(tenths / 10)
    return _said(max(late) / 10)


def _said(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def row(spread_min: int, daemons: int, how: str, found: Day) -> tuple[str, ...]:
    """One way, in words."""
    figures = [within(found.late, share) for share in (0.5, 0.95, 0.99)]
    return (f"{spread_min} min", str(daemons), how, f"{found.peak:,.0f}", f"{found.backlog:,.0f}", *figures)


@click.command()
@click.option("--people", default=10_000_000, show_default=True)
@click.option("--spread", default=(0, 5, 10, 15, 30), multiple=True, show_default=True, help="Minutes.")
@click.option("--daemons", default=(15, 30, 60), multiple=True, show_default=True)
@click.option("--daemon-rate", default=400, show_default=True, help="Messages a second of one daemon.")
@click.option("--databases", default=6, show_default=True)
@click.option(
    "--database-rate", default=8000, show_default=True, help="Claimed and recorded a second by one."
)
@click.option("--provider-rate", default=40_000, show_default=True, help="Messages a second it takes.")
def main(
    people: int,
    spread: Sequence[int],
    daemons: Sequence[int],
    daemon_rate: int,
    databases: int,
    database_rate: int,
    provider_rate: int,
) -> None:
    """Simulate and print."""
    rows = []
    for minutes in spread:
        everywhere = arrivals(people, minutes * 60, SHARES)
        regions = [arrivals(people, minutes * 60, region) for region in REGIONS]
        for count in daemons:
            capacity = Capacity(
                daemons=count * daemon_rate, databases=databases * database_rate, provider=provider_rate
            )
            rows.append(row(minutes, count, "hash", day(everywhere, capacity)))
            part = capacity.part(1 / len(regions))
            apart = together([day(region, part) for region in regions])
            rows.append(row(minutes, count, "region", apart))
    title = (
        f"{people:,} people, 4 doses a day; {databases} databases; a provider that takes {provider_rate:,}/s"
    )
    headers = ("spread", "daemons", "by", "peak a second", "backlog", "half wait", "95 % wait", "99 % wait")
    report(title, headers, rows)


if __name__ == "__main__":
    main()
