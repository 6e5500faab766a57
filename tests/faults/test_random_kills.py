"""Daemons that are killed again and again at moments nobody chose lose no reminder: a short `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaign.campaigning import Terms, campaign

_KILLS, _REMINDERS, _SEATS = 20, 600, 16
_SEED = 6


@pytest.mark.fault(6)
def test_no_reminder_is_lost_to_random_kills(database_url: str, tmp_path: Path) -> None:
    names = ("ward",) if database_url.startswith("sqlite") else ("ward", "night", "annexe", "cellar")
    # Slow enough that a kill finds something under way: all of it takes four seconds of all seats.
    terms = Terms(
        kills=_KILLS,
        reminders=_REMINDERS,
        seed=_SEED,
        names=names,
        seats=_SEATS // len(names),
        recipients=50,
        dawdles_s=0.1,
    )
    outcome = campaign(database_url, terms, tmp_path, print)
    found = outcome.verdict
    assert found.faults == ()
    assert (found.planned, found.told, found.set_aside) == (_REMINDERS, _REMINDERS, 0)
    assert outcome.kills >= _KILLS
    assert found.not_begun + found.lost_attempts > 0
