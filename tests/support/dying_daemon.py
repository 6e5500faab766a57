"""A daemon that kills itself, as ``kill -9`` would, at a named point between claim and record.

Run as ``python -m tests.support.dying_daemon POINT DATABASE_URL SMTP_URL NODE LEASE_S``. It is put
together by the program's own composition root; only the part that dies is replaced.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn
from unittest import mock

from scheduler.bootstrap import open_daemon, open_store
from scheduler.reminders import dispatcher
from scheduler.reminders.channels.channel import Outcome
from scheduler.reminders.channels.smtp import SmtpChannel
from scheduler.reminders.dispatcher import Dispatcher, Picked
from scheduler.reminders.message import Message
from scheduler.settings import ChannelSettings, DaemonSettings, SmtpSettings
from scheduler.store.reminder_queue import ReminderQueue, Result


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("SIGKILL did not kill")


def _after_the_claim() -> None:
    claim = Dispatcher.claim

    def dying(self: Dispatcher) -> int:
        return _die() if (claimed := claim(self)) else claimed

    mock.patch.object(Dispatcher, "claim", dying).start()


def _after_it_began() -> None:
    def dying(self: Dispatcher, begun: Picked) -> None:
        if begun:  # a turn may have nothing to hand over yet
            _die()

    mock.patch.object(Dispatcher, "_hand_over", dying).start()


def _before_the_send() -> None:
    def dying(self: SmtpChannel, message: Message, address: str, key: str) -> Outcome:
        _die()

    mock.patch.object(SmtpChannel, "send", dying).start()


def _in_the_conversation() -> None:
    def dying(self: SmtpChannel, *arguments: Any) -> Outcome:
        _die()

    mock.patch.object(SmtpChannel, "_converse", dying).start()


def _after_the_server_accepted() -> None:
    send = SmtpChannel.send

    def dying(self: SmtpChannel, message: Message, address: str, key: str) -> Outcome:
        send(self, message, address, key)
        _die()

    mock.patch.object(SmtpChannel, "send", dying).start()


def _before_the_result_is_committed() -> None:
    finish = ReminderQueue.finish_all

    def dying(self: ReminderQueue, results: Sequence[Result], moment: datetime) -> set[int]:
        finish(self, results, moment)
        _die()

    mock.patch.object(ReminderQueue, "finish_all", dying).start()


POINTS: dict[str, Callable[[], None]] = {
    "after-the-claim": _after_the_claim,
    "after-it-began": _after_it_began,
    "before-the-send": _before_the_send,
    "in-the-conversation": _in_the_conversation,
    "after-the-server-accepted": _after_the_server_accepted,
    "before-the-result-is-committed": _before_the_result_is_committed,
}


def main(point: str, database_url: str, smtp_url: str, node: str, lease_s: str) -> None:
    POINTS[point]()
    lease = timedelta(seconds=float(lease_s))
    mock.patch.object(dispatcher, "LEASE", lease).start()
    mock.patch.object(dispatcher, "CALL_TIMEOUT", lease / 4).start()
    smtp = SmtpSettings.parse(smtp_url, "dosecal@localhost")
    settings = DaemonSettings(node=node, seats=2, channels=ChannelSettings(smtp=smtp))
    with open_store(database_url) as store, open_daemon(store, settings) as daemon:
        daemon.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
