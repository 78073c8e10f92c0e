"""Limits that models share, and limits learnt from their answers."""

from __future__ import annotations

from hive_resilience import Completion, Priority, Task
from hive_resilience.config import RateLimitConfig
from hive_resilience.errors import RateLimitedError

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model


def test_models_that_share_a_quota_are_parked_together(virtual: Virtual) -> None:
    async def main() -> None:
        shared = RateLimitConfig(shared_quota="team")
        parked = Model(RateLimitedError("slow down", retry_after=30.0), "answer")
        async with fleet(
            model("a", parked, rate_limit=shared),
            model("b", Model(), rate_limit=shared),
            model("c", Model()),
        ) as runtime:
            assert (await runtime.execute(Task("x"))).model_used == "c"
            waits = {i: m.breaker.parked_for for i, m in runtime.snapshot().models.items()}
            assert waits["a"] > 29
            assert waits["b"] > 29
            assert waits["c"] == 0

    virtual(main())


def test_limits_and_tokens_are_learnt_from_answers(virtual: Virtual) -> None:
    async def main() -> None:
        told = {"x-ratelimit-limit-tokens": "1000", "x-ratelimit-remaining-tokens": "400"}
        answer = Completion(
            "hi",
            model="a",
            finish_reason="stop",
            usage={"total_tokens": 150},
            raw={},
            rate_limits=told,
        )
        async with fleet(model("a", Model(answer))) as runtime:
            await runtime.execute(Task("x"))
            known = runtime.snapshot().models["a"].rate_limit
            assert known.tokens_limit == 1000
            assert known.tokens_left is not None
            assert known.tokens_left <= 400

    virtual(main())


def test_at_the_limit_of_the_runtime_low_priority_is_shed_first(virtual: Virtual) -> None:
    async def main() -> None:
        limits = {"max_concurrent_requests": 1, "max_queued_requests": 1}
        async with fleet(model("a", Model(takes=5.0)), **limits) as runtime:
            first, low, high = await runtime.execute_settled(
                [Task(1), Task(2, priority=Priority.LOW), Task(3, priority=Priority.HIGH)]
            )
            assert first.success
            assert high.success
            assert getattr(low.error, "code", None) == "overloaded"

    virtual(main())
