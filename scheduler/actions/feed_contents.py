"""What a calendar has in it: of whose regimens, in whose words."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from scheduler.actions.lead_choice import NO_LEADS, LeadChoice
from scheduler.dosing.patient import initials
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Market, Route
from scheduler.dosing.regimen import Regimen, Setting
from scheduler.formulary.entry import Entry, late_sentences, preparing_sentences
from scheduler.formulary.facts import Giver
from scheduler.formulary.formulary import Formulary
from scheduler.ical.audience import Audience
from scheduler.ical.feed_identity import FeedIdentity
from scheduler.ical.feed_part import FeedPart, Guidance
from scheduler.ical.feed_window import feed_contents, shared_room
from scheduler.ical.privacy import Privacy

DEFAULT_ALIAS = "Reminder"
_ALIASES = {Audience.NURSE: "Visit", Audience.CLINIC: "Appointment"}
_NAMESPACE = uuid.UUID("0f0c1f0e-6c3c-5d0b-9a55-6d1a3c1b7a10")


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedStyle:
    """How much a calendar tells: ``alias`` is the title of its events below full privacy."""

    privacy: Privacy
    alias: str = DEFAULT_ALIAS
    leads: LeadChoice = NO_LEADS


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Whose calendar it is: ``id`` and ``name`` are the patient's, or the caseload's for staff."""

    audience: Audience
    id: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One of the patients of a caseload and their plan; ``place`` is where to find them, or ""."""

    id: str
    plan: Plan
    place: str


def default_alias(audience: Audience) -> str:
    """The title of the events where nobody chose one."""
    return _ALIASES.get(audience, DEFAULT_ALIAS)


def feed_identity(subject: Subject, style: FeedStyle) -> FeedIdentity:
    """The identity of the calendar. Event ids come from whose it is, hashed, and from nothing else."""
    shows_initials = style.privacy is Privacy.INITIALS and not subject.audience.is_staff
    return FeedIdentity(
        audience=uuid.uuid5(_NAMESPACE, f"{subject.audience}/{subject.id}"),
        name=_calendar_name(subject, style),
        place_is_home=subject.audience is not Audience.CLINIC,
        alias=style.alias,
        initials=initials(subject.name) if shows_initials else "",
        privacy=style.privacy,
    )


def patient_part(
    plan: Plan,
    formulary: Formulary,
    subject: Subject,
    style: FeedStyle,
    today: date,
    reaches: date = date.min,
    page: str = "",
) -> FeedPart:
    """What the calendar of one patient shows on local date ``today``; up to ``reaches`` it did before.

    ``page``: the address under which each dose has a page, "" where there is none.
    """
    guidance = guidance_of(plan, formulary, style)
    contents = feed_contents(plan, today, weights=_weights(guidance), reaches=reaches)
    identity = replace(feed_identity(subject, style), page=page)
    return FeedPart(contents=contents, identity=identity, guidance=guidance)


def caseload_parts(
    members: Sequence[Member],
    formulary: Formulary,
    subject: Subject,
    style: FeedStyle,
    today: date,
    reaches: date = date.min,
) -> list[FeedPart]:
    """What the calendar of a caseload shows on ``today``: a part for each patient, in one room together.

    Up to ``reaches`` it did before.
    """
    identity = feed_identity(subject, style)
    guidance = [guidance_of(member.plan, formulary, style) for member in members]
    weights = [_weights(told) for told in guidance]
    choices = [partial(_concerns, formulary, subject.audience, m.plan.patient.market) for m in members]
    contents = [
        feed_contents(member.plan, today, choice=choice, weights=its, reaches=reaches)
        for member, choice, its in zip(members, choices, weights, strict=True)
    ]
    return [
        FeedPart(contents=shown, identity=_of_member(identity, member, style), guidance=told)
        for shown, member, told in zip(shared_room(contents, today, weights), members, guidance, strict=True)
    ]


def _of_member(identity: FeedIdentity, member: Member, style: FeedStyle) -> FeedIdentity:
    named = "" if style.privacy is Privacy.DISCREET else initials(member.plan.patient.name)
    return replace(identity, patient=member.id, initials=named, place=member.place)


def _calendar_name(subject: Subject, style: FeedStyle) -> str:
    if style.privacy is Privacy.FULL:
        return subject.name if subject.audience.is_staff else f"Doses of {subject.name}"
    return f"{style.alias}s" if style.alias == default_alias(subject.audience) else style.alias


def _concerns(formulary: Formulary, audience: Audience, market: Market, regimen: Regimen) -> bool:
    """Whether a regimen is one for the nurse who comes, or for the clinic.

    A person's own injections at home, several a day, would hide the visits in a nurse's calendar.
    """
    if audience is Audience.CLINIC:
        return regimen.setting is Setting.CLINIC and regimen.product.is_depot
    if regimen.setting is Setting.CLINIC or regimen.product.route is Route.ORAL:
        return False
    return regimen.product.is_depot or _is_for_professionals(formulary.of_product(regimen.product, market))


def _is_for_professionals(entry: Entry | None) -> bool:
    return entry is not None and entry.givers is not None and entry.givers.who == (Giver.PROFESSIONAL,)


def guidance_of(plan: Plan, formulary: Formulary, style: FeedStyle) -> dict[str, Guidance]:
    """What the formulary says of each regimen's product, under its id, and what is told before its doses."""
    entries = {r.id: formulary.of_product(r.product, plan.patient.market) for r in plan.regimens}
    return {
        regimen.id: Guidance(
            prepare=preparing_sentences(entry) if entry else (),
            late=late_sentences(entry) if entry else (),
            leads=style.leads.leads(regimen.product, entry),
        )
        for regimen in plan.regimens
        for entry in (entries[regimen.id],)
    }


def _weights(guidance: Mapping[str, Guidance]) -> dict[str, int]:
    return {regimen: 1 + len(told.leads) for regimen, told in guidance.items()}
