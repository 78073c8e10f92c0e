"""Interrupts and ends at the wrong moment: each caller gets an answer or a named error."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from typing import Any

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.actors.engine import future as futures
from hive_resilience.actors.engine.future import LoopFuture
from hive_resilience.errors import RuntimeClosedError
from hive_resilience.runtime.portal import portal_future

from ..fleet_kit import Model, fleet, model

LIMIT = 10.0


def answer_of(runtime: Runtime) -> object:
    return runtime.submit(Task("x")).result(LIMIT).value


def test_a_ctrl_c_in_an_executor_is_its_callers_and_the_fleet_goes_on() -> None:
    async def interrupted(task: Task) -> str:
        if task.payload == "interrupt":
            raise KeyboardInterrupt
        return "answer"

    with fleet(model("m", interrupted)) as runtime:
        with pytest.raises(KeyboardInterrupt):
            runtime.submit(Task("interrupt")).result(LIMIT)
        assert answer_of(runtime) == "answer"
        assert runtime.snapshot().router.in_flight == 0


def test_system_exit_in_a_callback_of_a_future_ends_no_thread(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def leave(future: concurrent.futures.Future[Any]) -> None:
        raise SystemExit

    started = threading.Event()

    async def waits(task: Task) -> str:
        await asyncio.to_thread(started.wait, LIMIT)
        return "answer"

    with caplog.at_level(logging.ERROR), fleet(model("m", waits)) as runtime:
        future = runtime.submit(Task("x"))
        future.add_done_callback(leave)
        started.set()
        assert future.result(LIMIT).value == "answer"
        assert answer_of(runtime) == "answer"
    assert "the fleet goes on" in caplog.text


def test_a_host_that_closes_its_loop_leaves_no_caller_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (futures, portal_future):
        monkeypatch.setattr(module, "LOOK", 0.01)
    loop = asyncio.new_event_loop()
    runtime = fleet(model("m", Model(takes=1000.0)))
    loop.run_until_complete(runtime.astart())
    told: list[BaseException | None] = []
    # The loop stands: both are on their way to it, and it never runs again.
    waiting = [
        threading.Thread(target=lambda: told.append(runtime.submit(Task("x")).exception(LIMIT))),
        threading.Thread(target=lambda: told.append(error_of(runtime))),
    ]

    def error_of(runtime: Runtime) -> BaseException | None:
        try:
            runtime.drain().get(timeout=LIMIT)
        except RuntimeClosedError as error:
            return error
        return None

    for thread in waiting:
        thread.start()
    while not (runtime._portal.places and runtime._portal._operations):
        threading.Event().wait(0.001)
    loop.close()
    for thread in waiting:
        thread.join(LIMIT)
    assert [type(error) for error in told] == [RuntimeClosedError] * 2


def test_work_that_arrives_while_the_loop_ends_comes_to_an_end() -> None:
    runtime = fleet(model("m", Model()))
    runtime.start()
    loop = runtime._thread.loop
    assert loop is not None
    stands, goes_on = threading.Event(), threading.Event()

    def stand() -> None:
        stands.set()
        goes_on.wait(LIMIT)

    loop.call_soon_threadsafe(stand)
    assert stands.wait(LIMIT)
    closing = threading.Thread(target=runtime.close)
    closing.start()
    late = [runtime.submit(Task("x")) for _ in range(100)]
    goes_on.set()
    closing.join(LIMIT)
    assert not concurrent.futures.wait(late, LIMIT).not_done


def test_a_ctrl_c_while_a_task_is_sent_costs_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    with fleet(model("m", Model())) as runtime:
        loop = runtime._engine.loop

        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(loop, "call_soon_threadsafe", interrupted)
            with pytest.raises(KeyboardInterrupt):
                runtime.submit(Task("x"))
        assert not runtime._portal.places
        assert answer_of(runtime) == "answer"


def test_a_ctrl_c_between_a_message_and_its_wake_up_leaves_no_queue_asleep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with fleet(model("m", Model())) as runtime:
        engine = runtime._engine
        wake = engine._wake
        interrupts = [KeyboardInterrupt()]

        def interrupted() -> None:
            if interrupts:
                raise interrupts.pop()
            wake()

        monkeypatch.setattr(engine, "_wake", interrupted)
        with pytest.raises(KeyboardInterrupt):
            runtime.router.tell(Task("x"))
        assert runtime.router.ask(Task("x"), timeout=LIMIT).success


def test_a_ctrl_c_while_the_thread_starts_leaves_no_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = threading.Thread.start
    before = set(threading.enumerate())

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fleet(model("m", Model())).start()
    assert set(threading.enumerate()) <= before


def test_waiting_again_and_again_for_one_answer_leaves_nothing_behind() -> None:
    future: LoopFuture[int] = LoopFuture()
    for _ in range(100):
        with pytest.raises(Exception, match="seconds"):
            future.get(timeout=0.0)

    async def cancel() -> None:
        for _ in range(100):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(future.arrived(), 0.0)

    asyncio.run(cancel())
    assert future._callbacks == []


def test_models_may_be_added_from_many_threads() -> None:
    with fleet(model("m", Model())) as runtime:
        adding = [
            threading.Thread(target=runtime.add_model, args=(model(f"n{number}", Model()),))
            for number in range(50)
        ]
        for thread in adding:
            thread.start()
        for thread in adding:
            thread.join(LIMIT)
        assert len(runtime.snapshot().models) == 51
