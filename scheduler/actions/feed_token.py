"""The secret in a feed's address.

``KEYID-SECRET``: eight characters to find the feed by and 256 random bits to prove the right to it. The
database holds the SHA-256 of the secret alone, so a stolen copy of it opens no feed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_SECRET_BYTES = 32
# Anything else never reaches the database, which may choke on it (PostgreSQL on a NUL).
_PATTERN = re.compile(rf"(?P<key_id>[{_ALPHABET}]{{8}})-(?P<secret>[A-Za-z0-9_-]{{43}})", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedToken:
    """A token, whole. ``repr`` hides the secret, so that no log shows it by accident."""

    key_id: str
    secret: str

    @classmethod
    def new(cls) -> FeedToken:
        """A token that nobody has had before."""
        key_id = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        return cls(key_id=key_id, secret=secrets.token_urlsafe(_SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> FeedToken | None:
        """The token that ``text`` writes, or None where it cannot be one."""
        match = _PATTERN.fullmatch(text)
        return None if match is None else cls(key_id=match["key_id"], secret=match["secret"])

    @property
    def secret_hash(self) -> bytes:
        """SHA-256 of the secret: it has full entropy, so no slow hash is needed."""
        return hashlib.sha256(self.secret.encode()).digest()

    def opens(self, secret_hash: bytes | None) -> bool:
        """Whether it is the one whose hash is stored. Takes the same time for a feed that does not exist."""
        stored = secret_hash if secret_hash is not None else bytes(_SECRET_BYTES)
        return hmac.compare_digest(self.secret_hash, stored) and secret_hash is not None

    def __str__(self) -> str:
        return f"{self.key_id}-{self.secret}"

    def __repr__(self) -> str:
        return f"FeedToken({self.key_id}-...)"
