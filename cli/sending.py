"""Sending one message from the command line: a code, or a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from cli.channel_options import channel_options
from cli.options import Command, option
from scheduler import clock
from scheduler.actions.feed_address import BaseUrl
from scheduler.actions.way_out import ways_out
from scheduler.reminders.unsubscribe_links import UnsubscribeLinks
from scheduler.settings import ChannelSettings
from scheduler.store.unit_of_work import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """``base_url``: where the server is whose pages end what comes to a mailbox; None: there is none."""

    channels: ChannelSettings
    base_url: BaseUrl | None

    def ways_out(self, store: Store) -> UnsubscribeLinks | None:
        """What makes the links to those pages."""
        return ways_out(store, self.base_url, clock.now())


def sending_options(command: Command) -> Command:
    """What the channels need and ``--base-url``, read into one argument ``sending``. Raises InputError."""

    @wraps(command)
    def with_sending(*arguments: Any, channels: ChannelSettings, base_url: str | None, **options: Any) -> Any:
        # Before anything is written: an address would be kept of which nobody was asked.
        base = BaseUrl.parse(base_url) if base_url else None
        return command(*arguments, sending=Sending(channels=channels, base_url=base), **options)

    base_option = option(
        "--base-url",
        envvar="DOSECAL_BASE_URL",
        help="Where 'dosecal serve' is reached from outside: a mail then has a link to end what comes there.",
    )
    wrapped: Callable[..., Any] = with_sending
    return channel_options(base_option(wrapped))  # type: ignore[return-value]  # the same command, with other arguments
