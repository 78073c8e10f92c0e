"""Futures, as pykka documents them, of both platforms."""

from __future__ import annotations

import asyncio
import operator
import queue
import threading
from collections.abc import Callable
from typing import Any

import pykka
import pytest

from hive_resilience.actors.future import LoopFuture

from .platforms import LIMIT

Future = pykka.Future[Any]
New = Callable[[], Future]


@pytest.fixture(params=[pykka.ThreadingFuture, LoopFuture], ids=["pykka", "engine"])
def new(request: pytest.FixtureRequest) -> New:
    kind: New = request.param
    return kind


def settled(new: New, value: Any) -> Future:
    future = new()
    future.set(value)
    return future


def failed(new: New, error: BaseException) -> Future:
    future = new()
    future.set_exception((type(error), error, None))
    return future


def test_a_value_that_was_set_is_read_as_often_as_wanted(new: New) -> None:
    future = settled(new, "value")
    assert [future.get(timeout=LIMIT) for _ in range(3)] == ["value"] * 3


def test_a_value_is_not_copied(new: New) -> None:
    value = [1]
    assert settled(new, value).get(timeout=LIMIT) is value


def test_set_without_a_value_sets_none(new: New) -> None:
    future = new()
    future.set()
    assert future.get(timeout=LIMIT) is None


def test_a_reader_waits_for_another_threads_value(new: New) -> None:
    future, got = new(), new()
    reader = threading.Thread(target=lambda: got.set(future.get(timeout=LIMIT)))
    reader.start()
    future.set("value")
    assert got.get(timeout=LIMIT) == "value"
    reader.join(LIMIT)


@pytest.mark.parametrize("timeout", [0, 0.01])
def test_reading_what_never_comes_times_out_and_names_the_limit(new: New, timeout: float) -> None:
    with pytest.raises(pykka.Timeout, match=f"{timeout} seconds"):
        new().get(timeout=timeout)


def test_a_future_that_timed_out_can_be_read_later(new: New) -> None:
    future = new()
    with pytest.raises(pykka.Timeout):
        future.get(timeout=0)
    future.set("late")
    assert future.get(timeout=LIMIT) == "late"


def test_a_settled_future_is_read_without_waiting(new: New) -> None:
    assert settled(new, "value").get(timeout=0) == "value"


def settle_with_value(future: Future) -> None:
    future.set("again")


def settle_with_error(future: Future) -> None:
    error = ValueError("again")
    future.set_exception((type(error), error, None))


def settle_with_hook(future: Future) -> None:
    future.set_get_hook(lambda timeout: "again")


@pytest.mark.parametrize("again", [settle_with_value, settle_with_error, settle_with_hook])
@pytest.mark.parametrize("first", [settle_with_value, settle_with_error])
def test_a_future_is_settled_only_once(
    new: New, first: Callable[[Future], None], again: Callable[[Future], None]
) -> None:
    future = new()
    first(future)
    with pytest.raises(queue.Full):
        again(future)


@pytest.mark.parametrize("again", [settle_with_value, settle_with_error])
def test_a_future_with_a_hook_takes_no_value(new: New, again: Callable[[Future], None]) -> None:
    future = new()
    settle_with_hook(future)
    with pytest.raises(queue.Full):
        again(future)
    assert future.get(timeout=LIMIT) == "again"


def test_an_exception_that_was_set_is_raised_by_each_read(new: New) -> None:
    error = KeyError("gone")
    future = failed(new, error)
    for _ in range(2):
        with pytest.raises(KeyError) as raised:
            future.get(timeout=LIMIT)
        assert raised.value is error


def test_set_exception_alone_takes_the_one_being_handled(new: New) -> None:
    future = new()
    try:
        raise ZeroDivisionError("handled")
    except ZeroDivisionError:
        future.set_exception()
    with pytest.raises(ZeroDivisionError, match="handled"):
        future.get(timeout=LIMIT)


def test_an_exceptions_traceback_does_not_grow_with_each_read(new: New) -> None:
    future = new()
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        future.set_exception()
    depths = []
    for _ in range(3):
        with pytest.raises(ZeroDivisionError) as raised:
            future.get(timeout=LIMIT)
        depths.append(len(raised.traceback))
    assert len(set(depths)) == 1


def test_an_exception_class_without_an_instance_is_raised(new: New) -> None:
    future = new()
    future.set_exception((LookupError, None, None))
    with pytest.raises(LookupError):
        future.get(timeout=LIMIT)


def test_a_hook_is_called_once_with_the_timeout(new: New) -> None:
    timeouts: list[float | None] = []

    def hook(timeout: float | None) -> str:
        timeouts.append(timeout)
        return "made"

    future = new()
    future.set_get_hook(hook)
    assert [future.get(timeout=3), future.get(timeout=4)] == ["made", "made"]
    assert timeouts == [3]


def test_a_hook_that_fails_is_asked_again(new: New) -> None:
    answers = iter([ValueError("first"), "second"])

    def hook(timeout: float | None) -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    future = new()
    future.set_get_hook(hook)
    with pytest.raises(ValueError, match="first"):
        future.get(timeout=LIMIT)
    assert future.get(timeout=LIMIT) == "second"


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


async def awaited(future: Future) -> Any:
    return await future


def test_a_future_can_be_awaited(new: New) -> None:
    assert asyncio.run(awaited(settled(new, "value"))) == "value"


def test_awaiting_raises_the_exception(new: New) -> None:
    with pytest.raises(KeyError):
        asyncio.run(awaited(failed(new, KeyError("gone"))))


def test_a_derived_future_can_be_awaited(new: New) -> None:
    joined = settled(new, 1).join(settled(new, 2).map(str))
    assert asyncio.run(awaited(joined)) == [1, "2"]


def test_a_future_with_a_hook_can_be_awaited(new: New) -> None:
    future = new()
    future.set_get_hook(lambda timeout: "made")
    assert asyncio.run(awaited(future)) == "made"


def test_another_threads_value_can_be_awaited(new: New) -> None:
    future = new()
    setter = threading.Thread(target=future.set, args=("value",))

    async def main() -> Any:
        asyncio.get_running_loop().call_soon(setter.start)
        return await future

    assert asyncio.run(main()) == "value"
    setter.join(LIMIT)


def test_a_future_has_a_short_name(new: New) -> None:
    assert repr(new()) == "<pykka.Future>"
