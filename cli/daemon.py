"""``dosecal daemon``: the process that reminds."""

from __future__ import annotations

import signal
from types import FrameType

import click

from cli.channel_options import channel_options
from cli.log import log_level_option, start_logging
from cli.options import metrics_option, option
from scheduler.actions.feed_address import BaseUrl
from scheduler.bootstrap import open_daemon, open_store
from scheduler.reminders.daemon import Daemon
from scheduler.settings import DEFAULT_SEATS, ChannelSettings, DaemonSettings, default_node


@click.command()
@channel_options
@option(
    "--node",
    envvar="DOSECAL_NODE",
    default=default_node,
    show_default="this machine's name",
    help="Name of this daemon: unique on its database, and the same after a restart.",
)
@option(
    "--seats",
    default=DEFAULT_SEATS,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="How many messages each channel sends at the same time.",
)
@option(
    "--ping-url",
    envvar="DOSECAL_PING_URL",
    help="Fetched after every audit that found nothing, every minute; with /fail behind its path after one "
    "that did. A secret: prefer the environment.",
)
@metrics_option
@option(
    "--once",
    is_flag=True,
    help="Plan, send what is due, audit and end, for a timer: exit code 1 where anything was not accepted or "
    "the audit found anything. It takes up what the last one left.",
)
@option(
    "--base-url",
    envvar="DOSECAL_BASE_URL",
    help="Where 'dosecal serve' is reached from outside: each message that asks for a dose then ends with a "
    "link to answer it.",
)
@log_level_option
@click.pass_context
def daemon(
    ctx: click.Context,
    channels: ChannelSettings,
    node: str,
    seats: int,
    ping_url: str | None,
    metrics: str | None,
    once: bool,
    base_url: str | None,
) -> None:
    """Plan and send reminders until SIGTERM or Ctrl-C.

    It finishes what it is sending before it ends. After a crash, start it again under the same name: it
    takes up what it had left. One daemon works on an SQLite file; any number on PostgreSQL.
    """
    base = BaseUrl.parse(base_url).text if base_url else None
    settings = DaemonSettings(
        node=node,
        seats=seats,
        channels=channels,
        ping_url=ping_url or None,
        base_url=base,
        metrics=metrics,
    )
    start_logging()
    with open_store(ctx.obj) as store, open_daemon(store, settings) as running:
        _stop_on_signal(running)
        if not once:
            running.run()
        elif not running.run_once():
            ctx.exit(1)


def _stop_on_signal(running: Daemon) -> None:
    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        running.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
