"""What is said of a link that leads nowhere, and of an answer that changed nothing."""

from __future__ import annotations

from scheduler.actions.answer import Outcome
from scheduler.actions.answer_link import LinkFault
from scheduler.web.document import Message

_ADVICE = "If you did take it, or are not sure, tell your team."
_AGAIN = "The newest message has a link that works. If you have none, ask your team to record it for you."

FAULTS = {
    LinkFault.UNKNOWN: Message(
        status=404,
        heading="This link does not work",
        what="It was cut off on its way, or it has been switched off.",
        advice=f"Open it from the message itself, whole. {_AGAIN}",
    ),
    LinkFault.EXPIRED: Message(
        status=410,
        heading="This link is too old",
        what="It was good for 30 days.",
        advice=_AGAIN,
    ),
    LinkFault.ENDED: Message(
        status=410,
        heading="This link has ended",
        what="Reminders do not come to you here any more.",
        advice="If they should, ask your team.",
    ),
    LinkFault.GONE: Message(
        status=410,
        heading="Not planned any more",
        what="The plan has changed since this message was sent.",
        advice=_ADVICE,
    ),
}
BROKEN = Message(
    status=500,
    heading="Something went wrong",
    what="Nothing was recorded.",
    advice="Try again in a few minutes.",
)

LINK_ON_ITS_WAY = Message(
    status=200,
    heading="Look at your messages",
    what="If this is still open, a link to it is on its way to where your reminders go.",
    advice="It should be there within a minute. If nothing comes, use the link in an earlier reminder, or "
    "ask your team.",
)

STATUS = {
    Outcome.DONE: 200,
    Outcome.ALREADY: 200,
    Outcome.FUTURE: 422,
    Outcome.LONG_AGO: 422,
    Outcome.NO_SITE: 422,
}
"""What HTTP says of an outcome; 409 of those that are not here."""

_SAID = {
    Outcome.OTHERWISE: "Nothing was changed: something else is recorded already, as you see here.",
    Outcome.FUTURE: "Nothing was recorded: that time is still to come.",
    Outcome.LONG_AGO: "Nothing was recorded: that is more than 60 days ago. Ask your team to record it.",
    Outcome.NO_SITE: "Nothing was recorded: that place is not in your plan.",
    Outcome.TOO_LATE: "It is too late to take this back here. If it is wrong, tell your team.",
    Outcome.NOT_YOURS: "It was not recorded by this link. If it is wrong, tell your team.",
    Outcome.NO_SNOOZE: "It cannot be put off so long, or not once more.",
    Outcome.REFUSED: "Nothing was recorded: it contradicts what is recorded of other days. Tell your team.",
}


def said_of(outcome: Outcome) -> str:
    """What is said of an outcome that changed nothing; "" for one that stands as it was asked for."""
    return _SAID.get(outcome, "")
