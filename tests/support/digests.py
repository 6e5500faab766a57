"""A caseload with a contact point, and patients in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.actions.caseload import add_to_caseload, create_caseload
from scheduler.actions.caseload_contact import add_contact
from scheduler.actions.caseload_digest import DigestView, set_digest
from scheduler.ical.privacy import Privacy
from scheduler.store.recipients import RecipientRecord
from scheduler.store.unit_of_work import Store
from tests.support.ward import admit

EVE = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
"""17:00 in New York, the day before the first digest."""

SEVEN = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)
"""07:00 in New York on Wednesday, 2 December 2026: when the first digest is due."""

NEW_YORK = ZoneInfo("America/New_York")
WARD = "ward-3"


def make_caseload(store: Store, moment: datetime = EVE) -> None:
    """The caseload ``ward-3`` without patients or contact points."""
    create_caseload(store, WARD, "Ward 3", NEW_YORK, moment)


def reach(
    store: Store,
    address: str = "nurse@example.org",
    moment: datetime = EVE,
    *,
    privacy: Privacy = Privacy.DISCREET,
    stands_in: bool = False,
    by_hand: str | None = "asked",
) -> RecipientRecord:
    """Add a contact point, that somebody answers for unless ``by_hand`` is None."""
    return add_contact(
        store,
        WARD,
        moment,
        channel="smtp",
        address=address,
        privacy=privacy,
        stands_in=stands_in,
        by_hand=by_hand,
    )


def choose_digest(store: Store, moment: datetime, **chosen: Any) -> DigestView:
    """Choose values of a digest, as its document writes them."""
    return set_digest(store, WARD, moment, chosen=chosen)


def take_in(
    store: Store,
    patient_id: str,
    body: str,
    *,
    name: str = "Zoe Marsh",
    place: str = "",
    zone: str = "America/New_York",
    moment: datetime = EVE,
) -> str:
    """Admit a patient and take them into the caseload."""
    admit(store, body, moment, patient_id=patient_id, name=name, zone=zone)
    add_to_caseload(store, WARD, [patient_id], place, moment)
    return patient_id
