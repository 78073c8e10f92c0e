"""Several functions at once, each retried on its own."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hive_resilience import RetryBatch, RetryStatistics
from hive_resilience.snapshots import RetrySettled

from ...conftest import Virtual, run_on
from .retry_kit import PLAIN, Model, flaky


def batch_of(*models: Model) -> RetryBatch[str]:
    batch = RetryBatch[str](PLAIN)
    for model in models:
        batch.add(model)
    return batch


def test_all_gives_every_answer_in_order(loop: asyncio.AbstractEventLoop) -> None:
    async def number(value: int, takes: float) -> int:
        await asyncio.sleep(takes)
        return value

    batch = RetryBatch[int]().add(lambda: number(1, 3.0)).add(lambda: number(2, 1.0))

    assert run_on(loop, batch.all()) == [1, 2]
    assert loop.time() == 3.0


def test_each_function_is_retried_on_its_own(loop: asyncio.AbstractEventLoop) -> None:
    first, second = Model(*flaky(2)), Model(*flaky(1))

    assert run_on(loop, batch_of(first, second).all()) == ["answer"] * 2
    assert (first.asked_at, second.asked_at) == ([0.0, 1.0, 3.0], [0.0, 1.0])


def test_all_raises_the_error_of_the_function_and_cancels_the_others(virtual: Virtual) -> None:
    failures = flaky(9)
    last = failures[3]
    slow = Model(takes=1000.0)

    async def main() -> None:
        with pytest.raises(ConnectionError) as caught:
            await batch_of(slow, Model(*failures)).all()
        assert caught.value is last
        assert asyncio.get_running_loop().time() == 7.0

    virtual(main())


def test_any_gives_the_first_answer_and_cancels_the_others(
    loop: asyncio.AbstractEventLoop,
) -> None:
    batch = batch_of(Model(takes=1000.0), Model(*flaky(1)), Model(ValueError("wrong")))

    assert run_on(loop, batch.any()) == "answer"
    assert loop.time() == 1.0


def test_any_without_an_answer_raises_all_errors_in_order(loop: asyncio.AbstractEventLoop) -> None:
    late, early = Model(ValueError("late"), takes=2.0), Model(KeyError("early"))

    with pytest.raises(ExceptionGroup, match="no call of the batch succeeded") as caught:
        run_on(loop, batch_of(late, early).any())

    assert [str(error) for error in caught.value.exceptions] == ["late", "'early'"]


def test_any_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="the batch is empty"):
        asyncio.run(RetryBatch[str]().any())


def test_all_and_settled_of_nothing_are_nothing() -> None:
    assert asyncio.run(RetryBatch[str]().all()) == []
    assert asyncio.run(RetryBatch[str]().settled()) == []


def test_settled_tells_what_became_of_each(loop: asyncio.AbstractEventLoop) -> None:
    wrong = ValueError("wrong")

    found = run_on(loop, batch_of(Model(*flaky(1)), Model(wrong)).settled())

    assert found == [RetrySettled(True, "answer", None), RetrySettled(False, None, wrong)]


def test_a_function_may_have_settings_and_options_of_its_own(
    loop: asyncio.AbstractEventLoop,
) -> None:
    mine, shared = RetryStatistics(), RetryStatistics()
    batch = RetryBatch[str](PLAIN, statistics=shared)
    batch.add(Model(*flaky(1)))
    batch.add(Model(*flaky(3)), PLAIN.model_copy(update={"max_retries": 0}), statistics=mine)

    found = run_on(loop, batch.settled())

    assert [one.success for one in found] == [True, False]
    assert (shared.retries, mine.retries) == (1, 0)


def test_blocking_functions_run_in_threads_of_their_own() -> None:
    batch = RetryBatch[int]().add(threading.get_ident).add(threading.get_ident)

    assert threading.get_ident() not in asyncio.run(batch.all())


def test_a_batch_can_run_again_be_counted_and_cleared() -> None:
    batch = RetryBatch[int]().add(lambda: 1).add(lambda: 2)

    assert asyncio.run(batch.all()) == asyncio.run(batch.all()) == [1, 2]
    assert len(batch) == 2
    batch.clear()
    assert len(batch) == 0


def test_a_cancelled_batch_cancels_its_calls(virtual: Virtual) -> None:
    ended: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            ended.append("slow")

    async def main() -> None:
        for way in ("all", "any", "settled"):
            run = getattr(RetryBatch[None]().add(slow).add(slow), way)
            task: asyncio.Task[object] = asyncio.ensure_future(run())
            await asyncio.sleep(1)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
        assert ended == ["slow"] * 6

    virtual(main())
