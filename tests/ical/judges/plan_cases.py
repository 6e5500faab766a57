"""Plans whose feeds and whose JSON must say the same, each at a moment of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.support.plan_text import HEADER
from tests.support.regimen_text import (
    LAR,
    THRICE,
    course,
    given,
    held,
    moved,
    not_given,
    travelling,
)

_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanCase:
    """The ``text`` of a plan file, to be looked at at the aware moment ``now``."""

    name: str
    text: str
    now: str


def _case(name: str, now: str, body: str, zone: str = "America/New_York", market: str = "us") -> PlanCase:
    return PlanCase(name=name, now=now, text=HEADER.format(name="Zoe Marsh", zone=zone, market=market) + body)


def _own(name: str, *phases: str, route: str = "oral", keys: str = "") -> str:
    """Regimen ``a`` of a product of the patient's own."""
    return course(*phases, product="custom", keys=f'name = "{name}"\nroute = "{route}"\n{keys}')


def _kept(folder: str, now: str) -> list[PlanCase]:
    files = sorted((_ROOT / folder).glob("*.toml"))
    return [PlanCase(name=file.stem, text=file.read_text(encoding="utf-8"), now=now) for file in files]


_DAILY = 'dose = "10 mg"\ntimes = ["08:00"]\nstart = 2026-12-01'
_NIGHTLY = 'dose = "2 mg"\ntimes = ["01:30", "02:30", "03:00"]\nstart = {start}\nfor = "10 d"'

WRITTEN = (
    _case("three-a-day", "2026-12-10T12:00-05:00", THRICE),
    _case(
        "depot-counted-from-the-last-given",
        "2027-01-30T12:00-05:00",
        LAR + given("lar#1", "2026-12-01T10:05:00") + given("lar#2", "2027-01-02T16:40:00"),
    ),
    _case(
        "every-two-weeks",
        "2026-12-20T09:30+01:00",
        course(
            'dose = "120 mg"\nevery = "2 wk"\ntimes = ["09:30"]\nstart = 2026-12-02',
            product="lanreotide",
            keys='anchor = "scheduled"',
        ),
        zone="Europe/Berlin",
        market="eu",
    ),
    _case(
        "the-last-day-of-every-month",
        "2026-12-01T00:00-05:00",
        course(
            'dose = "90 mg"\nevery = "1 mo"\ntimes = ["07:45"]\nstart = 2026-08-31',
            product="lanreotide",
            keys='anchor = "scheduled"',
        ),
    ),
    _case(
        "two-weekdays-of-every-second-week",
        "2026-12-24T20:00-03:00",
        _own(
            "Peginterferon",
            'dose = "90 ug"\nevery = "2 wk"\nweekdays = ["mon", "thu"]\ntimes = ["08:00"]\n'
            "start = 2026-12-07",
            route="subcutaneous",
        ),
        zone="America/Santiago",
    ),
    _case(
        "fourteen-days-of-twenty-eight",
        "2027-01-01T12:00+13:00",
        _own(
            "Capecitabine",
            'dose = "1500 mg"\ncycle = { length = "28 d", on = ["1-14"] }\ntimes = ["08:00", "20:00"]\n'
            "start = 2026-12-02",
        ),
        zone="Pacific/Auckland",
    ),
    _case(
        "every-eight-hours-through-a-change-of-clocks",
        "2027-03-10T12:00-05:00",
        _own("Loperamide", 'dose = "4 mg"\nevery = "8 h"\nstart = 2027-03-01T07:30:00\ndoses = 60'),
    ),
    _case(
        "held-skipped-and-held-again",
        "2026-12-20T12:00-05:00",
        course(_DAILY, product="everolimus")
        + not_given("a@2026-12-08/1", "2026-12-08T09:00:00")
        + not_given("a@2026-12-18/1", "2026-12-18T09:00:00")
        + given("a@2026-12-19/1", "2026-12-19T09:10:00")
        + held("a", "2026-12-10", "2026-12-15")
        + held("a", "2027-02-01"),
    ),
    _case(
        "moved-past-the-next",
        "2026-12-20T12:00-05:00",
        course(_DAILY, product="everolimus")
        + moved("a@2026-12-22/1", "2026-12-24T09:15:00")
        + moved("a@2026-12-19/1", "2026-12-19T21:00:00"),
    ),
    _case(
        "less-from-the-middle-on",
        "2026-12-20T12:00-05:00",
        course(f'{_DAILY}\nfor = "25 d"', 'dose = "5 mg"\ntimes = ["08:00", "20:00"]', product="everolimus"),
    ),
    _case(
        "a-journey-over-the-date-line",
        "2026-12-12T12:00-10:00",
        travelling("Pacific/Kiritimati", "2026-12-10", "2026-12-13")
        + travelling("Asia/Kathmandu", "2026-12-20", "2027-01-10")
        + course('dose = "10 mg"\ntimes = ["08:00", "23:30"]\nstart = 2026-12-01', product="everolimus")
        + LAR,
        zone="Pacific/Honolulu",
    ),
    _case(
        "the-clocks-go-back",
        "2026-10-25T12:00+01:00",
        _own("Dexamethasone", _NIGHTLY.format(start="2026-10-20")),
        zone="Europe/Berlin",
        market="eu",
    ),
    _case(
        "the-clocks-go-forward",
        "2027-03-26T12:00+01:00",
        _own("Dexamethasone", _NIGHTLY.format(start="2027-03-24")),
        zone="Europe/Berlin",
        market="eu",
    ),
    _case(
        "half-an-hour-forward",
        "2026-10-01T12:00+10:30",
        _own("Dexamethasone", _NIGHTLY.format(start="2026-09-29")),
        zone="Australia/Lord_Howe",
    ),
    _case(
        "as-needed",
        "2026-12-20T12:00-05:00",
        course('dose = "50 ug"\nas_needed = { max_per_day = 4, min_gap = "4 h" }\nstart = 2026-12-04')
        + given("a@2026-12-18/1", "2026-12-18T03:20:00")
        + given("a@2026-12-18/2", "2026-12-18T14:45:00"),
    ),
)

CASES = (
    *WRITTEN,
    *_kept("data/demo", "2026-12-03T10:00+00:00"),
    *_kept("tests/golden/plan", "2027-01-24T10:00+01:00"),
)
