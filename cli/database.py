"""``dosecal database``: the tables."""

from __future__ import annotations

import click

from scheduler.bootstrap import upgrade_database


@click.group()
def database() -> None:
    """Look after the database."""


@database.command()
@click.pass_obj
def upgrade(database_url: str) -> None:
    """Bring the tables to the shape this program needs.

    An SQLite file is brought up to date on first use; for PostgreSQL run this once for each new version.
    """
    before = upgrade_database(database_url)
    if before.current == before.wanted:
        click.echo(f"The tables are up to date (revision {before.wanted}).")
    elif before.current is None:
        click.echo(f"Made the tables (revision {before.wanted}).")
    else:
        click.echo(f"Upgraded the tables from revision {before.current} to {before.wanted}.")
