"""Series as the bytes of one iCalendar object, for people who import a file once.

Of all that RFC 5545 has for recurrence it uses what programs agree on: DAILY, WEEKLY or MONTHLY with an
interval, an end in UTC, and dates that are left out. So no client can go on ringing for ever, and none shows
an old amount after a change. The same arguments give the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Event
from icalendar.prop import vText

from scheduler.ical.alarm import start_alarm
from scheduler.ical.calendar_header import END, published
from scheduler.ical.component_form import FORMS
from scheduler.ical.content_lines import check_content_lines
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.feed_part import NO_GUIDANCE, Guidance
from scheduler.ical.series import EVENT_LENGTH, Series, is_shown_once
from scheduler.ical.stride import Stride
from scheduler.ical.timezone_block import timezone_block
from scheduler.ical.wording import dose_description, dose_title

_PRODID = "-//dosecal//dosecal series//EN"
_UTC_KEYS = frozenset({"UTC", "Etc/UTC"})
_FORM = FORMS["VEVENT"]
_REPEATING = replace(_FORM, properties=_FORM.properties | {"RRULE", "EXDATE"})
_END_OF_EVENT = "END:VEVENT\r\n"
_SITE = "Site: as your plan says."


@dataclass(frozen=True, kw_only=True, slots=True)
class _Placed:
    """``lines`` are those of an event that begins at the UTC instant ``starts_at`` and last at ``ends_at``.

    ``zone`` is the one whose VTIMEZONE it needs, None for times in UTC and for whole days.
    """

    starts_at: datetime
    ends_at: datetime
    uid: str
    zone: ZoneInfo | None
    lines: str


def render_series(
    series: Sequence[Series],
    *,
    identity: FeedIdentity,
    revision: Revision,
    today: date,
    guidance: Mapping[str, Guidance],
) -> bytes:
    """A file of ``series``; with none of them, a notice on the local date ``today``.

    ``guidance`` stands under the ids of regimens; only a FULL file shows it. Raises MalformedCalendarError
    where the result is not what clients can read.
    """
    events = [_event(one, identity, revision, guidance.get(one.regimen_id, NO_GUIDANCE)) for one in series]
    told = events or [_nothing_planned(identity, revision, today)]
    blocks = _timezone_blocks(told)
    in_order = sorted(told, key=lambda event: (event.starts_at, event.uid))
    lines = [_header(identity), *blocks, *(event.lines for event in in_order), END]
    data = "".join(lines).encode()
    expected = {"VCALENDAR": 1, "VTIMEZONE": len(blocks), "VEVENT": len(told), "VALARM": len(events)}
    check_content_lines(data, expected, {**FORMS, "VEVENT": _REPEATING})
    return data


def _header(identity: FeedIdentity) -> str:
    """Without how often to fetch it, because a file is not fetched, and without X-WR-TIMEZONE.

    No time here needs that hint, and recurring-ical-events reads times in UTC by it, whereupon a time that
    clocks show twice is up to an hour off.
    """
    return published(identity.name, _PRODID)


def _timezone_blocks(events: Iterable[_Placed]) -> list[str]:
    """One block for each zone that ``events`` name, in order of its id."""
    used: defaultdict[str, list[datetime]] = defaultdict(list)
    for event in events:
        if event.zone is not None:
            used[event.zone.key] += [event.starts_at, event.ends_at]
    return [timezone_block(ZoneInfo(key), min(times), max(times)) for key, times in sorted(used.items())]


def _event(series: Series, identity: FeedIdentity, revision: Revision, guidance: Guidance) -> _Placed:
    first = series.first
    title = dose_title(first, identity)
    uid = identity.uid(f"series:{first.id}")
    event = _begun(uid, revision)
    zone = _add_times(event, series)
    event.add("summary", vText(title))
    event.add("description", vText(_description(series, identity, guidance)))
    lines = _lines(event, start_alarm(title))
    return _Placed(starts_at=first.due_at, ends_at=series.doses[-1].due_at, uid=uid, zone=zone, lines=lines)


def _begun(uid: str, revision: Revision) -> Event:
    """An event without time and text.

    STATUS is always written: Android's provider fails on an event that had one and lost it.
    """
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", revision.at)
    event.add("last-modified", revision.at)
    event.add("sequence", revision.sequence)
    event.add("status", "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    event.add("x-microsoft-cdo-busystatus", vText("FREE"))
    return event


def _add_times(event: Event, series: Series) -> ZoneInfo | None:
    """Write when it begins, ends and repeats; the zone that this is written in, None for UTC."""
    first = series.first
    zone = _written_in(first.zone, first.due_at)
    # The id is written here and not by icalendar, which puts other ids for what it takes as equals.
    parameters = {} if zone is None else {"TZID": zone.key}
    event.add("dtstart", _written(first.due_at, zone), parameters=parameters)
    event.add("dtend", _written(first.due_at + EVENT_LENGTH, zone), parameters=parameters)
    if series.stride is not None:
        event.add("rrule", _rule(series, series.stride))
    if series.missing:
        left_out = (datetime.combine(day, series.clock_time, first.zone) for day in series.missing)
        event.add("exdate", [_written(at, zone) for at in left_out], parameters=parameters)
    return zone


def _written_in(zone: ZoneInfo, starts_at: datetime) -> ZoneInfo | None:
    """``zone``; None where clocks show a time twice, of which programs take one or the other."""
    walls = (_written(at, zone) for at in (starts_at, starts_at + EVENT_LENGTH))
    in_utc = zone.key in _UTC_KEYS or not all(is_shown_once(wall, zone) for wall in walls)
    return None if in_utc else zone


def _written(at: datetime, zone: ZoneInfo | None) -> datetime:
    """The aware ``at`` as it is written: naive by the clocks of ``zone``, or in UTC."""
    return at.astimezone(UTC) if zone is None else at.astimezone(zone).replace(tzinfo=None)


def _rule(series: Series, stride: Stride) -> dict[str, object]:
    until = series.doses[-1].due_at
    if stride.months:
        day = series.first.local_date.day
        return {"freq": "MONTHLY", "interval": stride.months, "bymonthday": day, "until": until}
    weeks, rest = divmod(stride.days, 7)
    if rest:
        return {"freq": "DAILY", "interval": stride.days, "until": until}
    return {"freq": "WEEKLY", "interval": weeks, "until": until}


def _description(series: Series, identity: FeedIdentity, guidance: Guidance) -> str:
    """What holds for every dose of a series: not the site, which rotates, nor why one is where it is."""
    every = replace(series.first, site=None, reasons=())
    said = (_SITE, *guidance.prepare) if series.first.regimen.sites else guidance.prepare
    clock = f"{series.clock_time:%H:%M}"
    return dose_description(every, clock, identity, replace(guidance, prepare=said))


def _nothing_planned(identity: FeedIdentity, revision: Revision, today: date) -> _Placed:
    """In place of an empty calendar, which some programs take for a fault."""
    uid = identity.uid("series:nothing-planned")
    event = _begun(uid, revision)
    event.add("dtstart", today)
    event.add("dtend", today + timedelta(days=1))
    event.add("summary", vText("Nothing planned"))
    event.add("description", vText("Nothing was planned when this file was written."))
    # It stands alone, so that its place among others does not matter.
    return _Placed(starts_at=revision.at, ends_at=revision.at, uid=uid, zone=None, lines=_lines(event))


def _lines(event: Event, alarm: str = "") -> str:
    """``event`` as icalendar writes it, with the lines of ``alarm`` at its end."""
    written: bytes = event.to_ical(sorted=False)
    return f"{written.decode().removesuffix(_END_OF_EVENT)}{alarm}{_END_OF_EVENT}"
