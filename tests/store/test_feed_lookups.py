"""Look-ups over a connection that stays open tell what is so now, and stand in nobody's way."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from scheduler.actions.caseload import add_to_caseload, create_caseload
from scheduler.actions.feed import issue_feed, revoke_feed
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.record_dose import give
from scheduler.errors import UnreachableError
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.audience import Audience
from scheduler.ical.privacy import Privacy
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import until
from tests.support.one_patient import MORNING, add_patient

DISCREET = FeedStyle(privacy=Privacy.DISCREET)
FIRST_DOSE = "octreotide@2026-12-01/1"


def issued(store: Store, subject: str, audience: Audience = Audience.PATIENT) -> str:
    """The key id of a new feed."""
    return issue_feed(store, subject, MORNING, label="", style=DISCREET, audience=audience).key_id


def test_each_key_is_answered_and_an_unknown_one_left_out(store: Store) -> None:
    keys = [issued(store, add_patient(store)) for _ in range(2)]
    found = store.feed_lookups().find([*keys, "zzzzzzzz"])
    assert {key: lookup.key_id for key, lookup in found.items()} == {key: key for key in keys}


def test_a_look_up_is_the_one_that_a_transaction_finds(store: Store) -> None:
    key = issued(store, add_patient(store))
    found = store.feed_lookups().find([key])
    with store.reading() as work:
        assert work.feeds.look_up(key) == found[key]


def test_a_revocation_by_another_process_is_seen_at_once(store: Store, database_url: str) -> None:
    key = issued(store, add_patient(store))
    lookups = store.feed_lookups()
    assert lookups.find([key])[key].revoked_at is None
    other = Store(database_url, load_formulary())
    revoke_feed(other, key, MORNING)
    other.close()
    assert lookups.find([key])[key].revoked_at == MORNING


def test_the_mark_of_a_patient_changes_with_what_is_recorded(store: Store) -> None:
    patient = add_patient(store)
    key, lookups = issued(store, patient), store.feed_lookups()
    before = lookups.find([key])[key].mark
    give(store, patient, FIRST_DOSE, MORNING, at=None, site=None)
    assert lookups.find([key])[key].mark != before


def test_the_mark_of_a_caseload_changes_with_its_patients_and_with_what_is_recorded(store: Store) -> None:
    create_caseload(store, "ward", "Ward", ZoneInfo("America/New_York"), MORNING)
    key, lookups = issued(store, "ward", Audience.NURSE), store.feed_lookups()
    patient = add_patient(store)
    marks = [lookups.find([key])[key].mark]
    add_to_caseload(store, "ward", [patient], None, MORNING)
    marks.append(lookups.find([key])[key].mark)
    give(store, patient, FIRST_DOSE, MORNING, at=None, site=None)
    marks.append(lookups.find([key])[key].mark)
    assert len(set(marks)) == 3


def test_a_look_up_keeps_no_transaction_open(store: Store) -> None:
    patient = add_patient(store)
    store.feed_lookups().find([issued(store, patient)])
    # In a file without a write-ahead log this would wait for ten seconds and fail.
    give(store, patient, FIRST_DOSE, MORNING, at=None, site=None)


def test_a_file_that_cannot_be_read_is_an_unreachable_database(sqlite_url: str) -> None:
    store = Store(sqlite_url, load_formulary())
    lookups = store.feed_lookups()
    lookups.find(["zzzzzzzz"])
    Path(str(store.file)).write_bytes(b"not a database" * 1000)
    with pytest.raises(UnreachableError, match="the database does not answer"):
        lookups.find(["zzzzzzzz"])
    store.close()


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_the_server_ended_is_made_anew(store: Store, database_url: str) -> None:
    key, lookups = issued(store, add_patient(store)), store.feed_lookups()
    lookups.find([key])
    with psycopg.connect(database_url, autocommit=True) as administrator:
        ended = administrator.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended
    assert key in lookups.find([key])


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_closing_the_store_gives_the_connection_back(store: Store, database_url: str) -> None:
    store.feed_lookups().find(["zzzzzzzz"])
    store.close()
    with psycopg.connect(database_url, autocommit=True) as administrator:
        others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        until(lambda: administrator.execute(others).fetchall() == [(administrator.info.backend_pid,)])
