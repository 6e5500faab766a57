"""The real daemon on an SQLite that does not sync: ``python -m tests.support.careless_daemon ARGUMENTS``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from cli.main import main


def _do_not_sync(connection: Any, *_: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


if __name__ == "__main__":
    # Not on connect: the engine's own settings come after that.
    event.listen(Pool, "checkout", _do_not_sync)
    main()
