"""The engine's run queue: order, lanes, bounds and turns."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from hive_resilience.actors.actor import LoopActor
from hive_resilience.actors.engine import PASS, Engine
from hive_resilience.actors.future import Later
from hive_resilience.actors.policies.errors import OverloadedError
from hive_resilience.actors.reference import LoopRef

from .platforms import LIMIT, LoopThread, closing, in_turn, run_here, together


class Diary(LoopActor):
    """Keeps each message in a list of the test; calls it instead if it can be called."""

    def __init__(self, told: list[Any]) -> None:
        super().__init__()
        self.told = told

    def on_receive(self, message: Any) -> Any:
        if callable(message):
            return message()
        self.told.append(message)
        return message


def hold(ref: LoopRef[Any]) -> threading.Event:
    """Keep the loop in a handler of `ref` until the event is set."""
    entered, release = threading.Event(), threading.Event()

    def wait() -> None:
        entered.set()
        release.wait(LIMIT)

    ref.tell(wait)
    assert entered.wait(LIMIT)
    return release


def tell_all(ref: LoopRef[Any], messages: Iterable[Any]) -> Callable[[], None]:
    return in_turn(*[partial(ref.tell, message) for message in messages])


# Order.


def test_each_senders_messages_keep_their_order(home: LoopThread) -> None:
    told: list[tuple[int, int]] = []
    ref = home.engine.start(Diary, told)

    def send(sender: int) -> Callable[[], None]:
        return tell_all(ref, [(sender, number) for number in range(500)])

    together(*[send(sender) for sender in range(4)])
    ref.ask("end", timeout=LIMIT)
    for sender in range(4):
        numbers = [message[1] for message in told if message[0] == sender]
        assert numbers == list(range(500))


def test_a_message_told_on_the_idle_loop_is_handled_before_tell_returns() -> None:
    async def main(engine: Engine) -> list[Any]:
        told: list[Any] = []
        engine.start(Diary, told).tell("now")
        return list(told)

    assert run_here(main) == ["now"]


def test_a_handler_ends_before_the_message_it_told_begins() -> None:
    async def main(engine: Engine) -> list[Any]:
        told: list[Any] = []
        first, second = engine.start(Diary, told), engine.start(Diary, told)

        def handle() -> None:
            for number, ref in enumerate((first, second, first)):
                ref.tell(number)
            told.append("end of handler")

        first.tell(handle)
        return told

    assert run_here(main) == ["end of handler", 0, 1, 2]


def test_a_message_told_on_the_loop_overtakes_none_that_wait() -> None:
    async def main(engine: Engine) -> list[Any]:
        told: list[Any] = []
        ref = engine.start(Diary, told)
        ref.tell(tell_all(ref, range(2 * PASS)))
        ref.tell("last")
        while "last" not in told:
            await asyncio.sleep(0)
        return told

    assert run_here(main) == [*range(2 * PASS), "last"]


class Nested(LoopActor):
    """Sees whether its handlers or hooks are called inside another's."""

    depth = 0
    deepest = 0

    def __init__(self, left: int = 0) -> None:
        super().__init__()
        self.left = left
        self.other: LoopRef[Any] = self.actor_ref

    def inside(self, work: Callable[[], None]) -> None:
        Nested.depth += 1
        Nested.deepest = max(Nested.deepest, Nested.depth)
        work()
        Nested.depth -= 1

    def send(self) -> None:
        self.left -= 1
        if self.left >= 0 and self.other.is_alive():
            self.other.tell("go")
            self.other.send("go")

    def on_start(self) -> None:
        self.inside(self.send)

    def on_receive(self, message: Any) -> None:
        if isinstance(message, LoopRef):
            self.other = message
        self.inside(self.send)

    def on_stop(self) -> None:
        self.inside(self.send)


@pytest.fixture
def nested(monkeypatch: pytest.MonkeyPatch) -> type[Nested]:
    monkeypatch.setattr(Nested, "depth", 0)
    monkeypatch.setattr(Nested, "deepest", 0)
    return Nested


def test_handlers_never_run_inside_each_other(nested: type[Nested]) -> None:
    async def main(engine: Engine) -> None:
        first, second = engine.start(Nested, 9), engine.start(Nested, 9)
        second.tell(first)
        first.tell(second)
        await second.request("go")
        first.stop(block=False)

    run_here(main)
    assert (nested.depth, nested.deepest) == (0, 1)


def test_the_end_of_the_engine_runs_no_handler_inside_an_on_stop() -> None:
    told: list[Any] = []

    class Farewell(LoopActor):
        def __init__(self, to: LoopRef[Any]) -> None:
            super().__init__()
            self.to = to

        def on_stop(self) -> None:
            self.to.tell("farewell")
            told.append("end of on_stop")

    async def main(engine: Engine) -> None:
        engine.start(Farewell, engine.start(Diary, told))

    run_here(main)
    assert told == ["end of on_stop"]


