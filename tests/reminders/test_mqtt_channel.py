"""What becomes of a message to an MQTT broker, told truthfully."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from scheduler.errors import SettingsError
from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.channels.mqtt import MqttChannel, is_topic
from scheduler.reminders.message import Message
from scheduler.settings import MqttSettings
from tests.support.mail_ledger import free_port
from tests.support.mqtt_servers import scripted_broker

MESSAGE = Message(subject="Reminder", text="Reminder: your 08:00 is due. ✓")
NOT_AUTHORIZED, BUSY, NOBODY = 0x87, 0x89, 0x10


def published(port: int, topic: str = "zoe/reminders", deadline_s: float = 0.6) -> Outcome:
    settings = MqttSettings.parse(f"mqtt://127.0.0.1:{port}")
    return MqttChannel(settings, timedelta(seconds=deadline_s)).send(MESSAGE, topic, "k")


def test_a_message_that_the_broker_takes_is_accepted_under_its_id() -> None:
    with scripted_broker() as broker:
        outcome = published(broker.port)
    assert isinstance(outcome, Accepted)
    (body,) = broker.published
    assert b"zoe/reminders" in body
    assert outcome.provider_id is not None
    assert outcome.provider_id.encode() in body


@pytest.mark.parametrize("welcome", [NOT_AUTHORIZED, BUSY, None])
def test_a_broker_that_will_not_have_us_refuses_nobody_for_good(welcome: int | None) -> None:
    with scripted_broker(welcome=welcome) as broker:
        assert isinstance(published(broker.port), RetryLater)
    assert broker.published == []


def test_a_topic_that_is_not_ours_is_a_refusal() -> None:
    with scripted_broker(taken=NOT_AUTHORIZED) as broker:
        assert published(broker.port) == Refused(detail="the broker answered 135")


def test_a_topic_to_which_nobody_listens_is_tried_again() -> None:
    with scripted_broker(taken=NOBODY) as broker:
        assert published(broker.port) == RetryLater(detail="nobody listens to the topic", of_address=True)


@pytest.mark.parametrize("broker", [{"taken": None}, {"is_silent": True}])
def test_a_broker_that_does_not_answer_may_have_it_and_gets_no_second_copy_by_itself(
    broker: dict[str, bool],
) -> None:
    with scripted_broker(**broker) as opened:
        assert isinstance(published(opened.port), Unknown)
        time.sleep(0.3)
    assert len(opened.published) == 1


def test_a_broker_that_is_not_there_got_nothing() -> None:
    assert published(free_port()) == RetryLater(detail="connecting: ConnectionRefusedError")


@pytest.mark.parametrize("topic", ["", "zoe/#", "zoe/+/due", "$SYS/x", "a\x00b", "x" * 201])
def test_what_is_no_topic_is_refused(topic: str) -> None:
    assert not is_topic(topic)
    assert published(1, topic) == Refused(detail="the address is not a topic")


@pytest.mark.parametrize("url", ["mqtt.example", "http://mqtt.example", "mqtt://", "mqtt://h:99999"])
def test_a_setting_that_cannot_be_one_is_told(url: str) -> None:
    with pytest.raises(SettingsError):
        MqttSettings.parse(url)


def test_a_setting_keeps_its_password_to_itself() -> None:
    settings = MqttSettings.parse("mqtts://clinic:s3%40cret@mqtt.example")
    assert (settings.port, settings.is_encrypted, settings.password) == (8883, True, "s3@cret")
    assert "s3" not in repr(settings)
