"""What a feed shows of one patient. Most feeds are of one; a caseload's has a part for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.formulary.lead import Lead
from scheduler.ical.feed_identity import FeedIdentity
from scheduler.ical.feed_window import FeedContents


@dataclass(frozen=True, kw_only=True, slots=True)
class Guidance:
    """What the formulary says of one regimen's product, in whole sentences that name their sources.

    ``prepare``: before and with each dose. ``late``: what to do about one that is late. ``leads``: what the
    person chose to have events of their own for.
    """

    prepare: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    leads: tuple[Lead, ...] = ()


NO_GUIDANCE = Guidance()


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPart:
    """``guidance`` stands under the ids of regimens; its sentences are shown at full privacy alone."""

    contents: FeedContents
    identity: FeedIdentity
    guidance: Mapping[str, Guidance] = field(default_factory=dict)

    def of(self, regimen_id: str) -> Guidance:
        """The guidance of a regimen, empty where there is none."""
        return self.guidance.get(regimen_id, NO_GUIDANCE)

    def subject(self, regimen_id: str) -> str:
        """What names a regimen of this patient among all that a feed shows."""
        return f"{self.identity.patient}/{regimen_id}"
