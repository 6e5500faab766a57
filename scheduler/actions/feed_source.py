"""What a stored feed is made from, as it stands at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from scheduler.actions.feed_address import BaseUrl, dose_pages_url
from scheduler.actions.feed_contents import FeedStyle, Member, Subject, caseload_parts, patient_part
from scheduler.actions.lead_choice import LeadChoice
from scheduler.formulary.formulary import Formulary
from scheduler.ical.audience import Audience
from scheduler.ical.feed_part import FeedPart
from scheduler.ical.privacy import Privacy
from scheduler.store.feeds import FeedRecord
from scheduler.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedSource:
    """``members``: the patient, or those of the caseload. ``revised_at``: the last change of any of it.

    ``page_code`` stands for the patient in addresses; None for whoever does not answer for doses.
    """

    subject: Subject
    style: FeedStyle
    members: tuple[Member, ...]
    zone: ZoneInfo
    revised_at: datetime
    ends_at: datetime | None
    page_code: str | None = None

    def parts(
        self, formulary: Formulary, today: date, reaches: date, pages: BaseUrl | None = None
    ) -> list[FeedPart]:
        """What the feed shows on local date ``today``; up to ``reaches`` it did before.

        ``pages``: where the server is whose pages its doses have; None: they have none.
        """
        if self.subject.audience.is_staff:
            return caseload_parts(self.members, formulary, self.subject, self.style, today, reaches)
        (patient,) = self.members
        page = "" if pages is None or self.page_code is None else dose_pages_url(pages, self.page_code)
        return [patient_part(patient.plan, formulary, self.subject, self.style, today, reaches, page)]

    @property
    def ends_on(self) -> date | None:
        """The local date until which the feed's address goes on beside a new one."""
        return None if self.ends_at is None else self.ends_at.astimezone(self.zone).date()


def feed_source(work: UnitOfWork, feed: FeedRecord) -> FeedSource:
    """Read everything that ``feed`` shows, in as many queries for a caseload as for a patient."""
    return _of_caseload(work, feed) if feed.caseload_id is not None else _of_patient(work, feed)


def feed_style(feed: FeedRecord) -> FeedStyle:
    """How much ``feed`` tells."""
    leads = LeadChoice.parse(feed.lead_tasks)
    return FeedStyle(privacy=Privacy(feed.privacy), alias=feed.alias, leads=leads)


def _of_patient(work: UnitOfWork, feed: FeedRecord) -> FeedSource:
    assert feed.patient_id is not None
    record = work.patients.get(feed.patient_id)
    plan = work.plans.load(record).plan
    audience = Audience(feed.audience)
    return FeedSource(
        page_code=work.patient_pages.code_of(record.id) if audience is Audience.PATIENT else None,
        subject=Subject(audience=audience, id=record.id, name=record.patient.name),
        style=feed_style(feed),
        members=(Member(id=record.id, plan=plan, place=""),),
        zone=record.patient.zone,
        revised_at=_whole(record.revised_at),
        ends_at=feed.revoked_at,
    )


def _of_caseload(work: UnitOfWork, feed: FeedRecord) -> FeedSource:
    assert feed.caseload_id is not None
    record = work.caseloads.get(feed.caseload_id)
    places = {member.patient_id: member.place for member in work.caseloads.members(record.id)}
    plans = work.plans.load_many(work.patients.many(list(places)))
    return FeedSource(
        subject=Subject(audience=Audience(feed.audience), id=record.id, name=record.name),
        style=feed_style(feed),
        members=tuple(
            Member(id=stored.record.id, plan=stored.plan, place=places[stored.record.id]) for stored in plans
        ),
        zone=record.zone,
        revised_at=_whole(work.caseloads.mark(record.id).revised_at),
        ends_at=feed.revoked_at,
    )


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
