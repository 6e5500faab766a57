"""The body of a request, as far as it is read at all."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request


async def read_body(request: Request, most_bytes: int) -> bytes | None:
    """What was sent, None where it is more than ``most_bytes`` or was broken off."""
    received = b""
    try:
        async for chunk in request.stream():
            received += chunk
            if len(received) > most_bytes:
                return None
    except ClientDisconnect:
        return None
    return received
