"""The page on which a reminder is answered.

Discreet until a button is pressed: then, and only in the answer to that, it names the medicine. It works
without a script; a program that merely opens it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from starlette.responses import Response

from scheduler.actions.answer import OpenDose
from scheduler.actions.dose_in_hand import DoseInHand
from scheduler.dosing.status import DoseStatus
from scheduler.web.answer_form import REASONS
from scheduler.web.document import Look, page_file
from scheduler.web.page_parts import alert, button, clock, day, form, header

LOOK = Look(page_file("page.css") + page_file("answer.css"), form_action="'self'")
TITLE = "Reminder"
_CAREFUL = "Check your plan before taking it, and ask your team if you are not sure."
_NOT_NOW = "Do not take it now without asking your team."


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """How a page tells: ``wrong`` says what was not done, ``named``: the medicine too, after a button."""

    named: bool = False
    wrong: str = ""


def dose_page(dose: DoseInHand, token: str, telling: Telling, status: int = 200) -> Response:
    """How ``dose`` stands, and the buttons for what can be done. ``token`` is that of the link."""
    heading, lead = _head(dose)
    blocks = (
        *_wrong(telling),
        *_name(dose, telling),
        *(_open(dose) if dose.entry is None else _recorded(dose, telling)),
        *_what(telling),
        *_following(dose, token),
    )
    return LOOK.response(TITLE, header(heading, lead) + "\n".join(blocks), status)


def list_page(doses: Sequence[OpenDose], moment: datetime) -> Response:
    """A button for each dose that can be answered."""
    if not doses:
        return LOOK.response(TITLE, header("Nothing is open", "There is nothing to answer at the moment."))
    items = "\n".join(_item(dose, moment) for dose in doses)
    lead = "Choose one to say what became of it."
    return LOOK.response(TITLE, f'{header("What is open", lead)}<ul class="open">\n{items}\n</ul>')


def ask_page() -> Response:
    """A button that has a link sent to where the reminders go. It says nothing of whose they are."""
    lead = "To see this or say what became of it, have a link sent to where your reminders go."
    return LOOK.response(TITLE, header(TITLE, lead) + form(button("link", "Send me a link")))


def _item(dose: OpenDose, moment: datetime) -> str:
    record = dose.record
    now = moment.astimezone(ZoneInfo(record.zone))
    return f'<li><a class="button" href="{dose.text}">{escape(_slot(record.wall_due, now))}</a></li>'


def _head(dose: DoseInHand) -> tuple[str, str]:
    now = dose.wall_now
    slot = _slot(dose.occurrence.wall_due.replace(tzinfo=None), now)
    if dose.entry is not None:
        given = dose.entry.value.is_given
        return "Recorded", f"Your {slot}: {'taken' if given else 'not taken'}."
    said = {
        DoseStatus.UPCOMING: f"It is still to come. It is now {clock(now)}.",
        DoseStatus.DUE: f"It is now {clock(now)}.",
        DoseStatus.LATE: f"It is late: it is now {clock(now)}, {day(now)}. {_CAREFUL}",
        DoseStatus.MISSED: f"The time for it is over: it is now {clock(now)}, {day(now)}. {_NOT_NOW}",
        DoseStatus.HELD: "It is on hold.",
    }
    return f"Your {slot}", said[dose.status]


def _wrong(telling: Telling) -> Iterator[str]:
    if telling.wrong:
        yield alert(telling.wrong)


def _name(dose: DoseInHand, telling: Telling) -> Iterator[str]:
    if telling.named:
        occurrence = dose.occurrence
        site = f" Planned place: {occurrence.site}." if occurrence.site and dose.entry is None else ""
        name = f"{occurrence.regimen.product.name}, {occurrence.dose.spelled_out}."
        yield f'<p class="card notice" role="status"><strong>{escape(name)}</strong>{escape(site)}</p>'


def _what(telling: Telling) -> Iterator[str]:
    if not telling.named:
        yield form(button("show", "Show which medicine", second=True))


def _open(dose: DoseInHand) -> Iterator[str]:
    if dose.snoozed_until is not None:
        told = dose.snoozed_until.astimezone(dose.wall_now.tzinfo)
        yield f'<p class="card notice" role="status">You will be reminded again at {clock(told)}.</p>'
    yield form(button("given", "Taken just now"))
    yield _details("Taken at another time or place", form(*_time_and_site(dose), button("given", "Taken")))
    yield _details("Not taken", form(_reasons(), button("not-given", "Not taken")))
    if dose.snooze_choices:
        yield _section("later", "Remind me again in", _waits(dose.snooze_choices))


def _recorded(dose: DoseInHand, telling: Telling) -> Iterator[str]:
    assert dose.entry is not None
    recorded, by_link = dose.entry.value, dose.undo_until is not None
    at = f"{clock(recorded.at)} on {day(recorded.at)}"
    said = f"Taken at {at}." if recorded.is_given else f"Said at {at}."
    if telling.named:
        said += f" Place: {recorded.site}." if recorded.site else ""
        said += f" Why: {recorded.reason}." if recorded.reason else ""
    who = "Recorded by the link in a message to you." if by_link else "Recorded in another way."
    yield f'<p class="card notice" role="status">{escape(said)} {who}</p>'
    if dose.may_undo and dose.undo_until is not None:
        until = dose.undo_until.astimezone(dose.wall_now.tzinfo)
        yield form(button("undo", f"Take this back (until {clock(until)})", second=True))
    else:
        yield '<p class="faint">If that is wrong, tell your team.</p>'


def _following(dose: DoseInHand, token: str) -> Iterator[str]:
    if dose.following is not None:
        due = dose.following.wall_due
        when = f"{clock(due)} on {day(due)}"
        file = f'<p><a class="button second" href="{token}/dose.ics">Add it to a calendar</a></p>'
        yield _section("next", f"Next: {when}", file)


def _time_and_site(dose: DoseInHand) -> Iterator[str]:
    now, planned = dose.wall_now.replace(tzinfo=None), dose.occurrence.wall_due.replace(tzinfo=None)
    told = f"{min(now, planned):%Y-%m-%dT%H:%M}"
    limits = f'value="{told}" max="{now:%Y-%m-%dT%H:%M}"'
    yield (
        '<div><label for="at">When, by the clock where you are</label>'
        f'<input id="at" name="at" type="datetime-local" {limits} required></div>'
    )
    sites = dose.occurrence.regimen.sites
    if sites:
        options = "".join(_option(site, chosen=site == dose.occurrence.site) for site in sites)
        yield f'<div><label for="site">Where</label><select id="site" name="site">{options}</select></div>'


def _option(site: str, *, chosen: bool) -> str:
    return f'<option value="{escape(site)}"{" selected" if chosen else ""}>{escape(site)}</option>'


def _reasons() -> str:
    choices = "".join(_choice(escape(reason)) for reason in REASONS)
    return (
        f"<fieldset><legend>Why?</legend>{choices}</fieldset>"
        '<div><label for="more">Or in your own words</label>'
        '<input id="more" name="more" type="text" maxlength="150" autocomplete="off"></div>'
    )


def _choice(reason: str) -> str:
    radio = f'<input type="radio" name="reason" value="{reason}">'
    return f'<label class="choice">{radio}{reason}</label>'


def _waits(waits: Iterable[timedelta]) -> str:
    buttons = "".join(_wait(int(wait.total_seconds()) // 60) for wait in waits)
    hidden = '<input type="hidden" name="answer" value="snooze">'
    return f'<form method="post">{hidden}<div class="waits">{buttons}</div></form>'


def _wait(minutes: int) -> str:
    return f'<button class="second" name="wait" value="{minutes}">{_length(minutes)}</button>'


def _length(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes} minutes"
    hours = minutes // 60
    return {1: "1 hour", 24: "1 day"}.get(hours, f"{hours} hours")


def _details(summary: str, body: str) -> str:
    return f'<details class="card"><summary>{escape(summary)}</summary>{body}</details>'


def _section(name: str, heading: str, body: str) -> str:
    title = f'<h2 id="{name}">{escape(heading)}</h2>'
    return f'<section class="card" aria-labelledby="{name}">{title}{body}</section>'


def _slot(due: datetime, now: datetime) -> str:
    return clock(due) if due.date() == now.date() else f"{clock(due)} on {day(due)}"
