"""Starting and closing by name, from wherever a program does it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.errors import ConfigurationError, RuntimeClosedError, WouldDeadlockError

from ..fleet_kit import Model, fleet, model

LIMIT = 10.0


def blocking(**settings: object) -> Runtime:
    return fleet(model("m", lambda task: "answer"), **settings)


def answer_of(runtime: Runtime) -> object:
    return runtime.submit(Task("x")).result(LIMIT).value


def test_start_and_close_are_what_a_with_block_does_and_may_come_twice() -> None:
    runtime = blocking()
    assert runtime.start() is runtime
    assert runtime.start() is runtime
    assert answer_of(runtime) == "answer"
    runtime.close()
    runtime.close()
    with pytest.raises(RuntimeClosedError, match="has stopped; make a new one"):
        runtime.start()


def test_astart_and_aclose_are_what_an_async_with_block_does_and_may_come_twice() -> None:
    async def main() -> None:
        runtime = fleet(model("m", Model()))
        assert await runtime.astart() is runtime
        assert await runtime.astart() is runtime
        assert (await runtime.execute(Task("x"))).success
        await runtime.aclose()
        await runtime.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_start_on_a_running_loop_names_astart() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match=r"await astart\(\)"):
            blocking().start()

    asyncio.run(main())


@pytest.mark.parametrize("close", ["close", "aclose"])
def test_what_has_not_started_has_nothing_to_close_and_can_start_later(close: str) -> None:
    runtime = blocking()
    ended = getattr(runtime, close)()
    if ended is not None:
        asyncio.run(ended)
    with runtime:
        assert answer_of(runtime) == "answer"


def test_entering_a_runtime_that_runs_is_told_apart_from_one_that_has_stopped() -> None:
    with blocking() as runtime:
        with pytest.raises(RuntimeClosedError, match="is running already"):
            runtime.__enter__()
        assert answer_of(runtime) == "answer"
    with pytest.raises(RuntimeClosedError, match="has stopped"):
        runtime.__enter__()


def test_a_runtime_on_a_loop_is_not_closed_by_a_blocking_call_there() -> None:
    async def main() -> None:
        async with fleet(model("m", Model())) as runtime:
            with pytest.raises(WouldDeadlockError, match=r"await aclose\(\)"):
                runtime.close()
            assert (await runtime.execute(Task("x"))).success

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(main())


def test_another_thread_may_close_a_runtime_on_a_loop() -> None:
    async def main() -> Runtime:
        runtime = await fleet(model("m", Model())).astart()
        await asyncio.to_thread(runtime.close)
        return runtime

    with pytest.raises(RuntimeClosedError, match="has stopped"):
        asyncio.run(main()).submit(Task("x"))


def test_an_asyncio_program_may_close_a_runtime_in_a_thread() -> None:
    before = set(threading.enumerate())
    asyncio.run(blocking().start().aclose())
    assert set(threading.enumerate()) <= before


def test_several_threads_may_close_at_once() -> None:
    runtime = blocking().start()
    closing = [threading.Thread(target=runtime.close) for _ in range(8)]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join(LIMIT)
    assert not any(thread.is_alive() for thread in closing)


def test_a_use_while_it_starts_is_refused_in_words_and_costs_no_place() -> None:
    refused: list[str] = []

    def factory() -> asyncio.AbstractEventLoop:
        for use in (lambda: runtime.submit(Task("x")), runtime.snapshot, lambda: runtime.router):
            try:
                use()
            except RuntimeClosedError as error:
                refused.append(str(error))
        return asyncio.new_event_loop()

    runtime = Runtime(models=[model("m", Model())], loop_factory=factory)
    with runtime:
        assert refused == ["this runtime is starting; use it once that is done"] * 3
        assert answer_of(runtime) == "answer"
        assert runtime.snapshot().router.in_flight == 0


def test_listeners_that_hang_share_one_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    stuck = threading.Event()

    async def ended(threads: object, limit: float) -> bool:
        waits.append(limit)
        return False

    monkeypatch.setattr("hive_resilience.runtime.observability.event_bus.threads_ended", ended)
    with blocking(stop_grace=1.0) as runtime:
        for _ in range(4):
            runtime.subscribe(lambda event: stuck.wait(LIMIT))
        runtime.model("m").trip()
    stuck.set()
    assert len(waits) == 1
    assert waits[0] <= 1.0


def test_unsubscribing_waits_for_no_listener() -> None:
    stuck, entered = threading.Event(), threading.Event()

    def hang(event: object) -> None:
        entered.set()
        stuck.wait(LIMIT)

    with blocking(stop_grace=0.05) as runtime:
        unsubscribe = runtime.subscribe(hang)
        runtime.model("m").trip()
        assert entered.wait(LIMIT)
        unsubscribe()
        assert not stuck.is_set()
        stuck.set()


def test_the_last_of_two_runtimes_closes_what_both_use() -> None:
    class Client:
        closed = 0

        async def execute(self, task: Task, context: object) -> str:
            return "answer"

        async def close(self) -> None:
            self.closed += 1

    client = Client()
    with fleet(model("a", client)) as first:
        with fleet(model("b", client)) as second:
            assert answer_of(second) == "answer"
        assert client.closed == 0
        assert answer_of(first) == "answer"
    assert client.closed == 1


def test_an_unknown_answer_to_a_fork_is_refused() -> None:
    with pytest.raises(ConfigurationError, match='after_fork is "error" or "restart"'):
        Runtime(models=[model("m", Model())], after_fork="later")  # type: ignore[arg-type]


PROGRAM = """
import atexit, logging, os, signal, sys
from hive_resilience import ModelConfig, Runtime, Task

