"""What holds for the feed of any plan, and from one state of it to the next, whatever happened between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from scheduler.actions.feed_contents import (
    FeedStyle,
    Member,
    Subject,
    caseload_parts,
    feed_identity,
    patient_part,
)
from scheduler.actions.lead_choice import LeadChoice
from scheduler.dosing.plan import Plan
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.audience import Audience
from scheduler.ical.document import Day, Rendering, render_feed
from scheduler.ical.feed_identity import Revision
from scheduler.ical.feed_part import FeedPart
from scheduler.ical.feed_window import MAX_EVENTS
from scheduler.ical.folding import with_whole_escapes
from scheduler.ical.privacy import Privacy
from scheduler.ical.shown_events import NOTHING_SHOWN, ShownEvents
from scheduler.ical.standing import is_open
from tests.support.law import law
from tests.support.regimen_strategies import dates
from tests.support.strategies import plans

STAFF = (Audience.NURSE, Audience.CLINIC)
ZOE = Subject(audience=Audience.PATIENT, id="p-1", name="Zoe Marsh")

leads = st.builds(
    LeadChoice, prepare=st.booleans(), food=st.booleans(), order_days=st.none() | st.integers(1, 60)
)
styles = st.builds(FeedStyle, privacy=st.sampled_from(Privacy), alias=st.just("Garden, x"), leads=leads)


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """``plan`` as it stands on ``today``, last changed at the UTC instant ``revised_at``."""

    plan: Plan
    today: date
    revised_at: datetime
    ends_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A feed and what it was made from; ``events`` are its own lines, unfolded, under their UIDs."""

    state: State
    part: FeedPart
    rendering: Rendering
    events: dict[str, list[str]]

    @property
    def begins(self) -> datetime:
        return _day(self.state).begins


@st.composite
def histories(draw: st.DrawFn) -> list[State]:
    """Two or three states of a plan, within 14 days; clocks may go back between them."""
    whole, today = draw(plans()), draw(dates)
    states = []
    for _ in range(draw(st.integers(2, 3))):
        noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
        states.append(
            State(
                plan=draw(_variants(whole)),
                today=today,
                revised_at=noon + timedelta(minutes=draw(st.integers(-3000, 600))),
                ends_on=draw(st.none() | st.just(today)),
            )
        )
        today += timedelta(days=draw(st.integers(0, 6)))
    return states


@st.composite
def _variants(draw: st.DrawFn, whole: Plan) -> Plan:
    """``whole``, perhaps before somebody moved, withheld, recorded, amended or stopped something."""
    if draw(st.integers(0, 2)) == 0:
        return whole
    some = replace(
        whole,
        holds=whole.holds if draw(st.booleans()) else (),
        moves=whole.moves if draw(st.booleans()) else (),
        administrations=whole.administrations if draw(st.booleans()) else (),
    )
    if draw(st.booleans()):
        return some
    earlier = tuple(regimen.amends or replace(regimen, stop=None) for regimen in whole.regimens)
    return replace(some, regimens=earlier)


def _day(state: State) -> Day:
    return Day(today=state.today, zone=state.plan.patient.zone)


def show(state: State, style: FeedStyle, before: ShownEvents = NOTHING_SHOWN) -> Shown:
    part = patient_part(state.plan, load_formulary(), ZOE, style, state.today)
    rendering = render_feed(
        [part],
        identity=part.identity,
        day=_day(state),
        revision=Revision(sequence=0, at=state.revised_at),
        shown=before,
        ends_on=state.ends_on,
    )
    events = [_lines(block) for block in _blocks(rendering.body)]
    return Shown(
        state=state,
        part=part,
        rendering=rendering,
        events={_value(lines, "UID"): lines for lines in events},
    )


def told(states: list[State], style: FeedStyle) -> Iterator[Shown]:
    """Each state as a feed shows it that has shown the ones before."""
    known = NOTHING_SHOWN
    for state in states:
        shown = show(state, style, known)
        known = ShownEvents.load(shown.rendering.shown.dump())
        yield shown


def _blocks(body: bytes) -> list[str]:
    unfolded = body.decode().replace("\r\n ", "")
    return re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT\r\n", unfolded, re.DOTALL)


def _lines(block: str) -> list[str]:
    return block.removesuffix("\r\n").split("\r\n")


def _value(lines: list[str], name: str) -> str:
    return next(line.partition(":")[2] for line in lines if re.match(f"{name}[:;]", line))


def _start(lines: list[str]) -> str:
    return next(line for line in lines if line.startswith("DTSTART"))


def _content(lines: list[str]) -> list[str]:
    """All that a person may see."""
    return [line for line in lines if not re.match("DTSTAMP:|LAST-MODIFIED:|SEQUENCE:", line)]


def _revision(lines: list[str]) -> tuple[int, str]:
    assert _value(lines, "DTSTAMP") == _value(lines, "LAST-MODIFIED")
    return int(_value(lines, "SEQUENCE")), _value(lines, "LAST-MODIFIED")


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}Z"


