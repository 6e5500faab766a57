"""Where it is injected."""

from __future__ import annotations

from dataclasses import replace

from scheduler.dosing.finding import Severity
from tests.safety.labels import LABEL, LAR, SHORT, codes, lanreotide, lar, noticed, regimen, sites_of, without
from tests.support.regimen_text import given

LATER = "2027-01-10T00:00-05:00"


def test_a_depot_ordered_for_the_arm_is_stopped() -> None:
    assert codes(lanreotide(keys='sites = ["buttock-upper-outer-left"]', phase="doses = 1")) == []
    (found,) = noticed(lanreotide(keys='sites = ["upper-arm-left", "upper-arm-right"]'))
    assert (found.code, found.severity, found.regimen, found.dose, found.source) == (
        "site",
        Severity.STOP,
        "lanreotide",
        None,
        LABEL,
    )
    assert found.text == (
        "ordered for upper-arm-left, upper-arm-right; the label has buttock-upper-outer-left, "
        "buttock-upper-outer-right. Not into the arm. Ask the team."
    )


def test_what_is_no_depot_is_warned_of() -> None:
    rule = without(SHORT, sites=sites_of("abdomen-left", "thigh-right", rotation=None))
    body = regimen("octreotide", "octreotide-sc", "100 ug", "08:00", keys='sites = ["gluteal-left"]')
    (found,) = noticed(body, labels=rule)
    assert (found.code, found.severity) == ("site", Severity.WARNING)
    assert codes(body) == []


def test_a_recorded_site_off_the_label_is_told() -> None:
    arm = given("lar#1", "2026-12-01T10:00:00", "upper-arm-left")
    (found,) = noticed(lar(phase="doses = 1") + arm, now=LATER)
    assert (found.code, found.severity, found.dose) == ("site-used", Severity.WARNING, "lar#1")
    assert found.text.startswith("given on 2026-12-01 into upper-arm-left; the label has gluteal-left")


def test_the_same_side_twice_is_told_and_the_other_side_is_not() -> None:
    first = given("lar#1", "2026-12-01T10:00:00", "gluteal-left")
    right = given("lar#2", "2026-12-29T10:00:00", "gluteal-right")
    left = given("lar#2", "2026-12-29T10:00:00", "gluteal-left")
    assert codes(lar() + first + right, now=LATER) == []
    (found,) = noticed(lar() + first + left, now=LATER)
    assert (found.code, found.severity, found.dose) == ("same-side-twice", Severity.WARNING, "lar#2")
    assert found.text.startswith("gluteal-left on 2026-12-29, the same side as on 2026-12-01;")


def test_a_plan_that_has_only_one_side_is_told_once() -> None:
    (found,) = noticed(lar(keys='sites = ["gluteal-left"]'))
    assert found.code == "same-side-twice"
    assert "The same is true of 5 more doses" in found.text


def test_where_the_label_does_not_ask_for_another_side_nothing_is_said() -> None:
    assert LAR.sites is not None
    free = without(LAR, sites=replace(LAR.sites, rotation=None))
    assert codes(lar(keys='sites = ["gluteal-left"]'), labels=free) == []
    assert codes(lar(keys='sites = ["upper-arm-left"]'), labels=without(LAR, sites=None)) == []
