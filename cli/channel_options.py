"""By what reminders go out: the operator's own servers and secrets, better kept in the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from cli.options import Command, option
from scheduler.errors import SettingsError
from scheduler.reminders.channels.channel import Channel
from scheduler.settings import ChannelSettings, SmtpSettings

_OPTIONS = (
    option(
        "--smtp-url",
        envvar="DOSECAL_SMTP_URL",
        help="Mail server: smtp://USER:PASSWORD@HOST:PORT (STARTTLS; ?starttls=no without) or smtps://... "
        "Prefer the environment: other users of the machine can see a command line.",
    ),
    option(
        "--mail-from",
        envvar="DOSECAL_MAIL_FROM",
        default="dosecal@localhost",
        show_default=True,
        help="Address that reminders come from.",
    ),
)


def channel_options(command: Command) -> Command:
    """What the channels need, read into one argument ``channels``."""

    @wraps(command)
    def with_settings(*arguments: Any, **options: Any) -> Any:
        return command(*arguments, channels=_settings(options), **options)

    wrapped: Callable[..., Any] = with_settings
    for add in reversed(_OPTIONS):
        wrapped = add(wrapped)
    return wrapped  # type: ignore[return-value]  # the same command, with other arguments


def channel_of(channels: Mapping[str, Channel], name: str) -> Channel:
    """Raises SettingsError, with the option to give, where it is not there."""
    if name not in channels:
        raise SettingsError(f"the channel {name} is not set up here: say where it is ({_NEEDED[name]})")
    return channels[name]


_NEEDED = {"smtp": "--smtp-url"}


def _settings(options: dict[str, Any]) -> ChannelSettings:
    """Taken out of ``options``. Raises SettingsError."""
    smtp_url, mail_from = options.pop("smtp_url"), options.pop("mail_from")
    return ChannelSettings(smtp=SmtpSettings.parse(smtp_url, mail_from) if smtp_url else None)
