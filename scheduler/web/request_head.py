"""What a request for a calendar says in its headers, as far as it matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_NEEDED = frozenset({b"if-none-match", b"if-modified-since", b"accept-encoding", b"user-agent"})
_NOTHING: dict[bytes, str] = {}


@dataclass(frozen=True, slots=True)
class RequestHead:
    """Values by lower-case name; a header that is missing is empty."""

    values: dict[bytes, str]

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]]) -> RequestHead:
        """Of the headers of an ASGI scope; one that comes twice is one list (RFC 9110 section 5.3)."""
        values: dict[bytes, str] = {}
        for name, value in headers:
            if name in _NEEDED:
                text = value.decode("latin-1")
                values[name] = f"{values[name]}, {text}" if name in values else text
        return cls(values)

    def get(self, name: bytes) -> str:
        """The value of a header, or ""."""
        return self.values.get(name, "")

    @property
    def accepts_gzip(self) -> bool:
        """Whether gzip is named, and not with a weight of 0 (RFC 9110 section 12.5.3)."""
        for coding in self.get(b"accept-encoding").split(","):
            name, _, weight = coding.partition(";")
            if name.strip().lower() in {"gzip", "x-gzip"}:
                return weight.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
        return False
