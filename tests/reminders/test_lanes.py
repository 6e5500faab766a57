"""What a lane lets out, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.reminders.channels.channel import Accepted
from scheduler.reminders.lane import Lane
from scheduler.reminders.parcel import Parcel
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.reminder_row import ReminderRecord, ReminderState
from tests.support.dispatching import ObedientChannel

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def waiting(number: int, *, after_s: int = 0, priority: int = 0, attempt: int = 1, lost: int = 0) -> Parcel:
    due = NOON + timedelta(seconds=after_s)
    record = ReminderRecord(
        id=number,
        patient_id="p-zoe",
        dose_id="lar#1",
        step="due",
        recipient_id="r-1",
        channel="smtp",
        due_at=due,
        dose_due_at=due,
        not_after=None,
        wall_due=due.replace(tzinfo=None),
        zone="UTC",
        policy={},
        state=ReminderState.LEASED,
        attempt=attempt,
        last_error=None,
        ended_at=None,
    )
    row = LeasedReminder(record=record, address="zoe@example.org", priority=priority, times_lost=lost)
    return Parcel(rows=(row,), start_by_s=100.0)


def lane_of(seats: int, *waits: Parcel) -> Lane:
    lane = Lane("smtp", None, seats, lambda _lane, _parcel: None)
    lane.add(waits)
    return lane


def picked(lane: Lane, after_s: int = 60, suspects: int = 1) -> list[int]:
    chosen = lane.pick(NOON + timedelta(seconds=after_s), 0.0, 0, suspects)
    return [parcel.rows[0].record.id for parcel in chosen]


some = st.builds(
    waiting,
    st.integers(1, 10_000),
    after_s=st.integers(-5, 5),
    priority=st.integers(0, 2),
    attempt=st.integers(1, 3),
)


@given(st.lists(st.lists(some, max_size=6), max_size=4), st.integers(1, 30))
def test_in_whatever_order_they_come_the_first_go_first(
    loads: Sequence[Sequence[Parcel]], seats: int
) -> None:
    lane = lane_of(seats)
    for load in loads:
        lane.add(load)
    orders = sorted(parcel.order for load in loads for parcel in load)
    chosen = lane.pick(NOON + timedelta(seconds=5), 0.0, 0, 1)
    assert [parcel.order for parcel in chosen] == orders[:seats]
    assert lane.waiting == max(0, len(orders) - seats)


@given(st.lists(some, max_size=12))
def test_nothing_goes_before_its_instant(loads: Sequence[Parcel]) -> None:
    lane = lane_of(20, *loads)
    assert all(parcel.due_at <= NOON for parcel in lane.pick(NOON, 0.0, 0, 1))
    assert lane.next_due == min((p.due_at for p in loads if p.due_at > NOON), default=None)


def test_what_got_ripe_later_goes_before_what_waits_for_a_seat_if_it_matters_more() -> None:
    lane = lane_of(1, waiting(1), waiting(2), waiting(3, after_s=9, priority=-1))
    assert picked(lane, after_s=0) == [1]
    assert picked(lane, after_s=9) == [3]
    assert picked(lane, after_s=9) == [2]


def test_of_suspects_one_is_let_out_and_the_others_keep_their_places() -> None:
    suspects = [waiting(number, lost=2) for number in (1, 2, 4)]
    lane = lane_of(4, waiting(3), *suspects, waiting(5))
    assert picked(lane, suspects=1) == [1, 3, 5]
    assert picked(lane, suspects=0) == []
    assert picked(lane, suspects=1) == [2]
    assert picked(lane, suspects=2) == [4]


def test_what_waited_too_long_is_given_up_and_the_rest_stays() -> None:
    lane = lane_of(4, waiting(1))
    lane.add([Parcel(rows=waiting(2).rows, start_by_s=200.0)])
    assert [parcel.rows[0].record.id for parcel in lane.give_up_stale(150.0)] == [1]
    assert picked(lane) == [2]


def hanging(waits: Event, *begun: Parcel) -> Lane:
    """A lane whose only call does not come to its end until ``waits`` is set."""
    channel = ObedientChannel()
    channel.most_at_once = 1
    inside = Event()

    def send(_lane: Lane, _parcel: Parcel) -> None:
        inside.set()
        waits.wait()

    lane = Lane("smtp", channel, 4, send)
    lane.begin(begun)
    assert inside.wait(5)
    return lane


def numbers(parcels: Sequence[Parcel]) -> list[int]:
    return [parcel.rows[0].record.id for parcel in parcels]


def test_what_waits_for_a_call_too_long_is_taken_back_and_the_rest_stays() -> None:
    opens = Event()
    later = Parcel(rows=waiting(3).rows, start_by_s=200.0)
    lane = hanging(opens, waiting(1), waiting(2), later)
    assert lane.take_back_stale(99.0) == []
    assert numbers(lane.take_back_stale(100.0)) == [2]
    assert lane.take_back_stale(150.0) == []
    assert numbers(lane.take_back_stale(200.0)) == [3]
    assert lane.out == 3
    opens.set()
    lane.close()


def test_what_was_begun_later_is_looked_at_too() -> None:
    opens = Event()
    lane = hanging(opens, waiting(1), waiting(2))
    assert numbers(lane.take_back_stale(100.0)) == [2]
    lane.begin([Parcel(rows=waiting(3).rows, start_by_s=200.0)])
    assert lane.take_back_stale(199.0) == []
    assert numbers(lane.take_back_stale(200.0)) == [3]
    opens.set()
    lane.close()


def test_one_to_see_that_is_taken_back_leaves_its_place_to_another() -> None:
    opens = Event()
    lane = hanging(opens, waiting(1))
    lane.breaker.failed(0.0, rest_s=5.0)
    assert lane.breaker.allows(5.0) == 1
    lane.begin([waiting(2)])
    assert lane.breaker.allows(5.0) == 0
    assert numbers(lane.take_back_stale(100.0)) == [2]
    assert lane.breaker.allows(100.0) == 1
    opens.set()
    lane.close()


def begun(lane: Lane, count: int) -> None:
    lane.begin([waiting(number) for number in range(count)])


def answered(lane: Lane, count: int, took_s: float) -> None:
    for _ in range(count):
        lane.learn(Accepted(provider_id=None), took_s, True, 0.0)


def test_a_turn_waits_for_half_of_what_takes_a_while() -> None:
    lane = lane_of(10)
    begun(lane, 7)
    answered(lane, 7, 0.02)
    assert lane.worth_a_turn == 4
    lane.close()


def test_a_turn_waits_for_all_of_what_takes_no_time() -> None:
    lane = lane_of(10)
    begun(lane, 7)
    answered(lane, 60, 0.0)
    assert lane.worth_a_turn == 7
    lane.close()


def test_where_nothing_is_out_no_turn_waits() -> None:
    assert lane_of(10).worth_a_turn == 0


@pytest.mark.parametrize(
    ("seats", "bears", "in_hand"), [(250, 20, 40), (30, 20, 30), (8, None, 8), (8, 50, 8)]
)
def test_a_channel_has_two_seats_for_each_call_that_it_bears(
    seats: int, bears: int | None, in_hand: int
) -> None:
    channel = ObedientChannel()
    channel.most_at_once = bears
    lane = Lane("smtp", channel, seats, lambda _lane, _parcel: None)
    lane.add([waiting(number) for number in range(300)])
    assert len(picked(lane)) == in_hand
