"""An MQTT broker of a test's own: Mosquitto, or one that says as little as it is told to."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from tests.support.mail_ledger import free_port
from tests.support.mail_servers import Certificate

CONNECT, PUBLISH, DISCONNECT = 1, 3, 14
_PATIENCE_S = 10.0


@dataclass(kw_only=True)
class ScriptedBroker:
    """``welcome`` and ``taken`` are the reason codes of its answers; None: it hangs up instead."""

    port: int
    welcome: int | None = 0
    taken: int | None = 0
    is_silent: bool = False
    published: list[bytes] = field(default_factory=list)


@contextmanager
def scripted_broker(
    *, welcome: int | None = 0, taken: int | None = 0, is_silent: bool = False
) -> Iterator[ScriptedBroker]:
    """MQTT 5 as far as one message needs it. Silent: it reads what is published and says nothing."""
    ended = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        port = listener.getsockname()[1]
        broker = ScriptedBroker(port=port, welcome=welcome, taken=taken, is_silent=is_silent)
        thread = Thread(target=_serve, args=(listener, broker, ended))
        thread.start()
        try:
            yield broker
        finally:
            ended.set()
            thread.join()


def _serve(listener: socket.socket, broker: ScriptedBroker, ended: Event) -> None:
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        with connection, suppress(OSError):
            connection.settimeout(5)
            _converse(connection, broker, ended)


def _converse(connection: socket.socket, broker: ScriptedBroker, ended: Event) -> None:
    with connection.makefile("rb") as stream:
        while head := stream.read(1):
            kind = head[0] >> 4
            body = stream.read(_length(stream.read(1), stream.read))
            if kind == CONNECT:
                if broker.welcome is None:
                    return
                connection.sendall(bytes([0x20, 3, 0, broker.welcome, 0]))
            elif kind == PUBLISH:
                broker.published.append(body)
                if broker.is_silent:
                    ended.wait(5)
                if broker.taken is None or broker.is_silent:
                    return
                at = 2 + int.from_bytes(body[:2])
                connection.sendall(bytes([0x40, 3, *body[at : at + 2], broker.taken]))
            elif kind == DISCONNECT:
                return


def _length(first: bytes, read: object) -> int:
    """MQTT 5 section 1.5.5: seven bits in each byte."""
    assert callable(read)
    value, shift, byte = first[0] & 127, 7, first[0]
    while byte & 128:
        byte = read(1)[0]
        value |= (byte & 127) << shift
        shift += 7
    return value


@dataclass(frozen=True, kw_only=True)
class Mosquitto:
    """A real one. Its user is clinic, and its password is s3cret."""

    port: int
    tls_port: int


@contextmanager
def running_mosquitto(folder: Path, certificate: Certificate) -> Iterator[Mosquitto]:
    """Mosquitto, until the end of the block."""
    server = Mosquitto(port=free_port(), tls_port=free_port())
    passwords, rules = folder / "passwords", folder / "rules"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "clinic", "s3cret"], check=True)
    rules.write_text("user clinic\ntopic readwrite zoe/#\n")
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"user root\nallow_anonymous false\npassword_file {passwords}\nacl_file {rules}\n"
        f"listener {server.port} 127.0.0.1\nlistener {server.tls_port} 127.0.0.1\n"
        f"certfile {certificate.certificate}\nkeyfile {certificate.key}\n"
    )
    with subprocess.Popen(["mosquitto", "-c", settings], stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(server.tls_port)
            yield server
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    patience = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.05)
        else:
            return
