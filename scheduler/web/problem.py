"""What is wrong with a request of a program, for the program and whoever wrote it (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.responses import Response

from scheduler.web.headers import ALWAYS


def problem(status: HTTPStatus, detail: str) -> Response:
    """``detail`` says what is wrong, and holds nothing of what was sent."""
    told = {"title": status.phrase, "status": status.value, "detail": detail}
    return Response(json.dumps(told), status.value, ALWAYS, "application/problem+json")
