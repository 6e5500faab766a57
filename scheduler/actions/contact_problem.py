"""What keeps reminders from reaching a person, for them and their nurse to see."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.store.recipients import RecipientRecord


def contact_problems(recipients: Iterable[RecipientRecord]) -> tuple[str, ...]:
    """What is wrong with each, by its id and channel: the address itself is nobody else's business."""
    return tuple(
        f"{recipient.id} ({recipient.channel}) {problem}"
        for recipient in recipients
        if (problem := contact_problem(recipient)) is not None
    )


def contact_problem(recipient: RecipientRecord) -> str | None:
    """Why nothing arrives there; None where all is well."""
    if recipient.unsubscribed_at is not None:
        return f"was unsubscribed on {recipient.unsubscribed_at:%Y-%m-%d}: nothing goes there"
    if recipient.verified_at is None:
        return "is not verified: nothing goes there"
    if recipient.broken_at is None:
        return None
    did = "messages come back" if recipient.broken_how == "bounced" else "messages are refused"
    return f"is broken: {did} since {recipient.broken_at:%Y-%m-%d}"
