"""The machine of an SQLite file loses its power: what was sent is known, and nothing is lost."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.conftest import new_sqlite
from tests.faults.campaign.clinic import admit_many_told
from tests.faults.campaign.ledger import Ledger, open_ledger
from tests.faults.campaign.verdict import verdict, without_intent
from tests.support.daemon_process import real_daemon, running, until
from tests.support.power_cut import Disk, forgetful_library

_CUTS, _RECIPIENTS, _SEATS = 2, 40, 4
_DAWDLES_S = 0.03


class Clinic:
    """Daemons on one disk, a mail server on another machine."""

    def __init__(self, folder: Path, ledger: Ledger, seed: int) -> None:
        self.chance = random.Random(seed)
        (folder / "disk").mkdir()
        self.url = new_sqlite(folder / "disk" / "dosecal.db")
        self.disk = Disk(folder / "disk", forgetful_library(folder), self.chance)
        self.ledger = ledger
        self.log = folder / "daemon.log"
        self.patients = 0

    def admit(self) -> None:
        """One more patient whose dose is due, of which many are told."""
        with opened(self.url) as store:
            admit_many_told(store, f"p-{self.patients}", now() + timedelta(seconds=1), _RECIPIENTS)
        self.patients += 1
        self.disk.sync()

    def send_until_the_power_fails(self, program: str = "cli", *, leaves_unsynced: bool = True) -> None:
        told = len(self.ledger.read())
        command = [program, *real_daemon(self.url, self.ledger.url, "ward", "--seats", str(_SEATS))[1:]]
        with running(command, self.log, self.disk.environment) as daemon:
            until(lambda: len(self.ledger.read()) > told)
            time.sleep(self.chance.uniform(0, 0.4))
            daemon.kill()
        self.disk.cut(leaves_unsynced=leaves_unsynced)

    def send_the_rest(self) -> None:
        command = real_daemon(self.url, self.ledger.url, "ward", "--seats", str(_SEATS))
        with running(command, self.log) as daemon, opened(self.url) as store:
            until(lambda: not waiting(store))
            daemon.signal(signal.SIGTERM)
            assert daemon.wait() == 0


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown when it fails
    with open_ledger(tmp_path / "ledger.txt", seed, _DAWDLES_S) as ledger:
        yield Clinic(tmp_path, ledger, seed)


@pytest.mark.fault(14)
def test_after_power_cuts_every_message_that_left_has_its_intent_and_nothing_is_lost(clinic: Clinic) -> None:
    for _ in range(_CUTS):
        clinic.admit()
        clinic.send_until_the_power_fails()
        is_sound(clinic)
        with opened(clinic.url) as store:
            assert without_intent(store, clinic.ledger.read()) == []
    clinic.send_the_rest()
    with opened(clinic.url) as store:
        found = verdict(store, clinic.ledger.read(), [], _CUTS * _SEATS)
    assert found.faults == ()
    assert (found.planned, found.told) == (_CUTS * _RECIPIENTS, _CUTS * _RECIPIENTS)
    assert found.lost_attempts > 0


@pytest.mark.fault(14)
def test_without_a_sync_a_power_cut_forgets_what_was_sent(clinic: Clinic) -> None:
    clinic.admit()
    clinic.send_until_the_power_fails("tests.support.careless_daemon", leaves_unsynced=False)
    is_sound(clinic)
    with opened(clinic.url) as store:
        assert without_intent(store, clinic.ledger.read())


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store = Store(url, load_formulary())
    try:
        yield store
    finally:
        store.close()


def waiting(store: Store) -> bool:
    with store.reading() as work:
        return bool(work.reminder_log.upcoming(None, 1))


def is_sound(clinic: Clinic) -> None:
    with opened(clinic.url) as store, store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA quick_check").scalars().all() == ["ok"]
