"""Who can be reminded, and where."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scheduler.actions import record_dose
from scheduler.actions.recipient import add_recipient, list_recipients
from scheduler.errors import ConflictError, InputError, NotFoundError
from scheduler.ical.privacy import Privacy
from scheduler.store.unit_of_work import Store
from tests.support.ward import THRICE_DAILY, admit, remind

MORNING = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
THRICE = THRICE_DAILY.format(start="2026-12-01")
DOSE = "octreotide@2026-12-01/1"


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("smtp", "zoe"),
        ("smtp", "zoe@example.org, all@example.org"),
        ("smtp", "zoë@example.org"),
        ("smtp", "zoe@example.org\r\nBcc: all@example.org"),
        ("smtp", ""),
        ("smtp", "z" * 320 + "@example.org"),
        ("console", " "),
        ("console", "\x1b[2J"),
        ("pigeon", "zoe@example.org"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_and_not_repeated(
    store: Store, channel: str, address: str
) -> None:
    patient = admit(store, THRICE, MORNING)
    with pytest.raises(InputError) as caught:
        add_recipient(store, patient, MORNING, channel=channel, address=address, privacy=Privacy.DISCREET)
    assert "example.org" not in str(caught.value)
    assert list_recipients(store, patient) == []


def test_one_address_is_added_once(store: Store) -> None:
    patient = admit(store, THRICE, MORNING)
    remind(store, patient, MORNING)
    with pytest.raises(ConflictError):
        remind(store, patient, MORNING)


def test_nobody_is_reminded_of_an_unknown_patients_doses(store: Store) -> None:
    with pytest.raises(NotFoundError):
        remind(store, "p-9", MORNING)


def test_a_text_too_long_for_its_column_is_refused_on_every_database(store: Store) -> None:
    patient = admit(store, THRICE, MORNING)
    with pytest.raises(InputError, match="at most 200"):
        record_dose.skip(store, patient, DOSE, MORNING, at=None, reason="x" * 201)
    with pytest.raises(InputError, match="at most 200"):
        record_dose.move(store, patient, DOSE, MORNING, to=datetime(2026, 12, 1, 9), reason="x" * 201)  # noqa: DTZ001
    with pytest.raises(InputError, match="at most 40"):
        record_dose.give(store, patient, DOSE, MORNING, at=None, site="x" * 41)
