"""A daemon that stops itself, as SIGSTOP from outside would, at a named point, and goes on when told to.

Run as ``python -m tests.support.sleeping_daemon POINT DATABASE_URL SMTP_URL NODE LEASE_S``.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from functools import cache
from unittest import mock

from scheduler.bootstrap import open_daemon, open_store
from scheduler.reminders import dispatcher
from scheduler.reminders.channels.channel import Outcome
from scheduler.reminders.channels.smtp import SmtpChannel
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.message import Message
from scheduler.settings import ChannelSettings, DaemonSettings, SmtpSettings

AFTER_THE_CLAIM, BEFORE_THE_SEND = "after-the-claim", "before-the-send"
_claim, _send = Dispatcher.claim, SmtpChannel.send


@cache
def _sleep_once() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _sleep_after_the_claim(self: Dispatcher) -> int:
    claimed = _claim(self)
    if claimed:
        _sleep_once()
    return claimed


def _sleep_before_the_send(self: SmtpChannel, message: Message, address: str, key: str) -> Outcome:
    _sleep_once()
    return _send(self, message, address, key)


def main(point: str, database_url: str, smtp_url: str, node: str, lease_s: str) -> None:
    if point == AFTER_THE_CLAIM:
        mock.patch.object(Dispatcher, "claim", _sleep_after_the_claim).start()
    else:
        mock.patch.object(SmtpChannel, "send", _sleep_before_the_send).start()
    lease = timedelta(seconds=float(lease_s))
    mock.patch.object(dispatcher, "AHEAD", timedelta(0)).start()
    mock.patch.object(dispatcher, "LEASE", lease).start()
    mock.patch.object(dispatcher, "CALL_TIMEOUT", lease / 4).start()
    smtp = SmtpSettings.parse(smtp_url, "dosecal@localhost")
    settings = DaemonSettings(node=node, seats=2, channels=ChannelSettings(smtp=smtp))
    with open_store(database_url) as store, open_daemon(store, settings) as daemon:
        signal.signal(signal.SIGTERM, lambda *_: daemon.stop())
        daemon.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
