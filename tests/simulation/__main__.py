"""``make simulate``: patient-years with crashes, outages and set clocks; exit 1 where a law is broken."""

from __future__ import annotations

import sys
import time

import click
from tabulate import tabulate

from tests.simulation.clinic import Cohort
from tests.simulation.running import cohorts, run
from tests.simulation.verdict import Verdict

_MOST_SHOWN = 20
_DAYS_OF_A_YEAR = 365.25
_MUST_BE_NONE = (
    "early",
    "after recording",
    "unexplained",
    "late",
    "of no use",
    "does not stand",
    "copies",
    "lost",
    "the log",
    "the audit",
)


def table(found: Verdict, patient_days: int, took_s: float) -> str:
    """For people to read."""
    laws = {law: sum(broken.law == law for broken in found.broken) for law in _MUST_BE_NONE}
    rows = [
        ("patient-years", round(patient_days / _DAYS_OF_A_YEAR)),
        ("patient-days", patient_days),
        ("seconds", round(took_s)),
        ("doses to tell somebody of", found.doses),
        *((f"- {end}", count) for end, count in found.ends.most_common()),
        ("messages handed over", found.messages),
        ("copies, each of an attempt that nobody knew the end of", found.copies),
        ("told more than 2 min late, each with a cause", found.late - laws["late"]),
        *sorted(found.seen.items()),
        *((f"people: {what}", count) for what, count in sorted(found.did.items())),
        *((f"must be 0: {law}", count) for law, count in laws.items()),
    ]
    return tabulate([(name, f"{count:,}") for name, count in rows], colalign=("left", "right"))


def tell_of(cohort: Cohort, found: Verdict, place: str) -> None:
    """A line when one is done, ``place`` of all, so that a run which is cut off has told that much."""
    said = f"{found.doses:,} doses, {found.messages:,} messages, {len(found.broken)} times a law was broken"
    click.echo(f"cohort {cohort.number} is done ({place}): {said}", err=True)


@click.command()
@click.option("--patients", default=4000, show_default=True, type=click.IntRange(min=1))
@click.option("--days", default=92, show_default=True, type=click.IntRange(min=2), help="For each of them.")
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--cohorts", "number", default=8, show_default=True, help="So many databases, each for a part of them."
)
@click.option("--cohort", "only", type=int, help="This one alone, to have a case again.")
@click.option("--jobs", default=2, show_default=True, help="Processes at once.")
@click.option("--database", help="An empty PostgreSQL database, for one cohort; else SQLite files.")
def main(
    patients: int, days: int, seed: int, number: int, only: int | None, jobs: int, database: str | None
) -> None:
    """Let invented patients live for a while and see whether a law of reminding is broken."""
    chosen = list(cohorts(seed, patients, days, 1 if database else number))
    chosen = chosen if only is None else [cohort for cohort in chosen if cohort.number == only]
    began, found = time.monotonic(), Verdict()
    for done, (cohort, of_cohort) in enumerate(run(chosen, database, jobs), 1):
        found.add(of_cohort)
        tell_of(cohort, of_cohort, f"{done} of {len(chosen)}, {time.monotonic() - began:.0f} s")
        for broken in of_cohort.broken[:_MOST_SHOWN]:
            where = f"--seed {seed} --cohort {cohort.number}"
            click.echo(f"{where}: {broken.patient} {broken.law}: {broken.text}")
    patient_days = sum(cohort.count for cohort in chosen) * days
    click.echo(table(found, patient_days, time.monotonic() - began))
    sys.exit(1 if found.broken else 0)


if __name__ == "__main__":
    main()
