"""How soon a model that was dead has its traffic again, and what it costs until then."""

from __future__ import annotations

import asyncio
from math import inf

import pytest

from hive_resilience import ModelStatus, Runtime
from hive_resilience.config import HealthCheckConfig
from hive_resilience.errors import RateLimitedError
from hive_resilience.events import HealthChanged

from ...conftest import Virtual
from ...fleet_kit import until
from .patient import Patient, Unprobed, ask, hospital

PROMISED = 10.0
"""Seconds, with the default settings, from the model's return to its first answer."""


async def seconds_until_it_answers(
    runtime: Runtime, patient: Patient, most: float = 400.0
) -> float:
    """Keep the tasks coming; when the first is answered by the patient."""
    start = asyncio.get_running_loop().time()
    asked = len(patient.asked_at)
    async with asyncio.timeout(most):
        while len(patient.asked_at) == asked:
            await ask(runtime, pause=0.25)
    return patient.asked_at[asked] - start


@pytest.mark.parametrize("moment", [0.0, 0.7, 3.1, 4.999, 5.0, 17.3, 200.0])
@pytest.mark.parametrize(
    ("error", "takes"), [(ConnectionError("gone"), 0.0), (None, inf)], ids=["refuses", "hangs"]
)
def test_a_dead_model_that_comes_back_has_its_traffic_again_within_ten_seconds(
    virtual: Virtual, error: BaseException | None, takes: float, moment: float
) -> None:
    async def main() -> None:
        first, second = Patient(error=error, takes=takes), Patient()
        async with hospital({"a": first, "b": second}) as (runtime, _):
            while runtime.model("a").status() is not ModelStatus.UNAVAILABLE:
                await ask(runtime, pause=0.25)
            await asyncio.sleep(moment)
            first.error, first.takes = None, 0.0
            assert await seconds_until_it_answers(runtime, first) <= PROMISED
            await ask(runtime, 5)
            assert runtime.snapshot().models["a"].breaker.state == "closed"

    virtual(main())


def test_a_probe_that_hangs_does_not_delay_the_next(virtual: Virtual) -> None:
    """The worst moment to come back: right after a probe has begun, which hangs to its limit."""

    async def main() -> None:
        first = Patient(takes=inf)
        async with hospital({"a": first, "b": Patient()}) as (runtime, _):
            while runtime.model("a").status() is not ModelStatus.UNAVAILABLE:
                await ask(runtime, pause=0.25)
            probes = len(first.probed_at)
            await until(lambda: len(first.probed_at) > probes)
            first.takes = 0.0
            assert await seconds_until_it_answers(runtime, first) <= PROMISED

    virtual(main())


def test_a_model_that_died_without_traffic_is_back_within_ten_seconds_too(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        first = Patient(error=ConnectionError("gone"))
        async with hospital({"a": first, "b": Patient()}) as (runtime, _):
            await asyncio.sleep(300.0)
            assert runtime.model("a").status() is ModelStatus.UNAVAILABLE
            first.error = None
            assert await seconds_until_it_answers(runtime, first) <= PROMISED

    virtual(main())


def test_without_a_health_check_it_is_the_recovery_timeout_that_brings_it_back(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        first = Unprobed(error=ConnectionError("gone"))
        async with hospital({"a": first, "b": Patient()}) as (runtime, _):
            await ask(runtime, 5)
            first.error = None
            assert 55.0 < await seconds_until_it_answers(runtime, first) < 70.0

    virtual(main())


def test_a_tiny_request_does_the_same_for_an_executor_without_a_health_check(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        first = Unprobed(error=ConnectionError("gone"))
        own = {"health_check": HealthCheckConfig(tiny_request=True)}
        async with hospital({"a": first}, own=own) as (runtime, _):
            await ask(runtime, 5)
            first.error = None
            back = asyncio.get_running_loop().time()
            async with asyncio.timeout(PROMISED):
                while not await ask(runtime):
                    await asyncio.sleep(0.25)
            assert asyncio.get_running_loop().time() - back <= PROMISED

    virtual(main())


def test_no_executor_is_asked_a_tiny_request_unless_it_is_wanted(virtual: Virtual) -> None:
    async def main() -> None:
        one = Unprobed()
        async with hospital({"a": one}) as (runtime, _):
            await asyncio.sleep(1000.0)
            assert await runtime.model("a").check_health() is ModelStatus.AVAILABLE
        assert one.asked_at == []

    virtual(main())


def test_a_tiny_request_that_is_refused_shows_that_somebody_is_there(virtual: Virtual) -> None:
    async def main() -> None:
        busy = Unprobed(error=RateLimitedError("slowly", retry_after=1.0))
        own = {"health_check": HealthCheckConfig(tiny_request=True, retries=0)}
        async with hospital({"a": busy}, own=own) as (runtime, _):
            assert await runtime.model("a").check_health() is ModelStatus.AVAILABLE
            assert len(busy.asked_at) == 1
            busy.error = ConnectionError("gone")
            assert await runtime.model("a").check_health() is ModelStatus.UNAVAILABLE

    virtual(main())


def test_probes_pause_while_traffic_proves_health(virtual: Virtual) -> None:
    async def main() -> None:
        one = Patient()
        async with hospital({"a": one}) as (runtime, _):
            await ask(runtime, 40, pause=10.0)
            assert one.probed_at == []
            await asyncio.sleep(120.0)
            assert 3 <= len(one.probed_at) <= 4

    virtual(main())


def test_a_model_in_maintenance_is_not_probed_even_if_its_breaker_is_open(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        one = Patient(error=ConnectionError("gone"))
        async with hospital({"a": one}) as (runtime, _):
            await ask(runtime, 5)
            runtime.model("a").enter_maintenance()
            before = len(one.probed_at)
            await asyncio.sleep(500.0)
            assert len(one.probed_at) == before
            one.error = None
            runtime.model("a").leave_maintenance()
            assert await seconds_until_it_answers(runtime, one) <= PROMISED

    virtual(main())


def test_a_disabled_model_is_not_probed(virtual: Virtual) -> None:
    async def main() -> None:
        one = Patient()
        async with hospital({"a": one}, own={"enabled": False}):
            await asyncio.sleep(500.0)
        assert one.probed_at == []

    virtual(main())


def test_every_change_of_the_status_is_told_with_its_reason(virtual: Virtual) -> None:
    async def main() -> list[HealthChanged]:
        one = Patient(error=ConnectionError("gone"))
        heard: list[HealthChanged] = []
        async with hospital({"a": one}) as (runtime, _):
            runtime.subscribe(heard.append, HealthChanged)
            await ask(runtime, 5)
            one.error = None
            await asyncio.sleep(20.0)
            await ask(runtime, 3)
            runtime.model("a").enter_maintenance()
            runtime.model("a").leave_maintenance()
        return heard

    moves = [(event.before, event.after, event.reason) for event in virtual(main())]
    assert moves == [
        (ModelStatus.AVAILABLE, ModelStatus.UNAVAILABLE, "circuit_open"),
        (ModelStatus.UNAVAILABLE, ModelStatus.AVAILABLE, "well"),
        (ModelStatus.AVAILABLE, ModelStatus.MAINTENANCE, "maintenance"),
        (ModelStatus.MAINTENANCE, ModelStatus.AVAILABLE, "well"),
    ]
