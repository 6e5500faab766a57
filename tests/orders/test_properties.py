"""What holds of every order, whatever its words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scheduler.dosing.product import Market
from scheduler.formulary.formulary import load_formulary
from scheduler.orders.answers import answered, stand_ins
from scheduler.orders.fault import OrderFault, OrderRefusedError
from scheduler.orders.order import Reading
from scheduler.orders.read_back import read_back
from scheduler.orders.reading import LONGEST, read_order
from scheduler.planfile.reading import parse_regimen
from tests.orders.corpus_lines import lines, marked

READ = [line.order for line in lines("read.txt")]
ALL = READ + [marked(line.order)[0] for line in lines("refused.txt")]
WORDS = sorted({word for order in ALL for word in order.split()})

markets = st.sampled_from(Market)
texts = st.text(max_size=LONGEST)
word_salads = st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join)


def outcome(text: str, market: Market = Market.US) -> Reading | list[str]:
    """The reading, or what each fault says, without the words that it quotes."""
    try:
        return read_order(text, load_formulary(), market)
    except OrderRefusedError as error:
        return [fault.text.split('"')[-1] for fault in error.faults]


@given(texts | word_salads, markets)
def test_every_text_is_read_or_refused_within_itself(text: str, market: Market) -> None:
    try:
        read_order(text, load_formulary(), market)
        faults: tuple[OrderFault, ...] = ()
    except OrderRefusedError as error:
        faults = error.faults
    assert all(1 <= fault.column <= max(1, len(text)) for fault in faults)


@given(word_salads | st.sampled_from(READ), markets)
def test_what_is_read_can_be_planned_and_said_back(text: str, market: Market) -> None:
    try:
        reading = read_order(text, load_formulary(), market)
    except OrderRefusedError:
        return
    regimen = parse_regimen(answered(reading, stand_ins(reading)), "order", load_formulary(), market)
    said = read_back(regimen)
    assert regimen.phases[0].dose.amount in said
    assert regimen.product.name in said


@given(st.sampled_from(ALL))
def test_case_does_not_matter(order: str) -> None:
    ascii_only = order.encode("ascii", "ignore").decode()
    assert outcome(ascii_only.upper()) == outcome(ascii_only.lower())


@given(st.sampled_from(ALL), st.integers(min_value=2, max_value=5))
def test_extra_spaces_do_not_matter(order: str, width: int) -> None:
    assert outcome((" " * width).join(order.split())) == outcome(" ".join(order.split()))


@given(st.sampled_from(READ), st.data())
def test_an_order_with_a_foreign_word_is_refused(order: str, data: st.DataObject) -> None:
    words = order.split()
    place = data.draw(st.integers(min_value=0, max_value=len(words)))
    assert isinstance(outcome(" ".join([*words[:place], "zzz", *words[place:]])), list)


def test_an_order_that_is_too_long_is_refused_unread() -> None:
    assert outcome("octreotide " * 50) == ["the order goes on after 500 characters: write the rest by itself"]
