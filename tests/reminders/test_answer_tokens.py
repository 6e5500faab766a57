"""The signed part of the link in a message: who made it, for what, and until when."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.reminders.answer_token import GOOD_FOR, AnswerToken, LinkPurpose, LinkSigner
from scheduler.store.reminder_row import ReminderRecord, ReminderState

OLD, NEW, STRANGE = b"o" * 32, b"n" * 32, b"s" * 32
DUE = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
RECORD = ReminderRecord(
    id=7,
    patient_id="p-1",
    dose_id="octreotide@2026-12-01/1",
    step="due",
    recipient_id="r-1",
    channel="smtp",
    due_at=DUE,
    dose_due_at=DUE,
    not_after=None,
    wall_due=datetime(2026, 12, 1, 7, 0),  # noqa: DTZ001
    zone="America/New_York",
    policy={},
    state=ReminderState.SENT,
    attempt=1,
    last_error=None,
    ended_at=None,
)
TOKEN = AnswerToken.of(RECORD, LinkPurpose.ONE)
TOKENS = st.builds(
    AnswerToken,
    purpose=st.sampled_from(LinkPurpose),
    reminder_id=st.integers(1, (1 << 48) - 1),
    expires_at=st.integers(0, 900_000).map(lambda hours: datetime.fromtimestamp(hours * 3600, UTC)),
    mark=st.binary(min_size=4, max_size=4),
)


@given(TOKENS, st.binary(min_size=32, max_size=32))
def test_what_was_signed_is_read_and_stands_in_an_address_as_it_is(token: AnswerToken, key: bytes) -> None:
    text = LinkSigner([key]).sign(token)
    assert LinkSigner([key]).read(text) == token
    assert re.fullmatch(r"[A-Za-z0-9_-]{20}\.[A-Za-z0-9_-]{42}[A-Za-z0-9]", text)


@given(st.text(max_size=80))
def test_no_text_is_taken_for_a_token(text: str) -> None:
    assert LinkSigner([NEW]).read(text) is None


@given(st.integers(0, 63), st.sampled_from("Aa0_-."))
def test_no_changed_character_is_taken(place: int, character: str) -> None:
    text = LinkSigner([NEW]).sign(TOKEN)
    forged = text[:place] + character + text[place + 1 :]
    assert LinkSigner([NEW]).read(forged) in {None, TOKEN}
    assert forged == text or place == len(text) - 1 or LinkSigner([NEW]).read(forged) is None


def test_a_key_of_nobody_here_does_not_sign() -> None:
    assert LinkSigner([OLD, NEW]).read(LinkSigner([STRANGE]).sign(TOKEN)) is None


def test_the_newest_key_signs_and_all_that_stand_are_taken() -> None:
    both = LinkSigner([OLD, NEW])
    assert both.read(LinkSigner([OLD]).sign(TOKEN)) == TOKEN
    assert LinkSigner([NEW]).read(both.sign(TOKEN)) == TOKEN
    assert LinkSigner([OLD]).read(both.sign(TOKEN)) is None


@pytest.mark.parametrize("other", [{"patient_id": "p-2"}, {"dose_id": "lar#1"}, {"recipient_id": "r-2"}])
def test_it_is_bound_to_patient_dose_and_recipient(other: dict[str, str]) -> None:
    assert TOKEN.is_of(RECORD)
    assert not TOKEN.is_of(replace(RECORD, **other))  # type: ignore[arg-type]


def test_it_is_good_for_thirty_days_from_when_it_was_to_be_said() -> None:
    assert TOKEN.expires_at == DUE + GOOD_FOR
    assert not TOKEN.is_over(DUE + GOOD_FOR - timedelta(seconds=1))
    assert TOKEN.is_over(DUE + GOOD_FOR)
    later = replace(RECORD, policy={"at": (DUE + timedelta(days=7)).isoformat()})
    assert AnswerToken.of(later, LinkPurpose.ONE).expires_at == DUE + timedelta(days=37)


def test_a_part_of_an_hour_counts_whole() -> None:
    odd = replace(RECORD, dose_due_at=DUE + timedelta(minutes=1))
    assert AnswerToken.of(odd, LinkPurpose.ONE).expires_at == DUE + GOOD_FOR + timedelta(hours=1)


def test_a_copy_of_a_message_has_the_same_link() -> None:
    retried = replace(RECORD, due_at=DUE + timedelta(minutes=4), attempt=3)
    assert AnswerToken.of(retried, LinkPurpose.ONE) == TOKEN


def test_it_names_no_medicine_and_nobody() -> None:
    import base64

    text = LinkSigner([NEW]).sign(TOKEN)
    packed = base64.urlsafe_b64decode(text.partition(".")[0])
    for told in (b"octreotide", b"p-1", b"r-1"):
        assert told not in packed
