"""A fault in the log says where, and nothing of whom."""

from __future__ import annotations

import logging

import pytest

from scheduler.fault_log import log_fault

LOG = logging.getLogger("test")


def test_it_names_kind_and_place_and_not_the_message(caplog: pytest.LogCaptureFixture) -> None:
    try:
        int("Zoe Marsh takes octreotide")
    except ValueError as error:
        log_fault(LOG, "reminder=7 failed", error)
    assert "reminder=7 failed: ValueError at test_fault_log.py:" in caplog.text
    assert "test_it_names_kind_and_place" in caplog.text
    assert "Zoe" not in caplog.text


def test_an_error_that_was_never_raised_has_no_place(caplog: pytest.LogCaptureFixture) -> None:
    log_fault(LOG, "plan failed", KeyError("Zoe"))
    assert "plan failed: KeyError at no place" in caplog.text
