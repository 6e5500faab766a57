"""The injection log, the picture of the body, and the sheets of a nurse's visits."""

from __future__ import annotations

import re
from datetime import date

import pytest

from scheduler.paper.printing import Layout, NothingToPrintError
from scheduler.paper.sheet import LogPages, Sheet, SiteState, Visit
from scheduler.paper.typesetter import typeset
from tests.paper.conftest import ZOE, ReadPlan, ToSheet, pages

GIVEN = """
[[administration]]
dose = "lar#1"
status = "given"
at = 2026-12-15T10:40:00
site = "gluteal-left"
"""
RESTING = """
[[rest]]
site = "abdomen-left"
from = 2026-12-01
until = 2026-12-31
reason = "sore"
"""
TABLETS = ZOE.partition("[[regimen]]")[0] + (
    '[[regimen]]\nid = "cabo"\nproduct = "cabozantinib"\nsetting = "home"\n'
    '[[regimen.phase]]\ndose = "60 mg"\ntimes = ["21:00"]\nstart = 2026-12-01\n'
)


def log_of(sheet: Sheet) -> LogPages:
    assert sheet.log is not None
    return sheet.log


def visits_of(sheet: Sheet) -> tuple[Visit, ...]:
    assert sheet.visits is not None
    return sheet.visits.visits


