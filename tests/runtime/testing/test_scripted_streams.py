"""Scripted streams do as they are told, and count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hive_resilience import ModelConfig, RetryConfig, Runtime, Task
from hive_resilience.config import StreamConfig
from hive_resilience.errors import StreamInterruptedError
from hive_resilience.testing import (
    Ending,
    Mix,
    ScriptedModel,
    StreamStep,
    answer,
    chunks,
    cut,
    drip,
    ends_twice,
    hang,
    malformed,
    run_virtual,
    stall,
)
from tests.actors.streams.stream_kit import Read, read
from tests.fleet_kit import assert_at_rest

ONCE = RetryConfig(max_retries=0)
LIMITS = StreamConfig(first_chunk=8.0, idle=3.0, min_chunks_per_second=2.0, throughput_window=4.0)


def with_runtime(model: ScriptedModel, story: Callable[[Runtime], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        config = ModelConfig(id="a", executor=model, retry=ONCE, timeout=10.0, stream=LIMITS)
        async with Runtime(models=[config]) as runtime:
            found = await story(runtime)
            assert_at_rest(runtime)
        return found

    return run_virtual(main())


def stream(*script: object) -> tuple[Read, ScriptedModel]:
    model = ScriptedModel(*script)
    return with_runtime(model, read), model


def test_chunks_come_at_their_times() -> None:
    found, model = stream(chunks("a", "b", "c", takes=2.0, pause=0.4))
    assert found.chunks == ["a", "b", "c"]
    assert found.result.attempts[0].duration == pytest.approx(2.0 + 3 * 0.4)
    assert (model.calls, model.running, model.answered) == (1, 0, 1)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (cut("a", "b"), "ConnectionError"),
        (malformed("a", "b"), "ValueError"),
        (stall("a", "b"), "no more content for 3 s"),
        (cut("a", "b", error=LookupError()), "LookupError"),
    ],
    ids=["cut", "malformed", "stall", "error"],
)
def test_a_stream_that_does_not_end_well_is_interrupted(step: StreamStep, told: str) -> None:
    found, model = stream(step)
    assert isinstance(found.error, StreamInterruptedError)
    assert found.chunks == ["a", "b"]
    assert told in str(found.error)
    assert (model.running, model.answered, model.failed + model.cancelled) == (0, 0, 1)


def test_a_drip_goes_on_until_it_is_cut_off() -> None:
    found, model = stream(drip("a"))
    assert found.chunks == ["a"] * 4
    assert "too little content" in str(found.error)
    assert (model.running, model.cancelled) == (0, 1)


def test_nobody_reads_on_after_an_end() -> None:
    found, model = stream(ends_twice("a", "b"))
    assert found.chunks == ["a", "b"]
    assert found.result.success
    assert model.read_after_an_end == 0


def test_a_stream_that_ends_twice_would_go_on_for_whoever_reads_on() -> None:
    async def read_on() -> list[object]:
        model = ScriptedModel(ends_twice("a"))
        chunks: Any = await model.stream(Task("x"), None)  # type: ignore[arg-type]  # nobody looks
        found = [chunk async for chunk in chunks]
        found += [chunk async for chunk in chunks]
        assert model.read_after_an_end
        return found

    assert run_virtual(read_on()) == ["a", "a"]


@pytest.mark.parametrize(
    ("line", "chunk"), [(answer("whole", takes=1.0), "whole"), ("plain", "plain")], ids=str
)
def test_a_call_as_a_stream_is_one_chunk(line: object, chunk: str) -> None:
    assert stream(line)[0].chunks == [chunk]


def test_a_call_that_fails_or_hangs_does_so_as_a_stream() -> None:
    assert isinstance(stream(ConnectionError())[0].result.attempts[0].error, ConnectionError)
    assert stream(hang())[0].result.execution_time == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("step", "value", "seconds"),
    [
        (chunks("a", "b", takes=2.0, pause=1.0), "ab", 3.0),
        (ends_twice("a", "b"), "ab", 0.0),
        (cut("a", pause=1.0), None, 0.0),
        (stall("a"), None, 10.0),
        (drip("a"), None, 10.0),
    ],
    ids=["chunks", "twice", "cut", "stall", "drip"],
)
def test_a_stream_as_a_call_is_its_whole_answer(
    step: StreamStep, value: str | None, seconds: float
) -> None:
    async def ask(runtime: Runtime) -> Any:
        return await runtime.execute(Task("x"))

    result = with_runtime(ScriptedModel(step), ask)
    assert (result.value, result.execution_time) == (value, seconds)


def test_the_same_seed_gives_the_same_streams() -> None:
    mix = Mix(failing=0.2, cut=0.2, stalling=0.2, dripping=0.1, ending_twice=0.2, malformed=0.1)

    def streams(seed: int) -> list[tuple[object, ...]]:
        model = ScriptedModel.from_seed(seed, mix)
        steps = [model.next_stream() for _ in range(50)]
        return [(step.chunks, step.takes, step.pause, step.ending) for step in steps]

    assert streams(1) == streams(1)
    assert streams(1) != streams(2)


@pytest.mark.parametrize(
    ("share", "ending"),
    [
        ("cut", Ending.ERROR),
        ("malformed", Ending.ERROR),
        ("stalling", Ending.SILENCE),
        ("dripping", Ending.NEVER),
        ("ending_twice", Ending.TWICE),
        ("fastest", Ending.PROPER),
    ],
)
def test_a_mix_of_one_kind_of_stream_gives_only_that_kind(share: str, ending: Ending) -> None:
    shares: Any = {share: 1.0}
    model = ScriptedModel.from_seed(3, Mix(**shares))
    assert {model.next_stream().ending for _ in range(20)} == {ending}


def test_no_garbage_fails_a_stream_or_a_model() -> None:
    model = ScriptedModel.from_seed(5, Mix(garbage=1.0))

    async def story(runtime: Runtime) -> list[Read]:
        found = [await read(runtime) for _ in range(50)]
        assert runtime.snapshot().models["a"].restarts == 0
        return found

    assert all(found.result.success for found in with_runtime(model, story))
