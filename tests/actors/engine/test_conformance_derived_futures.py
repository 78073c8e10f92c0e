"""Futures made of others, as pykka documents them, of both platforms."""

from __future__ import annotations

import operator

import pykka
import pytest

from .futures_kit import New, failed, settled
from .platforms import LIMIT


def test_filter_keeps_the_items_that_pass(new: New) -> None:
    assert settled(new, range(5, 15)).filter(lambda n: n > 11).get(timeout=LIMIT) == [12, 13, 14]


def test_filter_needs_an_iterable(new: New) -> None:
    with pytest.raises(TypeError):
        settled(new, 1).filter(bool).get(timeout=LIMIT)


def test_map_takes_the_whole_value(new: New) -> None:
    assert settled(new, [1, 2]).map(len).get(timeout=LIMIT) == 2


def test_map_passes_the_sources_exception_on(new: New) -> None:
    with pytest.raises(KeyError):
        failed(new, KeyError("gone")).map(str).get(timeout=LIMIT)


def test_map_raises_its_functions_exception(new: New) -> None:
    with pytest.raises(ZeroDivisionError):
        settled(new, 0).map(lambda n: 1 / n).get(timeout=LIMIT)


def test_join_keeps_the_order_of_its_futures(new: New) -> None:
    futures = [new() for _ in range(3)]
    joined = futures[0].join(*futures[1:])
    for number in (2, 0, 1):
        futures[number].set(number)
    assert joined.get(timeout=LIMIT) == [0, 1, 2]


def test_join_fails_with_one_of_its_futures(new: New) -> None:
    with pytest.raises(KeyError):
        settled(new, 1).join(failed(new, KeyError("gone"))).get(timeout=LIMIT)


def test_reduce_folds_from_the_left(new: New) -> None:
    assert settled(new, ["a", "b", "c"]).reduce(operator.add).get(timeout=LIMIT) == "abc"


def test_reduce_starts_with_its_initial_value(new: New) -> None:
    assert settled(new, [1, 2]).reduce(operator.sub, 10).get(timeout=LIMIT) == 7
    assert settled(new, []).reduce(operator.sub, 10).get(timeout=LIMIT) == 10


def test_reduce_of_nothing_without_an_initial_value_is_a_type_error(new: New) -> None:
    with pytest.raises(TypeError):
        settled(new, []).reduce(operator.add).get(timeout=LIMIT)


def test_derived_futures_can_be_chained_and_do_nothing_until_they_are_read(new: New) -> None:
    calls: list[int] = []

    def note(number: int) -> int:
        calls.append(number)
        return number

    source = new()
    chain = source.filter(lambda n: n % 2 == 1).map(sum).map(note)
    source.set([1, 2, 3])
    assert calls == []
    assert chain.get(timeout=LIMIT) == 4
    assert chain.get(timeout=LIMIT) == 4
    assert calls == [4]


def test_a_derived_future_times_out_like_its_source(new: New) -> None:
    with pytest.raises(pykka.Timeout):
        new().map(str).get(timeout=0)


def test_a_derived_future_is_of_the_same_class(new: New) -> None:
    source = new()
    for derived in (
        source.map(str),
        source.filter(bool),
        source.join(),
        source.reduce(operator.add),
    ):
        assert type(derived) is type(source)


def test_get_all_collects_in_order(new: New) -> None:
    assert pykka.get_all([settled(new, n) for n in range(3)], timeout=LIMIT) == [0, 1, 2]


def test_get_all_times_out(new: New) -> None:
    with pytest.raises(pykka.Timeout):
        pykka.get_all([settled(new, 1), new()], timeout=0)
