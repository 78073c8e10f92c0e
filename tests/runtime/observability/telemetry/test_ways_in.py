"""Every way to a model is shown: threads, batches, actors, functions, processes, reloads."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Generator
from typing import Any

import pytest
from opentelemetry.trace import get_current_span

from hive_resilience import ModelConfig, Plan, RuntimeConfig, Task
from tests.conftest import Virtual
from tests.fleet_kit import Model, crash, fleet, model

from .watched import Memory, id_of, parent_of, said, settled


@pytest.fixture
def memory() -> Memory:
    return Memory()


def blocking(task: Task) -> str:
    return "hi"


def test_a_thread_that_submits_is_the_parent_and_a_worker_thread_goes_along(
    memory: Memory,
) -> None:
    seen: list[int] = []

    def works(task: Task) -> str:
        seen.append(get_current_span().get_span_context().span_id)
        return "hi"

    with memory.watch(fleet(model("a", works))) as runtime, memory.caller() as caller:
        assert runtime.submit(Task("?")).result(10.0).value == "hi"

    assert parent_of(memory.task) == caller.span_id
    assert seen == [id_of(memory.attempts[0])]
    assert memory.open == 0


def test_threads_at_once_each_have_a_trace_of_their_own(memory: Memory) -> None:
    with memory.watch(fleet(model("a", blocking))) as runtime:

        def ask() -> None:
            for _ in range(10):
                with memory.caller():
                    runtime.submit(Task("?")).result(10.0)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    callers = {id_of(span) for span in memory.named("caller")}
    assert {parent_of(span) for span in memory.named("hive.task")} == callers
    assert len(callers) == 40 == len(memory.attempts)
    assert memory.open == 0


def test_a_blocking_stream_is_shown_too(memory: Memory) -> None:
    def words(task: Task) -> Generator[str, None, None]:
        yield "one "
        yield "two"

    runtime = memory.watch(fleet(model("a", words)))
    with runtime, memory.caller() as caller, runtime.stream(Task("?")) as stream:
        assert list(stream) == ["one ", "two"]

    assert parent_of(memory.task) == caller.span_id
    assert settled(memory.attempts) == [("a", 1, "success", None)]


def test_batches_and_actors_are_shown(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", Model("hi"))))

    async def story() -> None:
        async with runtime:
            with memory.caller() as caller:
                await runtime.execute_all([Task(1), Task(2)])
                assert (await runtime.router.ask(Task(3), block=False)).value == "hi"
            assert {parent_of(span) for span in memory.named("hive.task")} == {caller.span_id}
            runtime.router.tell(Task(4))

    virtual(story())

    assert len(memory.named("hive.task")) == 4 == len(memory.attempts)
    told = max(memory.named("hive.task"), key=lambda span: span.start_time or 0)
    assert parent_of(told) is None


def test_a_function_of_the_callers_own_is_an_attempt(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", Model())))

    seen: list[int] = []

    async def twice(word: str) -> str:
        seen.append(get_current_span().get_span_context().span_id)
        return word * 2

    async def story() -> None:
        async with runtime:
            assert await runtime.call("a", twice, "ha") == "haha"

    virtual(story())

    assert settled(memory.attempts) == [("a", 1, "success", None)]
    assert seen == [id_of(memory.attempts[0])]
    assert said(memory.task)["hive.plan"] == ("a",)


def test_a_model_in_a_process_is_shown_from_outside(memory: Memory) -> None:
    with memory.watch(fleet(model("a", blocking, isolation="process"))) as runtime:
        assert runtime.submit(Task("?")).result(30.0).value == "hi"
        names = [child.name for child in runtime.snapshot().children]

    assert settled(memory.attempts) == [("a", 1, "success", None)]
    assert any(name.startswith("workers:a") for name in names)


def test_a_reload_brings_executors_that_are_shown(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", Model("old"))))
    seen: list[int] = []

    async def looks(task: Task) -> str:
        seen.append(get_current_span().get_span_context().span_id)
        return "new"

    async def story() -> None:
        async with runtime:
            new = (model("a", looks), model("b", looks))
            await runtime.reload(RuntimeConfig(models=new))
            assert (await runtime.execute(Task("?"))).value == "new"
            await runtime.execute(Task("?"), plan=Plan("b"))

    virtual(story())

    assert settled(memory.attempts) == [("a", 1, "success", None), ("b", 1, "success", None)]
    assert seen == [id_of(span) for span in memory.attempts]


def test_a_crash_of_the_models_actor_leaves_no_span_open(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", Model("hi", takes=2.0))))

    async def story() -> None:
        async with runtime:
            task = asyncio.create_task(runtime.execute(Task("?")))
            await asyncio.sleep(1.0)
            crash(runtime, "a")
            assert (await task).success
        assert memory.open == 0

    virtual(story())

    assert settled(memory.attempts) == [("a", 1, "success", None)]


def test_the_end_of_the_runtime_ends_all_spans(virtual: Virtual, memory: Memory) -> None:
    runtime = memory.watch(fleet(model("a", Model(takes=500.0)), drain_timeout=1.0))

    async def story() -> None:
        async with runtime:
            task = asyncio.create_task(runtime.execute(Task("?")))
            await asyncio.sleep(1.0)
        await task
        assert memory.open == 0

    virtual(story())


def test_a_generator_closed_in_another_context_logs_and_raises_nothing(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    async def waits(task: Task) -> str:
        await asyncio.Event().wait()
        return ""

    runtime = memory.watch(fleet(model("a", waits), drain_timeout=0.1, stop_grace=0.1))

    async def story() -> None:
        async with runtime:
            work: Any = runtime.execute(Task("?"))
            step = asyncio.create_task(_begin(work))
            await step
            await asyncio.get_running_loop().run_in_executor(None, work.close)
            del work
            gc.collect()

    with caplog.at_level(logging.DEBUG, logger="opentelemetry"):
        asyncio.run(story())

    assert memory.open == 0
    assert settled(memory.attempts) == [("a", 1, "cancelled", None)]
    assert [one for one in caplog.records if one.name.startswith("opentelemetry")] == []


async def _begin(work: Any) -> None:
    """The first step of a coroutine, which another context goes on with."""
    work.send(None)


def test_a_call_that_goes_on_in_its_thread_ends_its_span_in_time(memory: Memory) -> None:
    go = threading.Event()

    def stuck(task: Task) -> str:
        go.wait(10.0)
        return "late"

    config = ModelConfig(id="a", executor=stuck, timeout=0.05)
    with memory.watch(fleet(config, model("b", blocking))) as runtime:
        began = time.monotonic()
        assert runtime.submit(Task("?")).result(10.0).model_used == "b"
        assert time.monotonic() - began < 5.0
        assert memory.open == 0
        go.set()

    assert settled(memory.attempts)[0] == ("a", 1, "timeout", "timeout")
