"""All that anybody logs, however little it matters, as both formats write it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from cli.log import formatter, quieten_libraries


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """What is written until the end of the block: each line twice, as text and as JSON."""
    written, root = io.StringIO(), logging.getLogger()
    handlers = [logging.StreamHandler(written) for _ in range(2)]
    level, root.level = root.level, logging.DEBUG
    quieten_libraries()
    for handler, name in zip(handlers, ("text", "json"), strict=True):
        handler.setFormatter(formatter(name))
        root.addHandler(handler)
    try:
        yield written
    finally:
        for handler in handlers:
            root.removeHandler(handler)
        root.setLevel(level)
