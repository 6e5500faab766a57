"""One campaign from its first patient to its verdict."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.faults.campaign.clinic import AHEAD, Clinic, Intake
from tests.faults.campaign.fleet import Member, fleet
from tests.faults.campaign.ledger import Ledger, open_ledger
from tests.faults.campaign.unrest import Plan, Unrest
from tests.faults.campaign.verdict import Verdict, verdict

_SAY_EVERY = 50
_DRAIN_S = 300.0
_LOOK_EVERY_S = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """At least so many ``kills`` over ``reminders``, by daemons named ``names``, each with ``seats``.

    The mail server takes up to twice ``dawdles_s`` for a mail.
    """

    kills: int
    reminders: int
    seed: int
    names: tuple[str, ...]
    seats: int = 16
    dawdles_s: float = 0.005
    recipients: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A verdict, how much unrest there was, and how many seconds it took."""

    verdict: Verdict
    kills: int
    stops: int
    restarts: int
    took_s: float


def campaign(database_url: str, terms: Terms, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Run it on the empty database at ``database_url``; ``say`` hears how it goes."""
    begun = time.monotonic()
    store = Store(database_url, load_formulary())
    try:
        with open_ledger(folder / "ledger.txt", terms.seed, terms.dawdles_s) as ledger:
            members = fleet(database_url, ledger.url, terms.names, terms.seats, folder)
            unrest = _campaign(store, terms, members, ledger, say)
            receipts = ledger.read()
        # One that sleeps may have each of its seats' messages sent by another meanwhile.
        most = (unrest.kills + unrest.stops) * terms.seats
        found = verdict(store, receipts, members, most)
    finally:
        store.close()
    return Outcome(
        verdict=found,
        kills=unrest.kills,
        stops=unrest.stops,
        restarts=unrest.restarts,
        took_s=time.monotonic() - begun,
    )


def _campaign(
    store: Store, terms: Terms, members: list[Member], ledger: Ledger, say: Callable[[str], None]
) -> Unrest:
    intake = Intake(patients=-(-terms.reminders // terms.recipients), recipients=terms.recipients)
    clinic = Clinic(store, intake, random.Random(terms.seed))
    # A little more often, so that the kills are done when the reminders are.
    plan = Plan(kills=terms.kills, every=0.9 * terms.reminders / terms.kills)
    unrest = Unrest(members, store, ledger.count, plan, random.Random(terms.seed + 1))
    try:
        clinic.start()
        for member in members:
            member.start()
        time.sleep(AHEAD.total_seconds())
        try:
            for kills in unrest.go_on(lambda: clinic.is_open):
                if kills % _SAY_EVERY == 0:
                    planned, told = clinic.admitted * terms.recipients, ledger.count()
                    say(f"{kills} kills, {unrest.stops} stops, {told} of {planned} reminders told")
        except KeyboardInterrupt:
            say("no more kills: what was planned is told, and looked at")
            clinic.close()
        _drain(store, clinic, unrest, say)
    finally:
        clinic.close()
        for member in members:
            member.end()
    return unrest


def _drain(store: Store, clinic: Clinic, unrest: Unrest, say: Callable[[str], None]) -> None:
    """Wait until nothing waits any more, in peace."""
    while clinic.is_open or datetime.now(UTC) < clinic.last_due_at:
        unrest.rest(_LOOK_EVERY_S)
    until = time.monotonic() + _DRAIN_S
    while _waits(store):
        if time.monotonic() > until:
            say("not everything was told in time")
            return
        unrest.rest(_LOOK_EVERY_S)


def _waits(store: Store) -> bool:
    with store.reading() as work:
        return bool(work.reminder_log.upcoming(None, 1))
