"""What is written down of a plan, as the sentences of an import name it."""

from __future__ import annotations

from functools import singledispatch

from scheduler.dosing.administration import Administration
from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.site_rotation import SiteRest
from scheduler.dosing.supply import Supply
from scheduler.dosing.surgery import Surgery
from scheduler.store.plan_entries import Entry


@singledispatch
def told(entry: Entry) -> str:
    """``entry`` in a few words, without the reason that somebody gave."""
    raise TypeError(f"nothing tells a {type(entry).__name__}")


@told.register
def _(rest: SiteRest) -> str:
    return f"the rest of {rest.site} from {rest.first} {_until(rest)}"


@told.register
def _(hold: Hold) -> str:
    return f"the hold of {hold.regimen} from {hold.first} {_until(hold)}"


@told.register
def _(move: Move) -> str:
    return f"the move of {move.dose} to {move.to:%Y-%m-%d %H:%M}"


@told.register
def _(administration: Administration) -> str:
    return f"the record of {administration.dose} as {administration.status.value.replace('-', ' ')}"


@told.register
def _(surgery: Surgery) -> str:
    return f"the {'dental ' if surgery.dental else ''}operation on {surgery.on}"


@told.register
def _(supply: Supply) -> str:
    return f"the package {supply.label} of {supply.regimen}"


@told.register
def _(confirmation: Confirmation) -> str:
    return f"the confirmation of {confirmation.code} for {confirmation.regimen}"


def _until(entry: Hold | SiteRest) -> str:
    return "until further notice" if entry.last is None else f"to {entry.last}"
