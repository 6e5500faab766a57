"""How parts are put together."""

from __future__ import annotations

import sys

from scheduler.bootstrap import open_daemon
from scheduler.settings import ChannelSettings, DaemonSettings
from scheduler.store.unit_of_work import Store


def test_while_a_daemon_runs_no_thread_keeps_the_others_waiting_for_long(store: Store) -> None:
    usual_s = sys.getswitchinterval()
    with open_daemon(store, DaemonSettings(node="ward", seats=2, channels=ChannelSettings())):
        assert sys.getswitchinterval() <= 0.001
    assert sys.getswitchinterval() == usual_s
