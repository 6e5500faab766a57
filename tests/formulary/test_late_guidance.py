"""What the label says of a late dose, on both sides of each threshold. 1 December 2026 is a Tuesday."""

from __future__ import annotations

from datetime import datetime

import pytest

from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.dosing.plan import Plan
from scheduler.formulary.custom import CUSTOM_ID
from scheduler.formulary.formulary import load_formulary
from scheduler.formulary.late_guidance import LateGuidance, late_guidance
from tests.support.plan_text import plan
from tests.support.regimen_text import CABOZANTINIB, EVEROLIMUS, LAR, THRICE, given, held, moved, not_given


def told(of: Plan, dose: str, moment: str) -> LateGuidance:
    """``moment`` is in New York, in winter."""
    regimen = of.regimens_by_id[parse_occurrence_id(dose).regimen]
    layout = Layout(of)
    found = layout.find(regimen, parse_occurrence_id(dose))
    assert found is not None
    product = regimen.product.id
    entry = None if product == CUSTOM_ID else load_formulary().find(product, of.patient.market)
    following = layout.numbered(regimen, found.number + 1)
    return late_guidance(found, entry, following, datetime.fromisoformat(f"{moment}-05:00"))


class TestEverolimus:
    """Less than six hours since the usual time, 08:00."""

    @pytest.mark.parametrize(
        ("moment", "action", "text"),
        [
            (
                "08:00",
                "take-now",
                "Take it now: 0 minutes have passed since its usual time, less than 6 hours.",
            ),
            (
                "09:01",
                "take-now",
                "Take it now: 1 hour and 1 minute have passed since its usual time, less than 6 hours.",
            ),
            (
                "13:59",
                "take-now",
                "Take it now: 5 hours and 59 minutes have passed since its usual time, less than 6 hours.",
            ),
            (
                "14:00",
                "skip",
                (
                    "Skip it: 6 hours have passed since its usual time. "
                    "Take the next one at its usual time, Friday 2026-12-04 08:00."
                ),
            ),
            (
                "14:01",
                "skip",
                (
                    "Skip it: 6 hours and 1 minute have passed since its usual time. "
                    "Take the next one at its usual time, Friday 2026-12-04 08:00."
                ),
            ),
        ],
    )
    def test_hours_since_the_usual_time(self, moment: str, action: str, text: str) -> None:
        found = told(plan(EVEROLIMUS), "everolimus@2026-12-03/1", f"2026-12-03T{moment}")
        assert (found.action, found.text) == (action, text)

    def test_the_source_stands_beside_it(self) -> None:
        found = told(plan(EVEROLIMUS), "everolimus@2026-12-03/1", "2026-12-03T09:00")
        assert found.rule == load_formulary().find("everolimus", plan(EVEROLIMUS).patient.market).late
        assert found.rule.source is not None

    def test_the_last_one_has_no_next_one(self) -> None:
        once = plan(EVEROLIMUS + "doses = 1\n")
        assert told(once, "everolimus@2026-12-01/1", "2026-12-01T15:00").text == (
            "Skip it: 7 hours have passed since its usual time. No other one is planned: ask your team."
        )


class TestCabozantinib:
    """At least twelve hours until the next one, 21:00 on the day after."""

    @pytest.mark.parametrize(
        ("moment", "action", "text"),
        [
            (
                "2026-12-03T22:00",
                "take-now",
                "Take it now: the next one is 23 hours away, at least 12 hours.",
            ),
            (
                "2026-12-04T09:00",
                "take-now",
                "Take it now: the next one is 12 hours away, at least 12 hours.",
            ),
            (
                "2026-12-04T09:01",
                "skip",
                (
                    "Skip it: the next one is 11 hours and 59 minutes away. "
                    "Take the next one at its usual time, Friday 2026-12-04 21:00."
                ),
            ),
        ],
    )
    def test_hours_until_the_next_one(self, moment: str, action: str, text: str) -> None:
        found = told(plan(CABOZANTINIB), "cabozantinib@2026-12-03/1", moment)
        assert (found.action, found.text) == (action, text)

    def test_one_that_was_moved_next_to_the_next_one_is_for_the_team(self) -> None:
        text = CABOZANTINIB + moved("cabozantinib@2026-12-03/1", "2026-12-04T15:00:00")
        found = told(plan(text), "cabozantinib@2026-12-03/1", "2026-12-04T15:30")
        assert (found.action, found.text) == (
            "ask-team",
            "Ask your team: it was planned closer to the next one than the rule.",
        )