class TestLog:
    def test_a_line_for_each_dose_in_order_of_time(self, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
        log = log_of(to_sheet(read_plan(ZOE), end=date(2026, 12, 3), layout=Layout.LOG))
        assert [(row.day, row.time, row.begins_day) for row in log.rows] == [
            ("Tue, Dec 1", "08:00", True),
            ("Tue, Dec 1", "20:00", False),
            ("Wed, Dec 2", "08:00", True),
            ("Wed, Dec 2", "20:00", False),
        ]

    def test_what_was_recorded_is_filled_in(self, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
        log = log_of(to_sheet(read_plan(ZOE + GIVEN), now="2026-12-20T06:00-05:00"))
        (depot,) = [row for row in log.rows if row.name == "Octreotide LAR"]
        assert (depot.given, depot.site, depot.recorded) == ("Dec 15, 2026, 10:40", "gluteal left", True)

    def test_where_it_was_given_stands_there_and_not_where_it_was_planned(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        elsewhere = GIVEN.replace("gluteal-left", "gluteal-right")
        log = log_of(to_sheet(read_plan(ZOE + elsewhere), now="2026-12-20T06:00-05:00"))
        (depot,) = [row for row in log.rows if row.name == "Octreotide LAR"]
        assert depot.site == "gluteal right"

    def test_each_row_has_its_date_because_a_page_may_begin_within_a_day(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        log = to_sheet(read_plan(ZOE), end=date(2027, 1, 1), layout=Layout.LOG)
        for page in pages(typeset(log))[:-1]:
            text = " ".join(page.split())
            doses = re.findall(r"\d (?:micrograms|mg)\b", text)
            assert doses
            assert len(re.findall(r"\d\d:\d\d [A-Z][a-z]{2}, Dec \d+", text)) == len(doses)

    def test_why_a_dose_is_withheld_stands_in_the_remarks(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        held = (
            ZOE
            + '\n[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-20\nuntil = 2026-12-20\nreason = "fever"\n'
        )
        log = log_of(to_sheet(read_plan(held), start=date(2026, 12, 19), end=date(2026, 12, 22)))
        assert [(row.remark, row.recorded) for row in log.rows] == [
            ("", False),
            ("PAUSED: fever", True),
            ("", False),
        ]

    def test_on_a_journey_a_line_says_whose_clocks_its_time_is(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        away = ZOE.replace(
            'zone = "America/New_York"',
            'zone = "America/New_York"\n\n[[patient.travel]]\nzone = "America/Mexico_City"\n'
            "from = 2026-12-02\nuntil = 2026-12-02",
        )
        log = log_of(to_sheet(read_plan(away), end=date(2026, 12, 4), layout=Layout.LOG))
        assert [row.day for row in log.rows[1::2]] == ["Tue, Dec 1", "Wed, Dec 2 (Mexico City)", "Thu, Dec 3"]

    def test_a_reason_has_the_room_of_what_is_not_to_be_filled_in(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        reason = "fever and low blood counts, wait for the call"
        held = ZOE + f'\n[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-01\nreason = "{reason}"\n'
        sheet = to_sheet(read_plan(held), end=date(2026, 12, 3), layout=Layout.LOG)
        assert f"PAUSED: {reason}"[:40] in pages(typeset(sheet))[0]

    def test_it_is_no_injection_log_where_nothing_is_injected(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        assert to_sheet(read_plan(ZOE)).kinds.log == "Injection log"
        assert to_sheet(read_plan(TABLETS)).kinds.log == "Dose log"

    def test_tablets_have_no_site_to_fill_in(self, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
        assert "Site" in log_of(to_sheet(read_plan(ZOE))).columns
        assert log_of(to_sheet(read_plan(TABLETS))).columns[:3] == ("Planned", "Medicine", "Given at")
        page = pages(typeset(to_sheet(read_plan(TABLETS), layout=Layout.LOG)))[0]
        assert "Site" not in page

    def test_without_a_dose_there_is_nothing_to_log(self, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
        with pytest.raises(NothingToPrintError, match="no dose is planned from 2026-10-01 to 2026-10-31"):
            to_sheet(read_plan(ZOE), start=date(2026, 10, 1), end=date(2026, 11, 1), layout=Layout.LOG)


class TestBody:
    def test_sites_are_numbered_in_their_turn(self, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
        picture = log_of(to_sheet(read_plan(ZOE))).pictures[0]
        assert [(site.id, site.state, site.order) for site in picture.sites] == [
            ("abdomen-left", SiteState.NEXT, 1),
            ("abdomen-right", SiteState.LATER, 2),
            ("thigh-left", SiteState.LATER, 3),
            ("thigh-right", SiteState.LATER, 4),
        ]
        assert picture.lines == ("Next: abdomen left",)
        assert picture.turns == "1, 2, 3, 4: in this order"

    def test_one_site_needs_no_order(self, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
        one = ZOE.replace(
            'sites = ["abdomen-left", "abdomen-right", "thigh-left", "thigh-right"]',
            'sites = ["abdomen-left"]',
        )
        assert log_of(to_sheet(read_plan(one))).pictures[0].turns == ""

    def test_a_resting_site_is_crossed_out_and_says_until_when(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        picture = log_of(to_sheet(read_plan(ZOE + RESTING))).pictures[0]
        assert picture.sites[0].state is SiteState.RESTING
        assert picture.sites[1].state is SiteState.NEXT
        assert picture.lines == (
            "Next: abdomen right",
            "Not in use: abdomen left, until Thu, Dec 31, 2026",
        )

    def test_the_picture_is_told_in_words_too(self, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
        picture = log_of(to_sheet(read_plan(ZOE))).pictures[0]
        assert picture.alt == "Octreotide (short-acting). Next: abdomen left"

    def test_what_is_over_has_no_picture(self, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
        log = log_of(to_sheet(read_plan(ZOE), now="2027-01-02T06:00-05:00"))
        assert [picture.name for picture in log.pictures] == ["Octreotide LAR"]


class TestVisits:
    def test_a_page_for_each_dose_that_somebody_comes_to_give(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        visits = visits_of(to_sheet(read_plan(ZOE), end=date(2027, 2, 1)))
        assert [(visit.when, visit.medicine, visit.amount) for visit in visits] == [
            ("Tue, Dec 15, 2026, 10:00", "Octreotide LAR", "20 mg"),
            ("Tue, Jan 12, 2027, 10:00", "Octreotide LAR", "20 mg"),
        ]

    def test_what_to_do_before_it_has_its_clock_times_and_its_source(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        (visit,) = visits_of(to_sheet(read_plan(ZOE)))
        (step,) = next(part for part in visit.parts if part.heading == "Before the visit").lines
        assert step.at == "09:00-09:30"
        assert "fridge" in step.text
        assert "Sandostatin LAR" in step.source

    def test_what_is_to_do_by_a_time_of_the_same_day_says_no_date(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        plan = read_plan(ZOE.replace('"sandostatin-lar"', '"lanreotide"').replace('"20 mg"', '"120 mg"'))
        (visit,) = visits_of(to_sheet(plan))
        (step,) = next(part for part in visit.parts if part.heading == "Before the visit").lines
        assert step.at == "by 09:30"

    @pytest.mark.parametrize(
        ("setting", "heading", "place"),
        [
            ("nurse-visit", "Bring", "At home, by a nurse"),
            ("clinic", "Have ready", "In the clinic"),
        ],
    )
    def test_nothing_is_brought_to_a_clinic_that_has_it_ready(
        self, setting: str, heading: str, place: str, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        (visit,) = visits_of(to_sheet(read_plan(ZOE.replace("nurse-visit", setting))))
        assert (visit.parts[0].heading, visit.place) == (heading, place)
        assert visit.route == "Route: into a muscle (intramuscular)"

    def test_what_has_its_time_before_the_visit_is_not_said_again(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        (visit,) = visits_of(to_sheet(read_plan(ZOE)))
        said = [step.text for part in visit.parts for step in part.lines]
        assert len(said) == len(set(said))

    def test_the_last_sites_are_named_the_latest_first(self, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
        plan = read_plan(ZOE + GIVEN)
        visits = visits_of(to_sheet(plan, end=date(2027, 2, 1), now="2026-12-20T06:00-05:00"))
        assert [visit.picture and visit.picture.lines for visit in visits] == [
            ("Next: gluteal right", "Last used: gluteal left"),
        ]

    def test_where_no_site_is_recorded_the_visit_says_so(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        (visit,) = visits_of(to_sheet(read_plan(ZOE)))
        assert visit.picture is not None
        assert visit.picture.lines == ("Next: gluteal left", "Last used: none recorded")

    def test_where_no_preparation_is_verified_the_visit_says_so(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        european = ZOE.replace("zone =", 'market = "eu"\nzone =', 1).replace(
            '"sandostatin-lar"', '"lanreotide"'
        )
        sited = european.replace('"nurse-visit"', '"nurse-visit"\nsites = ["gluteal-left"]')
        (visit,) = visits_of(to_sheet(read_plan(sited)))
        (step,) = next(part for part in visit.parts if part.heading == "Prepare and give").lines
        assert step.text.endswith("is not verified here: follow the leaflet in the pack.")
        (verified,) = visits_of(to_sheet(read_plan(ZOE)))
        assert not [s for part in verified.parts for s in part.lines if "not verified" in s.text]

    def test_whom_to_call_stands_on_it(self, read_plan: ReadPlan, to_sheet: ToSheet) -> None:
        (visit,) = visits_of(to_sheet(read_plan(ZOE), phone="555 0100"))
        assert visit.call == "Questions: call 555 0100"

    def test_where_the_patient_gives_everything_there_is_no_visit(
        self, read_plan: ReadPlan, to_sheet: ToSheet
    ) -> None:
        plan = read_plan(ZOE.replace("nurse-visit", "home"))
        with pytest.raises(NothingToPrintError, match="no dose is to be given by a nurse or in a clinic"):
            to_sheet(plan, layout=Layout.VISIT)
