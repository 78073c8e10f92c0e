"""The strategy parallel on streams: the first content wins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from types import SimpleNamespace

import pytest

from hive_resilience import ModelConfig, Plan, StreamRestarted, Task
from hive_resilience.errors import AllModelsFailedError
from hive_resilience.testing import run_virtual
from tests.fleet_kit import STEADY, assert_at_rest, fleet, model, outcomes

from .stream_kit import Read, Streaming, read

ROLE = SimpleNamespace(is_content=False)
CUT = ConnectionError("cut")


def race(
    *models: ModelConfig,
    hedge_delay: object = None,
    mode: str | None = None,
    **settings: object,
) -> Read:
    async def run() -> Read:
        async with fleet(*models, hedge_delay=hedge_delay, **settings) as runtime:
            plan = Plan(models[0].id, tuple(m.id for m in models[1:]), on_interrupt=mode)
            found = await read(runtime, Task("prompt"), strategy="parallel", plan=plan)
            assert_at_rest(runtime)
            return found

    return run_virtual(run())


def test_the_first_with_content_wins_and_the_others_are_cancelled() -> None:
    slow, fast = Streaming(ROLE, 2.0, "slow"), Streaming(1.0, "a", 5.0, "b")
    found = race(model("slow", slow), model("fast", fast))
    assert found.chunks == ["a", "b"]
    assert found.result.model_used == "fast"
    assert sorted(outcomes(found.result)) == [("fast", "success"), ("slow", "cancelled")]
    assert (slow.sent, slow.running) == (1, 0)


def test_a_loser_that_has_content_at_the_same_moment_is_read_no_further() -> None:
    first, second = Streaming(1.0, "a", "b"), Streaming(1.0, "c", "d", "e")
    found = race(model("first", first), model("second", second))
    assert found.chunks == ["a", "b"]
    assert second.sent <= 1
    assert second.running == 0


def test_a_loser_that_ignores_its_cancellation_gets_nothing_to_the_reader() -> None:
    stubborn_sent: list[str] = []

    async def stubborn(task: Task) -> AsyncIterator[str]:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(2.0)
        for chunk in ("x", "y"):
            stubborn_sent.append(chunk)
            yield chunk

    found = race(model("stubborn", stubborn), model("fast", Streaming(1.0, "a", 3.0, "b")))
    assert found.chunks == ["a", "b"]
    assert stubborn_sent in ([], ["x"])


def test_a_loser_that_makes_an_error_of_its_cancellation_is_not_asked_again() -> None:
    asked: list[Task] = []

    async def converts(task: Task) -> AsyncIterator[str]:
        asked.append(task)
        try:
            await asyncio.sleep(100.0)
            yield "x"
        except asyncio.CancelledError as error:
            raise CUT from error

    loser = model("loser", converts, retry=STEADY)
    found = race(loser, model("fast", Streaming(1.0, "a", 20.0, "b")))
    assert found.chunks == ["a", "b"]
    assert sorted(outcomes(found.result)) == [("fast", "success"), ("loser", "cancelled")]
    assert found.result.execution_time == pytest.approx(21.0)
    assert len(asked) == 1


def test_without_content_nobody_has_won() -> None:
    early, late = Streaming(ROLE, 1.0, CUT), Streaming(ROLE, 2.0, "a")
    found = race(model("early", early), model("late", late))
    assert found.chunks == [ROLE, "a"]
    assert sorted(outcomes(found.result)) == [("early", "failure"), ("late", "success")]


def test_all_that_fail_before_their_content_are_named() -> None:
    found = race(model("a", Streaming(CUT)), model("b", Streaming(1.0, CUT)))
    assert isinstance(found.error, AllModelsFailedError)
    assert sorted(outcomes(found.result)) == [("a", "failure"), ("b", "failure")]


def test_a_hedge_starts_when_the_first_is_late() -> None:
    slow, hedge = Streaming(10.0, "slow"), Streaming(1.0, "hedge")
    found = race(model("slow", slow), model("hedge", hedge), hedge_delay=3.0)
    assert found.chunks == ["hedge"]
    assert hedge.asked_at == [pytest.approx(3.0)]
    assert found.result.execution_time == pytest.approx(4.0)


def test_no_hedge_starts_once_there_is_content() -> None:
    steady, hedge = Streaming("a", 10.0, "b"), Streaming("hedge")
    found = race(model("steady", steady), model("hedge", hedge), hedge_delay=3.0)
    assert found.chunks == ["a", "b"]
    assert hedge.calls == 0


def test_a_failure_before_the_content_starts_the_next_at_once() -> None:
    found = race(model("bad", Streaming(1.0, CUT)), model("good", Streaming("a")), hedge_delay=60.0)
    assert found.chunks == ["a"]
    assert found.result.execution_time == pytest.approx(1.0)


def test_a_winner_that_is_cut_is_an_interruption() -> None:
    found = race(model("cut", Streaming("a", 1.0, CUT)), model("other", Streaming(2.0, "b")))
    assert (found.chunks, found.cut.partial) == (["a"], "a")


def test_a_loser_may_be_asked_again_when_the_winner_is_cut() -> None:
    other = Streaming(2.0, "b")
    cut = model("cut", Streaming(1.0, "a", 1.0, CUT))
    found = race(cut, model("other", other), mode="restart")
    assert found.chunks == ["a", StreamRestarted("cut", "other"), "b"]
    assert outcomes(found.result) == [
        ("other", "cancelled"),
        ("cut", "failure"),
        ("other", "success"),
    ]
    assert other.calls == 2


def test_a_loser_of_an_earlier_round_cannot_win_a_later_one() -> None:
    async def stubborn(task: Task) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        while loop.time() < 4.0:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(4.0 - loop.time())
        yield "stale"

    cut = model("cut", Streaming(1.0, "a", 1.0, CUT))
    last = model("last", Streaming(8.0, "b"))
    found = race(model("stubborn", stubborn), cut, last, mode="restart")
    assert found.chunks == ["a", StreamRestarted("cut", "last"), "b"]


def test_p95_means_the_first_content_of_the_streams_of_late() -> None:
    async def run() -> Streaming:
        quick, hedge = Streaming(1.0, "a", 2.0, "b"), Streaming("hedge")
        models = (model("quick", quick), model("hedge", hedge))
        async with fleet(*models, hedge_delay="p95") as runtime:
            for _ in range(20):
                await read(runtime, strategy="parallel", plan=Plan("quick"))
            quick.script = (5.0, "late")
            before = asyncio.get_running_loop().time()
            await read(runtime, strategy="parallel", plan=Plan("quick", ("hedge",)))
            assert hedge.asked_at[-1] - before == pytest.approx(1.0, rel=0.02)
        return hedge

    assert run_virtual(run()).calls == 1


def test_whoever_leaves_a_race_ends_all_of_it() -> None:
    async def run() -> None:
        runners = [Streaming(5.0, "a"), Streaming(6.0, "b")]
        async with fleet(*[model(f"m{i}", one) for i, one in enumerate(runners)]) as runtime:
            async with runtime.stream(Task("prompt"), strategy="parallel"):
                await asyncio.sleep(1.0)
                assert [one.running for one in runners] == [1, 1]
            assert [one.running for one in runners] == [0, 0]
            assert_at_rest(runtime)

    run_virtual(run())
