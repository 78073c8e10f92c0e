"""When a notification is tried, in which order, and what is too much."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hive_resilience.actors.policies.alerting.delivery import Backlog, DeliveryRules, Parcel

RULES = DeliveryRules()


def backlog_of(*items: str, rules: DeliveryRules = RULES) -> Backlog[str]:
    """Each item is of the group that its first letter names."""
    backlog = Backlog[str](rules)
    for item in items:
        backlog.add(item, item[0])
    return backlog


def taken(backlog: Backlog[str], now: float) -> Parcel[str]:
    parcel = backlog.take(now)
    assert parcel is not None
    return parcel


def test_five_tries_are_made_and_the_waits_between_them_grow() -> None:
    backlog, now, tries = backlog_of("a"), 0.0, [0.0]

    while backlog.failed(taken(backlog, now), now):
        now = backlog.next_at
        tries.append(now)

    assert tries == [0.0, 5.0, 35.0, 155.0, 755.0]
    assert len(backlog) == 0
    assert backlog.next_at == inf


def test_what_cannot_succeed_is_not_tried_again() -> None:
    backlog = backlog_of("a")

    assert not backlog.failed(taken(backlog, 0.0), 0.0, permanent=True)
    assert len(backlog) == 0


@pytest.mark.parametrize(("asked", "next_at"), [(2.0, 5.0), (60.0, 60.0), (1e9, 600.0)])
def test_a_receiver_may_ask_for_a_longer_wait_within_reason(asked: float, next_at: float) -> None:
    backlog = backlog_of("a")

    assert backlog.failed(taken(backlog, 0.0), 0.0, retry_after=asked)

    assert backlog.next_at == next_at


def test_what_a_receiver_asks_for_holds_for_all_that_waits() -> None:
    backlog = backlog_of("a", "b")
    backlog.failed(taken(backlog, 0.0), 0.0, retry_after=60.0)

    assert backlog.take(59.0) is None
    assert backlog.take(60.0) is not None


def test_a_group_is_told_in_order_and_another_goes_past() -> None:
    backlog = backlog_of("a fires", "a ends", "b fires")
    first = taken(backlog, 0.0)
    backlog.failed(first, 0.0)
    second = taken(backlog, 1.0)
    backlog.delivered(second)
    none = backlog.take(4.0)
    again = taken(backlog, 5.0)
    backlog.delivered(again)
    last = taken(backlog, 6.0)

    assert [parcel.items for parcel in (first, second, again, last)] == [
        ("a fires",),
        ("b fires",),
        ("a fires",),
        ("a ends",),
    ]
    assert none is None


def test_one_message_goes_out_in_a_second() -> None:
    backlog = backlog_of("a", "b")
    backlog.delivered(taken(backlog, 0.0))

    assert backlog.take(0.9) is None
    assert backlog.next_at == 1.0
    assert taken(backlog, 1.0).items == ("b",)


@pytest.mark.parametrize(("many", "sizes"), [(5, [1] * 5), (6, [6]), (40, [40])])
def test_many_new_ones_go_as_a_digest(many: int, sizes: list[int]) -> None:
    backlog = Backlog[str](RULES)
    for number in range(many):
        backlog.add(str(number), str(number))
    found: list[int] = []
    while len(backlog):
        parcel = taken(backlog, backlog.next_at)
        found.append(len(parcel.items))
        backlog.delivered(parcel)

    assert found == sizes


def test_a_digest_leaves_out_what_would_overtake_its_group() -> None:
    backlog = backlog_of("a fires")
    backlog.failed(taken(backlog, 0.0), 0.0)
    for item in ("a ends", "b", "c", "d", "e", "f", "g"):
        backlog.add(item, item[0])

    digest = taken(backlog, 1.0)

    assert digest.items == ("b", "c", "d", "e", "f", "g")


def test_a_digest_that_failed_stays_one_and_holds_its_groups() -> None:
    backlog = backlog_of("a", "b", "c", "d", "e", "f")
    digest = taken(backlog, 0.0)
    backlog.failed(digest, 0.0)
    backlog.add("a ends", "a")

    assert backlog.take(4.0) is None
    assert taken(backlog, 5.0).items == digest.items


def test_a_full_queue_takes_no_more() -> None:
    backlog = Backlog[str](DeliveryRules(most_queued=2))

    assert [backlog.add(item, item) for item in ("a", "b", "c")] == [True, True, False]


def test_at_the_end_new_ones_go_at_once_and_failed_ones_not_again() -> None:
    backlog = backlog_of("a", "b", "c")
    backlog.failed(taken(backlog, 0.0), 0.0)
    gone = backlog.hurry()
    first = taken(backlog, 0.0)
    tries_again = backlog.failed(first, 0.0)
    second = taken(backlog, 0.0)

    assert [parcel.items for parcel in gone] == [("a",)]
    assert (first.items, tries_again, second.items) == (("b",), False, ("c",))


@settings(max_examples=60)
@given(st.data())
def test_whatever_fails_order_and_pace_are_kept_and_nothing_is_lost(data: st.DataObject) -> None:
    rules = DeliveryRules(most_queued=30, digest_from=3)
    backlog, now, last = Backlog[tuple[str, int]](rules), 0.0, -inf
    accepted: list[tuple[str, int]] = []
    ended: list[tuple[str, int]] = []
    for number in range(data.draw(st.integers(1, 25))):
        item = (data.draw(st.sampled_from("abc")), number)
        if backlog.add(item, item[0]):
            accepted.append(item)
        if data.draw(st.booleans()):
            now += data.draw(st.sampled_from([0.0, 0.5, 1.0, 40.0]))
        if backlog.next_at > now:
            continue
        parcel = backlog.take(now)
        assert parcel is not None
        assert now - last >= rules.spacing
        last = now
        if data.draw(st.booleans()):
            backlog.delivered(parcel)
            ended.extend(parcel.items)
        elif not backlog.failed(parcel, now):
            ended.extend(parcel.items)
    while len(backlog):
        parcel = backlog.take(backlog.next_at)
        assert parcel is not None
        backlog.delivered(parcel)
        ended.extend(parcel.items)

    assert sorted(ended) == sorted(accepted)
    for group in "abc":
        of_group = [item for item in ended if item[0] == group]
        assert of_group == sorted(of_group)
