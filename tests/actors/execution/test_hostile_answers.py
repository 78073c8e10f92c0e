"""Answers and errors are the user's own classes: what they do when looked at costs one attempt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest

from hive_resilience import ResilienceError, Task
from hive_resilience.config import RateLimitConfig

from ...conftest import Virtual
from ...fleet_kit import assert_at_rest, fleet, model


class HostileMapping(Mapping[str, str]):
    def __getitem__(self, key: str) -> str:
        raise RuntimeError("no item")

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("no names")

    def __len__(self) -> int:
        return 1


class Neither:
    def __bool__(self) -> bool:
        raise ValueError("neither true nor false")


class Answer:
    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


class Unfinished:
    rate_limits: Mapping[str, str] = {}

    @property
    def usage(self) -> object:
        raise RuntimeError("not known yet")


ANSWERS = [
    Answer(rate_limits=HostileMapping()),
    Answer(rate_limits={}, usage=Neither()),
    Unfinished(),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=["limits", "truth", "usage"])
@pytest.mark.parametrize("waits", [False, True], ids=["at once", "later"])
def test_an_answer_that_cannot_be_looked_at_is_an_answer(
    virtual: Virtual, answer: object, waits: bool
) -> None:
    async def executor(task: Task) -> object:
        if waits:
            await asyncio.sleep(1.0)
        return answer

    async def main() -> None:
        async with fleet(model("a", executor)) as runtime:
            result = await runtime.execute(Task("x"))

            assert result.value is answer
            assert runtime.model("a").snapshot().metrics.successes == 1
            assert runtime._fleet.members["a"].state.starts == 1
            assert_at_rest(runtime)

    virtual(main())


class ForeignError(Exception):
    body = HostileMapping()
    headers = HostileMapping()


class MuteError(ResilienceError):
    def __str__(self) -> str:
        raise RuntimeError("nothing to say")


@pytest.mark.parametrize("error", [ForeignError(), MuteError("x")])
def test_an_error_that_cannot_be_looked_at_is_a_failure(virtual: Virtual, error: Exception) -> None:
    async def executor(task: Task) -> object:
        raise error

    async def main() -> None:
        async with fleet(model("a", executor)) as runtime:
            result = await runtime.execute(Task("x"))

            assert result.attempts[0].error is error
            assert type(error).__name__ in str(result.error)
            assert runtime.model("a").snapshot().metrics.failures == 1
            assert_at_rest(runtime)

    virtual(main())


def test_an_answer_that_tells_only_its_usage_is_charged(virtual: Virtual) -> None:
    async def executor(task: Task) -> object:
        return Answer(usage={"total_tokens": 90})

    async def main() -> None:
        limit = RateLimitConfig(tokens_per_minute=60)
        async with fleet(model("a", executor, rate_limit=limit)) as runtime:
            first = await runtime.execute(Task("x"))
            second = await runtime.execute(Task("x"))

            assert first.success
            assert "rate limit" in str(second.error)

    virtual(main())


def test_a_function_that_raises_generator_exit_in_its_thread_fails() -> None:
    def executor(task: Task) -> object:
        raise GeneratorExit

    async def main() -> None:
        async with fleet(model("a", executor)) as runtime:
            result = await runtime.execute(Task("x"))

            assert "RuntimeError" in str(result.error)
            assert_at_rest(runtime)

    asyncio.run(main())


async def _chunks() -> AsyncIterator[str]:
    yield "one "
    await asyncio.sleep(0)
    yield "two"


class Writes:
    async def execute(self, task: Task, context: object) -> AsyncIterator[str]:
        yield "one "
        yield "two"


def async_chunks(task: Task) -> AsyncIterator[str]:
    return _chunks()


def chunks(task: Task) -> Iterator[str]:
    return (part for part in ("one ", "two"))


@pytest.mark.parametrize(
    "executor",
    [async_chunks, chunks, Writes()],
    ids=["async generator", "generator", "object"],
)
def test_a_generator_that_a_function_returns_is_read_to_its_end(executor: object) -> None:
    async def main() -> None:
        async with fleet(model("a", executor)) as runtime:
            assert (await runtime.execute(Task("x"))).unwrap() == "one two"
            assert_at_rest(runtime)

    asyncio.run(main())
