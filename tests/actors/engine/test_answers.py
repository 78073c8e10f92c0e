"""Control messages, requests and answers that come later."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.future import Promise

from .engine_kit import Diary, hold
from .platforms import LIMIT, LoopThread, run_here


def test_control_messages_go_before_user_messages(home: LoopThread) -> None:
    told: list[Any] = []
    ref = home.engine.start(Diary, told)
    release = hold(ref)
    for number in range(3):
        ref.tell(f"user {number}")
        ref.send(f"control {number}")
    release.set()
    ref.ask("end", timeout=LIMIT)
    assert told[:3] == ["control 0", "control 1", "control 2"]
    assert told[3:] == ["user 0", "user 1", "user 2", "end"]


def test_a_request_is_answered_at_once_on_the_idle_loop() -> None:
    async def main(engine: Engine) -> list[Any]:
        told: list[Any] = []
        ref = engine.start(Diary, told)
        request = ref.request("now")
        with pytest.raises(StopIteration) as stopped:
            request.send(None)
        return [*told, stopped.value.value]

    assert run_here(main) == ["now", "now"]


def test_a_requests_failure_is_raised_where_it_is_awaited() -> None:
    async def main(engine: Engine) -> Any:
        ref = engine.start(Diary, [])
        with pytest.raises(ZeroDivisionError):
            await ref.request(lambda: 1 // 0)
        return await ref.request("next")

    assert run_here(main) == "next"


def test_a_request_from_another_thread_is_answered(home: LoopThread) -> None:
    ref = home.engine.start(Diary, [])
    assert asyncio.run(ref.request("from afar")) == "from afar"


def test_a_request_made_in_a_handlers_shadow_waits_for_its_turn(home: LoopThread) -> None:
    told: list[Any] = []
    ref = home.engine.start(Diary, told)
    release = hold(ref)
    ref.tell("user")

    async def main() -> Any:
        waiting = asyncio.ensure_future(ref.request("control"))
        await asyncio.sleep(0)
        release.set()
        return await asyncio.wait_for(waiting, LIMIT)

    assert asyncio.run(main()) == "control"
    ref.ask("end", timeout=LIMIT)
    assert told == ["control", "user", "end"]


def test_a_later_answer_comes_when_it_is_settled(home: LoopThread) -> None:
    later: Promise[str] = Promise()
    ref = home.engine.start(Diary, [])
    answer = ref.ask(lambda: later, block=False)
    assert ref.ask("meanwhile", timeout=LIMIT) == "meanwhile"
    assert not answer.settled
    later.set("at last")
    assert answer.get(timeout=LIMIT) == "at last"


def test_a_later_answer_can_be_an_error(home: LoopThread) -> None:
    later: Promise[str] = Promise()
    answer = home.engine.start(Diary, []).ask(lambda: later, block=False)
    later.fail(KeyError("gone"))
    with pytest.raises(KeyError):
        answer.get(timeout=LIMIT)


def test_a_later_answer_may_be_there_already(home: LoopThread) -> None:
    later: Promise[str] = Promise()
    later.set("early")
    assert home.engine.start(Diary, []).ask(lambda: later, timeout=LIMIT) == "early"


def test_a_later_answer_to_a_tell_goes_nowhere(home: LoopThread) -> None:
    later: Promise[str] = Promise()
    ref = home.engine.start(Diary, [])
    ref.tell(lambda: later)
    assert ref.ask("next", timeout=LIMIT) == "next"
    later.set("nobody asked")


def test_a_request_awaits_a_later_answer() -> None:
    async def main(engine: Engine) -> Any:
        later: Promise[str] = Promise()
        engine.loop.call_soon(later.set, "at last")
        return await engine.start(Diary, []).request(lambda: later)

    assert run_here(main) == "at last"


@pytest.mark.parametrize("own", ["a value", KeyError("mine")], ids=["value", "error"])
@pytest.mark.parametrize("answer", ["theirs", ValueError("theirs"), Promise], ids=repr)
def test_an_asker_that_settles_its_future_itself_keeps_no_message_from_others(
    home: LoopThread, own: Any, answer: Any
) -> None:
    ref, neighbour = home.engine.start(Diary, []), home.engine.start(Diary, [])
    later: Promise[str] = Promise()

    def respond() -> Any:
        if isinstance(answer, Exception):
            raise answer
        return later if answer is Promise else answer

    release = hold(ref)
    for _ in range(3):
        settled = neighbour.ask(respond, block=False)
        settled.fail(own) if isinstance(own, Exception) else settled.set(own)
    behind = ref.ask("behind", block=False)
    release.set()

    assert behind.get(timeout=LIMIT) == "behind"
    home.do(lambda: later.set("too late"))
    assert ref.ask("after", timeout=LIMIT) == "after"
