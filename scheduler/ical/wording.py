"""What an event says of a dose, at each level of privacy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.product import Route
from scheduler.dosing.regimen import Regimen
from scheduler.formulary.lead import Lead
from scheduler.ical import text
from scheduler.ical.event_body import GAP
from scheduler.ical.feed_identity import FeedIdentity
from scheduler.ical.feed_part import Guidance
from scheduler.ical.overdue import Overdue
from scheduler.ical.privacy import Privacy
from scheduler.ical.standing import is_open, is_withdrawn

TITLE_LIMIT = 80
# The most that any entry of the formulary says of a dose, and a little more.
DESCRIPTION_LIMIT = 760
_INITIALS_LIMIT = 12
_PLACE_LIMIT = 60
_CANCELLED = "Cancelled: "
_READY = ": get ready"
_MAY_CHANGE = "The date may change: it counts from one that is not recorded yet"
_ROUTES = {
    Route.SUBCUTANEOUS: "injected under the skin",
    Route.DEEP_SUBCUTANEOUS: "injected deep under the skin",
    Route.INTRAMUSCULAR: "injected into a muscle",
    Route.INTRAVENOUS: "given into a vein",
    Route.ORAL: "by mouth",
}


def dose_title(occurrence: DoseOccurrence, identity: FeedIdentity) -> str:
    """The title, at most 80 characters. A long product name is cut; an amount never is."""
    prefix = _CANCELLED if is_withdrawn(occurrence) else ""
    limit = TITLE_LIMIT - len(prefix)
    if identity.privacy is not Privacy.FULL:
        return prefix + alias_title(identity, limit)
    amount = occurrence.dose.spelled_out
    name = product_name(occurrence.regimen, identity, limit - len(amount) - 1)
    return prefix + f"{name} {amount}".strip()


def subject(regimen: Regimen, identity: FeedIdentity, limit: int) -> str:
    """What a regimen is called, whatever its dose, in at most ``limit`` characters."""
    if identity.privacy is Privacy.FULL:
        return product_name(regimen, identity, limit)
    return alias_title(identity, limit)


def product_name(regimen: Regimen, identity: FeedIdentity, limit: int) -> str:
    """The name of the product, after whose it is where a calendar is of several patients."""
    initials = text.line(identity.initials, _INITIALS_LIMIT)
    whose = f"{initials}: " if identity.patient and initials else ""
    return whose + text.line(regimen.product.name, limit - len(whose))


def alias_title(identity: FeedIdentity, limit: int) -> str:
    """What stands for every medicine below FULL, in at most ``limit`` characters."""
    initials = text.line(identity.initials, _INITIALS_LIMIT)
    suffix = f" ({initials})" if initials and identity.privacy is Privacy.INITIALS else ""
    return (text.line(identity.alias, limit - len(suffix)) or "Reminder") + suffix


def cancelled_title(name: str) -> str:
    """The title of what has left the plan; ``name`` says no amount, which may be an old one."""
    return text.line(_CANCELLED + name, TITLE_LIMIT)


def overdue_title(overdue: Overdue, identity: FeedIdentity) -> str:
    """Since when it waits, at most 80 characters."""
    suffix = f": overdue since {day(overdue.first.local_date)}"
    return subject(overdue.first.regimen, identity, TITLE_LIMIT - len(suffix)) + suffix


def lead_title(lead: Lead, occurrence: DoseOccurrence, identity: FeedIdentity) -> str:
    """What is to be done before a dose, at most 80 characters; below FULL only that something is."""
    if identity.privacy is Privacy.FULL:
        name = subject(occurrence.regimen, identity, TITLE_LIMIT - len(lead.title) - 2)
        return f"{name}: {lead.title}"
    return alias_title(identity, TITLE_LIMIT - len(_READY)) + _READY


def dose_description(
    occurrence: DoseOccurrence,
    clock: str,
    identity: FeedIdentity,
    guidance: Guidance,
    *,
    may_change: bool = False,
) -> str:
    """What to do, at most 760 characters; ``clock``: what clocks show when it is due, HH:MM.

    What to do stands whole or not at all, and comes before the reasons: what is cut for want of room should
    be why the dose is where it is. A dose that nobody has to give any more says nothing of how. Where doses
    have a page, its address comes last, whole, beyond those characters.
    """
    said = _told_of_dose(occurrence, clock, identity, guidance, may_change=may_change)
    has_page = identity.page and not is_withdrawn(occurrence)
    return f"{said}\nTo answer: {identity.page}{GAP}" if has_page else said


def _told_of_dose(
    occurrence: DoseOccurrence,
    clock: str,
    identity: FeedIdentity,
    guidance: Guidance,
    *,
    may_change: bool,
) -> str:
    planned = f"{'Was planned' if is_withdrawn(occurrence) else 'Planned'} for {clock}"
    changing = (_MAY_CHANGE,) if may_change else ()
    if identity.privacy is Privacy.DISCREET:
        return _whole((planned, *changing))
    if identity.patient:
        return _whole((*_told_to_staff(planned, occurrence, identity, guidance), *changing))
    if identity.privacy is Privacy.INITIALS:
        return _whole((planned, *changing))
    return _whole((*_told_in_full(planned, occurrence, guidance), *changing), _reasons(occurrence))


def overdue_description(overdue: Overdue, identity: FeedIdentity, guidance: Guidance) -> str:
    """What waits, at most 760 characters, and what the label says of a late dose where that may be shown."""
    return _whole(_told_of_overdue(overdue, identity, guidance))


def lead_description(lead: Lead, planned: str, identity: FeedIdentity) -> str:
    """For which dose, at most 760 characters, and in full what its source says."""
    return _whole((lead.text, planned) if identity.privacy is Privacy.FULL else (planned,))


def _whole(sentences: Iterable[str], more: Iterable[str] = ()) -> str:
    return text.paragraph([*text.fitting(sentences, DESCRIPTION_LIMIT), *more], DESCRIPTION_LIMIT)


def _told_in_full(planned: str, occurrence: DoseOccurrence, guidance: Guidance) -> Iterator[str]:
    route = _ROUTES[occurrence.regimen.product.route]
    yield f"{planned}: {occurrence.dose.spelled_out}, {route}"
    if is_open(occurrence):
        yield from [f"Site: {occurrence.site}"] if occurrence.site else []
        yield from guidance.prepare
        yield from guidance.late


def _reasons(occurrence: DoseOccurrence) -> Iterator[str]:
    return (reason.text[:1].upper() + reason.text[1:] for reason in occurrence.reasons)


def _told_to_staff(
    planned: str, occurrence: DoseOccurrence, identity: FeedIdentity, guidance: Guidance
) -> Iterator[str]:
    yield planned
    if identity.place:
        yield f"Place: {text.line(identity.place, _PLACE_LIMIT)}"
    if is_open(occurrence):
        product = occurrence.regimen.product
        ready = "Bring" if identity.place_is_home else "Have ready"
        yield f"{ready}: {product.name} {occurrence.dose.spelled_out}, {_ROUTES[product.route]}"
        yield from [f"Site: {occurrence.site}"] if occurrence.site else []
        yield from guidance.prepare


def _told_of_overdue(overdue: Overdue, identity: FeedIdentity, guidance: Guidance) -> Iterator[str]:
    yield f"Planned for {day(overdue.first.local_date)} and not recorded"
    if overdue.more:
        yield f"Nor {'is the one' if overdue.more == 1 else f'are the {overdue.more}'} after it"
    if identity.patient:
        yield from [f"Place: {text.line(identity.place, _PLACE_LIMIT)}"] if identity.place else []
        yield "If it was given, record it"
    else:
        yield "If it was given, have it recorded; if not, ask your team"
    if identity.privacy is Privacy.FULL:
        yield from guidance.late


def day(on: date) -> str:
    """A date for a person."""
    return f"{on.day} {on:%b %Y}"
