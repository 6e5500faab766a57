"""A file that is wrong is told with every fault when it is loaded: file, key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.formulary.errors import FormularyError
from scheduler.protocols.protocols import read_protocols
from scheduler.protocols.reading import read_protocol

GOOD = """
id = "short"
market = "us"
title = "Short"

[[statement]]
text = "As the label has it."
source = "label"

[[question]]
key = "start"
kind = "date"
text = "First date"

[[question]]
key = "dose"
kind = "dose"
text = "Amount"

[[derived]]
key = "later"
from = "start"
plus = "14 d"

[[regimen]]
id = "a"
product = "everolimus"
  [[regimen.phase]]
  dose = "{dose}"
  times = ["08:00"]
  start = "{later}"

[sources.label]
title = "Label"
section = "2"
read_on = "2026-11"
verified = "stored copy"
"""


def faults(text: str) -> list[str]:
    with pytest.raises(FormularyError) as caught:
        read_protocol("short.us.toml", text.encode())
    return str(caught.value).splitlines()


def test_the_good_one_loads() -> None:
    assert read_protocol("short.us.toml", GOOD.encode()).id == "short"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('title = "Short"', "", "short.us.toml: title: is missing"),
        (
            'title = "Short"',
            'titel = "Short"\ntitle = "Short"',
            "short.us.toml: titel = 'Short': is no key of this table",
        ),
        (
            'source = "label"',
            'source = "labels"',
            (
                "short.us.toml: statement[0].source = 'labels': is no source of this file; "
                "describe it under [sources.labels]"
            ),
        ),
        (
            'text = "Amount"',
            'text = "Amount"\ndefault = "10 mg"',
            "short.us.toml: question[1]: a dose is the prescriber's to order: leave the default out",
        ),
        (
            'text = "First date"',
            'text = "First date"\ndefault = "soon"',
            "short.us.toml: question[0]: the default is no answer: start: 'soon' is not a date",
        ),
        (
            'kind = "dose"',
            'kind = "step"',
            "short.us.toml: question[1]: steps go with kind step, and kind step with steps",
        ),
        ('dose = "{dose}"', 'dose = "{dosis}"', "short.us.toml: regimen: {dosis} stands for no answer"),
        (
            'plus = "14 d"',
            'plus = "2 weeks"',
            "short.us.toml: derived[0].plus: '2 weeks' is not a whole number",
        ),
        ('from = "start"', 'from = "begin"', "short.us.toml: derived[0].from: begin is no question"),
        (
            'start = "{later}"',
            "start = 2026-12-01",
            "short.us.toml: question: the answer to later is used nowhere",
        ),
        ('id = "short"', 'id = "other"', "short.us.toml: holds the protocol of a file called other.us.toml"),
        ('id = "short"', "id = ", "short.us.toml: is not TOML"),
    ],
)
def test_a_fault_is_told_where_it_stands(old: str, new: str, told: str) -> None:
    assert any(line.startswith(told) for line in faults(GOOD.replace(old, new, 1)))


def test_sources_that_are_no_tables_are_a_fault_like_any_other() -> None:
    head, _ = GOOD.split("[sources.label]")
    assert "short.us.toml: sources = 3: Input should be a valid dictionary" in faults("sources = 3\n" + head)


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    for name in ("one.us.toml", "two.us.toml"):
        own = GOOD.replace('id = "short"', f'id = "{name.partition(".")[0]}"')
        (tmp_path / name).write_text(own.replace('title = "Short"', ""))
    with pytest.raises(FormularyError) as caught:
        read_protocols(tmp_path)
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "one.us.toml",
        "two.us.toml",
    ]
