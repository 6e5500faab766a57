"""One clinic on one database: time jumps to whatever comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random, seed

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.simulation.changes import Changes
from tests.simulation.invented import invented
from tests.simulation.judge import Judge, Provider
from tests.simulation.people import People
from tests.simulation.troubles import Troubles
from tests.support.fragile_store import Fate, FragileStore
from tests.support.virtual_daemon import Instants, VirtualDaemon, seated
from tests.support.virtual_time import WorldClock, virtual_time

SEATS = 20
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_WAIT_S = {
    "plan": 23 * 3600.0,
    "audit": 6 * 86400.0,
    "heartbeat": 600.0,
    "sweep": 120.0,
    "digests": 86400.0,
    "keys": 86400.0,
}
"""How often each job is done here. A horizon of 36 h leaves 13 at the least, so that the audit is content.

Nobody has a caseload, and no dose is answered by a link: the last two find nothing to do.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cohort:
    """Patients ``first`` and ``count`` - 1 more, for ``days`` from ``start`` on, all chosen by ``seed``."""

    seed: int
    number: int
    first: int
    count: int
    start: date
    days: int


class Clinic:
    """``url`` is an empty database. Open it with `open_clinic`."""

    def __init__(
        self,
        cohort: Cohort,
        url: str,
        clock: WorldClock,
        daemon_of: Callable[..., tuple[VirtualDaemon, Provider]],
    ) -> None:
        self.cohort = cohort
        self.clock = clock
        self.until = clock.true + cohort.days * _DAY
        random = Random(f"{cohort.seed}/troubles/{cohort.number}")
        fate = Fate()
        self.store = Store(url, load_formulary())
        self.judge = Judge(self.store, clock)
        patients = [
            invented(cohort.seed, n, cohort.start) for n in range(cohort.first, cohort.first + cohort.count)
        ]
        self.people = People(self.store, clock, self.judge, patients)
        self.changes = Changes(self.people)
        self._fragile = FragileStore(url, fate)
        self._instants = Instants(url)
        self._fate = fate
        self.daemon, provider = daemon_of(self._fragile, self.judge, fate, random)
        self.troubles = Troubles(clock, self.daemon, provider, fate, random)

    def run(self, told: Callable[[int], None]) -> None:
        """Live through it; ``told`` hears of every patient-day."""
        self.people.admit()
        self.changes.choose(self.until)
        self.troubles.choose(self.until)
        self.daemon.start()
        day = self.clock.true + _DAY
        while self.clock.true < self.until:
            self._work()
            if self.clock.true >= day:
                told(self.cohort.count)
                day += _DAY
        self._settle()

    def close(self) -> None:
        self.store.close()
        self._fragile.close()
        self._instants.close()

    def _work(self) -> None:
        """Everybody does what there is to do now; then it is the next instant."""
        self.troubles.act()
        self.people.act()
        self.daemon.work()
        self.troubles.look_after_daemon()
        self.people.hear()
        self.clock.pass_to(min(self.until, self.people.next_at, self.troubles.next_at, self._daemon_at()))

    def _daemon_at(self) -> datetime:
        if not self.daemon.is_alive:
            return self.until
        wall = self.clock()
        return self.clock.true + min(self._instants.next_after(wall) - wall, self.daemon.again_in)

    def _settle(self) -> None:
        """Every trouble is over for half an hour, and nobody records anything any more."""
        self._fate.spare()
        self.clock.error = timedelta(0)
        self.troubles.end()
        end = self.clock.true + 30 * _MINUTE
        while self.clock.true < end:
            self.daemon.start()
            self.daemon.work()
            self.clock.pass_to(min(end, self._daemon_at()))
        self.daemon.keep_house("plan")
        self.daemon.work()


def _waits_s(job: str, its_own_s: int) -> float:
    return _WAIT_S.get(job, its_own_s)


@contextmanager
def open_clinic(cohort: Cohort, url: str) -> Iterator[Clinic]:
    """Its time is its own: nothing else may run in this process meanwhile."""
    clock = WorldClock(datetime.combine(cohort.start, time(5, 3), UTC))
    seed(f"{cohort.seed}/{cohort.number}")  # the engine spreads its retries by this
    with virtual_time(clock, _waits_s), seated() as seating:

        def daemon_of(
            store: Store, judge: Judge, fate: Fate, random: Random
        ) -> tuple[VirtualDaemon, Provider]:
            mail, console = (Provider(judge, seating, fate, random) for _ in range(2))
            channels = {"smtp": mail, "console": console}
            return VirtualDaemon(store, channels, clock, "ward", SEATS), mail

        clinic = Clinic(cohort, url, clock, daemon_of)
        try:
            yield clinic
        finally:
            clinic.close()
