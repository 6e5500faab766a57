"""By what reminders go out: the operator's own servers and secrets, better kept in the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click

from cli.options import Command, option
from scheduler.errors import SettingsError
from scheduler.reminders.channels.channel import Channel
from scheduler.settings import ChannelSettings, MqttSettings, NtfySettings, SmtpSettings, WebhookSettings

_OPTIONS = (
    option(
        "--smtp-url",
        envvar="DOSECAL_SMTP_URL",
        help="Mail server: smtp://USER:PASSWORD@HOST:PORT (STARTTLS; ?starttls=no without) or smtps://... "
        "?connections=10: over so many at once, 40 as it comes. "
        "Prefer the environment: other users of the machine can see a command line.",
    ),
    option(
        "--mail-from",
        envvar="DOSECAL_MAIL_FROM",
        default="dosecal@localhost",
        show_default=True,
        help="Address that reminders come from.",
    ),
    option(
        "--webhook-secret",
        envvar="DOSECAL_WEBHOOK_SECRET",
        help="Signs what is posted to webhooks; the signing key of each address is made from it. "
        "At least 32 characters; better in the environment.",
    ),
    option("--ntfy-url", envvar="DOSECAL_NTFY_URL", help="ntfy server: https://ntfy.sh or one of your own."),
    option(
        "--ntfy-token",
        envvar="DOSECAL_NTFY_TOKEN",
        help="Access token for the ntfy server; better in the environment.",
    ),
    option(
        "--mqtt-url",
        envvar="DOSECAL_MQTT_URL",
        help="MQTT broker: mqtt://USER:PASSWORD@HOST:PORT or mqtts://...; better in the environment.",
    ),
    option(
        "--apprise",
        envvar="DOSECAL_APPRISE",
        is_flag=True,
        help="Send by services that Apprise knows: text messages, push and chat.",
    ),
    option(
        "--file",
        "outbox_file",
        envvar="DOSECAL_FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File to which reminders of the channel 'file' are appended, a line of JSON each.",
    ),
    option(
        "--allow-private-addresses",
        envvar="DOSECAL_ALLOW_PRIVATE_ADDRESSES",
        is_flag=True,
        help="Let addresses that people gave lead into private networks, and webhooks be http.",
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


_NEEDED = {
    "smtp": "--smtp-url",
    "webhook": "--webhook-secret",
    "ntfy": "--ntfy-url",
    "mqtt": "--mqtt-url",
    "apprise": "--apprise",
    "file": "--file",
}


def _settings(options: dict[str, Any]) -> ChannelSettings:
    """Taken out of ``options``. Raises SettingsError."""
    smtp_url, mail_from = options.pop("smtp_url"), options.pop("mail_from")
    secret, ntfy_url, token = (options.pop(n) for n in ("webhook_secret", "ntfy_url", "ntfy_token"))
    mqtt_url = options.pop("mqtt_url")
    return ChannelSettings(
        smtp=SmtpSettings.parse(smtp_url, mail_from) if smtp_url else None,
        webhook=WebhookSettings.parse(secret) if secret else None,
        ntfy=NtfySettings.parse(ntfy_url, token or None) if ntfy_url else None,
        mqtt=MqttSettings.parse(mqtt_url) if mqtt_url else None,
        apprise=options.pop("apprise"),
        file=options.pop("outbox_file"),
        private_too=options.pop("allow_private_addresses"),
    )
