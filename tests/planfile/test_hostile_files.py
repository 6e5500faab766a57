"""Whatever stands in a file, it is read or refused with its faults: never a traceback, never a long wait."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.formulary.formulary import load_formulary
from scheduler.packaged_data import packaged_data
from scheduler.planfile.fault import PlanFileError
from scheduler.planfile.reading import parse_plan_file, read_plan_file
from tests.support.regimen_text import LAR, THRICE, held, moved, travelling
from tests.support.regimen_text import given as recorded
from tests.support.whole_plan import WHOLE

HEAD = 'version = 1\n[patient]\nname = "Zoe Marsh"\nzone = "America/New_York"\n'
RICH = (
    HEAD
    + travelling("Europe/Paris", "2026-12-10", "2026-12-24")
    + THRICE
    + 'until = { regimen = "lar", dose = 1, plus = "14 d" }\n'
    + LAR
    + held("lar", "2027-01-01", "2027-01-20")
    + moved("lar#2", "2026-12-30T11:00:00")
    + recorded("octreotide@2026-12-01/1", "2026-12-01T07:05:00", site="thigh-left")
)
FILES = [file.read_text() for file in sorted(Path(str(packaged_data() / "demo")).glob("*.toml"))] + [
    RICH,
    WHOLE,
]


def refusal(content: bytes) -> str:
    with pytest.raises(PlanFileError) as refused:
        parse_plan_file(content, "plan.toml", load_formulary())
    text = str(refused.value)
    assert "Traceback" not in text
    return text


def read_or_refused(content: bytes) -> None:
    try:
        parse_plan_file(content, "plan.toml", load_formulary())
    except PlanFileError as error:
        told = error
    else:
        return
    assert told.faults
    assert str(told).startswith("plan.toml: ")


@pytest.mark.parametrize("bracket", ["[", "{a=", "[{a="])
def test_deep_nesting_is_refused(bracket: str) -> None:
    assert "is not TOML" in refusal(f"a = {bracket * 100_000}".encode())


def test_deep_keys_are_refused() -> None:
    assert "a: is not a key here" in refusal(f"{'.'.join('a' * 100)} = 1\n{RICH}".encode())
    assert "has more than 100 dots on line 2" in refusal(f"\n{'.'.join('a' * 100_000)} = 1\n{RICH}".encode())


@pytest.mark.parametrize(
    "number", ["9" * 5000, "-" + "9" * 5000, "0x" + "f" * 5000, "1e999", "-inf", "nan", "9" * 400, "1_0.0"]
)
@pytest.mark.parametrize("place", ["doses = ", 'until = { regimen = "lar", dose = '])
def test_huge_numbers_are_refused(number: str, place: str) -> None:
    end = " }" if "{" in place else ""
    told = refusal(f"{HEAD}{THRICE}{place}{number}{end}\n{LAR}".encode())
    assert len(told) < 500


@pytest.mark.parametrize("number", ["9" * 5000, "0x" + "f" * 5000, "nan"])
def test_a_huge_version_is_refused(number: str) -> None:
    refusal(RICH.replace("version = 1", f"version = {number}").encode())


@pytest.mark.parametrize("amount", [f"{'9' * 100_000} mg", f"0.{'0' * 100_000}1", f"1 {'m' * 100_000}"])
def test_a_huge_amount_is_refused(amount: str) -> None:
    refusal(RICH.replace("100 ug", amount).encode())


def test_a_nul_byte_is_refused() -> None:
    assert "is not TOML" in refusal(RICH.encode() + b"\0")
    assert "is not TOML" in refusal(b"\0" * 1000)


@pytest.mark.parametrize("old", ["Zoe Marsh", "surgery", "nurse on leave", "thigh-left"])
def test_a_control_character_in_a_text_is_refused(old: str) -> None:
    assert "holds a control character" in refusal(RICH.replace(old, r"a\u0000b").encode())


def test_ten_megabytes_are_refused_unread() -> None:
    assert refusal(b"#" * 10_000_000) == "plan.toml: is larger than 5,000,000 bytes, which no plan is"


def test_a_file_without_an_end_is_refused() -> None:
    with pytest.raises(PlanFileError, match="is larger than"):
        read_plan_file(Path("/dev/zero"), load_formulary())


@pytest.mark.parametrize(
    "zone", ["../../etc/passwd", "/etc/localtime", "", "America", "posixrules", "right/UTC", "a\\u0000", "é"]
)
def test_a_zone_that_is_a_path_is_refused(zone: str) -> None:
    assert "is not an IANA time zone" in refusal(RICH.replace("America/New_York", zone).encode())


@pytest.mark.parametrize("number", [1_000, 99_999, 999_999])
def test_a_dose_far_past_the_last_is_refused_in_time(number: int) -> None:
    text = HEAD + LAR.replace("4 wk", "9999 mo") + moved(f"lar#{number}", "2026-12-30T11:00:00")
    assert "is no planned dose of lar" in refusal(text.encode())


def test_relations_that_hang_on_relations_are_laid_out_once() -> None:
    """Thirty regimens, each on dose 30 of the next: walked again for every step, this would never end."""
    text = HEAD + LAR.replace('"lar"', '"r30"')
    for n in range(30):
        hanging = f'{{ regimen = "r{n + 1}", dose = 30 }}'
        regimen = LAR.replace('"lar"', f'"r{n}"').replace("4 wk", "1 d").replace("2026-12-01", hanging)
        text += regimen + f"until = {hanging.replace('30 }', '60 }')}\n"
    text += moved("r0#2", "2026-12-30T11:00:00")
    read_or_refused(text.encode())


@pytest.mark.parametrize(
    "value", ["1", "1.5", "true", '"x"', "[]", "{}", "[[1]]", "{a = 1}", "2026-12-01", "07:00:00"]
)
@pytest.mark.parametrize(
    "line",
    sorted({line for line in WHOLE.splitlines() if " = " in line}),
)
def test_any_value_of_the_wrong_kind_is_read_or_refused(line: str, value: str) -> None:
    key = line.split(" = ", 1)[0]
    read_or_refused(WHOLE.replace(line, f"{key} = {value}", 1).encode())


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A plan file with a few bytes, lines or words changed."""
    text = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(1, 4))):
        text = draw(st.sampled_from([_line_out, _line_twice, _lines_swapped, _word_changed, _cut]))(
            draw, text
        )
    return text.encode("utf-8", errors="surrogatepass")


