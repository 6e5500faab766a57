"""Run campaigns and tell what came of them; exit code 1 where an invariant broke."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from tabulate import tabulate

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.faults.campaign.campaigning import Outcome, Terms, campaign
from tests.support.postgresql import running_postgresql

_DATABASES = ("sqlite", "postgresql")
_NAMES = ("ward", "night", "annexe", "cellar")
_RESTARTED_S, _OTHERS_S = 5.0, 45.0


@click.command()
@click.option("--kills", default=1_000, show_default=True, help="How often a daemon is killed at least.")
@click.option("--reminders", default=100_000, show_default=True, help="How many there are to tell.")
@click.option("--seed", type=int, help="That of a run to repeat; else one by chance.")
@click.option("--database", type=click.Choice([*_DATABASES, "both"]), default="both", show_default=True)
def main(kills: int, reminders: int, seed: int | None, database: str) -> None:
    """Kill daemons at random while they tell of doses, and hold the ledger against the log."""
    seed = random.randrange(2**32) if seed is None else seed
    broken = False
    for name in _DATABASES if database == "both" else (database,):
        names = _NAMES if name == "postgresql" else _NAMES[:1]
        terms = Terms(kills=kills, reminders=reminders, seed=seed, names=names)
        print(f"{name}, seed {seed}")
        with _database(name) as (url, folder):
            outcome = campaign(url, terms, folder, _say)
        print(tabulate(_rows(outcome), headers=(name, ""), disable_numparse=True))
        broken |= bool(outcome.verdict.faults)
        for fault in outcome.verdict.faults:
            print(f"BROKEN: {fault}")
    sys.exit(1 if broken else 0)


@contextmanager
def _database(name: str) -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if name == "postgresql":
            with running_postgresql(folder, syncs=True) as server:
                yield server.new_database("campaign"), folder
            return
        url = f"sqlite:///{folder}/dosecal.db"
        store = Store(url, load_formulary())
        store.upgrade()
        store.close()
        yield url, folder


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def _rows(outcome: Outcome) -> list[tuple[str, str]]:
    found = outcome.verdict
    return [
        (
            "kills, stops for a while, starts by the supervisor",
            f"{outcome.kills}, {outcome.stops}, {outcome.restarts}",
        ),
        ("reminders, of which told", f"{found.planned:,}, {found.told:,}"),
        ("lost", str(found.lost)),
        ("set aside (a row that was being sent in too many deaths)", str(found.set_aside)),
        ("told before their time", str(found.early)),
        ("copies, and the most there may be", f"{found.copies:,}, {found.most_copies:,}"),
        ("attempts cut off: while sending, before", f"{found.lost_attempts:,}, {found.not_begun:,}"),
        (
            f"rescued by the restarted daemon, from its start (p99 at most {_RESTARTED_S:g} s)",
            _times(found.rescues.restarted),
        ),
        (f"rescued by another, from the death (p99 at most {_OTHERS_S:g} s)", _times(found.rescues.others)),
        ("held back on purpose as suspects, from the death", _times(found.rescues.held_back)),
        ("took", f"{outcome.took_s:.0f} s"),
    ]


def _times(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99))
    return f"{len(ordered):,}: p50 {p50:.2f} s, p99 {p99:.2f} s"


if __name__ == "__main__":
    main()
