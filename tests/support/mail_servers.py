"""Mail servers that behave as badly as real ones do."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.support.mail_ledger import free_port

CUT = "cut the line"
HANG = "say nothing"
TOGETHER = "250-localhost\r\n250 PIPELINING"
"""The answer to EHLO of a server that takes commands together."""

_POLITE = {
    "greeting": "220 localhost",
    "EHLO": "250 localhost",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 Go ahead",
    "end of mail": "250 Taken",
    "QUIT": "221 Bye",
}


@dataclass(kw_only=True)
class Script:
    """What a server answers to each command; `CUT` and `HANG` are answers too."""

    port: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    once: set[str] = field(default_factory=set)

    def answer_once(self, command: str) -> None:
        """Answer ``command`` as told the next time, and politely from then on."""
        self.once.add(command)


@contextmanager
def scripted_server(answers: Mapping[str, str]) -> Iterator[Script]:
    """A server that is polite but for ``answers``."""
    script = Script(answers={**_POLITE, **answers})
    ended = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        script.port = listener.getsockname()[1]
        thread = Thread(target=_serve, args=(listener, script, ended))
        thread.start()
        try:
            yield script
        finally:
            ended.set()
            thread.join()


def _serve(listener: socket.socket, script: Script, ended: Event) -> None:
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        # One at a time would wait for ever behind a client that keeps its connection.
        Thread(target=_hold, args=(connection, script, ended), daemon=True).start()


def _hold(connection: socket.socket, script: Script, ended: Event) -> None:
    # A client may hang up whenever it likes, and the patience of a test is not that of a client.
    with connection, suppress(ConnectionError, TimeoutError):
        connection.settimeout(20)
        _Conversation(connection, script, ended).hold()


class _Conversation:
    def __init__(self, connection: socket.socket, script: Script, ended: Event) -> None:
        self._connection = connection
        self._script = script
        self._ended = ended

    def hold(self) -> None:
        with self._connection.makefile("rb") as lines:
            if not self._answer("greeting"):
                return
            for line in lines:
                command = line.decode(errors="replace").split()[0].upper() if line.strip() else ""
                self._script.commands.append(line.decode(errors="replace").strip())
                if not self._answer(command):
                    return
                if command == "DATA" and self._script.answers["DATA"].startswith("354"):
                    self._script.mails.append(_read_mail(lines))
                    if not self._answer("end of mail"):
                        return

    def _answer(self, command: str) -> bool:
        answer = self._script.answers.get(command, "502 What?")
        if command in self._script.once:
            self._script.once.remove(command)
            self._script.answers = {**self._script.answers, command: _POLITE[command]}
        if answer == HANG:
            self._ended.wait(20)
        if answer in {HANG, CUT}:
            return False
        try:
            self._connection.sendall(answer.encode() + b"\r\n")
        except OSError:
            return False
        return command != "QUIT"


def _read_mail(lines: Any) -> bytes:
    mail = b""
    for line in lines:
        if line == b".\r\n":
            return mail
        mail += line
    return mail


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A self-signed one for localhost."""

    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificate(folder: Path) -> Certificate:
    made = Certificate(certificate=folder / "certificate.pem", key=folder / "key.pem")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    command += ["-keyout", str(made.key), "-out", str(made.certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return made


class _Keeper:
    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.sessions: list[int] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self.mails.append(envelope.content)
        self.sessions.append(session.peer[1])
        return "250 Taken"


@dataclass(frozen=True, kw_only=True)
class RunningServer:
    """``mails`` are what it took, with the dots unstuffed; ``sessions`` the client's port for each."""

    port: int
    mails: list[bytes]
    sessions: list[int]


@contextmanager
def real_server(
    certificate: Certificate | None = None, user: str = "", password: str = ""
) -> Iterator[RunningServer]:
    """aiosmtpd, with STARTTLS and a login where they are given."""

    def authenticate(*arguments: Any) -> AuthResult:
        data = arguments[-1]
        good = LoginPassword(user.encode(), password.encode())
        return AuthResult(success=data == good, handled=False)

    keeper = _Keeper()
    options: dict[str, Any] = {}
    if certificate is not None:
        options |= {"tls_context": certificate.server_context(), "require_starttls": True}
    if user:
        options |= {"authenticator": authenticate, "auth_required": True}
    with _running(keeper, **options) as server:
        yield server


@contextmanager
def encrypted_server(certificate: Certificate) -> Iterator[RunningServer]:
    """aiosmtpd, encrypted from the first byte."""
    with _running(_Keeper(), ssl_context=certificate.server_context()) as server:
        yield server


@contextmanager
def _running(keeper: _Keeper, **options: Any) -> Iterator[RunningServer]:
    port = free_port()
    controller = Controller(keeper, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield RunningServer(port=port, mails=keeper.mails, sessions=keeper.sessions)
    finally:
        controller.stop()
