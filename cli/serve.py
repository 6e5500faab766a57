"""``dosecal serve``: the feed server."""

from __future__ import annotations

import click
import uvicorn

from cli.log import log_level_option, start_logging
from cli.options import metrics_option, option
from scheduler import clock
from scheduler.actions.feed_address import BaseUrl
from scheduler.bootstrap import open_store
from scheduler.formulary.formulary import load_formulary
from scheduler.metrics_listener import listen
from scheduler.settings import BounceSettings
from scheduler.web.app import PAGES, make_app
from scheduler.web.meter import WebMeter, counted

_PLAIN_HTTP = 80


@click.command()
@option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@option("--port", default=8460, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@option(
    "--base-url",
    envvar="DOSECAL_BASE_URL",
    help="Where this server is reached from outside; the pages under /subscribe/ tell addresses that begin "
    "so, and calendars lead to the pages of their doses only where it is said. [default: http://HOST:PORT]",
)
@option(
    "--bounce-secret",
    envvar="DOSECAL_BOUNCE_SECRET",
    help="By what a mail provider, or a relay of yours, signs the bounces that it POSTs to /bounces: "
    "whsec_ and the base64 of 24 to 64 bytes; better in the environment. [default: nobody may]",
)
@metrics_option
@log_level_option
@click.pass_obj
def serve(
    database_url: str,
    host: str,
    port: int,
    base_url: str | None,
    bounce_secret: str | None,
    metrics: str | None,
) -> None:
    """Serve the calendars that 'dosecal feed issue' hands out, and the pages to which messages lead.

    Put it behind a web server that speaks https and does not log paths under /feeds/, /subscribe/, /answer/
    and /unsubscribe/: an address is a secret. Ctrl-C or SIGTERM ends it.
    """
    if port == _PLAIN_HTTP:
        # Where webcal: addresses lead: an answer would make calendars send their secret in the clear.
        raise click.BadParameter(
            "80 is where calendars call without encryption; choose another, behind https", param_hint="--port"
        )
    start_logging()
    outside = BaseUrl.parse(base_url or f"http://{host}:{port}")
    bounces = BounceSettings.parse(bounce_secret) if bounce_secret else None
    meter = WebMeter(PAGES)
    with open_store(database_url) as store, listen(metrics, meter.registry, store.check_schema):
        app = make_app(store, load_formulary(), clock.now, outside, outside if base_url else None, bounces)
        uvicorn.run(
            app if metrics is None else counted(app, meter),
            host=host,
            port=port,
            http="httptools",
            access_log=False,  # the path is the secret
            ws="none",  # where its library is installed, it logs the path of every request
            log_config=None,
            server_header=False,
            lifespan="off",
        )
