"""Whether a reminder is what ends the daemons that send it. Pure.

Where daemons are ended again and again by something else, many a reminder is caught in three of their ends by
chance. What tells the two apart are the lives that ended without it: a reminder that ends daemons is there
every time, one that was caught by chance in a few of many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

ENOUGH = 3
"""With fewer ends of daemons nothing is held against a reminder."""

_SURELY = 6
"""So often nobody is caught by chance; and where many reminders end daemons in turn, none is always there."""


def is_to_blame(lost_with: Sequence[str], epochs: Mapping[str, int]) -> bool:
    """Whether a reminder is set aside that was being sent when these lives (name@epoch) of daemons ended.

    From the third on, if it was there in half of those that the daemons concerned have ended since the first;
    from the sixth on anyway. ``epochs``: in which life each daemon is, by its name.
    """
    times = len(lost_with)
    if times < ENOUGH:
        return False
    return times >= _SURELY or 2 * times >= _lives_since(lost_with, epochs)


def _lives_since(lost_with: Sequence[str], epochs: Mapping[str, int]) -> int:
    since: dict[str, int] = {}
    for life in lost_with:
        name, _, epoch = life.rpartition("@")
        since[name] = min(int(epoch), since.get(name, int(epoch)))
    return sum(epochs.get(name, first) - first for name, first in since.items())
