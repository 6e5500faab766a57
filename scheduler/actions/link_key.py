"""The keys that sign the links in messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scheduler.reminders.answer_links import make_key
from scheduler.store.link_keys import LinkKey
from scheduler.store.unit_of_work import Store


def list_link_keys(store: Store, moment: datetime) -> Sequence[LinkKey]:
    """The keys whose links are good at ``moment``, oldest first: the last one signs."""
    with store.reading() as work:
        return work.link_keys.standing(moment)


def rotate_link_key(store: Store, moment: datetime, *, ends_others: bool) -> None:
    """Sign with a new key from now on. With ``ends_others`` no link that was sent before works any more."""
    make_key(store, moment, ends_others=ends_others)
