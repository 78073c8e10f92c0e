"""A model's actor, by its messages alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hive_resilience import Outcome, Runtime, Task
from hive_resilience.actors.engine.reference import AnyRef
from hive_resilience.actors.fleet_messages import DrainModel
from hive_resilience.actors.messages import Acquire, CallReturned, Full, Settle, StopWaiting
from hive_resilience.actors.permit import CallPermit
from hive_resilience.config import RestartConfig
from hive_resilience.errors import BulkheadFullError, InvalidRequestError, ModelUnavailableError

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, crash, fleet, model, narrow

FOREVER = 1e9


@asynccontextmanager
async def actor(max_queue: int = 5) -> AsyncGenerator[tuple[AnyRef, Runtime], None]:
    late = RestartConfig(base_delay=5.0, jitter=0.0)
    one = model("a", Model(), bulkhead=narrow(max_queue), restart=late)
    async with fleet(one) as runtime:
        yield runtime._fleet.member("a").ref, runtime


def acquire(ref: AnyRef) -> Any:
    return ref.call(Acquire(Task("x"), 1, FOREVER, None))


def settle(ref: AnyRef, permit: CallPermit) -> None:
    ref.send(Settle(permit, Outcome.SUCCESS, 0.1))


def test_a_permit_holds_a_place_until_it_is_settled(virtual: Virtual) -> None:
    async def main() -> None:
        async with actor(max_queue=0) as (ref, runtime):
            permit = acquire(ref)
            refused = acquire(ref)
            assert isinstance(refused, Full)
            assert isinstance(refused.error, BulkheadFullError)
            settle(ref, permit)
            again = acquire(ref)
            assert isinstance(again, CallPermit)
            settle(ref, again)
            assert_at_rest(runtime)

    virtual(main())


def test_a_permit_that_is_settled_twice_frees_one_place(virtual: Virtual) -> None:
    async def main() -> None:
        async with actor() as (ref, runtime):
            first = acquire(ref)
            settle(ref, first)
            second = acquire(ref)
            settle(ref, first)
            assert runtime.snapshot().models["a"].bulkhead.in_flight == 1
            settle(ref, second)
            assert_at_rest(runtime)
            assert runtime.snapshot().models["a"].metrics.successes == 2

    virtual(main())


def test_a_lingering_call_frees_its_place_once(virtual: Virtual) -> None:
    async def main() -> None:
        async with actor() as (ref, runtime):
            permit = acquire(ref)
            ref.send(Settle(permit, Outcome.TIMEOUT, 1.0, error=TimeoutError(), lingering=True))
            assert runtime.snapshot().models["a"].bulkhead.in_flight == 1
            ref.send(CallReturned(permit))
            ref.send(CallReturned(permit))
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("places_taken", [0, 1])
def test_who_stops_waiting_after_asking_an_actor_that_was_down_leaves_nothing(
    virtual: Virtual, places_taken: int
) -> None:
    async def main() -> None:
        async with actor() as (ref, runtime):
            held = [acquire(ref) for _ in range(places_taken)]
            crash(runtime, "a")
            crash(runtime, "a")
            before, after = acquire(ref), acquire(ref)
            ref.send(StopWaiting(before))
            await asyncio.sleep(6)
            ref.send(StopWaiting(after))
            for permit in held:
                settle(ref, permit)
            assert_at_rest(runtime)

    virtual(main())


def test_a_stranger_gets_an_error_and_crashes_nobody(virtual: Virtual) -> None:
    async def main() -> None:
        async with actor() as (ref, runtime):
            with pytest.raises(InvalidRequestError, match="router"):
                await ref.ask("hello", block=False)
            assert runtime.snapshot().models["a"].restarts == 0

    virtual(main())


def test_a_model_that_is_being_removed_gives_no_permit_to_who_was_sent_to_it_before(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        async with actor() as (ref, runtime):
            assert ref.call(DrainModel()) is True
            refused = acquire(ref)
            assert isinstance(refused.error, ModelUnavailableError)
            assert "is being removed" in str(refused.error)
            assert_at_rest(runtime)

    virtual(main())
