"""What the headers of a request for a calendar mean: conditions and codings in every form they come in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.store.unit_of_work import Store
from scheduler.web.conditional import http_date, not_modified
from scheduler.web.request_head import RequestHead
from tests.support.feed_world import World

ETAG = '"0123456789abcdef"'
CHANGED = datetime(2026, 12, 1, 9, 0, 7, tzinfo=UTC)
REPEATED = ("etag", "last-modified", "cache-control", "vary", "x-robots-tag", "referrer-policy")


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    with made.client:
        yield made


@pytest.mark.parametrize(
    ("if_none_match", "current"),
    [
        (ETAG, True),
        (f"W/{ETAG}", True),
        (f'"stale", {ETAG}', True),
        (f'"stale",{ETAG},"older"', True),
        (f'W/"stale", W/{ETAG}', True),
        (f"  {ETAG}  ", True),
        ("*", True),
        ('"stale"', False),
        ('W/"stale"', False),
        ('"stale", "older"', False),
        (ETAG.strip('"'), False),
        (f"{ETAG}x", False),
        ('"0123456789ABCDEF"', False),
        ("", False),
        (",", False),
    ],
)
@pytest.mark.parametrize("since", ["", "Fri, 01 Jan 2100 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "?"])
def test_a_tag_decides_alone_where_there_is_one(if_none_match: str, since: str, current: bool) -> None:
    assert not_modified(if_none_match, since, ETAG, CHANGED) is current


@pytest.mark.parametrize(
    ("since", "current"),
    [
        ("Tue, 01 Dec 2026 09:00:07 GMT", True),
        ("Tue, 01 Dec 2026 09:00:08 GMT", True),
        ("Tue, 01 Dec 2026 09:00:06 GMT", False),
        ("Tue, 01 Dec 2026 10:00:07 +0100", True),
        ("Tue, 01 Dec 2026 10:00:06 +0100", False),
        ("Tue, 01 Dec 2026 09:00:07 -0000", True),
        ("Tue Dec  1 09:00:07 2026", True),
        ("Tuesday, 01-Dec-26 09:00:07 GMT", True),
        ("Sunday, 06-Nov-94 08:49:37 GMT", False),
        ("Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("Mon, 01 Jan 0001 00:00:00 +2300", False),
        ("Tue, 99 Foo 2026 77:00:00 GMT", False),
        ("2026-12-01T09:00:07Z", False),
        ("1796115607", False),
        ("yesterday", False),
        ("\x00", False),
        ("", False),
    ],
)
def test_a_date_is_compared_in_whole_seconds_and_garbage_is_no_condition(since: str, current: bool) -> None:
    assert not_modified(None, since, ETAG, CHANGED) is current


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=60))
def test_no_date_makes_it_fail(since: str) -> None:
    assert not_modified(None, since, ETAG, CHANGED) in {True, False}


def test_without_a_condition_nothing_is_current() -> None:
    assert not not_modified(None, "", ETAG, CHANGED)


def test_a_date_is_written_as_http_writes_it() -> None:
    assert http_date(datetime.fromisoformat("2026-12-01T04:00:07-05:00")) == "Tue, 01 Dec 2026 09:00:07 GMT"


@pytest.mark.parametrize(
    ("codings", "packed"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("GZIP", True),
        ("x-gzip", True),
        (" gzip ; q=0.5 ", True),
        ("gzip;q=0.001", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip ;q=0.0", False),
        ("gzip;Q=0", False),
        ("br, gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("br", False),
        ("deflate", False),
        ("identity", False),
        ("*", False),  # everything will do, so the plain bytes will
        ("gzipped", False),
        ("", False),
    ],
)
def test_the_calendar_is_packed_for_whoever_names_gzip_and_does_not_rule_it_out(
    codings: str, packed: bool
) -> None:
    assert RequestHead.of([(b"accept-encoding", codings.encode())]).accepts_gzip is packed


def test_a_header_that_comes_twice_is_one_list() -> None:
    head = RequestHead.of([(b"if-none-match", b'"a"'), (b"cookie", b"x"), (b"if-none-match", b'"b"')])
    assert head.get(b"if-none-match") == '"a", "b"'
    assert b"cookie" not in head.values
    assert head.get(b"user-agent") == ""


def test_a_header_of_any_bytes_can_be_read() -> None:
    assert RequestHead.of([(b"user-agent", bytes(range(128, 256)))]).get(b"user-agent")


CONDITIONS = [
    ("{etag}", "", 304),
    ("W/{etag}", "", 304),
    ('"a", {etag}', "Thu, 01 Jan 1970 00:00:00 GMT", 304),
    ("*", "Thu, 01 Jan 1970 00:00:00 GMT", 304),
    ('"stale"', "{last_modified}", 200),
    ('"stale"', "Fri, 01 Jan 2100 00:00:00 GMT", 200),
    ("", "{last_modified}", 304),
    ("", "Fri, 01 Jan 2100 00:00:00 GMT", 304),
    ("", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
    ("", "last Tuesday", 200),
    ("", "", 200),
]


def test_304_repeats_the_validators_of_the_200_and_has_no_body(world: World) -> None:
    for coding in ("identity", "gzip"):
        first = world.get({"accept-encoding": coding}).headers
        known = {"etag": first["etag"].removeprefix("W/"), "last_modified": first["last-modified"]}
        for (tag, since, status), method in product(CONDITIONS, ("GET", "HEAD")):
            asked = {"if-none-match": tag.format(**known), "if-modified-since": since.format(**known)}
            headers = {"accept-encoding": coding, **{name: value for name, value in asked.items() if value}}
            answer = world.client.request(method, world.path, headers=headers)
            assert (asked, answer.status_code) == (asked, status)
            assert [answer.headers[name] for name in REPEATED] == [first[name] for name in REPEATED]
            assert (answer.content == b"") is (status == 304 or method == "HEAD")


def test_a_tag_kept_from_a_packed_answer_holds_for_the_plain_one_and_the_other_way_round(
    world: World,
) -> None:
    for kept, asked in (("gzip", "identity"), ("identity", "gzip")):
        etag = world.get({"accept-encoding": kept}).headers["etag"]
        assert world.get({"accept-encoding": asked, "if-none-match": etag}).status_code == 304
