"""A model that its provider does not have: left alone for a while, told, and tried again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import RuntimeConfig, Task
from hive_resilience.errors import (
    ModelLimitError,
    ModelUnavailableError,
    RateLimitedError,
)
from hive_resilience.events import (
    AlertSeverity,
)

from ...conftest import Virtual
from ...fleet_kit import model
from .parking_kit import HOUR, failing, parked_for
from .patient import Alert, Patient, Unprobed, hospital


def now() -> float:
    return asyncio.get_running_loop().time()


# Where the provider does not have the model.


def gone() -> ModelLimitError:
    return ModelLimitError("model_not_found", status=404, lasting=True)


class NotFoundError(Exception):
    status_code = 404
    code = "model_not_found"


@pytest.mark.parametrize("error", [gone(), NotFoundError()], ids=["ours", "a client's"])
def test_a_model_that_its_provider_does_not_have_is_left_alone_and_told(
    virtual: Virtual, error: Exception
) -> None:
    async def main() -> tuple[int, float, list[Alert]]:
        one, fleet_of = Patient(error=error), {"b": Patient()}
        async with hospital({"a": one, **fleet_of}, degraded_mode_threshold=0) as (runtime, heard):
            for _ in range(3):
                assert (await runtime.execute(Task("x"))).model_used == "b"
            parked = parked_for(runtime)
        return len(one.asked_at), parked, heard

    asked, parked, heard = virtual(main())
    assert asked == 1
    assert parked == pytest.approx(HOUR)
    assert [(e.condition, e.severity, e.model_id) for e in heard] == [
        ("model_unknown", AlertSeverity.ERROR, "a")
    ]
    assert "check its name and the account" in heard[0].message


def test_a_model_that_is_not_served_says_so_while_it_is_left_alone(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        async with hospital({"a": Patient(error=gone())}) as (runtime, _):
            await runtime.execute(Task("x"))
            found = (await runtime.execute(Task("x"))).attempts[0].error
            runtime.model("a").reset()
            runtime._fleet.member("a").state.breaker.park(now(), 30.0)
            return [found, (await runtime.execute(Task("x"))).attempts[0].error]

    not_served, busy = virtual(main())
    assert str(not_served) == (
        "a is not served by its provider, or not to this account; try again in 3.6e+03 s"
    )
    assert isinstance(not_served, ModelUnavailableError)
    assert isinstance(busy, RateLimitedError)


def test_a_name_from_the_payload_is_the_tasks_own_affair(virtual: Virtual) -> None:
    async def main() -> tuple[float, list[Alert]]:
        async with hospital({"a": Patient(error=NotFoundError())}) as (runtime, heard):
            await runtime.execute(Task({"model": "another", "messages": []}))
            return parked_for(runtime), heard

    assert virtual(main()) == (0.0, [])


def test_what_was_asked_before_a_reset_parks_nothing(virtual: Virtual) -> None:
    async def main() -> float:
        async with hospital({"a": Unprobed(error=gone(), takes=5.0)}) as (runtime, _):
            asked = asyncio.ensure_future(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            runtime.model("a").reset()
            await asked
            return parked_for(runtime)

    assert virtual(main()) == 0.0


def test_a_limit_of_one_request_parks_nothing(virtual: Virtual) -> None:
    parked, _ = failing(virtual, ModelLimitError("too long"))

    assert parked == 0.0


def test_a_passed_probe_does_not_make_a_model_known(virtual: Virtual) -> None:
    async def main() -> tuple[float, list[str]]:
        one = Patient(error=gone())
        async with hospital({"a": one, "b": Patient()}, degraded_mode_threshold=0) as (
            runtime,
            heard,
        ):
            await runtime.execute(Task("x"))
            one.error = None
            await runtime.model("a").check_health()
            parked = parked_for(runtime)
        return parked, [type(event).__name__ for event in heard]

    parked, told = virtual(main())
    assert parked == pytest.approx(HOUR)
    assert told == ["AlertRaised"]


def test_the_first_success_after_the_bound_resolves_the_alert(virtual: Virtual) -> None:
    async def main() -> list[str]:
        one = Unprobed(error=gone())
        async with hospital({"a": one, "b": Patient()}) as (runtime, heard):
            await runtime.execute(Task("x"))
            one.error = None
            await asyncio.sleep(HOUR)
            assert (await runtime.execute(Task("x"))).model_used == "a"
            assert (await runtime.execute(Task("x"))).model_used == "a"
        return [type(event).__name__ for event in heard if event.condition == "model_unknown"]

    assert virtual(main()) == ["AlertRaised", "AlertResolved"]


def test_a_reset_and_another_executor_give_it_another_chance(virtual: Virtual) -> None:
    async def main() -> tuple[list[str | None], list[str]]:
        patients = {"a": Patient(error=gone()), "b": Patient()}
        async with hospital(patients) as (runtime, heard):
            await runtime.execute(Task("x"))
            runtime.model("a").reset()
            used = [(await runtime.execute(Task("x"))).model_used]
            replaced = model("a", Patient()), model("b", patients["b"])
            await runtime.reload(RuntimeConfig(models=replaced))
            used.append((await runtime.execute(Task("x"))).model_used)
        return used, [type(e).__name__ for e in heard if e.condition == "model_unknown"]

    used, told = virtual(main())
    assert used == ["b", "a"]
    assert told == ["AlertRaised", "AlertResolved"]
