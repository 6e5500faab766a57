"""Where the name of a site may break on a narrow page."""

from __future__ import annotations

import pytest

from scheduler.paper.letter_widths import ems
from scheduler.paper.site_lines import pieces, unbroken

BUTTOCK = "buttock upper outer right"


@pytest.mark.parametrize(
    ("site", "widest", "expected"),
    [
        ("abdomen right", "abdomen", ("abdomen right",)),
        ("upper arm right", "upper arm right", ("upper arm right",)),
        ("upper arm right", "arm right", ("upper", "arm right")),
        ("upper arm right", "arm", ("upper", "arm right")),
        (BUTTOCK, BUTTOCK, (BUTTOCK,)),
        (BUTTOCK, "upper outer right", ("buttock", "upper outer right")),
        (BUTTOCK, "buttock upper", ("buttock upper", "outer right")),
        (BUTTOCK, "outer right", ("buttock", "upper", "outer right")),
        ("", "", ()),
    ],
)
def test_a_site_is_broken_into_as_few_pieces_as_have_room(
    site: str, widest: str, expected: tuple[str, ...]
) -> None:
    assert pieces(site, ems(widest)) == expected


def test_only_between_the_pieces_a_line_may_break() -> None:
    assert unbroken(BUTTOCK, ems("upper outer right")) == "buttock upper\u00a0outer\u00a0right"
