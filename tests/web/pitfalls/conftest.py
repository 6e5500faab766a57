"""A patient with a feed, and a server of feeds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scheduler.store.unit_of_work import Store
from tests.support.feed_world import World


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    with made.client:
        yield made