class TestTelotristat:
    """A missed one is skipped, however little late it is after its hour."""

    TELOTRISTAT = EVEROLIMUS.replace('"everolimus"', '"telotristat"').replace("10 mg", "250 mg")

    def test_it_is_skipped(self) -> None:
        three = self.TELOTRISTAT.replace('["08:00"]', '["08:00", "13:00", "19:00"]')
        found = told(plan(three), "telotristat@2026-12-03/1", "2026-12-03T09:00")
        assert (found.action, found.text) == (
            "skip",
            "Skip it. Take the next one at its usual time, Thursday 2026-12-03 13:00.",
        )
        assert found.rule.source is not None

    def test_within_its_hour_it_is_not_late(self) -> None:
        three = self.TELOTRISTAT.replace('["08:00"]', '["08:00", "13:00", "19:00"]')
        assert told(plan(three), "telotristat@2026-12-03/1", "2026-12-03T08:59").action == "nothing"


class TestWhatNoLabelSays:
    def test_a_short_acting_dose_is_not_late_for_an_hour_and_then_for_the_team(self) -> None:
        early = told(plan(THRICE), "octreotide@2026-12-03/1", "2026-12-03T07:59")
        assert (early.action, early.text) == (
            "nothing",
            "It is due since Thursday 2026-12-03 07:00 and not late yet.",
        )
        late = told(plan(THRICE), "octreotide@2026-12-03/1", "2026-12-03T08:00")
        assert late.action == "ask-team"
        assert late.text == late.rule.text
        assert late.text.startswith("Ask your team")

    def test_a_depot_is_for_the_team_however_late_it_is(self) -> None:
        for moment in ("2026-12-30T09:00", "2027-02-01T09:00"):
            assert told(plan(LAR), "lar#2", moment).action == "ask-team"

    def test_a_product_of_the_patients_own(self) -> None:
        own = EVEROLIMUS.replace(
            'product = "everolimus"', 'product = "custom"\nname = "Loperamide"\nroute = "oral"'
        )
        found = told(plan(own), "everolimus@2026-12-03/1", "2026-12-04T09:00")
        assert (found.action, found.text) == ("ask-team", "Ask your team: nothing is known of this product.")
        assert str(found.rule).endswith("(unverified, ask your team)")

    def test_another_market_has_rules_of_its_own(self) -> None:
        found = told(plan(EVEROLIMUS, market="eu"), "everolimus@2026-12-03/1", "2026-12-04T09:00")
        assert found.action == "ask-team"


class TestWhatIsNotLate:
    def test_one_that_is_still_to_come(self) -> None:
        found = told(plan(EVEROLIMUS), "everolimus@2026-12-03/1", "2026-12-03T07:59")
        assert (found.action, found.text) == (
            "nothing",
            "It is not late: it is due Thursday 2026-12-03 08:00.",
        )

    def test_one_that_is_recorded(self) -> None:
        dose = "everolimus@2026-12-03/1"
        for record, text in (
            (given(dose, "2026-12-03T08:05:00"), "It is recorded as given."),
            (not_given(dose, "2026-12-03T08:05:00"), "It is recorded as not given."),
        ):
            assert told(plan(EVEROLIMUS + record), dose, "2026-12-03T20:00").text == text

    def test_one_that_is_withheld_is_for_the_team(self) -> None:
        found = told(
            plan(EVEROLIMUS + held("everolimus", "2026-12-03")), "everolimus@2026-12-03/1", "2026-12-03T09:00"
        )
        assert (found.action, found.text) == ("ask-team", "It is withheld: ask your team before taking it.")
