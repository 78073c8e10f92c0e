"""What the actors count, as the metrics show it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.actors.policies.outcomes.attempt import AttemptRecord, Outcome
from hive_resilience.config import BulkheadConfig, PricesConfig, RateLimitConfig
from hive_resilience.observability import metrics_text
from hive_resilience.runtime.server.own_metrics import OwnMetrics, covered
from hive_resilience.testing import crash
from tests.conftest import Virtual
from tests.fleet_kit import fleet, model

from .parsing import Samples, samples, value


async def answer(_: Task) -> str:
    return "answer"


async def fail(_: Task) -> str:
    raise ConnectionError("no")


class Told(str):
    """An answer that tells what it has used."""

    usage: dict[str, object]

    def __new__(cls, text: str) -> Told:
        found = super().__new__(cls, text)
        found.usage = {
            "prompt_tokens": 1_000,
            "completion_tokens": 100,
            "prompt_tokens_details": {"cached_tokens": 400},
            "completion_tokens_details": {"reasoning_tokens": 30},
        }
        return found


def after(
    work: Callable[[Runtime], Coroutine[object, object, object]],
    *models: ModelConfig,
    **settings: object,
) -> Coroutine[object, object, Samples]:
    """The metrics once `work` has been done with a fleet of these models."""

    async def run() -> Samples:
        async with fleet(*models, **settings) as runtime:
            await work(runtime)
            return samples(metrics_text(runtime))

    return run()


def refusals(found: Samples, model_id: str) -> dict[str, float]:
    """The reasons for which a model was not asked, without those at 0."""
    return {
        dict(labels)["reason"]: count
        for (name, labels), count in found.items()
        if name == "hive_rejections_total" and ("model", model_id) in labels and count
    }


def test_a_task_sent_past_an_open_breaker_counts_there(virtual: Virtual) -> None:
    async def work(runtime: Runtime) -> None:
        runtime.model("first").force_open()
        for _ in range(3):
            await runtime.execute(Task("x"))

    found = virtual(after(work, model("first", answer), model("second", answer)))

    assert value(found, "hive_breaker_not_permitted_total", model="first") == 3
    assert value(found, "hive_breaker_not_permitted_total", model="second") == 0
    assert refusals(found, "first") == {"circuit_open": 3}
    assert value(found, "hive_fallbacks_total", **{"from": "first", "to": "second"}) == 3
    assert value(found, "hive_breaker_transitions_total", model="first", to="forced_open") == 1
    assert value(found, "hive_breaker_state", model="first", state="forced_open") == 1
    assert value(found, "hive_breaker_state", model="first", state="closed") == 0


def test_maintenance_and_rate_limit_are_no_refusals_by_the_breaker(virtual: Virtual) -> None:
    async def work(runtime: Runtime) -> None:
        runtime.model("first").enter_maintenance()
        await runtime.execute(Task("x"))
        await runtime.execute(Task("x"))

    limited = model("second", answer, rate_limit=RateLimitConfig(requests_per_minute=1))
    found = virtual(after(work, model("first", answer), limited, model("third", answer)))

    assert refusals(found, "first") == {"maintenance": 2}
    assert refusals(found, "second") == {"rate_limited": 1}
    assert value(found, "hive_breaker_not_permitted_total", model="first") == 0
    assert value(found, "hive_quota_remaining", model="second", kind="requests") < 1
    assert value(found, "hive_fallbacks_total", **{"from": "first", "to": "second"}) == 1
    assert value(found, "hive_fallbacks_total", **{"from": "first", "to": "third"}) == 1


def test_a_full_model_says_so(virtual: Virtual) -> None:
    async def slow(_: Task) -> str:
        await asyncio.sleep(1.0)
        return "answer"

    async def work(runtime: Runtime) -> None:
        await asyncio.gather(*(runtime.execute(Task("x")) for _ in range(3)))

    narrow = BulkheadConfig(max_concurrent=1)
    found = virtual(after(work, model("only", slow, bulkhead=narrow)))

    assert refusals(found, "only")["bulkhead_full"] >= 2
    assert value(found, "hive_tasks_total", outcome="success") == 3
    # 1, 2 and 3 s: the task's own time has its waits in it, the call's has not.
    assert value(found, "hive_task_duration_seconds_sum") == pytest.approx(6.0, abs=0.01)
    name = "hive_attempt_duration_seconds_sum"
    assert value(found, name, model="only", outcome="success") == pytest.approx(3.0, abs=0.01)


def test_tokens_and_cost_are_those_of_failed_attempts_too(virtual: Virtual) -> None:
    async def empty(_: Task) -> Told:
        return Told("")

    async def whole(_: Task) -> Told:
        return Told("answer")

    async def run() -> tuple[Samples, float]:
        prices = PricesConfig(input=1.0, output=10.0)
        async with fleet(model("first", empty, prices=prices), model("second", whole)) as runtime:
            await runtime.execute(Task("x"))
            cost = runtime.snapshot().models["first"].metrics.cost
            return samples(metrics_text(runtime)), cost

    found, cost = virtual(run())

    for model_id in ("first", "second"):
        counts = [
            value(found, "hive_tokens_total", model=model_id, direction=direction)
            for direction in ("input", "output", "cached", "reasoning")
        ]
        assert counts == [1_000, 100, 400, 30]
    assert value(found, "hive_attempts_total", model="first", outcome="failure") == 1
    assert cost == pytest.approx(0.002)


@pytest.mark.parametrize("message", ["TaskFinished", "TaskEnded"])
def test_a_router_that_crashes_on_the_end_of_a_task_counts_it_once(
    virtual: Virtual, message: str
) -> None:
    async def work(runtime: Runtime) -> None:
        crash(runtime, "router", at=message)
        await runtime.execute(Task("x"))
        await asyncio.sleep(5.0)
        await runtime.execute(Task("x"))

    first = model("first", answer if message == "TaskFinished" else fail)
    found = virtual(after(work, first, model("second", answer)))

    assert value(found, "hive_tasks_total", outcome="success") == 2
    assert value(found, "hive_tasks_total", outcome="failure") == 0
    assert value(found, "hive_task_duration_seconds_count") == 2
    assert value(found, "hive_tasks_in_flight") == 0
    assert value(found, "hive_actor_restarts_total", actor="router") == 1


def test_a_hedge_is_won_or_lost(virtual: Virtual) -> None:
    async def silent(_: Task) -> str:
        await asyncio.sleep(60.0)
        return "late"

    async def work(runtime: Runtime) -> None:
        await runtime.execute(Task("x"))

    models = (model("first", silent), model("second", answer))
    found = virtual(after(work, *models, hedge_after=1.0))

    assert value(found, "hive_hedges_total", model="first", result="won") == 1
    assert value(found, "hive_hedges_total", model="first", result="lost") == 0
    assert value(found, "hive_fallbacks_total", **{"from": "first", "to": "second"}) == 1
    assert value(found, "hive_task_duration_seconds_sum") == pytest.approx(1.0, abs=0.01)


def test_a_stream_counts_until_its_end_and_its_first_chunk_apart(virtual: Virtual) -> None:
    async def words(_: Task):  # type: ignore[no-untyped-def]
        await asyncio.sleep(0.5)
        yield "one"
        await asyncio.sleep(2.0)
        yield "two"

    async def work(runtime: Runtime) -> None:
        async with runtime.stream(Task("x")) as stream:
            assert [chunk async for chunk in stream] == ["one", "two"]

    found = virtual(after(work, model("only", words)))

    name = "hive_attempt_duration_seconds_sum"
    assert value(found, name, model="only", outcome="success") == pytest.approx(2.5, abs=0.01)
    name = "hive_time_to_first_chunk_seconds_sum"
    assert value(found, name, model="only") == pytest.approx(0.5, abs=0.01)
    assert value(found, "hive_task_duration_seconds_sum") == pytest.approx(2.5, abs=0.01)


def test_the_overhead_leaves_out_the_time_in_which_any_call_was_under_way() -> None:
    def call(began: float, took: float) -> AttemptRecord:
        return AttemptRecord("a", 1, Outcome.SUCCESS, began, took)

    assert covered([]) == 0.0
    assert covered([call(1.0, 2.0), call(2.0, 0.5), call(4.0, 1.0)]) == 3.0
    own = OwnMetrics(Runtime(models=[ModelConfig(id="only", executor=lambda task: "")]))
    own.took(5.0, [call(1.0, 2.0), call(4.0, 1.0)])
    assert own._overhead.sum == 2.0
