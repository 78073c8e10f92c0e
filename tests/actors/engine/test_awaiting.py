"""Awaiting an answer blocks no loop, and a blocking wait that cannot end raises."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pykka
import pytest

from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.future import Promise, WouldDeadlockError
from hive_resilience.actors.engine.reference import ActorRef

from .echo import Echo
from .platforms import LIMIT, LoopThread, run_here


async def loop_turns(until: asyncio.Future[Any]) -> int:
    """How often the loop turned while something was awaited."""
    turns = 0
    while not until.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


def test_awaiting_an_answer_does_not_block_the_engines_own_loop() -> None:
    async def main(engine: Engine) -> tuple[int, Any]:
        later: Promise[str] = Promise()
        ref = engine.start(Echo)
        waiting = asyncio.ensure_future(answer_of(ref, lambda: later))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        later.set("at last")
        return await loop_turns(waiting), waiting.result()

    turns, result = run_here(main)
    assert turns > 0
    assert result == "at last"


async def answer_of(ref: ActorRef[Any], message: Any) -> Any:
    return await ref.ask(message, block=False)


def test_awaiting_an_answer_does_not_block_another_loop(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    release = threading.Event()

    async def main() -> Any:
        waiting = asyncio.ensure_future(answer_of(ref, lambda: release.wait(LIMIT)))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        release.set()
        return await asyncio.wait_for(waiting, LIMIT)

    assert asyncio.run(main()) is True


def test_a_foreign_awaiter_that_was_cancelled_does_no_harm(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    release = threading.Event()

    async def main() -> Any:
        waiting = asyncio.ensure_future(answer_of(ref, lambda: release.wait(LIMIT)))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        release.set()
        return await asyncio.wait_for(answer_of(ref, "next"), LIMIT)

    assert asyncio.run(main()) == "next"


def test_an_awaiter_whose_loop_has_ended_does_not_disturb_the_engine(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    release = threading.Event()

    async def leave() -> None:
        waiting = asyncio.ensure_future(answer_of(ref, lambda: release.wait(LIMIT)))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    release.set()
    assert ref.ask("next", timeout=LIMIT) == "next"


def test_many_awaiters_of_one_answer_all_get_it(home: LoopThread) -> None:
    ref = home.engine.start(Echo)
    release = threading.Event()
    answer = ref.ask(lambda: release.wait(LIMIT), block=False)

    async def wait() -> Any:
        return await answer

    async def main() -> list[Any]:
        waiting = [asyncio.ensure_future(wait()) for _ in range(10)]
        await asyncio.sleep(0)
        release.set()
        return await asyncio.wait_for(asyncio.gather(*waiting), LIMIT)

    assert asyncio.run(main()) == [True] * 10


def test_a_derived_future_does_not_block_the_loop_that_awaits_it() -> None:
    async def main(engine: Engine) -> Any:
        first: Promise[int] = Promise()
        ref = engine.start(Echo)
        answers = [ref.ask(lambda: first, block=False), ref.ask(2, block=False)]
        joined = answers[0].join(answers[1]).map(sum)
        engine.loop.call_soon(first.set, 1)
        return await joined

    assert run_here(main) == 3


def test_a_join_with_pykkas_own_future_does_not_block_the_loop_that_awaits_it() -> None:
    async def main(engine: Engine) -> Any:
        release = threading.Event()
        theirs: pykka.Future[bool] = pykka.ThreadingFuture()
        theirs.set_get_hook(lambda timeout: release.wait(LIMIT))
        waiting = asyncio.ensure_future(
            wait_for(engine.start(Echo).ask(1, block=False).join(theirs))
        )
        for _ in range(10):
            await asyncio.sleep(0)
        release.set()
        return await waiting

    assert run_here(main) == [1, True]


async def wait_for(future: pykka.Future[Any]) -> Any:
    return await future


def test_a_blocking_get_on_the_engines_loop_raises_at_once() -> None:
    async def main(engine: Engine) -> str:
        later: Promise[str] = Promise()
        answer = engine.start(Echo).ask(lambda: later, block=False)
        with pytest.raises(WouldDeadlockError, match="await"):
            answer.get()
        with pytest.raises(WouldDeadlockError):
            answer.map(str).get(timeout=LIMIT)
        later.set("fine")
        return str(await answer)

    assert run_here(main) == "fine"


def test_a_blocking_ask_inside_a_handler_fails_instead_of_hanging(home: LoopThread) -> None:
    first, second = home.engine.start(Echo), home.engine.start(Echo)
    with pytest.raises(WouldDeadlockError):
        first.ask(lambda: second.ask("hello"), timeout=LIMIT)
    assert second.ask("alive", timeout=LIMIT) == "alive"


def test_a_blocking_ask_on_an_idle_loop_is_answered_at_once() -> None:
    async def main(engine: Engine) -> Any:
        ref = engine.start(Echo)
        return ref.ask("hello"), ref.stop(), ref.stop()

    assert run_here(main) == ("hello", True, False)