@law
@given(histories(), styles)
def test_a_feed_is_what_icalendar_writes_of_it_but_for_folds_at_escapes_and_the_trigger(
    states: list[State], style: FeedStyle
) -> None:
    *_, last = told(states, style)
    read = Calendar.from_ical(last.rendering.body)
    assert not [component.errors for component in read.walk() if component.errors]
    by_the_library: bytes = read.to_ical(sorted=False)
    written = with_whole_escapes(by_the_library.decode()).replace("TRIGGER:P0D\r\n", "TRIGGER:PT0S\r\n")
    assert written.encode() == last.rendering.body


@law
@given(histories(), styles)
def test_no_uid_stands_twice(states: list[State], style: FeedStyle) -> None:
    for shown in told(states, style):
        assert len(shown.events) == shown.rendering.body.count(b"\nBEGIN:VEVENT\r")


@law
@given(histories(), styles)
def test_an_event_counts_its_changes_and_nothing_else(states: list[State], style: FeedStyle) -> None:
    """As last shown, also where it was gone in between."""
    seen: dict[str, list[str]] = {}
    for shown in told(states, style):
        for uid, lines in shown.events.items():
            before = seen.get(uid)
            if before is None:
                assert _revision(lines) == (0, _stamp(shown.state.revised_at))
            elif _content(before) == _content(lines):
                assert lines == before
            else:
                assert _revision(lines)[0] == _revision(before)[0] + 1
                assert _revision(lines)[1] > _revision(before)[1]
                at_the_earliest = _stamp(shown.state.revised_at)
                assert _revision(lines)[1] >= at_the_earliest
        seen |= shown.events


@law
@given(histories(), styles)
def test_what_is_open_rings_and_nothing_else(states: list[State], style: FeedStyle) -> None:
    for shown in told(states, style):
        identity = shown.part.identity
        open_doses = [
            dose for dose in shown.part.contents.occurrences if is_open(dose) and dose.due_at >= shown.begins
        ]
        doses = {identity.uid(str(dose.id)) for dose in open_doses}
        before_doses = {
            identity.uid(f"lead:{lead.key}:{dose.id}")
            for dose in open_doses
            for lead in shown.part.of(dose.regimen.id).leads
            if not lead.by_day and dose.due_at - lead.ahead >= shown.begins
        }
        ringing = {uid for uid, lines in shown.events.items() if "BEGIN:VALARM" in lines}
        assert ringing == doses | before_doses
        statuses = {_value(shown.events[uid], "STATUS") for uid in ringing}
        assert statuses <= {"CONFIRMED", "TENTATIVE"}


@law
@given(histories(), styles)
def test_nothing_that_was_to_come_is_merely_missing_the_next_time(
    states: list[State], style: FeedStyle
) -> None:
    """It is there, or it is there as cancelled, up to the horizon."""
    for before, after in pairwise(told(states, style)):
        until = after.part.contents.until - timedelta(days=2)
        for uid, event in before.rendering.shown.events.items():
            starts_at = datetime.fromtimestamp(event.starts, UTC)
            is_ahead = after.begins <= starts_at and starts_at.date() < until
            if uid in before.events and event.kind != "notice" and is_ahead:
                assert uid in after.events


@law
@given(histories(), styles)
def test_what_is_cancelled_without_being_planned_stands_where_it_stood(
    states: list[State], style: FeedStyle
) -> None:
    seen: dict[str, list[str]] = {}
    for shown in told(states, style):
        for uid, lines in shown.events.items():
            if "DESCRIPTION:No longer planned." in lines:
                assert _start(lines) == _start(seen[uid])
                assert _value(lines, "STATUS") == "CANCELLED"
        seen |= shown.events


@law
@given(histories(), styles)
def test_the_same_state_again_is_the_same_bytes(states: list[State], style: FeedStyle) -> None:
    *_, last = told(states, style)
    later = replace(last.state, revised_at=last.state.revised_at + timedelta(hours=5))
    assert show(later, style, last.rendering.shown).rendering == last.rendering


@law
@given(histories(), styles)
def test_below_full_the_same_doses_are_told_at_the_same_times(states: list[State], style: FeedStyle) -> None:
    times = []
    for privacy in Privacy:
        *_, last = told(states, replace(style, privacy=privacy))
        times.append({uid: _start(lines) for uid, lines in last.events.items()})
    assert times[0] == times[1] == times[2]


@law
@given(st.lists(plans(), min_size=1, max_size=4), styles, st.sampled_from(STAFF), dates)
def test_in_a_caseload_no_uid_stands_twice_and_there_is_one_horizon_where_there_is_no_room(
    whole: list[Plan], style: FeedStyle, audience: Audience, today: date
) -> None:
    subject = Subject(audience=audience, id="ward-3", name="Ward 3")
    members = [Member(id=f"p-{n}", plan=plan, place="Bed 4") for n, plan in enumerate(whole)]
    parts = caseload_parts(members, load_formulary(), subject, style, today)
    body = render_feed(
        parts,
        identity=feed_identity(subject, style),
        day=Day(today=today, zone=whole[0].patient.zone),
        revision=Revision(sequence=0, at=datetime(2026, 10, 1, tzinfo=UTC)),
    ).body
    events = [_lines(block) for block in _blocks(body)]
    assert len({_value(lines, "UID") for lines in events}) == len(events) <= MAX_EVENTS
    untils = {part.contents.until for part in parts}
    assert len(untils) == 1 or not any(part.contents.shortened for part in parts)
    assert not [component.errors for component in Calendar.from_ical(body).walk() if component.errors]
