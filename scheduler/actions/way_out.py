"""The link by which a mail that is sent at once can be the last, as those of the daemon have one."""

from __future__ import annotations

from datetime import datetime

from scheduler.actions.feed_address import BaseUrl
from scheduler.reminders.answer_links import AnswerLinks
from scheduler.reminders.unsubscribe_links import UnsubscribeLinks
from scheduler.store.unit_of_work import Store


def ways_out(store: Store, base_url: BaseUrl | None, moment: datetime) -> UnsubscribeLinks | None:
    """What makes them for the server at ``base_url``; None where there is no server."""
    if base_url is None:
        return None
    links = AnswerLinks(base_url.text)
    links.renew(store, moment)
    return links.to_unsubscribe
