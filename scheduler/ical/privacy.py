"""How much a feed tells."""

from __future__ import annotations

from enum import StrEnum


class Privacy(StrEnum):
    """What whoever sees an event may learn: a lock screen, a shared calendar, a provider's servers.

    DISCREET: a word the person chose. INITIALS: that word and whose dose it is. FULL: product and dose.
    """

    DISCREET = "discreet"
    INITIALS = "initials"
    FULL = "full"
