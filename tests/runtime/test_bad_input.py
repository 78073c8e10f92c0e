"""What cannot work is refused with words that say what would, and harms nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import CircuitBreakerGuard, ModelConfig, Plan, Priority, Runtime, Task
from hive_resilience.config import GlobalConfig
from hive_resilience.errors import (
    ConfigurationError,
    InvalidRequestError,
    ModelUnavailableError,
    RuntimeClosedError,
)

from ..conftest import Virtual
from ..fleet_kit import Model, assert_at_rest, fleet, model


def test_an_unknown_strategy_names_those_there_are(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            with pytest.raises(InvalidRequestError, match=r"'round_robin'.*sequential, parallel"):
                await runtime.execute(Task("x"), strategy="round_robin")
            with pytest.raises(InvalidRequestError):
                Plan("a", strategy="best")
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("config", [GlobalConfig(), {"models": []}, "fleet.yaml"])
def test_settings_of_another_kind_are_refused_with_what_is_taken(config: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"takes a RuntimeConfig.*global_=GlobalConfig"):
        Runtime(config, models=[model("a", Model())])


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), "30", True])
def test_a_timeout_is_a_span(timeout: Any) -> None:
    with pytest.raises(InvalidRequestError, match="timeout"):
        Task("x", timeout=timeout)
    with pytest.raises(InvalidRequestError, match="timeout"):
        Plan("a", timeout=timeout)


@pytest.mark.parametrize("priority", ["urgent", "", 3, None])
def test_an_unknown_priority_names_those_there_are(priority: Any) -> None:
    with pytest.raises(InvalidRequestError, match="low, normal, high, critical"):
        Task("x", priority=priority)


@pytest.mark.parametrize("task_id", ["", None, 7])
def test_a_task_id_is_a_text(task_id: Any) -> None:
    with pytest.raises(InvalidRequestError, match="id"):
        Task("x", id=task_id)


def test_tasks_have_ids_of_their_own_and_read_their_priority() -> None:
    ids = {Task("x").id for _ in range(100)}
    assert len(ids) == 100
    assert Task("x", priority="critical").priority is Priority.CRITICAL


def test_a_runtime_needs_a_model() -> None:
    with pytest.raises(ConfigurationError, match="at least one model"):
        Runtime()


def test_two_models_cannot_have_one_id() -> None:
    with pytest.raises(ConfigurationError, match="'a'"):
        Runtime(models=[model("a", Model()), model("a", Model())])


@pytest.mark.parametrize("model_id", ["", " a", "a\n"])
def test_a_model_id_is_a_name(model_id: str) -> None:
    with pytest.raises(ValueError, match="id"):
        ModelConfig(id=model_id, executor=Model())


@pytest.mark.parametrize("executor", [42, "gpt", None, object()])
def test_an_executor_that_cannot_be_called_is_refused_before_anything_runs(
    virtual: Virtual, executor: object
) -> None:
    async def main() -> None:
        with pytest.raises(ConfigurationError, match="'b'"):
            async with fleet(model("a", Model()), model("b", executor)):
                pass
        assert len(asyncio.all_tasks()) == 1

    virtual(main())


def test_a_runtime_that_could_not_start_takes_no_task(virtual: Virtual) -> None:
    async def main() -> None:
        try:
            runtime = fleet(model("a", Model()), model("b", 42))
        except ConfigurationError:
            return
        with pytest.raises(ConfigurationError):
            await runtime.__aenter__()
        with pytest.raises(RuntimeClosedError):
            await runtime.execute(Task("x"))

    virtual(main())


@pytest.mark.parametrize(
    "broken",
    [
        *({"primary": ["a"]}, {"primary": None}, {"primary": "a", "fallbacks": (1,)}),
        *({"primary": "a", "weights": {"a": w}} for w in ("heavy", -1.0, float("nan"), None)),
        {"primary": "a", "max_concurrent": 0},
    ],
)
def test_a_plan_that_cannot_work_is_refused(broken: Any) -> None:
    with pytest.raises(InvalidRequestError):
        Plan(**broken)


def test_what_is_no_plan_harms_no_other_task(virtual: Virtual) -> None:
    async def main() -> None:
        no_plan: Any = ["a"]
        async with fleet(model("a", Model()), model("b", Model())) as runtime:
            for _ in range(10):
                with pytest.raises(InvalidRequestError, match="Plan"):
                    await runtime.execute(Task("x"), plan=no_plan)
            assert (await runtime.execute(Task("x"))).success
            assert all(child.restarts == 0 for child in runtime.snapshot().children)
            assert_at_rest(runtime)

    virtual(main())


def test_what_is_no_task_is_refused_and_leaves_nothing_running(virtual: Virtual) -> None:
    async def main() -> None:
        no_task: Any = "text"
        async with fleet(model("a", Model())) as runtime:
            for execute in (runtime.execute_all, runtime.execute_any, runtime.execute_settled):
                with pytest.raises(InvalidRequestError, match="not a str"):
                    await execute([Task("x"), no_task])
            with pytest.raises(InvalidRequestError, match="not a str"):
                await runtime.execute(no_task)
            with pytest.raises(InvalidRequestError, match="not a NoneType"):
                runtime.submit(None)  # type: ignore[arg-type]  # that is the mistake
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("message", [None, 3, "prompt", {"task": "x"}])
def test_the_router_refuses_what_is_no_task_and_lives_on(virtual: Virtual, message: object) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            runtime.router.tell(message)
            with pytest.raises(InvalidRequestError, match="Task"):
                await runtime.router.ask(message, block=False)
            assert (await runtime.execute(Task("x"))).success
            assert all(child.restarts == 0 for child in runtime.snapshot().children)

    virtual(main())


def test_a_call_to_an_unknown_model_is_an_error(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            with pytest.raises(ModelUnavailableError, match="'b'"):
                await runtime.call("b", print)
            with pytest.raises(InvalidRequestError, match="timeout"):
                await runtime.call("a", print, timeout=-1)

    virtual(main())


def test_a_fallback_that_is_a_text_is_not_taken_for_letters() -> None:
    with pytest.raises(InvalidRequestError, match="tuple"):
        Plan("a", "bc")  # type: ignore[arg-type]  # that is the mistake


def test_a_listener_that_cannot_be_called_from_a_thread_is_refused() -> None:
    async def listener(event: object) -> None: ...

    with pytest.raises(TypeError, match="plain function"):
        fleet(model("a", Model())).subscribe(listener)


@pytest.mark.parametrize("weight", [1e9 + 1, float("inf")])
def test_a_weight_of_a_plan_has_the_bound_of_settings(weight: float) -> None:
    with pytest.raises(InvalidRequestError, match="a number from 0 to 1,000,000,000"):
        Plan("a", weights={"a": weight})


def test_a_weight_names_a_model_of_its_plan(virtual: Virtual) -> None:
    told = "a weight names 'modle-b', no model of the plan; did you mean 'model-b'?"
    with pytest.raises(InvalidRequestError) as caught:
        Plan("model-a", ("model-b",), weights={"modle-b": 1.0})
    assert str(caught.value) == told

    async def main() -> None:
        own = model("a", Model(), fallbacks=("b",)), model("b", Model())
        async with fleet(*own) as runtime:
            # The fallbacks of a plan without any are those of its model.
            both = Plan("a", strategy="weighted", weights={"a": 0.0, "b": 1.0})
            assert (await runtime.execute(Task("x"), plan=both)).model_used == "b"
            for plan in (Plan("a", weights={"c": 1.0}), Plan("b", weights={"a": 1.0})):
                with pytest.raises(InvalidRequestError, match="no model of the plan"):
                    await runtime.execute(Task("x"), plan=plan)
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("delay", ["p99", -1.0, float("nan"), float("inf"), True])
def test_a_hedge_delay_is_a_span_or_p95(delay: Any) -> None:
    with pytest.raises(InvalidRequestError, match='a hedge_delay is "p95" or a number'):
        Plan("a", hedge_delay=delay)


@pytest.mark.parametrize("headers", ["x: y", 3.0, [("x-team", "y")]])
def test_the_headers_of_a_task_are_a_mapping(headers: Any) -> None:
    with pytest.raises(InvalidRequestError, match="headers are a mapping, not a "):
        Task("x", headers=headers)


@pytest.mark.parametrize("models", [[None], [Task("x"), None], "m", [3]])
def test_what_is_no_model_is_refused_by_its_number(models: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"models\.0: "):
        Runtime(models=models)


@pytest.mark.parametrize("reason", [{}, None, 3, ["down"]])
def test_the_reason_of_a_trip_is_a_text(reason: Any) -> None:
    guard = CircuitBreakerGuard()

    with pytest.raises(TypeError, match="a reason is a text, not a "):
        guard.trip(reason)

    assert guard.state == "closed"
