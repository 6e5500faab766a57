"""What a server counts, for Prometheus: answers by kind of page and status, and how long they took.

The path itself is never a label: it holds secrets.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler import __version__
from scheduler.clock import monotonic

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_OTHER = "other"


class WebMeter:
    """Counts since the server started. ``pages`` are the first parts of the paths to tell apart."""

    def __init__(self, pages: frozenset[str]) -> None:
        self.registry = CollectorRegistry()
        Info("dosecal_build", "Which dosecal this is.", registry=self.registry).info({"version": __version__})
        ProcessCollector(registry=self.registry)
        self._pages = pages
        self._answers = Counter(
            "dosecal_http_answers", "Answers.", ["page", "status"], registry=self.registry
        )
        self._took = Histogram(
            "dosecal_http_seconds", "How long they took.", ["page"], buckets=BUCKETS_S, registry=self.registry
        )

    def answered(self, path: str, status: int, took_s: float) -> None:
        """A request for ``path`` was answered."""
        first = path.lstrip("/").partition("/")[0]
        page = first if first in self._pages else _OTHER
        self._answers.labels(page, str(status)).inc()
        self._took.labels(page).observe(took_s)


def counted(app: ASGIApp, meter: WebMeter) -> ASGIApp:
    """``app``, with every answer told to ``meter``."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        began_s = monotonic()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                meter.answered(scope["path"], message["status"], monotonic() - began_s)
            await send(message)

        return await app(scope, receive, sending)

    return counting
