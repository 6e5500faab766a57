"""A reminder is blamed for the ends of daemons at which it was always there, not for one or the other."""

from __future__ import annotations

import pytest

from scheduler.store.blame import is_to_blame

TOGETHER = ["ward@5", "ward@6", "ward@7"]


@pytest.mark.parametrize(
    ("lost_with", "epochs", "blamed"),
    [
        pytest.param(TOGETHER[:2], {"ward": 7}, False, id="twice"),
        pytest.param(TOGETHER, {"ward": 8}, True, id="every-time"),
        pytest.param(TOGETHER, {"ward": 7}, True, id="every-time-and-not-back-yet"),
        pytest.param(["ward@5", "ward@6", "ward@10"], {"ward": 11}, True, id="in-half-of-the-lives"),
        pytest.param(["ward@5", "ward@6", "ward@11"], {"ward": 12}, False, id="in-fewer-than-half"),
        pytest.param(["ward@7", "ward@11", "ward@5"], {"ward": 12}, False, id="in-any-order"),
        pytest.param(
            ["ward@5", "night@40", "hall@1"], {"ward": 6, "night": 41, "hall": 2}, True, id="anywhere"
        ),
        pytest.param(
            ["ward@5", "night@40", "hall@1"], {"ward": 9, "night": 43, "hall": 2}, False, id="few-of-all"
        ),
        pytest.param(["ward@5"] * 3, {}, True, id="a-daemon-that-is-not-known"),
        pytest.param([f"ward@{5 + 40 * n}" for n in range(5)], {"ward": 900}, False, id="five-of-many"),
        pytest.param([f"ward@{5 + 40 * n}" for n in range(6)], {"ward": 900}, True, id="six-of-many"),
        pytest.param(["a@ward@5", "a@ward@6", "a@ward@7"], {"a@ward": 30}, False, id="a-name-with-an-at"),
    ],
)
def test_what_is_held_against_a_reminder(lost_with: list[str], epochs: dict[str, int], blamed: bool) -> None:
    assert is_to_blame(lost_with, epochs) is blamed
