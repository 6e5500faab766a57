"""MQTT with the broker that most homes have."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater
from scheduler.reminders.channels.mqtt import MqttChannel
from scheduler.reminders.message import Message
from scheduler.settings import MqttSettings
from tests.support.mail_servers import make_certificate
from tests.support.mqtt_servers import Mosquitto, running_mosquitto

MESSAGE = Message(subject="Reminder", text="Reminder: your 08:00 is due. ✓")


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    folder: Path = tmp_path_factory.mktemp("mosquitto")
    certificate = make_certificate(folder)
    with pytest.MonkeyPatch.context() as patch, running_mosquitto(folder, certificate) as server:
        patch.setenv("SSL_CERT_FILE", str(certificate.certificate))
        yield server


@pytest.fixture
def heard(mosquitto: Mosquitto) -> Iterator[SimpleQueue[bytes]]:
    """What somebody hears who listens to zoe/heard."""
    found: SimpleQueue[bytes] = SimpleQueue()
    listening: SimpleQueue[bool] = SimpleQueue()

    def on_message(_: Client, __: object, message: MQTTMessage) -> None:
        found.put(bytes(message.payload))

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set("clinic", "s3cret")
    client.on_message = on_message
    client.on_subscribe = lambda *_: listening.put(True)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    while client.subscribe("zoe/heard", qos=1)[0] != MQTTErrorCode.MQTT_ERR_SUCCESS:
        time.sleep(0.02)
    listening.get(timeout=10)
    yield found
    client.disconnect()
    client.loop_stop()


def published(port: int, topic: str, scheme: str = "mqtt", password: str = "s3cret") -> Outcome:
    settings = MqttSettings.parse(f"{scheme}://clinic:{password}@localhost:{port}")
    return MqttChannel(settings).send(MESSAGE, topic, "k")


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts"])
def test_who_listens_hears_it(mosquitto: Mosquitto, heard: SimpleQueue[bytes], scheme: str) -> None:
    port = mosquitto.tls_port if scheme == "mqtts" else mosquitto.port
    outcome = published(port, "zoe/heard", scheme)
    assert isinstance(outcome, Accepted)
    told = json.loads(heard.get(timeout=10))
    assert told == {"id": outcome.provider_id, "subject": MESSAGE.subject, "text": MESSAGE.text}


def test_where_nobody_listens_it_is_tried_again(mosquitto: Mosquitto) -> None:
    outcome = published(mosquitto.port, "zoe/nobody")
    assert outcome == RetryLater(detail="nobody listens to the topic", of_address=True)


def test_a_topic_that_the_broker_does_not_allow_is_refused(mosquitto: Mosquitto) -> None:
    assert isinstance(published(mosquitto.port, "others/topic"), Refused)


def test_a_wrong_password_is_the_operators_to_mend(mosquitto: Mosquitto) -> None:
    outcome = published(mosquitto.port, "zoe/heard", password="wr0ng")
    assert outcome == RetryLater(detail="connecting: Not authorized")
