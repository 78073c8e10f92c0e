"""Subscribers hear what happens and can neither delay nor fail it."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from hive_resilience import Task
from hive_resilience.events import CircuitChanged, Event, ModelAdded, ModelRemoved

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model


def test_a_subscriber_hears_only_the_events_it_asked_for() -> None:
    told: list[Event] = []

    async def main() -> None:
        runtime = fleet(model("a", Model()), model("b", Model()))
        runtime.subscribe(told.append, ModelAdded, ModelRemoved)
        async with runtime:
            runtime.model("a").trip()
            await runtime.remove_model("a")

    asyncio.run(main())
    assert [type(event) for event in told] == [ModelAdded, ModelAdded, ModelRemoved]


def test_events_are_frozen() -> None:
    told: list[Any] = []
    runtime = fleet(model("a", Model()))
    runtime.subscribe(told.append)
    with runtime:
        pass
    with pytest.raises((FrozenInstanceError, TypeError)):
        told[0].at = None


@pytest.mark.parametrize("error", [RuntimeError("listener"), SystemExit(1)], ids=repr)
def test_a_listener_that_fails_harms_neither_the_runtime_nor_another_one(
    error: BaseException,
) -> None:
    told: list[Event] = []
    failed: list[Event] = []

    def fails(event: Event) -> None:
        failed.append(event)
        raise error

    with fleet(model("a", Model())) as runtime:
        runtime.subscribe(fails, CircuitChanged)
        runtime.subscribe(told.append, CircuitChanged)
        runtime.model("a").trip()
        runtime.model("a").reset()
        assert runtime.submit(Task("x")).result(timeout=10).success
    assert (len(told), len(failed)) == (2, 2)


def test_a_listener_that_blocks_delays_nobody() -> None:
    told: list[Event] = []
    let_go = threading.Event()

    with fleet(model("a", Model()), stop_grace=0.02) as runtime:
        runtime.subscribe(lambda event: let_go.wait(10))
        runtime.subscribe(told.append, CircuitChanged)
        for _ in range(10):
            runtime.model("a").trip()
            runtime.model("a").reset()
        assert runtime.submit(Task("x")).result(timeout=10).success
    assert len(told) == 20
    let_go.set()


def test_who_has_unsubscribed_hears_nothing_more_and_its_thread_ends() -> None:
    told: list[Event] = []
    before = threading.active_count()
    with fleet(model("a", Model())) as runtime:
        unsubscribe = runtime.subscribe(told.append, CircuitChanged)
        runtime.model("a").trip()
        unsubscribe()
        runtime.model("a").reset()
        unsubscribe()
    for thread in threading.enumerate():
        if thread.name == "events":  # it takes the events that wait, then ends
            thread.join(10)
    assert len(told) == 1
    assert threading.active_count() <= before


def test_who_subscribes_to_a_runtime_that_is_closed_leaves_no_thread() -> None:
    before = threading.active_count()
    with fleet(model("a", Model())) as runtime:
        pass
    runtime.subscribe(lambda event: None)
    assert threading.active_count() <= before


def test_events_can_be_iterated_and_end_with_the_runtime() -> None:
    async def main() -> list[str]:
        async with fleet(model("a", Model())) as runtime:
            events = runtime.events(CircuitChanged)

            async def read() -> list[str]:
                return [event.reason async for event in events]

            reader = asyncio.create_task(read())
            runtime.model("a").trip("mine")
            await asyncio.sleep(0)
        async with asyncio.timeout(2):
            return await reader

    assert asyncio.run(main()) == ["mine"]


def test_events_are_heard_in_virtual_time_without_any_going_by(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            threads = threading.active_count()
            events = runtime.events(CircuitChanged)
            runtime.model("a").trip()

            assert isinstance(await anext(events), CircuitChanged)
            assert asyncio.get_running_loop().time() == 0.0
            assert threading.active_count() == threads

    virtual(main())