logging.disable()
heard = []
runtime = Runtime(models=[ModelConfig(id="m", executor=lambda task: "ok")]).start()
runtime.subscribe(heard.append)
atexit.register(lambda: print("heard", len(heard), flush=True))
"""
AT_EXIT = """
atexit.register(runtime.close)
runtime.submit(Task("x")).result(5)
runtime.model("m").trip()
"""
IN_A_SIGNAL_HANDLER = """
def stop(*_):
    runtime.submit(Task("x")).result(5)
    runtime.model("m").trip()
    runtime.close()
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
os.kill(os.getpid(), signal.SIGTERM)
while True:
    runtime.submit(Task("x"))
"""
WITHOUT_AN_END = """
print(runtime.submit(Task("x")).result(5).value)
"""


@pytest.mark.parametrize(
    "program", [AT_EXIT, IN_A_SIGNAL_HANDLER, WITHOUT_AN_END], ids=["atexit", "signal", "neither"]
)
def test_a_program_ends_without_a_traceback(program: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM + program],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "heard" in ended.stdout


WAITS: list[Callable[[Runtime], object]] = [
    lambda runtime: runtime.submit(Task("x")).result(LIMIT),
    lambda runtime: runtime.submit(Task("x")).exception(LIMIT),
    lambda runtime: runtime.drain().get(timeout=LIMIT),
    lambda runtime: runtime.remove_model("m").get(timeout=LIMIT),
    lambda runtime: runtime.reload(runtime.config).get(timeout=LIMIT),
    lambda runtime: runtime.stream(Task("x")).__enter__(),
    lambda runtime: next(runtime.stream(Task("x"))),
]


@pytest.mark.parametrize(
    "wait",
    WAITS,
    ids=[
        "result",
        "exception",
        "drain",
        "remove_model",
        "reload",
        "with stream",
        "next of a stream",
    ],
)
def test_a_wait_on_the_loops_own_thread_is_refused_at_once(
    wait: Callable[[Runtime], object],
) -> None:
    async def main() -> None:
        async with fleet(model("m", Model()), model("n", Model())) as runtime:
            with pytest.raises(WouldDeadlockError):
                wait(runtime)
            await asyncio.sleep(0)

    asyncio.run(main())
