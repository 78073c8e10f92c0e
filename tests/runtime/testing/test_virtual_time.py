"""Virtual time: exact, free, and it never hangs."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from hive_resilience.runtime.testing import virtual_time
from hive_resilience.testing import StandstillError, VirtualLoop, run_virtual, settle


def test_sleeping_takes_no_real_time_and_ends_exactly_when_due() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        times: list[float] = []
        for span in (0.1, 0.2, 3600.3, 90_000.0):
            end = loop.time() + span
            await asyncio.sleep(span)
            times.append(loop.time() - end)
        return times

    began = time.perf_counter()
    assert run_virtual(main()) == [0.0] * 4
    assert time.perf_counter() - began < 1.0


def test_timers_ring_in_the_order_of_their_time() -> None:
    async def main() -> list[int]:
        heard: list[int] = []
        loop = asyncio.get_running_loop()
        for delay in (3, 1, 2):
            loop.call_later(delay, heard.append, delay)
        await asyncio.sleep(5)
        return heard

    assert run_virtual(main()) == [1, 2, 3]


def test_a_wait_that_nothing_can_end_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_time, "_PATIENCE", 0.01)

    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(StandstillError):
        run_virtual(main(), limit=10.0)
    with asyncio.Runner(loop_factory=VirtualLoop) as runner, pytest.raises(StandstillError):
        runner.run(main())


def test_the_limit_ends_a_run_whose_timers_come_again_and_again() -> None:
    async def main() -> None:
        while True:
            await asyncio.sleep(1.0)

    with pytest.raises(TimeoutError):
        run_virtual(main(), limit=50.0)


def test_what_runs_in_a_thread_takes_no_virtual_time() -> None:
    async def main() -> tuple[int, float]:
        other = await asyncio.to_thread(threading.get_ident)
        return other, asyncio.get_running_loop().time()

    other, now = run_virtual(main())
    assert other != threading.get_ident()
    assert now == 0.0


def test_what_a_thread_raises_is_raised_to_who_awaits_it() -> None:
    def fails() -> None:
        raise LookupError("scripted")

    with pytest.raises(LookupError, match="scripted"):
        run_virtual(asyncio.to_thread(fails))


def test_another_thread_can_wake_a_loop_that_waits_for_nothing_else() -> None:
    async def main() -> str:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()
        thread = threading.Thread(
            target=lambda: loop.call_soon_threadsafe(answer.set_result, "from a thread")
        )
        thread.start()
        return await answer

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(main()) == "from a thread"


def test_settling_lets_everything_happen_that_needs_no_time() -> None:
    async def main() -> tuple[list[str], float]:
        heard: list[str] = []

        async def chain(depth: int) -> None:
            if depth:
                await asyncio.create_task(chain(depth - 1))
            heard.append(f"{depth}")

        async def later() -> None:
            await asyncio.sleep(1.0)
            heard.append("late")

        tasks = [asyncio.create_task(chain(3)), asyncio.create_task(later())]
        asyncio.get_running_loop().call_later(0.0, heard.append, "timer")
        await settle()
        soon = list(heard)
        now = asyncio.get_running_loop().time()
        await asyncio.gather(*tasks)
        return soon, now

    heard, now = run_virtual(main())
    assert sorted(heard) == ["0", "1", "2", "3", "timer"]
    assert now == 0.0


def test_settling_raises_where_something_never_comes_to_rest() -> None:
    async def main() -> None:
        async def spins() -> None:
            while True:
                await asyncio.sleep(0)

        spinning = asyncio.create_task(spins())
        try:
            await settle()
        finally:
            spinning.cancel()

    with pytest.raises(StandstillError, match="rest"):
        run_virtual(main())


def test_settling_in_real_time_is_refused() -> None:
    with pytest.raises(RuntimeError, match="run_virtual"):
        asyncio.run(settle())
