"""A UID is a UUID of version 5 by the book, though it is put together by hand."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.ical.feed_identity import FeedIdentity

KEYS = st.text(st.characters(codec="utf-8"), max_size=60)


@given(st.uuids(), KEYS)
def test_a_uid_is_that_of_the_library(audience: uuid.UUID, key: str) -> None:
    identity = FeedIdentity(audience=audience, name="Reminders")
    assert identity.uid(key) == str(uuid.uuid5(audience, key))


@given(st.uuids(), st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), KEYS)
def test_a_uid_of_one_of_several_patients_has_the_patient_in_its_name(
    audience: uuid.UUID, patient: str, key: str
) -> None:
    identity = FeedIdentity(audience=audience, name="Visits", patient=patient)
    assert identity.uid(key) == str(uuid.uuid5(audience, f"{patient}/{key}"))


@given(st.uuids(), KEYS)
def test_a_uid_has_the_form_of_version_5(audience: uuid.UUID, key: str) -> None:
    uid = FeedIdentity(audience=audience, name="Reminders").uid(key)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", uid)


@pytest.mark.parametrize("change", [{"name": "Doses"}, {"alias": "x"}, {"initials": "Z"}, {"place": "Bed 4"}])
def test_no_word_of_a_feed_changes_a_uid(
    identity: Callable[..., FeedIdentity], change: dict[str, str]
) -> None:
    assert identity(**change).uid("lar#1") == identity().uid("lar#1")
