"""Whether a result came from a fallback: from any model but the one that was meant."""

from __future__ import annotations

import pytest

from hive_resilience import Plan, Task

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model


@pytest.mark.parametrize("plan", [None, Plan("a", ("b",))], ids=["fleet", "plan"])
@pytest.mark.parametrize("strategy", ["sequential", "parallel"])
def test_who_was_meant_is_no_fallback_and_the_next_one_is(
    virtual: Virtual, plan: Plan | None, strategy: str
) -> None:
    async def main() -> None:
        second = Model(takes=1.0)
        async with fleet(model("a", Model()), model("b", second)) as runtime:
            # Twice: the second task of a kind may go a shorter way.
            for _ in range(2):
                meant = await runtime.execute(Task("x"), plan=plan, strategy=strategy)
                assert (meant.model_used, meant.fallback_used) == ("a", False)
            runtime.model("a").enter_maintenance()
            for _ in range(2):
                other = await runtime.execute(Task("x"), plan=plan, strategy=strategy)
                assert other.model_used == "b"
                assert other.fallback_used is (plan is not None or strategy == "sequential")

    virtual(main())


def test_whom_chance_has_chosen_is_no_fallback(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model()), model("b", Model())) as runtime:
            for _ in range(10):
                assert not (await runtime.execute(Task("x"), strategy="random")).fallback_used

    virtual(main())
