"""What an event says of a dose, at each level of privacy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.product import Route
from scheduler.ical import text
from scheduler.ical.feed_identity import FeedIdentity
from scheduler.ical.privacy import Privacy
from scheduler.ical.standing import is_open, is_withdrawn

TITLE_LIMIT = 80
DESCRIPTION_LIMIT = 500
_INITIALS_LIMIT = 12
_CANCELLED = "Cancelled: "
_ROUTES = {
    Route.SUBCUTANEOUS: "injected under the skin",
    Route.DEEP_SUBCUTANEOUS: "injected deep under the skin",
    Route.INTRAMUSCULAR: "injected into a muscle",
    Route.ORAL: "by mouth",
}


def dose_title(occurrence: DoseOccurrence, identity: FeedIdentity) -> str:
    """The title, at most 80 characters. A long product name is cut; an amount never is."""
    prefix = _CANCELLED if is_withdrawn(occurrence) else ""
    limit = TITLE_LIMIT - len(prefix)
    if identity.privacy is not Privacy.FULL:
        return prefix + alias_title(identity, limit)
    amount = occurrence.dose.spelled_out
    name = text.line(occurrence.regimen.product.name, limit - len(amount) - 1)
    return prefix + f"{name} {amount}".strip()


def subject(occurrence: DoseOccurrence, identity: FeedIdentity, limit: int) -> str:
    """What a regimen is called, whatever its dose, in at most ``limit`` characters."""
    if identity.privacy is Privacy.FULL:
        return text.line(occurrence.regimen.product.name, limit)
    return alias_title(identity, limit)


def alias_title(identity: FeedIdentity, limit: int) -> str:
    """What stands for every medicine below FULL, in at most ``limit`` characters."""
    initials = text.line(identity.initials, _INITIALS_LIMIT)
    suffix = f" ({initials})" if initials and identity.privacy is Privacy.INITIALS else ""
    return (text.line(identity.alias, limit - len(suffix)) or "Reminder") + suffix


def dose_description(occurrence: DoseOccurrence, identity: FeedIdentity, guidance: Sequence[str]) -> str:
    """What to do, at most 500 characters.

    The guidance comes before the reasons: what is cut for want of room should be why the dose is where
    it is, not what to do with it. A dose that nobody has to give any more says nothing of how.
    """
    planned = "Was planned" if is_withdrawn(occurrence) else "Planned"
    sentence = f"{planned} for {occurrence.wall_due:%H:%M}"
    match identity.privacy:
        case Privacy.DISCREET | Privacy.INITIALS:
            return f"{sentence}."
        case Privacy.FULL:
            return text.paragraph(_told_in_full(sentence, occurrence, guidance), DESCRIPTION_LIMIT)
        case _:
            assert_never(identity.privacy)


def _told_in_full(planned: str, occurrence: DoseOccurrence, guidance: Sequence[str]) -> Iterator[str]:
    route = _ROUTES[occurrence.regimen.product.route]
    yield f"{planned}: {occurrence.dose.spelled_out}, {route}"
    if is_open(occurrence):
        yield from [f"Site: {occurrence.site}"] if occurrence.site else []
        yield from guidance
    yield from (reason.text[:1].upper() + reason.text[1:] for reason in occurrence.reasons)
