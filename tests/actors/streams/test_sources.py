"""What every kind of executor gives when it is asked for chunks."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from hive_resilience import ExecutionContext, ModelConfig, Task
from hive_resilience.actors.calls.closing import close
from hive_resilience.actors.executor import Executor
from hive_resilience.errors import ModelUnavailableError
from hive_resilience.runtime.executors.adapters import executor_for
from hive_resilience.runtime.executors.functions.continuation import continuation
from hive_resilience.runtime.executors.functions.threads import Threads

TASK = Task("prompt")
WHO = contextvars.ContextVar("who", default="nobody")


def executor_of(given: object) -> Executor:
    return executor_for(ModelConfig(id="m", executor=given), Threads("m"))


def context() -> ExecutionContext:
    return ExecutionContext("m", 1, 1e9, lambda: 0.0)


async def chunks_of(given: object) -> list[object]:
    executor = executor_of(given)
    try:
        return [chunk async for chunk in executor.begin_stream(TASK, context())]
    finally:
        await executor.close()


async def generator(task: Task) -> AsyncIterator[str]:
    yield "a"
    yield "b"


def blocking_generator(task: Task) -> Iterator[str]:
    yield "a"
    yield threading.current_thread().name


class Streaming:
    async def execute(self, task: Task, context: ExecutionContext) -> str:
        return "whole"

    async def stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[str]:
        yield "a"
        yield context.model_id


class Opening:
    """Its `stream` is awaited for the iterator, as those of the usual clients are."""

    closed = False

    async def execute(self, task: Task, context: ExecutionContext) -> str:
        return "whole"

    async def stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[str]:
        return self._chunks()

    async def _chunks(self) -> AsyncIterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            self.closed = True


class Plain:
    async def execute(self, task: Task, context: ExecutionContext) -> str:
        return "whole"


class Blocking:
    stream_thread = ""

    def execute(self, task: Task, context: ExecutionContext) -> str:
        return "whole"

    def stream(self, task: Task, context: ExecutionContext) -> Iterator[str]:
        self.stream_thread = threading.current_thread().name
        return iter(("a", "b"))


def test_an_async_generator_is_taken_as_it_is() -> None:
    assert asyncio.run(chunks_of(generator)) == ["a", "b"]
    assert asyncio.run(chunks_of(functools.partial(generator))) == ["a", "b"]


def test_a_blocking_generator_makes_each_chunk_in_a_thread_of_its_model() -> None:
    first, thread = asyncio.run(chunks_of(blocking_generator))
    assert first == "a"
    assert str(thread).startswith("m-")


def test_a_blocking_generator_answers_an_ordinary_task_with_all_its_chunks() -> None:
    async def answer() -> object:
        executor = executor_of(blocking_generator)
        answer = await executor.begin(TASK, context())
        await executor.close()
        return answer

    assert str(asyncio.run(answer())).startswith("am-")


def test_an_object_with_stream_is_asked_for_its_stream() -> None:
    assert asyncio.run(chunks_of(Streaming())) == ["a", "m"]


def test_a_stream_that_is_awaited_for_its_iterator_is_closed_with_it() -> None:
    async def read_one() -> Opening:
        opening = Opening()
        chunks = executor_of(opening).begin_stream(TASK, context())
        assert await anext(chunks) == "a"
        await close(chunks)
        return opening

    assert asyncio.run(read_one()).closed
    assert asyncio.run(chunks_of(Opening())) == ["a", "b"]


@pytest.mark.parametrize("chunks", [generator, blocking_generator], ids=["async", "blocking"])
def test_a_plain_stream_function_around_a_generator_streams(
    chunks: Callable[[Task], object],
) -> None:
    class Around(Plain):
        def stream(self, task: Task, context: ExecutionContext) -> object:
            return chunks(task)

    assert len(asyncio.run(chunks_of(Around()))) == 2


def test_a_blocking_stream_never_runs_on_the_loops_thread() -> None:
    blocking = Blocking()
    assert asyncio.run(chunks_of(blocking)) == ["a", "b"]
    assert blocking.stream_thread.startswith("m-")


def whole(task: Task) -> str:
    return "whole"


def test_an_executor_that_does_not_stream_answers_in_one_chunk() -> None:
    assert asyncio.run(chunks_of(whole)) == ["whole"]
    assert asyncio.run(chunks_of(Plain())) == ["whole"]


async def answers_with_a_generator(task: Task) -> AsyncIterator[str]:
    return generator(task)


def plain_generator(task: Task) -> AsyncIterator[str]:
    return generator(task)


def blocking_iterator(task: Task) -> Iterator[str]:
    return iter(("a", "b"))


@pytest.mark.parametrize(
    "function",
    [answers_with_a_generator, plain_generator, blocking_iterator],
    ids=["async", "plain", "blocking iterator"],
)
def test_a_function_that_answers_with_an_iterator_streams_what_is_in_it(function: object) -> None:
    assert asyncio.run(chunks_of(function)) == ["a", "b"]


def test_a_list_is_one_chunk() -> None:
    def answers_with_a_list(task: Task) -> list[str]:
        return ["a", "b"]

    assert asyncio.run(chunks_of(answers_with_a_list)) == [["a", "b"]]


@pytest.mark.parametrize("answer", [None, 7, "text", b"bytes"])
def test_a_stream_that_answers_with_no_iterator_is_told_what_it_should_be(answer: object) -> None:
    class Wrong(Plain):
        async def stream(self, task: Task, context: ExecutionContext) -> object:
            return answer

    with pytest.raises(ModelUnavailableError, match=f"of m should .* {type(answer).__name__}"):
        asyncio.run(chunks_of(Wrong()))


def test_a_blocking_generator_has_the_same_context_variables_in_all_its_chunks() -> None:
    def scoped(task: Task) -> Iterator[str]:
        token = WHO.set("the generator")
        try:
            yield WHO.get()
            yield WHO.get()
        finally:
            WHO.reset(token)

    assert asyncio.run(chunks_of(scoped)) == ["the generator"] * 2


def test_an_attribute_of_that_name_that_cannot_be_called_is_no_stream() -> None:
    flagged = Blocking()
    flagged.stream = True  # type: ignore[method-assign,assignment]  # an option of a client
    assert asyncio.run(chunks_of(flagged)) == ["whole"]


def test_a_blocking_generator_left_between_two_chunks_is_closed() -> None:
    closed = threading.Event()

    def endless(task: Task) -> Iterator[str]:
        try:
            while True:
                yield "chunk"
        finally:
            closed.set()

    async def leave() -> None:
        executor = executor_of(endless)
        chunks = executor.begin_stream(TASK, context())
        await anext(chunks)
        await close(chunks)
        await executor.close()

    asyncio.run(leave())
    assert closed.is_set()


def test_a_blocking_generator_left_while_it_makes_a_chunk_is_closed_after_that() -> None:
    go_on, closed = threading.Event(), threading.Event()

    def slow(task: Task) -> Iterator[str]:
        try:
            go_on.wait(10)
            yield "chunk"
        finally:
            closed.set()

    async def leave() -> None:
        executor, told = executor_of(slow), context()
        chunks = executor.begin_stream(TASK, told)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(chunks)
        await close(chunks)
        assert not closed.is_set()
        ended = asyncio.Event()
        assert told.lingering is not None
        told.lingering.add_done_callback(lambda _: ended.set())
        go_on.set()
        await ended.wait()
        await executor.close()

    asyncio.run(leave())
    assert closed.is_set()


def test_a_chat_goes_on_from_a_partial_answer() -> None:
    task = Task({"messages": ({"role": "user", "content": "hi"},), "seed": 1}, timeout=3.0)
    asked = continuation(task, "Hel")
    assert asked is not None
    assert asked.payload["messages"][1] == {"role": "assistant", "content": "Hel"}
    assert (asked.payload["seed"], asked.id, asked.timeout) == (1, task.id, 3.0)
    assert len(task.payload["messages"]) == 1


@pytest.mark.parametrize("payload", ["text", None, {"prompt": "text"}, {"messages": "text"}])
def test_what_is_no_chat_cannot_go_on(payload: object) -> None:
    assert continuation(Task(payload), "Hel") is None


def test_an_executor_says_itself_how_it_goes_on() -> None:
    class Own(Streaming):
        def continue_from(self, task: Task, partial: str) -> Task:
            return Task(f"{task.payload}{partial}")

    asked = executor_of(Own()).continue_from(TASK, "Hel")
    assert asked is not None
    assert asked.payload == "promptHel"
