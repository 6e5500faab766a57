"""Orders as people write them, with what each means, or why it is not read."""

from __future__ import annotations

import pytest

from scheduler.formulary.formulary import load_formulary
from scheduler.orders.fault import OrderRefusedError
from scheduler.orders.reading import read_order
from tests.orders.corpus_lines import Line, fragments, lines, marked, notation

READ = lines("read.txt")
REFUSED = lines("refused.txt")


def test_the_corpus_is_large() -> None:
    assert len(READ) + len(REFUSED) >= 300
    assert len(REFUSED) >= 90


@pytest.mark.parametrize("line", READ, ids=lambda line: line.order)
def test_it_is_read_as_its_words_mean(line: Line) -> None:
    assert notation(read_order(line.order, load_formulary(), line.market)) == line.expected


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: line.order)
def test_it_is_refused_where_and_why(line: Line) -> None:
    order, columns = marked(line.order)
    with pytest.raises(OrderRefusedError) as refused:
        read_order(order, load_formulary(), line.market)
    faults = refused.value.faults
    assert [fault.column for fault in faults] == columns, [fault.text for fault in faults]
    for fault, fragment in zip(faults, fragments(line.expected), strict=True):
        assert fragment in fault.text
