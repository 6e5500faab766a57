"""What an address looks like on each channel. Pure: whether anybody is there shows when a message is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scheduler.reminders.channels import apprise_address
from scheduler.reminders.channels.http_call import Endpoint
from scheduler.reminders.channels.mail import is_mailbox
from scheduler.reminders.channels.mqtt import is_topic as is_mqtt_topic
from scheduler.reminders.channels.ntfy import is_topic

_LONGEST = 320


def address_problem(channel: str, address: str) -> str | None:
    """What is wrong with it, without repeating it; None: nothing."""
    if channel not in CHANNELS:
        return f"the channel is one of {', '.join(CHANNELS)}"
    if len(address) > _LONGEST or not address.isprintable() or not address.strip():
        return f"the address has 1 to {_LONGEST} printable characters"
    return _PROBLEMS[channel](address)


def _of_mail(address: str) -> str | None:
    if not address.isascii():
        return "the address for mail is ASCII; write its domain in the form xn--"
    return None if is_mailbox(address) else "the address for mail is not NAME@DOMAIN"


def _of_webhook(address: str) -> str | None:
    try:
        Endpoint.parse(address)
    except ValueError:
        return "the address of a webhook is not https://HOST/PATH, in ASCII and without a password"
    return None


def _of_ntfy(address: str) -> str | None:
    return (
        None if is_topic(address) else "a topic of ntfy is 1 to 64 letters, digits, hyphens and underscores"
    )


def _of_mqtt(address: str) -> str | None:
    if is_mqtt_topic(address):
        return None
    return "a topic of MQTT has no + or #, does not begin with $, and is 200 bytes at most"


def _of_anything(_: str) -> str | None:
    return None


_PROBLEMS: Mapping[str, Callable[[str], str | None]] = {
    "smtp": _of_mail,
    "webhook": _of_webhook,
    "ntfy": _of_ntfy,
    "mqtt": _of_mqtt,
    "apprise": apprise_address.address_problem,
    "file": _of_anything,
    "console": _of_anything,
}


def shown_address(channel: str, address: str) -> str:
    """``address`` for people to see: one of a service holds the key to it."""
    return f"{apprise_address.scheme_of(address)}://..." if channel == "apprise" else address


CHANNELS = tuple(_PROBLEMS)

OWN_CHANNELS = frozenset({"console", "file"})
"""Those of this machine, whose addresses are only names: there is nobody to ask whether they are right."""
