"""What a person wants to be told of before a dose: `scheduler.formulary.lead`, for calendars."""

from __future__ import annotations

from scheduler.formulary.lead import NO_LEADS, LeadChoice

__all__ = ["NO_LEADS", "LeadChoice"]
