"""What a caller pays that blocks: from its thread to the loop's, and perhaps to a worker's."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from queue import SimpleQueue
from typing import Any

from ..measuring.models import instant, instant_blocking
from ..measuring.timing import Case, Run
from ..sides.ours import TASK, runtime_of
from ..sides.side import Breakers, Setting

Loop = asyncio.AbstractEventLoop
LoopFactory = Callable[[], Loop]
Jobs = SimpleQueue[Callable[[], None] | None]
_TASK_TARGET, _POOL_TARGET = 1.5, 4.0
_AT_ONCE = 1_000
_PATIENCE = 30.0


async def crossing_cases(stack: AsyncExitStack) -> list[Case]:
    """For each kind of loop there is; the loops stop with `stack`."""
    return [case for name, make in loops().items() for case in _cases(stack, name, make)]


def loops() -> dict[str, LoopFactory]:
    """The event loops there are for a runtime's own thread."""
    found: dict[str, LoopFactory] = {"asyncio": asyncio.new_event_loop}
    try:
        import uvloop
    except ImportError:
        return found
    return found | {"uvloop": uvloop.new_event_loop}


async def hops() -> float:
    """The share of the tasks past an open breaker that another thread than the caller's answers."""

    async def where(_prompt: object = None) -> int:
        return threading.get_ident()

    setting = Setting(breakers=Breakers.FIRST_OPEN)
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(runtime_of(setting, (where, where)))
        runtime.model("model 0").force_open()
        results = [await runtime.execute(TASK) for _ in range(100)]
    elsewhere = [one for one in results if one.value != threading.get_ident()]
    return len(elsewhere) / len(results)


def _cases(stack: AsyncExitStack, name: str, make: LoopFactory) -> list[Case]:
    loop = stack.enter_context(_loop_in_a_thread(make))
    pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(25))
    worker = stack.enter_context(_worker())
    setting = Setting(models=(instant,), blocking=(instant_blocking,), in_flight=_AT_ONCE)
    quick = stack.enter_context(runtime_of(setting, setting.models, loop_factory=make))
    blocking = stack.enter_context(runtime_of(setting, setting.blocking, loop_factory=make))
    task = f"bare call_soon_threadsafe(create_task), {name}"
    many = f"bare call_soon_threadsafe(create_task), 1,000 in flight, {name}"
    work = f"bare ThreadPoolExecutor.submit().result(), {name}"
    return [
        Case(task, _one_by_one(lambda: _sent(loop)), task, calls=150),
        Case(
            f"run_coroutine_threadsafe().result(), {name}",
            _one_by_one(lambda: asyncio.run_coroutine_threadsafe(instant(), loop)),
            task,
            calls=150,
        ),
        Case(
            f"submit().result(), async executor, {name}",
            _one_by_one(lambda: quick.submit(TASK)),
            task,
            _TASK_TARGET,
            calls=150,
        ),
        Case(many, _at_once(lambda: _sent(loop)), many, calls=_AT_ONCE),
        Case(
            f"submit(), 1,000 in flight, {name}",
            _at_once(lambda: quick.submit(TASK)),
            many,
            calls=_AT_ONCE,
        ),
        Case(work, _one_by_one(lambda: pool.submit(instant_blocking)), work, calls=150),
        Case(
            f"the same, to the loop and back besides, by hand, {name}",
            _one_by_one(lambda: _passed_on(loop, worker)),
            work,
            calls=150,
        ),
        Case(
            f"submit().result(), blocking executor, {name}",
            _one_by_one(lambda: blocking.submit(TASK)),
            work,
            _POOL_TARGET,
            calls=150,
        ),
    ]


def _sent(loop: Loop) -> concurrent.futures.Future[str]:
    """The least that takes a coroutine to another thread's loop and its result back."""
    future: concurrent.futures.Future[str] = concurrent.futures.Future()

    async def run() -> None:
        future.set_result(await instant())

    loop.call_soon_threadsafe(lambda: loop.create_task(run()))
    return future


def _passed_on(loop: Loop, worker: Jobs) -> concurrent.futures.Future[str]:
    """The least that asks a loop, which asks a worker: caller, loop, worker, loop, caller."""
    future: concurrent.futures.Future[str] = concurrent.futures.Future()

    def work() -> None:
        loop.call_soon_threadsafe(future.set_result, instant_blocking())

    loop.call_soon_threadsafe(worker.put, work)
    return future


@contextmanager
def _worker() -> Iterator[Jobs]:
    """A thread that does what is put into its queue."""
    jobs: Jobs = SimpleQueue()

    def work() -> None:
        while (job := jobs.get()) is not None:
            job()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield jobs
    finally:
        jobs.put(None)
        thread.join()


def _one_by_one(send: Callable[[], concurrent.futures.Future[Any]]) -> Run:
    def block(calls: int) -> None:
        for _ in range(calls):
            send().result(_PATIENCE)

    return _in_a_thread(block)


def _at_once(send: Callable[[], concurrent.futures.Future[Any]]) -> Run:
    def block(calls: int) -> None:
        for future in [send() for _ in range(calls)]:
            future.result(_PATIENCE)

    return _in_a_thread(block)


def _in_a_thread(block: Callable[[int], None]) -> Run:
    async def run(calls: int) -> None:
        await asyncio.to_thread(block, calls)

    return run


@contextmanager
def _loop_in_a_thread(make: LoopFactory) -> Iterator[Loop]:
    loop = make()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
