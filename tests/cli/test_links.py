"""``dosecal link``: the keys that sign the links in messages."""

from __future__ import annotations

import json

from tests.cli.conftest import Run, SetClock


def test_before_any_message_there_is_no_key(run: Run) -> None:
    assert run("link", "list").stdout == "No link was ever sent.\n"


def test_a_new_key_signs_and_the_old_one_goes_on_for_a_while(run: Run, set_clock: SetClock) -> None:
    assert run("link", "rotate").stdout == "A new key signs.\n"
    set_clock("2026-10-21T12:00-04:00")
    run("link", "rotate")
    keys = json.loads(run("link", "list", "--format", "json").stdout)
    assert [key["ends"] for key in keys] == ["2026-11-27T16:00:00+00:00", None]
    assert set(keys[0]) == {"key", "made", "ends"}  # and not the secret


def test_every_link_can_be_ended_at_once(run: Run, set_clock: SetClock) -> None:
    run("link", "rotate")
    set_clock("2026-10-21T12:00-04:00")
    assert run("link", "rotate", "--now").stdout == "A new key signs. Links sent before have ended.\n"
    (key,) = json.loads(run("link", "list", "--format", "json").stdout)
    assert key["made"] == "2026-10-21T16:00:00+00:00"
    assert key["ends"] is None
