"""The pages are true: links lead somewhere, examples work, every module has its room."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from scheduler.dosing.plan import Period
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.json_contract import plan_json
from scheduler.planfile.reading import parse_plan_file

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/*.md")])
IDS = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", ["README.md", "docs/plan-file.md"])
def test_the_plan_shown_can_be_read(page: str) -> None:
    plan_file = parse_plan_file(_example(ROOT / page).encode(), page, load_formulary())
    start = plan_file.plan.regimens[0].phases[0].start
    assert start is not None


def test_the_keys_of_a_dose_are_documented() -> None:
    page = (ROOT / "docs/plan-file.md").read_text()
    plan = parse_plan_file(_example(ROOT / "README.md").encode(), "README.md", load_formulary()).plan
    moment = datetime(2026, 12, 1, tzinfo=UTC)
    period = Period(start=moment.date(), end=datetime(2027, 1, 1, tzinfo=UTC).date())
    printed = plan_json(plan, load_formulary(), period, moment)
    for key in [*printed, *printed["doses"][0]]:
        assert f"`{key}`" in page


def test_every_package_has_a_place_in_the_architecture() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    rooms = [path.name for path in (ROOT / "scheduler").iterdir() if (path / "__init__.py").exists()]
    assert len(rooms) > 5
    for room in rooms:
        assert f"`scheduler/{room}/`" in page


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def _example(page: Path) -> str:
    """The indented TOML that begins with the version, with the fragments that follow it in the page."""
    blocks = re.findall(r"(?:^(?: {4}.*)?\n)+", page.read_text(), re.MULTILINE)
    toml = [dedent(block) for block in blocks if re.match(r"\s+(version = 1|\[\[)", block)]
    return "\n".join(toml[:1])
