"""Doses that come again and again, as few repeating events as may be, for a calendar that is imported once.

1. Doses of one phase at one clock time in one zone say the same, and may become one event.
2. A dose stands alone where programs that read calendars differ on the time that a rule gives, or where it
   is off its rule on purpose: from 01:00 to 03:59, when clocks are set in most zones, where clocks show its
   time twice, and where somebody moved it.
3. The dates of the others are cut into runs of one stride, those of each weekday or day of a cycle for
   themselves where that makes fewer. A few dates missing within a run are told one by one; a longer gap,
   such as a hold or the days off in a cycle, ends it.
4. A run of fewer than three doses is not worth a rule.

So the places of a series are its doses and what it says is missing, and nothing else: a run grows from
dose to dose, and counts every place that it passes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.dosing.occurrence import DoseOccurrence, ReasonCode
from scheduler.ical.stride import Stride, stride_between, strides_of

EVENT_LENGTH = timedelta(minutes=15)

_CLOCKS_SET_FROM, _CLOCKS_SET_BEFORE = time(1), time(4)
_FEWEST = 3
_MISSING_IN_A_ROW = 3
# And one more for every so many doses of a run: past that it is another rhythm.
_DOSES_FOR_ONE_MISSING = 8
# An event more makes a calendar as much longer as so many dates that are left out.
_DATES_FOR_ONE_EVENT = 3
_WEEK = 7
# How many doses ahead are looked at for the rhythm. One that is missing makes one interval too long.
_NEAR = 4
_DATES_IN_A_CYCLE = 7

IsPlain = Callable[[date], bool]
"""Whether clocks show the time of an event, and that of its end, once on a date."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """``doses`` of one phase, by date, at the same clock time of one zone.

    They are on every place of ``stride`` from the first to the last of them but on the dates ``missing``.
    One dose that stands alone has no stride.
    """

    doses: tuple[DoseOccurrence, ...]
    stride: Stride | None
    missing: tuple[date, ...]

    @property
    def first(self) -> DoseOccurrence:
        """The dose that names it."""
        return self.doses[0]

    @property
    def regimen_id(self) -> str:
        """The regimen that plans it."""
        return self.first.regimen.id

    @property
    def clock_time(self) -> time:
        """What the clocks of its zone show when a dose is due."""
        return self.first.wall_due.time()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """The dates of a series."""

    dates: tuple[date, ...]
    stride: Stride | None
    missing: tuple[date, ...]


def series_of(doses: Iterable[DoseOccurrence]) -> list[Series]:
    """Every one of ``doses`` in one series. They are still to be given, each dose there once."""
    alike: defaultdict[Hashable, list[DoseOccurrence]] = defaultdict(list)
    for dose in doses:
        alike[_in_common(dose)].append(dose)
    return [series for group in alike.values() for series in _cut(group)]


def is_shown_once(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks in ``zone`` show ``wall`` (naive) just once: they neither skip nor repeat it."""
    return zone.utcoffset(wall.replace(fold=0)) == zone.utcoffset(wall.replace(fold=1))


def _in_common(dose: DoseOccurrence) -> Hashable:
    """What doses of one series share. The phase of a version settles product, dose and sites."""
    regimen = dose.regimen
    return regimen.id, regimen.effective_on, dose.phase, dose.zone.key, dose.wall_due.time()


def _cut(alike: list[DoseOccurrence]) -> Iterator[Series]:
    at, zone = alike[0].wall_due.time(), alike[0].zone

    def is_plain(day: date) -> bool:
        wall = datetime.combine(day, at)
        return is_shown_once(wall, zone) and is_shown_once(wall + EVENT_LENGTH, zone)

    regular: dict[date, DoseOccurrence] = {}
    for dose in alike:
        if _stands_alone(dose) or dose.local_date in regular or not is_plain(dose.local_date):
            yield Series(doses=(dose,), stride=None, missing=())
        else:
            regular[dose.local_date] = dose
    for run in _fewest_runs(sorted(regular), is_plain):
        yield Series(doses=tuple(regular[day] for day in run.dates), stride=run.stride, missing=run.missing)


def _stands_alone(dose: DoseOccurrence) -> bool:
    moved = any(reason.code is ReasonCode.MOVED for reason in dose.reasons)
    return moved or _CLOCKS_SET_FROM <= dose.wall_due.time() < _CLOCKS_SET_BEFORE


def _fewest_runs(dates: Sequence[date], is_plain: IsPlain) -> list[_Run]:
    """The runs of ``dates`` all together, or of every weekday or day of a cycle: whichever are fewer."""
    return min((_runs_by(period, dates, is_plain) for period in _periods(dates)), key=_length)


def _length(runs: list[_Run]) -> int:
    return sum(_DATES_FOR_ONE_EVENT + len(run.missing) for run in runs)


def _periods(dates: Sequence[date]) -> Iterator[int]:
    """Days after which ``dates`` repeat: 1 for no pattern, a week, the length of a cycle."""
    ahead = ((day - dates[0]).days for day in dates[2 : _DATES_IN_A_CYCLE + 1])
    yield 1
    yield from (days for days in sorted({_WEEK, *ahead}) if _repeat(dates, days))


def _repeat(dates: Sequence[date], days: int) -> bool:
    """Whether three in four of ``dates`` have another one so many ``days`` later."""
    known, later = set(dates), timedelta(days=days)
    before = [day for day in dates if day + later <= dates[-1]]
    return 4 * sum(day + later in known for day in before) >= 3 * len(before)


def _runs_by(period: int, dates: Sequence[date], is_plain: IsPlain) -> list[_Run]:
    by_day: defaultdict[int, list[date]] = defaultdict(list)
    for day in dates:
        by_day[day.toordinal() % period].append(day)
    return [run for same in by_day.values() for run in _runs(same, is_plain)]


def _runs(dates: Sequence[date], is_plain: IsPlain) -> Iterator[_Run]:
    at = 0
    while at < len(dates):
        near = dates[at : at + _NEAR]
        runs = [_run(dates, at, stride, is_plain) for stride in strides_of(near)]
        run = max(runs, key=lambda run: len(run.dates), default=None)
        if run is None or len(run.dates) < _FEWEST:
            run = _Run(dates=(dates[at],), stride=None, missing=())
        yield run
        at += len(run.dates)


def _run(dates: Sequence[date], at: int, stride: Stride, is_plain: IsPlain) -> _Run:
    """The run that begins with ``dates[at]`` and leaves out none of ``dates`` up to its end."""
    taken, missing = [dates[at]], list[date]()
    for day in map(dates.__getitem__, range(at + 1, len(dates))):
        passed = _passed(taken[0], taken[-1], day, stride)
        if passed is None or len(missing) + len(passed) > _may_be_missing(len(taken)):
            break
        if not all(map(is_plain, passed)):
            break
        missing += passed
        taken.append(day)
    return _Run(dates=tuple(taken), stride=stride, missing=tuple(missing))


def _passed(first: date, last: date, day: date, stride: Stride) -> list[date] | None:
    """The places between ``last`` and ``day``; None where the run from ``first`` cannot go on to ``day``."""
    reached, number = stride.number(first, last), stride.number(first, day)
    assert reached is not None
    if number is None or number - reached > _MISSING_IN_A_ROW + 1 or stride_between(last, day) is None:
        return None
    return [stride.place(first, n) for n in range(reached + 1, number)]


def _may_be_missing(doses: int) -> int:
    return _MISSING_IN_A_ROW + doses // _DOSES_FOR_ONE_MISSING
