"""A model that is silent is asked again only where no other one is free."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Outcome, Plan, Task

from ...conftest import Virtual
from ...fleet_kit import STEADY, Model, assert_at_rest, fleet, model, outcomes

TIMEOUT = ("a", Outcome.TIMEOUT)


@pytest.mark.parametrize("says", [None, TimeoutError("read")], ids=["nothing", "timed out itself"])
def test_after_a_timeout_the_task_moves_on_where_another_model_is_free(
    virtual: Virtual, says: Exception | None
) -> None:
    async def main() -> None:
        silent = Model(says, takes=3.0 if says else 100.0)
        models = model("a", silent, timeout=3.0, retry=STEADY), model("b", Model())
        async with fleet(*models) as runtime:
            result = await runtime.execute(Task("x"))

            assert outcomes(result) == [TIMEOUT, ("b", Outcome.SUCCESS)]
            assert (result.execution_time, silent.calls) == (3.0, 1)
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("plan", [None, Plan("a")], ids=["out", "not in the plan"])
def test_after_a_timeout_it_is_asked_again_where_no_other_is_free(
    virtual: Virtual, plan: Plan | None
) -> None:
    async def main() -> None:
        silent = Model(takes=100.0)
        models = model("a", silent, timeout=3.0, retry=STEADY), model("b", Model())
        async with fleet(*models) as runtime:
            if plan is None:
                runtime.model("b").enter_maintenance()
            asyncio.get_running_loop().call_later(3.5, setattr, silent, "takes", 1.0)
            result = await runtime.execute(Task("x"), plan=plan)

            assert result.model_used == "a"
            assert silent.asked_at == [0.0, 4.0]
            assert_at_rest(runtime)

    virtual(main())