# Lanes.


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


# Bounds.


@pytest.fixture
def letters() -> list[tuple[Any, str]]:
    """Dead letters: the message and the reason."""
    return []


@pytest.fixture
def small(letters: list[tuple[Any, str]]) -> Any:
    here = LoopThread(
        mailbox_size=3,
        on_dead_letter=lambda _mailbox, message, reason: letters.append((message, reason)),
    )
    with closing(here):
        yield here


def test_a_full_mailbox_refuses_the_newest(
    small: LoopThread, letters: list[tuple[Any, str]]
) -> None:
    told: list[Any] = []
    ref = small.engine.start(Diary, told)
    release = hold(ref)
    for number in range(3):
        ref.tell(number)
    with pytest.raises(OverloadedError, match="3 messages waiting"):
        ref.tell("too much")
    refused = ref.ask("too much to ask", block=False)
    release.set()
    with pytest.raises(OverloadedError):
        refused.get(timeout=LIMIT)
    small.do(lambda: None)
    assert told == [0, 1, 2]
    reason = "the mailbox is full"
    assert letters == [("too much", reason), ("too much to ask", reason)]


def test_a_mailbox_that_was_full_takes_messages_again(small: LoopThread) -> None:
    ref = small.engine.start(Diary, [])
    release = hold(ref)
    waiting = [ref.ask(number, block=False) for number in range(4)]
    release.set()
    assert [answer.get(timeout=LIMIT) for answer in waiting[:3]] == [0, 1, 2]
    assert ref.ask("again", timeout=LIMIT) == "again"


def test_a_full_mailbox_takes_control_messages_and_can_be_stopped(small: LoopThread) -> None:
    told: list[Any] = []
    ref = small.engine.start(Diary, told)
    release = hold(ref)
    for number in range(3):
        ref.tell(number)
    ref.send("control")
    stopping = ref.stop(block=False)
    release.set()
    assert stopping.get(timeout=LIMIT) is True
    assert told == ["control", 0, 1, 2]


def test_a_full_mailbox_is_not_its_neighbours_trouble(small: LoopThread) -> None:
    told: list[Any] = []
    full, free = small.engine.start(Diary, []), small.engine.start(Diary, told)
    release = hold(full)
    for number in range(3):
        full.tell(number)
    answer = free.ask("hello", block=False)
    release.set()
    assert answer.get(timeout=LIMIT) == "hello"


def test_four_threads_that_send_without_waiting_overfill_no_mailbox() -> None:
    with closing(LoopThread(mailbox_size=100)) as home:
        told: list[Any] = []
        ref = home.engine.start(Diary, told)
        release = hold(ref)
        refused: list[int] = []

        def flood() -> None:
            for number in range(500):
                try:
                    ref.tell(number)
                except OverloadedError:
                    refused.append(number)

        together(*[flood] * 4)
        release.set()
        home.run(ref.request("end"))
        home.do(lambda: None)
        told.remove("end")
        assert len(told) + len(refused) == 2000
        assert 100 <= len(told) <= 103  # each thread may have looked before the last one counted


# Turns.


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
        engine.after(0, ref.mailbox, "cancelled").cancel()
        engine.after(0, ref.mailbox, "on time")
        engine.after(0, ref.mailbox, done.set)
        await done.wait()
        return told

    assert run_here(main) == ["on time"]


# Answers that come later.


def test_a_later_answer_comes_when_it_is_settled(home: LoopThread) -> None:
    later: Later[str] = Later()
    ref = home.engine.start(Diary, [])
    answer = ref.ask(lambda: later, block=False)
    assert ref.ask("meanwhile", timeout=LIMIT) == "meanwhile"
    assert not answer.settled
    later.set("at last")
    assert answer.get(timeout=LIMIT) == "at last"


def test_a_later_answer_can_be_an_error(home: LoopThread) -> None:
    later: Later[str] = Later()
    answer = home.engine.start(Diary, []).ask(lambda: later, block=False)
    later.fail(KeyError("gone"))
    with pytest.raises(KeyError):
        answer.get(timeout=LIMIT)


def test_a_later_answer_may_be_there_already(home: LoopThread) -> None:
    later: Later[str] = Later()
    later.set("early")
    assert home.engine.start(Diary, []).ask(lambda: later, timeout=LIMIT) == "early"


def test_a_later_answer_to_a_tell_goes_nowhere(home: LoopThread) -> None:
    later: Later[str] = Later()
    ref = home.engine.start(Diary, [])
    ref.tell(lambda: later)
    assert ref.ask("next", timeout=LIMIT) == "next"
    later.set("nobody asked")


def test_a_request_awaits_a_later_answer() -> None:
    async def main(engine: Engine) -> Any:
        later: Later[str] = Later()
        engine.loop.call_soon(later.set, "at last")
        return await engine.start(Diary, []).request(lambda: later)

    assert run_here(main) == "at last"


# Time.


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
