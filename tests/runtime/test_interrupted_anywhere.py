"""A Ctrl-C at each step of what a thread does with a runtime: the runtime answers afterwards.

A profile function raises it where the interpreter looks for signals: as a function begins, and as a
call comes back, also in Python's own code below ours.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from hive_resilience import CircuitBreakers, Plan, Runtime, Task
from hive_resilience.errors import RuntimeClosedError
from hive_resilience.events import GuardChanged, HealthChanged
from hive_resilience.runtime import lifecycle
from hive_resilience.runtime.portal.loop_thread import LoopThread

from ..fleet_kit import Model, fleet, model

LIMIT = 10.0
MOST = 250
"""Steps: a listener that was not ended adds some to the next one."""
_OURS = ("hive_resilience", "threading.py", "concurrent/futures")


async def streaming(task: Task) -> AsyncIterator[str]:
    yield "a"
    yield "b"


def interrupted_at(step: int, deed: Callable[[], object]) -> bool:
    """Do it, and interrupt it at this step; False where it has no more so many."""
    left = step

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal left
        if event != "c_call" and any(one in frame.f_code.co_filename for one in _OURS):
            left -= 1
            if left == 0:
                raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        deed()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(before)
    return left <= 0


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with fleet(model("m", Model()), model("s", streaming)) as runtime:
        yield runtime


def ask(runtime: Runtime) -> None:
    runtime.submit(Task("x")).result(LIMIT)


def poll(runtime: Runtime) -> None:
    with suppress(TimeoutError):
        runtime.submit(Task("x")).result(0.0)


def ask_the_router(runtime: Runtime) -> None:
    runtime.router.ask(Task("x"), timeout=LIMIT)


def read(runtime: Runtime) -> None:
    with runtime.stream(Task("x"), plan=Plan("s")) as stream:
        list(stream)


def look(runtime: Runtime) -> None:
    runtime.snapshot()


def operate(runtime: Runtime) -> None:
    runtime.model("m").reset()


def tell_what_is_refused(runtime: Runtime) -> None:
    runtime.router.tell(None)


def listen(runtime: Runtime) -> None:
    runtime.subscribe(lambda _: None, HealthChanged)()


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("deed", [ask, poll, ask_the_router, read, look, operate, listen])
def test_the_runtime_answers_after_a_ctrl_c_at_any_step(
    deed: Callable[[Runtime], None], runtime: Runtime
) -> None:
    threads = set(threading.enumerate())
    step = 0
    for step in range(1, MOST):
        if not interrupted_at(step, lambda: deed(runtime)):
            break
        assert runtime.submit(Task("x")).result(LIMIT).value == "answer", step
    assert step > 20
    runtime.close()
    assert_gone(set(threading.enumerate()) - threads)
    assert not runtime._portal.places


def handled_at_each(deed: Callable[[], object], handler: Callable[[], object]) -> int:
    """Do it, with a signal handler at each of its steps; how many there were."""
    steps = 0

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal steps
        if event != "c_call" and any(one in frame.f_code.co_filename for one in _OURS):
            steps += 1
            sys.setprofile(None)
            handler()
            sys.setprofile(profile)

    sys.setprofile(profile)
    try:
        deed()
    finally:
        sys.setprofile(None)
    return steps


@pytest.mark.timeout(20)  # a wait on the loop gives up after 30 s
@pytest.mark.parametrize("deed", [ask, ask_the_router, look, operate, listen])
@pytest.mark.parametrize("handler", [ask, look, listen, tell_what_is_refused])
def test_a_signal_handler_may_wait_for_the_runtime_at_any_step(
    deed: Callable[[Runtime], None], handler: Callable[[Runtime], None], runtime: Runtime
) -> None:
    assert handled_at_each(lambda: deed(runtime), lambda: handler(runtime)) > 20
    ask(runtime)


def test_a_signal_handler_may_close_the_runtime_that_is_being_used() -> None:
    for step in range(1, 40):
        runtime = fleet(model("m", Model()))
        steps = iter(range(1, 10_000))

        def close(
            step: int = step, runtime: Runtime = runtime, steps: Iterator[int] = steps
        ) -> None:
            if next(steps) == step:
                runtime.close()

        with runtime, suppress(RuntimeClosedError):
            handled_at_each(lambda runtime=runtime: listen(runtime), close)  # type: ignore[misc]
        assert runtime._thread.loop is not None
        assert runtime._thread.loop.is_closed()


def test_a_signal_handler_may_use_a_guard_at_any_step() -> None:
    guard = CircuitBreakers().get_or_create("x")

    async def call() -> str:
        return "answer"

    def use() -> None:
        asyncio.run(guard.execute(call))

    def look() -> None:
        guard.snapshot()
        guard.subscribe(print, GuardChanged)()

    assert handled_at_each(use, look) > 10


def assert_gone(threads: set[threading.Thread]) -> None:
    for thread in threads:
        thread.join(LIMIT)
    assert [thread.name for thread in threads if thread.is_alive()] == []


def test_a_ctrl_c_in_a_start_ends_what_other_threads_use_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runtime = fleet(model("m", Model(takes=1000.0)), drain_timeout=0.01)
    run = LoopThread.run
    waiting: list[Any] = []

    def interrupted(thread: LoopThread, work: Any) -> Any:
        run(thread, work)
        if not waiting:
            waiting.append(runtime.submit(Task("x")))
            raise KeyboardInterrupt

    monkeypatch.setattr(LoopThread, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runtime.start()
    assert isinstance(waiting[0].result(LIMIT).error, RuntimeClosedError)
    assert runtime._fleet.snapshot().router.in_flight == 0
    with pytest.raises(RuntimeClosedError, match="has stopped"):
        runtime.submit(Task("x"))


def test_a_ctrl_c_in_a_close_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(threading.enumerate())
    runtime = fleet(model("m", lambda task: "answer"))
    runtime.start()
    runtime.subscribe(lambda _: None)
    runtime.submit(Task("x")).result(LIMIT)

    class Interrupted:
        def result(self) -> None:
            raise KeyboardInterrupt

    def sent(loop: object, work: Any) -> Interrupted:
        work.close()
        return Interrupted()

    monkeypatch.setattr(lifecycle, "send_to", sent)
    with pytest.raises(KeyboardInterrupt):
        runtime.close()
    assert_gone(set(threading.enumerate()) - before)


def test_two_threads_that_close_break_off_no_clean_up(caplog: pytest.LogCaptureFixture) -> None:
    thread, begun, ended = LoopThread(), threading.Event(), threading.Event()
    thread.start()
    loop = thread.loop
    assert loop is not None

    async def slow_to_leave() -> None:
        begun.set()
        try:
            await asyncio.sleep(1000.0)
        finally:
            thread._stop(loop)  # what the second thread has sent
            await asyncio.sleep(0)
            ended.set()

    asyncio.run_coroutine_threadsafe(slow_to_leave(), loop)
    assert begun.wait(LIMIT)
    with caplog.at_level(logging.ERROR):
        thread.close()
    assert ended.is_set()
    assert not caplog.records
