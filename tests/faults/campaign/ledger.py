"""A mail server, a process of its own, that syncs to disk what it received before it says so.

It says of each mail no more than its Message-ID and when it came. Mails that come while the disk syncs are
synced together: a hundred daemons would not wait for each other.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\r\n]+>)", re.MULTILINE | re.IGNORECASE)
_LINE = len(f"<{'0' * 40}@localhost> {'0' * 13}\n")
_END = b"\r\n.\r\n"
_ANSWERS = {b"EHLO": b"250 ledger\r\n", b"DATA": b"354 Go ahead\r\n", b"QUIT": b"221 Bye\r\n"}
_OK = b"250 OK\r\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """``at`` in epoch milliseconds, before it was synced."""

    message_id: str
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """What the server at ``url`` has synced is in ``file``."""

    url: str
    file: Path

    def count(self) -> int:
        """How many receipts there are."""
        return self.file.stat().st_size // _LINE

    def read(self) -> list[Receipt]:
        """Every receipt, the earliest first."""
        lines = (line.split() for line in self.file.read_text().splitlines())
        return [Receipt(message_id=message_id, at=int(at)) for message_id, at in lines]


@contextmanager
def open_ledger(file: Path, seed: int, dawdles_s: float) -> Iterator[Ledger]:
    """Take mail until the end of the block; each waits up to ``dawdles_s`` before and after it is written."""
    file.touch()
    context = get_context("forkserver")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(there, str(file), seed, dawdles_s))
    server.start()
    try:
        yield Ledger(url=f"smtp://127.0.0.1:{here.recv()}", file=file)
    finally:
        server.kill()
        server.join()
        here.close()
        there.close()


def _serve(told: Connection, file: str, seed: int, dawdles_s: float) -> None:
    asyncio.run(_Server(Path(file), random.Random(seed), dawdles_s).run(told))


class _Server:
    def __init__(self, file: Path, chance: random.Random, dawdles_s: float) -> None:
        self._out = os.open(file, os.O_WRONLY | os.O_APPEND)
        self._chance = chance
        self._dawdles_s = dawdles_s
        self._waiting: list[tuple[bytes, _Conversation]] = []
        self._is_syncing = False

    async def run(self, told: Connection) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Conversation(self), "127.0.0.1", 0, backlog=512)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    def take(self, mail: bytes, giver: _Conversation) -> None:
        """Write ``mail`` down, a little later."""
        self._later(self._write, mail, giver)

    def _later(self, call: object, *arguments: object) -> None:
        pause = self._chance.uniform(0, self._dawdles_s)
        asyncio.get_running_loop().call_later(pause, call, *arguments)  # type: ignore[arg-type]

    def _write(self, mail: bytes, giver: _Conversation) -> None:
        found = _MESSAGE_ID.search(mail)
        message_id = found[1] if found else b"<none>"
        self._waiting.append((b"%s %d\n" % (message_id, time.time_ns() // 1_000_000), giver))
        if not self._is_syncing:
            self._is_syncing = True
            asyncio.get_running_loop().create_task(self._sync())

    async def _sync(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            lines = b"".join(line for line, _ in batch)
            await asyncio.to_thread(self._put, lines)
            for _, giver in batch:
                self._later(giver.answer, b"250 Taken\r\n")
        self._is_syncing = False

    def _put(self, lines: bytes) -> None:
        os.write(self._out, lines)
        os.fsync(self._out)


class _Conversation(asyncio.Protocol):
    """One client, polite."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._heard = b""
        self._is_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.answer(b"220 ledger\r\n")

    def answer(self, line: bytes) -> None:
        """Say ``line``, if anybody is there to hear it."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(line)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while self._next():
            pass

    def _next(self) -> bool:
        end = _END if self._is_mail else b"\r\n"
        said, found, rest = self._heard.partition(end)
        if not found:
            return False
        self._heard = rest
        if self._is_mail:
            self._is_mail = False
            self._server.take(said, self)
        else:
            self._obey(said[:4].upper())
        return True

    def _obey(self, command: bytes) -> None:
        self._is_mail = command == b"DATA"
        self.answer(_ANSWERS.get(command, _OK))
        if command == b"QUIT" and self._transport is not None:
            self._transport.close()
