"""``dosecal serve``: the feed server."""

from __future__ import annotations

import click
import uvicorn

from cli.log import log_level_option, start_logging
from cli.options import option
from scheduler import clock
from scheduler.bootstrap import open_store
from scheduler.formulary.formulary import load_formulary
from scheduler.web.app import make_app


@click.command()
@option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@option("--port", default=8460, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@log_level_option
@click.pass_obj
def serve(database_url: str, host: str, port: int, log_level: str) -> None:
    """Serve the calendars that 'dosecal feed issue' hands out.

    Put it behind a web server that speaks https and does not log paths under /feeds/: an address is a
    secret. Ctrl-C or SIGTERM ends it.
    """
    start_logging(log_level)
    with open_store(database_url) as store:
        app = make_app(store, load_formulary(), clock.now)
        uvicorn.run(
            app,
            host=host,
            port=port,
            access_log=False,  # the path is the secret
            log_config=None,
            server_header=False,
            lifespan="off",
        )
