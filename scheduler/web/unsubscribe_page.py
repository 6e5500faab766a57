"""The page on which somebody ends what goes to them by mail, and has it again.

Discreet: it names neither a medicine nor anybody, nor the address itself. Opening it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from starlette.responses import Response

from scheduler.actions.answer_link import LinkFault
from scheduler.actions.contact_in_hand import ContactInHand
from scheduler.reminders.message import way_of
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.web.answer_page import LOOK, TITLE
from scheduler.web.document import Message
from scheduler.web.page_parts import alert, button, clock, day, form, header
from scheduler.web.unsubscribe_form import Pressed

TOO_LATE = "It is too late to take this back here. To have them again, ask your team."
_CALENDAR = "Your plan stays as it is, and so does a calendar that you subscribed to."
_ONLY_WAY = "No reminder reaches you in any other way: nobody tells you when a dose is due."
_ONLY_A_CODE = "Nothing but a code was sent there, and none will be. If the address is yours, tell your team."
_NO_OTHERS = "Whoever else is told goes on being told. No plan changes."

FAULTS = {
    LinkFault.UNKNOWN: Message(
        status=404,
        heading="This link does not work",
        what="It was cut off on its way, or it has been switched off.",
        advice="The newest message has one that works. Or ask your team to end the messages.",
    ),
    LinkFault.EXPIRED: Message(
        status=410,
        heading="This link is too old",
        what="It was good for 35 days. Nothing was changed.",
        advice="The newest message has one that works. Or ask your team to end the messages.",
    ),
    LinkFault.ENDED: Message(
        status=410,
        heading="Nothing is sent here",
        what="No messages go to this address any more.",
        advice="If they should, ask your team.",
    ),
}
BROKEN = Message(
    status=500,
    heading="Something went wrong",
    what="Nothing was changed.",
    advice="Try again in a few minutes, or ask your team to end the messages.",
)


def unsubscribe_page(contact: ContactInHand, *, wrong: str = "", status: int = 200) -> Response:
    """How the contact point stands, what goes on without it, and the one button for what can be done.

    ``wrong`` says what was not done.
    """
    is_told = contact.recipient.unsubscribed_at is None
    blocks = (
        _header(contact),
        *([alert(wrong)] if wrong else []),
        *(f'<p class="card">{escape(said)}</p>' for said in _what_goes_on(contact)),
        _end(contact) if is_told else _again(contact),
    )
    return LOOK.response(TITLE, "\n".join(blocks), status)


def _header(contact: ContactInHand) -> str:
    what, ended_at = _what(contact.recipient), contact.recipient.unsubscribed_at
    if ended_at is None:
        return header(f"End {what} here?", f"No more {what} will come to the address that this one came to.")
    at = contact.wall(ended_at)
    lead = f"No more {what} come to that address since {clock(at)} on {day(at)}."
    return header(f"{what.capitalize()} have ended here", lead)


def _what(recipient: RecipientRecord) -> str:
    is_own = recipient.patient_id is not None and recipient.role is RecipientRole.PERSON
    return "reminders" if is_own and recipient.verified_at is not None else "messages"


def _what_goes_on(contact: ContactInHand) -> Iterator[str]:
    if contact.recipient.verified_at is None:
        yield _ONLY_A_CODE
        return
    if _what(contact.recipient) != "reminders":
        yield _NO_OTHERS
        return
    ways = list(dict.fromkeys(way_of(channel) for channel in contact.others))
    yield f"Reminders go on coming to you {' and '.join(ways)}." if ways else _ONLY_WAY
    yield _CALENDAR


def _end(contact: ContactInHand) -> str:
    return form(button(Pressed.UNSUBSCRIBE.value, f"End {_what(contact.recipient)} here"))


def _again(contact: ContactInHand) -> str:
    if not contact.may_undo or contact.undo_until is None:
        return '<p class="faint">To have them again, ask your team.</p>'
    until = clock(contact.wall(contact.undo_until))
    undo = form(button(Pressed.UNDO.value, f"Have them again (until {until})", second=True))
    return f'{undo}\n<p class="faint">Later, ask your team.</p>'
