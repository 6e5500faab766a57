"""Reminders published to a topic of the operator's MQTT broker: for a home's lights, displays and speakers.

MQTT 5, QoS 1: the broker says that it has the message, and whether anybody listens.
"""

from __future__ import annotations

import json
import ssl
from datetime import timedelta

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from scheduler.clock import monotonic
from scheduler.reminders.channels.channel import (
    CALL_TIMEOUT,
    Accepted,
    Outcome,
    Refused,
    RetryLater,
    Unknown,
    stable_id,
)
from scheduler.reminders.message import Message
from scheduler.settings import MqttSettings

_NOBODY_LISTENS = 0x10
_CONNECTING_S = 5.0
_KEEPALIVE_S = 30
_TURN_S = 0.5
_LONGEST_TOPIC = 200


def is_topic(address: str) -> bool:
    """Whether a message can be published to ``address``: no wildcards, and no topic of the broker's own."""
    is_plain = address.isprintable() and not set(address) & set("+#")
    return is_plain and 0 < len(address.encode()) <= _LONGEST_TOPIC and not address.startswith("$")


class MqttChannel:
    """Publishes to one broker, over a connection for each message.

    A client that keeps its connection would send again by itself what we take for unknown.
    """

    # The message holds an id by which a listener can tell copies; nothing is known of the listener.
    is_idempotent = False
    most_at_once: int | None = 20

    def __init__(self, settings: MqttSettings, deadline: timedelta = CALL_TIMEOUT) -> None:
        self._settings = settings
        self._deadline_s = deadline.total_seconds()
        self._tls = ssl.create_default_context() if settings.is_encrypted else None

    def send(self, message: Message, address: str, key: str) -> Outcome:
        """Publish ``message`` to the topic ``address``."""
        if not is_topic(address):
            return Refused(detail="the address is not a topic")
        talk = _Talk(self._settings, self._tls, monotonic() + self._deadline_s)
        try:
            fault = talk.connect()
            if fault is not None:
                return RetryLater(detail=f"connecting: {fault}")
            message_id = stable_id(key)
            return talk.publish(address, _payload(message, message_id), message_id)
        finally:
            talk.close()


class _Talk:
    """One connection and one message. Every answer comes before ``deadline`` of the monotonic clock."""

    def __init__(self, settings: MqttSettings, tls: ssl.SSLContext | None, deadline: float) -> None:
        self._settings = settings
        self._deadline = deadline
        self._welcome: ReasonCode | None = None
        self._taken: ReasonCode | None = None
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.connect_timeout = min(_CONNECTING_S, max(0.01, deadline - monotonic()))
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        if settings.user is not None:
            self._client.username_pw_set(settings.user, settings.password)
        if tls is not None:
            self._client.tls_set_context(tls)

    def connect(self) -> str | None:
        """What kept us from it; None: nothing did."""
        try:
            self._client.connect(self._settings.host, self._settings.port, keepalive=_KEEPALIVE_S)
        except (OSError, ValueError) as error:
            return type(error).__name__
        while self._welcome is None:
            if not self._turn() and self._welcome is None:
                return "the broker did not answer"
        return str(self._welcome) if self._welcome.is_failure else None

    def publish(self, topic: str, payload: bytes, message_id: str) -> Outcome:
        """Publish, and wait for the broker's word."""
        self._client.publish(topic, payload, qos=1)
        while self._taken is None:
            if not self._turn() and self._taken is None:
                return Unknown(detail="the broker did not answer after the message was sent")
        return _outcome(self._taken, message_id)

    def close(self) -> None:
        """Hang up; nothing is sent again."""
        self._client.disconnect()

    def _turn(self) -> bool:
        """Let something happen; whether more may."""
        left = self._deadline - monotonic()
        return left > 0 and self._client.loop(min(_TURN_S, left)) is MQTTErrorCode.MQTT_ERR_SUCCESS

    def _on_connect(self, _: Client, __: object, ___: ConnectFlags, code: ReasonCode, ____: object) -> None:
        self._welcome = code

    def _on_publish(self, _: Client, __: object, ___: int, code: ReasonCode, ____: Properties) -> None:
        self._taken = code


def _outcome(taken: ReasonCode, message_id: str) -> Outcome:
    if taken.value == _NOBODY_LISTENS:
        return RetryLater(detail="nobody listens to the topic", of_address=True)
    if taken.is_failure:
        return Refused(detail=f"the broker answered {taken.value}")
    return Accepted(provider_id=message_id)


def _payload(message: Message, message_id: str) -> bytes:
    told = {"id": message_id, "subject": message.subject, "text": message.text}
    return json.dumps(told, ensure_ascii=False).encode()
