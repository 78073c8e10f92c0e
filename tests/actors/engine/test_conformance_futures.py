"""Futures, as pykka documents them, of both platforms: values, errors, hooks and awaiting."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any

import pykka
import pytest

from .futures_kit import Future, New, failed, settled
from .platforms import LIMIT


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
    depths: list[int] = []
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