def _place(draw: st.DrawFn, lines: list[str]) -> int:
    return draw(st.integers(0, max(0, len(lines) - 1)))


def _line_out(draw: st.DrawFn, text: str) -> str:
    lines = text.split("\n")
    del lines[_place(draw, lines)]
    return "\n".join(lines)


def _line_twice(draw: st.DrawFn, text: str) -> str:
    lines = text.split("\n")
    lines.insert(_place(draw, lines), lines[_place(draw, lines)])
    return "\n".join(lines)


def _lines_swapped(draw: st.DrawFn, text: str) -> str:
    lines = text.split("\n")
    one, two = _place(draw, lines), _place(draw, lines)
    lines[one], lines[two] = lines[two], lines[one]
    return "\n".join(lines)


_VALUES = ["", "0", "-1", '""', '"x"', "[]", "{}", "nan", "1979-05-27T07:32:00Z", "0001-01-01", "9999-12-31"]
_WORDS = [
    "4 wk",
    "1 mo",
    "9999 mo",
    "0 d",
    "8 h",
    "1-14",
    "14-1",
    "mon",
    "07:00",
    "lar#1",
    "octreotide@2026-12-01/1",
    "UTC",
    "custom",
]


def _word_changed(draw: st.DrawFn, text: str) -> str:
    lines = text.split("\n")
    place = _place(draw, lines)
    key, _, _ = lines[place].partition(" = ")
    new = draw(
        st.sampled_from(_VALUES) | st.sampled_from(_WORDS).map(lambda w: f'"{w}"') | st.text(max_size=9)
    )
    lines[place] = f"{key} = {new}"
    return "\n".join(lines)


def _cut(draw: st.DrawFn, text: str) -> str:
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.text(max_size=3)) + text[at + draw(st.integers(0, 5)) :]


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_plan_file_with_slips_is_read_or_refused(content: bytes) -> None:
    read_or_refused(content)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    read_or_refused(content)
