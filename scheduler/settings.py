"""What an operator sets. The command line reads the options and the environment once and makes these."""

from __future__ import annotations

import socket
from base64 import b64decode
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from platformdirs import user_data_path

from scheduler.errors import SettingsError


def default_database_url() -> str:
    """A file in the user's own data directory."""
    return f"sqlite:///{user_data_path('dosecal', appauthor=False) / 'dosecal.db'}"


def default_node() -> str:
    """The name of this machine."""
    return socket.gethostname()[:64] or "dosecal"


class SmtpSecurity(Enum):
    """How the conversation with the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


_CONNECTIONS, _MOST_CONNECTIONS = 40, 250
"""Postfix takes 50 connections from one client before it refuses more; others take fewer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpSettings:
    """A mail server. ``sender`` is the address that reminders come from.

    ``connections``: over how many at once mail is sent.
    """

    host: str
    port: int
    security: SmtpSecurity
    user: str | None
    password: str | None = field(repr=False)
    sender: str
    connections: int = _CONNECTIONS

    @classmethod
    def parse(cls, url: str, sender: str) -> SmtpSettings:
        """Read ``smtp://[USER:PASSWORD@]HOST[:PORT]`` or ``smtps://...``.

        ``?starttls=no`` for plain text, ``?connections=10`` for fewer at once. ``smtp`` asks for STARTTLS
        unless told otherwise, or the host is this machine. Raises SettingsError; its text never repeats the
        URL, which may hold a password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _unreadable() from error
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise _unreadable()
        if "@" not in sender.strip("@"):
            raise SettingsError("the sender's address (--mail-from) is not NAME@DOMAIN")
        query = parse_qs(parts.query, keep_blank_values=True)
        security = _security(parts.scheme, parts.hostname, query)
        return cls(
            host=parts.hostname,
            port=port or {SmtpSecurity.TLS: 465, SmtpSecurity.STARTTLS: 587}.get(security, 25),
            security=security,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            sender=sender,
            connections=_connections(query.get("connections", [str(_CONNECTIONS)])[-1]),
        )


def _connections(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) < 4 and 1 <= int(text) <= _MOST_CONNECTIONS):
        raise SettingsError(
            f"connections in the mail server's URL is a whole number from 1 to {_MOST_CONNECTIONS}"
        )
    return int(text)


def _unreadable() -> SettingsError:
    return SettingsError("the mail server's URL (--smtp-url) is not smtp://HOST:PORT or smtps://HOST:PORT")


def _security(scheme: str, host: str, query: dict[str, list[str]]) -> SmtpSecurity:
    if scheme == "smtps":
        return SmtpSecurity.TLS
    local = host in {"localhost", "127.0.0.1", "::1"}
    asked = query.get("starttls", ["no" if local else "yes"])[-1]
    if asked not in {"yes", "no"}:
        raise SettingsError("starttls in the mail server's URL is yes or no")
    return SmtpSecurity.STARTTLS if asked == "yes" else SmtpSecurity.NONE


@dataclass(frozen=True, kw_only=True, slots=True)
class NtfySettings:
    """An ntfy server, and the token that it knows this daemon by, if it asks for one."""

    url: str
    token: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, token: str | None) -> NtfySettings:
        """Raises SettingsError; its text repeats neither."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
            raise SettingsError("the ntfy server (--ntfy-url) is not https://HOST or http://HOST:PORT")
        if token is not None and not (token.isascii() and token.replace("_", "").isalnum()):
            raise SettingsError("the token for ntfy (--ntfy-token) is not letters and digits such as tk_...")
        return cls(url=url, token=token)


_SHORTEST_SECRET = 32
_KEY_BYTES = range(24, 65)


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookSettings:
    """The ``secret`` that the signing keys of all addresses are made from."""

    secret: str = field(repr=False)

    @classmethod
    def parse(cls, secret: str) -> WebhookSettings:
        """Raises SettingsError where it can be guessed."""
        if len(secret) < _SHORTEST_SECRET:
            raise SettingsError(
                f"the secret for webhooks (--webhook-secret) has fewer than {_SHORTEST_SECRET} characters: "
                "take 64 from 'openssl rand -hex 32'"
            )
        return cls(secret=secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class BounceSettings:
    """The ``secret`` by which a mail provider signs what it tells of mails that came back."""

    secret: str = field(repr=False)

    @classmethod
    def parse(cls, secret: str) -> BounceSettings:
        """Read a key as Standard Webhooks writes it. Raises SettingsError, whose text does not repeat it."""
        if not _is_webhook_key(secret):
            raise SettingsError(
                "the secret for bounces (--bounce-secret) is not whsec_ and the base64 of 24 to 64 bytes: "
                "take whsec_ and 'openssl rand -base64 32'"
            )
        return cls(secret=secret)


def _is_webhook_key(text: str) -> bool:
    try:
        made = b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    return text.startswith("whsec_") and len(made) in _KEY_BYTES


@dataclass(frozen=True, kw_only=True, slots=True)
class MqttSettings:
    """An MQTT broker."""

    host: str
    port: int
    is_encrypted: bool
    user: str | None
    password: str | None = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> MqttSettings:
        """Read ``mqtt://[USER:PASSWORD@]HOST[:PORT]`` or ``mqtts://...``. Raises SettingsError without it."""
        problem = SettingsError("the MQTT broker (--mqtt-url) is not mqtt://HOST:PORT or mqtts://HOST:PORT")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise problem from error
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise problem
        is_encrypted = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname,
            port=port or (8883 if is_encrypted else 1883),
            is_encrypted=is_encrypted,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelSettings:
    """What the channels need. A channel whose setting is None is not there; the console always is.

    ``private_too``: addresses that people gave may lead into private networks.
    """

    smtp: SmtpSettings | None = None
    webhook: WebhookSettings | None = None
    ntfy: NtfySettings | None = None
    mqtt: MqttSettings | None = None
    file: Path | None = None
    apprise: bool = False
    private_too: bool = False


DEFAULT_SEATS = 250
"""10,000 messages within 5 s where each takes 100 ms. A thread is made only when it is needed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DaemonSettings:
    """``node`` is unique among the daemons of a database; each channel sends ``seats`` messages at once.

    ``ping_url`` is a secret and is fetched after every audit. ``base_url``: where the server is reached that
    takes answers, without a slash at its end; None: messages have no link.
    ``metrics`` is HOST:PORT, where monitors ask.
    """

    node: str
    seats: int
    channels: ChannelSettings
    ping_url: str | None = field(default=None, repr=False)
    base_url: str | None = None
    metrics: str | None = None


def lock_file(database: Path) -> Path:
    """The file whose lock says that a daemon works on the SQLite ``database``."""
    return database.with_name(f"{database.name}.daemon.lock")
