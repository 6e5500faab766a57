"""Values made in the fast way are the values that their own name makes."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest

from scheduler.dosing.frozen import maker_of
from scheduler.dosing.occurrence_id import GridId, make_grid_id
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.regimen import DoseCount

ON = date(2026, 12, 1)


def test_they_are_equal_in_every_way() -> None:
    fast, plain = make_grid_id(regimen="a", on=ON, slot=1), GridId(regimen="a", on=ON, slot=1)
    assert type(fast) is GridId
    assert (fast, hash(fast), repr(fast), str(fast)) == (plain, hash(plain), repr(plain), str(plain))
    assert replace(fast, slot=2) == GridId(regimen="a", on=ON, slot=2)


def test_they_cannot_be_changed_and_take_keywords_alone() -> None:
    fast = make_grid_id(regimen="a", on=ON, slot=1)
    with pytest.raises(FrozenInstanceError):
        fast.slot = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        make_grid_id("a", ON, 1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        make_grid_id(regimen="a", on=ON)  # type: ignore[call-arg]


def test_a_value_that_checks_its_fields_has_no_fast_way() -> None:
    with pytest.raises(DosingError):
        DoseCount(count=0)
    with pytest.raises(AssertionError, match="DoseCount checks its fields"):
        maker_of(DoseCount)
