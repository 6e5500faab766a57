"""Where mail goes out."""

from __future__ import annotations

from cli.options import Command, option
from scheduler.settings import SmtpSettings


def smtp_options(command: Command) -> Command:
    """``--smtp-url`` and ``--mail-from``."""
    sender = option(
        "--mail-from",
        envvar="DOSECAL_MAIL_FROM",
        default="dosecal@localhost",
        show_default=True,
        help="Address that reminders come from.",
    )
    server = option(
        "--smtp-url",
        envvar="DOSECAL_SMTP_URL",
        help="Mail server: smtp://USER:PASSWORD@HOST:PORT (STARTTLS; ?starttls=no without) or smtps://... "
        "Prefer the environment: other users of the machine can see a command line.",
    )
    return server(sender(command))


def read_smtp(url: str | None, sender: str) -> SmtpSettings | None:
    """The mail server that the options name, or None. Raises SettingsError."""
    return SmtpSettings.parse(url, sender) if url else None
