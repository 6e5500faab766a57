"""The reminders that one patient's plan calls for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.patient import initials
from scheduler.dosing.regimen import Regimen
from scheduler.formulary.entry import Entry
from scheduler.formulary.formulary import Formulary
from scheduler.reminders.calling_doses import DoseInQuestion, Reach, Stretch, doses_in_question
from scheduler.reminders.cap import RecipientDay
from scheduler.reminders.policy import Policy
from scheduler.reminders.policy_document import MOST_FOLLOW_UPS
from scheduler.reminders.policy_in_force import PoliciesInForce
from scheduler.reminders.putting_off import as_answered
from scheduler.reminders.steps import Clocks, Step, StepKind, Telling, steps, useful_end
from scheduler.store.answers import AnswerRecord
from scheduler.store.plans import StoredPlan
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.reminder_row import ReminderPlan

INITIALS, FULL = "initials", "full"
"""The privacy at which a message says whose dose it is, and at which it names the medicine."""

Key = tuple[str, str, str, str]
_ASKING = frozenset({StepKind.DUE, StepKind.FOLLOW_UP})
_WITH_LATE_RULE = _ASKING | {StepKind.MISSED}
_BESIDE_FOLLOW_UPS = 2
"""What a person is told of a dose at most beside follow-ups and leads: that it is due, that it was missed."""
_MOST_LEADS = 4
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReminderCase:
    """One patient's plan, whom to tell of it, and what waits to be told.

    ``waiting`` are the keys of reminders that are not sent yet. ``reopened`` names doses of which a record
    was taken back: they are looked at however old they are. ``answers``: what people asked to be told later.
    """

    stored: StoredPlan
    recipients: Sequence[RecipientRecord]
    policies: PoliciesInForce
    stretch: Stretch
    waiting: Collection[Key]
    reopened: Collection[str]
    answers: Sequence[AnswerRecord] = ()


def tells_sites(regimens: Iterable[Regimen], recipients: Iterable[RecipientRecord]) -> bool:
    """Whether anybody is told of sites: then all that was recorded counts, for each may move the next."""
    sited = any(version.sites for regimen in regimens for version in regimen.versions)
    return sited and any(r.privacy == FULL and r.role is RecipientRole.PERSON for r in recipients)


class WantedReminders:
    """What ``case`` calls for. ``plans`` has it by key, and ``doses`` the ids of all doses looked at."""

    def __init__(self, case: ReminderCase, formulary: Formulary) -> None:
        self._case = case
        self._formulary = formulary
        self._most_said: Counter[RecipientDay] = Counter()
        self._most_any_day: Counter[str] = Counter()
        self.doses: set[str] = set()
        self.patient_id = case.stored.record.id
        self.clocks = Clocks(case.stored.record.patient, self.patient_id)
        self.plans: dict[Key, ReminderPlan] = {plan.key: plan for plan in self._plans()}

    @cached_property
    def caps(self) -> Mapping[str, int]:
        """The most reminders of one day, by recipient."""
        case = self._case
        return {r.id: case.policies.of(None, r.id).cap for r in case.recipients}

    @property
    def may_be_over_cap(self) -> bool:
        """Whether any recipient's day could have more than its cap, whatever was said already."""
        most = self._most_said.items()
        return any(count + self._most_any_day[who] > self.caps[who] for (who, _), count in most)

    def day_of(self, at: datetime) -> date:
        """The local date on which ``at`` counts."""
        return self.clocks.wall(at).date()

    def _plans(self) -> Iterator[ReminderPlan]:
        case = self._case
        named = {dose for _, dose, _, _ in case.waiting} | set(case.reopened)
        named |= {answer.dose_id for answer in case.answers}
        for dose in doses_in_question(case.stored.plan, case.stretch, named, self._reaches()):
            self.doses.add(str(dose.occurrence.id))
            for recipient, telling in self._tellings[dose.occurrence.regimen.id]:
                if recipient.is_told_of(dose.occurrence.due_at):
                    yield from self._plans_of(dose, recipient, telling)

    def _plans_of(
        self, dose: DoseInQuestion, recipient: RecipientRecord, telling: Telling
    ) -> Iterator[ReminderPlan]:
        occurrence = dose.occurrence
        if not dose.may_call or self._case.policies.has_choices:
            self._count_what_may_have_been_said(occurrence, recipient, telling.policy)
        if not dose.may_call:
            return
        for step in self._steps(dose, recipient, telling):
            self._most_said[recipient.id, self.day_of(step.at)] += 1
            key = (recipient.subject_id, str(occurrence.id), step.name, recipient.id)
            if dose.calls(step, self._case.stretch, waits=key in self._case.waiting):
                yield self._plan(occurrence, step, recipient)

    def _steps(self, dose: DoseInQuestion, recipient: RecipientRecord, telling: Telling) -> Iterator[Step]:
        occurrence = dose.occurrence
        planned = steps(occurrence, dose.next_at, telling, self.clocks)
        answers = self._answers.get((str(occurrence.id), recipient.id), ())
        return as_answered(planned, answers, useful_end(occurrence, dose.next_at)) if answers else planned

    @cached_property
    def _answers(self) -> Mapping[tuple[str, str], Sequence[AnswerRecord]]:
        """What was asked for, by dose and recipient."""
        found: defaultdict[tuple[str, str], list[AnswerRecord]] = defaultdict(list)
        for answer in self._case.answers:
            found[answer.dose_id, answer.recipient_id].append(answer)
        return found

    def _count_what_may_have_been_said(
        self, occurrence: DoseOccurrence, recipient: RecipientRecord, policy: Policy
    ) -> None:
        """By another policy, where any was ever chosen: with as many follow-ups as there can be."""
        chosen = self._case.policies.has_choices
        follow_ups = MOST_FOLLOW_UPS if chosen else len(policy.follow_ups)
        most = _BESIDE_FOLLOW_UPS + follow_ups + (_MOST_LEADS if chosen else 0)
        day = self.day_of(occurrence.due_at)
        for on in (day, day + _ONE_DAY):
            self._most_said[recipient.id, on] += most
        if occurrence.regimen.product.is_depot:
            self._most_any_day[recipient.id] += follow_ups

    def _reaches(self) -> dict[str, Reach]:
        return {r.id: _reach(r, [t for _, t in self._tellings[r.id]]) for r in self._case.stored.regimens}

    @cached_property
    def _tellings(self) -> Mapping[str, Sequence[tuple[RecipientRecord, Telling]]]:
        """Whom to tell of each regimen, and how. Nobody is told on escalation who has not agreed to it."""
        found: defaultdict[str, list[tuple[RecipientRecord, Telling]]] = defaultdict(list)
        for regimen in self._case.stored.regimens:
            for recipient in self._case.recipients:
                if recipient.role is RecipientRole.PERSON or recipient.consented_at is not None:
                    found[regimen.id].append((recipient, self._telling(regimen, recipient)))
        return found

    def _telling(self, regimen: Regimen, recipient: RecipientRecord) -> Telling:
        policy = self._case.policies.of(regimen.id, recipient.id)
        leads = policy.leads.leads(regimen.product, self._entries[regimen.id])
        return Telling(role=recipient.role, policy=policy, leads=leads)

    @cached_property
    def _entries(self) -> Mapping[str, Entry | None]:
        """What the label of the patient's market says, by regimen."""
        stored = self._case.stored
        market = stored.record.patient.market
        return {r.id: self._formulary.of_product(r.product, market) for r in stored.regimens}

    def _plan(self, occurrence: DoseOccurrence, step: Step, recipient: RecipientRecord) -> ReminderPlan:
        return ReminderPlan(
            patient_id=recipient.patient_id,
            dose_id=str(occurrence.id),
            step=step.name,
            recipient_id=recipient.id,
            channel=recipient.channel,
            shard=self._case.stored.record.shard,
            due_at=step.at,
            dose_due_at=occurrence.due_at,
            not_after=step.not_after,
            wall_due=occurrence.wall_due.replace(tzinfo=None),
            zone=occurrence.zone.key,
            policy=self._frozen(occurrence, step, recipient.privacy),
            priority=step.kind.value,
        )

    def _frozen(self, occurrence: DoseOccurrence, step: Step, privacy: str) -> dict[str, str]:
        """What the words of the message are made from, so that nothing is looked up when it is sent."""
        frozen = {"privacy": privacy}
        if step.at != occurrence.due_at:
            # In the row this instant moves with every retry; here it shows that the step was moved.
            frozen["at"] = step.at.isoformat()
        if privacy == INITIALS:
            return frozen | {"who" if step.kind is StepKind.ESCALATE else "title": self._initials}
        return frozen | (self._in_full(occurrence, step) if privacy == FULL else {})

    @property
    def _initials(self) -> str:
        return initials(self._case.stored.record.patient.name)

    def _in_full(self, occurrence: DoseOccurrence, step: Step) -> dict[str, str]:
        if step.kind is StepKind.ESCALATE:
            return {"who": self._initials}
        told = {"title": f"{occurrence.regimen.product.name} {occurrence.dose.spelled_out}"}
        entry = self._entries[occurrence.regimen.id]
        if entry is not None and step.kind in _WITH_LATE_RULE:
            told["late"] = str(entry.late)
        if entry is not None and entry.food is not None and step.kind in _ASKING:
            told["food"] = str(entry.food)
        if occurrence.site is not None and step.kind in _ASKING:
            told["site"] = occurrence.site
        if step.lead is not None:
            told["lead"] = f"{step.lead.title}. {step.lead.text}"
        return told


def _reach(regimen: Regimen, tellings: Sequence[Telling]) -> Reach:
    is_depot = regimen.product.is_depot
    before = (lead.ahead for telling in tellings for lead in telling.leads)
    after = (telling.policy.longest_wait(is_depot=is_depot) for telling in tellings)
    return Reach(before=max(before, default=timedelta(0)), after=max(after, default=timedelta(0)))
