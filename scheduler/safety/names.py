"""Which product a written name means."""

from __future__ import annotations

import re


def normal(name: str) -> str:
    """Lower case, with single hyphens for all that is no letter or digit: ``sandostatin-lar-depot``."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def mentions(name: str, known: str) -> bool:
    """Whether the words of ``known`` stand in ``name``, next to each other and whole."""
    return f"-{normal(known)}-" in f"-{normal(name)}-"
