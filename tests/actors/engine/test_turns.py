"""The loop's turns: bursts, passes, timers and slow handlers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.run_queue import PASS

from .engine_kit import Diary, hold, tell_all
from .platforms import LIMIT, LoopThread, run_here


def test_a_burst_from_another_thread_wakes_the_loop_once(
    home: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    ref = home.engine.start(Diary, told)
    release = hold(ref)
    wakes: list[Any] = []
    wake = home.loop.call_soon_threadsafe

    def count(callback: Callable[..., object]) -> None:
        wakes.append(callback)
        wake(callback)

    monkeypatch.setattr(home.loop, "call_soon_threadsafe", count)
    for number in range(1000):
        ref.tell(number)
    assert len(wakes) == 1
    release.set()
    ref.ask("end", timeout=LIMIT)
    assert len(told) == 1001


def test_the_loop_gets_its_turn_after_each_pass() -> None:
    async def main(engine: Engine) -> list[int]:
        told: list[Any] = []
        seen: list[int] = []
        ref = engine.start(Diary, told)

        def look() -> None:
            seen.append(len(told))
            if len(told) < 5 * PASS:
                engine.loop.call_soon(look)

        engine.loop.call_soon(look)
        ref.tell(tell_all(ref, range(5 * PASS)))
        while len(told) < 5 * PASS:
            await asyncio.sleep(0)
        return [0, *seen]

    seen = run_here(main)
    steps = [after - before for before, after in pairwise(seen)]
    assert len(steps) >= 4
    assert max(steps) <= PASS


def test_a_request_does_not_wait_for_the_user_messages_behind_it() -> None:
    async def main(engine: Engine) -> int:
        told: list[Any] = []
        ref, other = engine.start(Diary, told), engine.start(Diary, [])
        ref.tell(tell_all(ref, range(5 * PASS)))
        before = len(told)
        for _ in range(20):
            await other.request("quick")
        return len(told) - before

    assert run_here(main) == 0


def test_an_engine_takes_messages_before_it_has_a_loop() -> None:
    told: list[Any] = []
    engine = Engine()
    engine.start(Diary, told).tell("early")

    async def main() -> None:
        engine.attach()
        engine.close()

    assert told == []
    asyncio.run(main())
    assert told == ["early"]


def test_a_timer_sends_its_message_unless_it_is_cancelled() -> None:
    async def main(engine: Engine) -> list[Any]:
        told: list[Any] = []
        done = asyncio.Event()
        ref = engine.start(Diary, told)
        engine.after(0, ref.address, "cancelled").cancel()
        engine.after(0, ref.address, "on time")
        engine.after(0, ref.address, done.set)
        await done.wait()
        return told

    assert run_here(main) == ["on time"]


def test_a_slow_handler_is_logged_with_its_actor_and_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main(engine: Engine) -> str:
        seconds = [0.0]
        engine.now = lambda: seconds[0]
        ref = engine.start(Diary, [])

        def dawdle() -> None:
            seconds[0] += 0.06

        with caplog.at_level(logging.WARNING):
            ref.tell("quick")
            assert caplog.text == ""
            ref.tell(dawdle)
            await ref.request(dawdle)
        return str(ref)

    name = run_here(main)
    assert len(caplog.records) == 2
    for record in caplog.records:
        assert f"{name} took 60 ms for function" in record.getMessage()


def test_a_handler_knows_when_its_message_was_taken_up() -> None:
    async def main(engine: Engine) -> list[float]:
        seconds = [1.0]
        engine.now = lambda: seconds[0]
        ref = engine.start(Diary, [])
        first = ref.ask(lambda: engine.instant)
        seconds[0] = 2.0
        return [first, await ref.request(lambda: engine.instant)]

    assert run_here(main) == [1.0, 2.0]
