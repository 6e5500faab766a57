"""The address that monitors ask."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable

import httpx2
import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from scheduler.errors import SettingsError, UnreachableError
from scheduler.metrics_listener import listen


def nothing_is_wrong() -> None:
    pass


def get(port: int | None, path: str) -> httpx2.Response:
    return httpx2.get(f"http://127.0.0.1:{port}{path}", trust_env=False)


def test_it_tells_metrics_and_health() -> None:
    registry = CollectorRegistry()
    Counter("told", "Said.", registry=registry).inc()
    with listen("127.0.0.1:0", registry, nothing_is_wrong) as port:
        metrics = get(port, "/metrics")
        assert metrics.headers["content-type"].startswith("text/plain; version=")
        assert "told_total 1.0" in metrics.text
        assert get(port, "/healthz").text == "alive\n"
        assert get(port, "/readyz").text == "ready\n"
        assert get(port, "/elsewhere").status_code == 404
    with pytest.raises(httpx2.TransportError):
        get(port, "/healthz")


def test_it_is_not_ready_while_the_database_is_away() -> None:
    def away() -> None:
        raise UnreachableError("secret host")

    with listen("127.0.0.1:0", CollectorRegistry(), away) as port:
        answer = get(port, "/readyz")
        assert answer.status_code == 503
        assert "secret" not in answer.text
        assert get(port, "/healthz").status_code == 200


def test_where_nobody_asked_for_it_nothing_listens() -> None:
    with listen(None, CollectorRegistry(), nothing_is_wrong) as port:
        assert port is None


@pytest.mark.parametrize("where", ["9460", "127.0.0.1", "127.0.0.1:", ":9460", "h:x", "h:70000", "h:²"])
def test_an_address_that_is_none_is_refused(where: str) -> None:
    with (
        pytest.raises(SettingsError, match="is not HOST:PORT"),
        listen(where, CollectorRegistry(), nothing_is_wrong),
    ):
        pass


def test_an_address_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        with (
            pytest.raises(SettingsError, match="address already in use"),
            listen(where, CollectorRegistry(), nothing_is_wrong),
        ):
            pass


def test_ipv6_is_an_address_too() -> None:
    with listen("[::1]:0", CollectorRegistry(), nothing_is_wrong) as port:
        assert httpx2.get(f"http://[::1]:{port}/healthz", trust_env=False).status_code == 200


def test_a_fault_of_our_own_is_logged_without_what_it_says(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    class Broken(Collector):
        def describe(self) -> Iterable[Metric]:
            return []

        def collect(self) -> Iterable[Metric]:
            raise RuntimeError("Zoe Marsh")

    registry = CollectorRegistry()
    registry.register(Broken())
    with caplog.at_level(logging.DEBUG), listen("127.0.0.1:0", registry, nothing_is_wrong) as port:
        with pytest.raises(httpx2.TransportError):
            get(port, "/metrics")
        assert get(port, "/healthz").status_code == 200
    assert "a monitor could not be answered: RuntimeError" in caplog.text
    assert "Zoe" not in caplog.text + "".join(capfd.readouterr())
