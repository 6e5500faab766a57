"""A bounce as a mail provider tells it by a webhook, in a form of no provider's own. Pure.

``{"message_id": ..., "recipient": ..., "kind": "hard" | "soft", "code": ..., "reason": ..., "at": ...}``;
the last three may be left out. ``reason`` is not kept: it quotes the address.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from scheduler.errors import InputError
from scheduler.reminders.bounce import Bounce

_UNTOLD = {"hard": "5.0.0", "soft": "4.0.0"}
"""RFC 3463: "other undefined status", for good and for now."""


class _Told(BaseModel):
    """What else a provider sends along is left alone."""

    model_config = ConfigDict(strict=True, frozen=True)

    message_id: Annotated[str, Field(pattern=r"^(<[!-;=?-~]{1,196}>|[!-;=?-~]{1,196})$")]
    recipient: Annotated[str, Field(pattern=r"^[!-~]{3,320}$")]
    kind: Literal["hard", "soft"]
    code: Annotated[str, Field(pattern=r"^[45]\.[0-9]{1,3}\.[0-9]{1,3}$")] | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    at: AwareDatetime | None = None


def told_bounce(body: bytes) -> Bounce:
    """Raises InputError, which names the fields that are wrong and nothing of what they hold."""
    try:
        told = _Told.model_validate_json(body)
    except ValidationError as error:
        raise InputError(_wrong(error)) from None
    return Bounce(
        message_id=f"<{told.message_id.strip('<>')}>",
        address=told.recipient,
        status=told.code or _UNTOLD[told.kind],
        is_lasting=told.kind == "hard",
        came_back_at=told.at,
    )


def _wrong(error: ValidationError) -> str:
    fields = sorted({str(fault["loc"][0]) for fault in error.errors(include_input=False) if fault["loc"]})
    if not fields:
        return "the body is not a JSON object"
    return f"missing or not as it should be: {', '.join(fields)}"
