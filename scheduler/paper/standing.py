"""How a dose stands on a sheet."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.status import OPEN, status_at
from scheduler.paper.language import Language


def is_to_come(dose: DoseOccurrence, moment: datetime) -> bool:
    """Whether somebody can still give it at the aware ``moment``."""
    return status_at(dose, moment) in OPEN


def site_of(dose: DoseOccurrence) -> str:
    """Where it was given, if that was recorded, else where it is to be given; "" where neither is known."""
    recorded = dose.administration.site if dose.administration is not None else None
    return recorded or dose.site or ""


def place_of(zone: ZoneInfo) -> str:
    """The place whose clocks ``zone`` follows, as a person calls it: ``New York``."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def reason_not_given(dose: DoseOccurrence, language: Language) -> str:
    """That it is withheld or was not given, and why; "" where neither is so."""
    if dose.administration is not None:
        said = "" if dose.administration.is_given else language.say("not given")
        why = dose.administration.reason
    else:
        said = language.say("PAUSED") if dose.hold is not None else ""
        why = dose.hold.reason if dose.hold is not None else ""
    return f"{said}: {why}" if said and why else said
