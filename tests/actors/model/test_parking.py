"""No wait without an end: what providers ask for, and what ends it."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from freezegun import freeze_time

from hive_resilience import Completion, ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import GlobalConfig, HealthCheckConfig, RateLimitConfig
from hive_resilience.errors import (
    ContentRefusedError,
    ModelAuthenticationError,
    ModelLimitError,
    ModelUnavailableError,
    RateLimitedError,
)
from hive_resilience.events import (
    Event,
    Unusable,
    WaitCut,
    WaitIgnored,
)

from ...conftest import Virtual
from ...fleet_kit import NO_RETRY, Model, fleet, model
from .parking_kit import HOUR, busy, failing, heard_of_waits, parked_for
from .patient import Patient, Unprobed, heard_by, hospital

NOW = datetime(2024, 2, 29, tzinfo=UTC)
EPOCH = NOW.timestamp()


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        *((30.0, 30.0), (HOUR, HOUR), (HOUR + 1, HOUR), (31e6, HOUR), (1e9, HOUR)),
        *((EPOCH + 45, 45.0), (EPOCH + 7200, HOUR), (EPOCH - 45, 0.0), (EPOCH * 1000 + 5000, 5.0)),
        *((99999999999999, HOUR), ("39s", 39.0), ("Thu, 29 Feb 2024 00:00:20 GMT", 20.0)),
        *((-1.0, 0.0), (math.nan, 0.0), (math.inf, 0.0), ("soon", 0.0), (None, 0.0)),
    ],
)
def test_a_429_parks_a_model_for_an_hour_at_most(
    virtual: Virtual, asked: object, waits: float
) -> None:
    with freeze_time(NOW, real_asyncio=True):
        parked, _ = failing(virtual, busy(asked))

    assert parked == pytest.approx(waits)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (30.0, []),
        (HOUR, []),
        (None, []),
        (31e6, [WaitCut(NOW, "a", 31e6, HOUR)]),
        (EPOCH + 7200, [WaitCut(NOW, "a", 7200.0, HOUR)]),
        (EPOCH - 45, []),
        (-1.0, [WaitIgnored(NOW, "a", "negative")]),  # type: ignore[arg-type]  # an enum's text
        (math.inf, [WaitIgnored(NOW, "a", "not_finite")]),  # type: ignore[arg-type]
        ("soon", [WaitIgnored(NOW, "a", "unreadable")]),  # type: ignore[arg-type]
    ],
)
def test_what_is_cut_or_ignored_is_an_event(
    virtual: Virtual, asked: object, told: list[Event]
) -> None:
    with freeze_time(NOW, real_asyncio=True):
        _, heard = failing(virtual, busy(asked))

    assert heard == told


def test_what_an_adapter_could_not_use_is_told_as_well(virtual: Virtual) -> None:
    error = RateLimitedError("slowly")
    error.ignored_wait = Unusable.UNREADABLE

    _, heard = failing(virtual, error)

    assert [type(event) for event in heard] == [WaitIgnored]
    assert isinstance(heard[0], WaitIgnored)
    assert (heard[0].model_id, heard[0].reason) == ("a", "unreadable")


def test_the_events_come_once_a_minute(virtual: Virtual) -> None:
    async def main() -> list[str]:
        one = Patient(error=busy(1e6))
        async with hospital({"a": one}) as (runtime, _):
            heard = heard_of_waits(runtime)
            for asked in (1e6, -1.0, 1e6, -1.0, 1e6):
                one.error = busy(asked)
                runtime.model("a").reset()
                await asyncio.sleep(20.0)
                await runtime.execute(Task("x"))
        return [type(event).__name__ for event in heard]

    assert virtual(main()) == ["WaitCut", "WaitIgnored", "WaitCut"]


@pytest.mark.parametrize(
    "error", [ModelLimitError("long"), ContentRefusedError("no")], ids=lambda e: e.code
)
def test_what_counts_nowhere_asks_for_no_wait(virtual: Virtual, error: Exception) -> None:
    error.retry_after = 1e6  # type: ignore[attr-defined]  # as a client may

    assert failing(virtual, error) == (0.0, [])


@pytest.mark.parametrize(
    "error",
    [
        ModelUnavailableError("overloaded", status=503, retry_after=1e6),
        ModelAuthenticationError("no credit", retry_after=1e6),
    ],
    ids=["503", "402"],
)
def test_a_breaker_waits_no_longer_than_the_bound_because_of_an_answer(
    virtual: Virtual, error: Exception
) -> None:
    async def main() -> float | None:
        async with hospital({"a": Unprobed(error=error)}) as (runtime, _):
            for _ in range(5):
                await runtime.execute(Task("x"))
            return runtime.model("a").snapshot().breaker.retry_after

    assert virtual(main()) == pytest.approx(HOUR)


@pytest.mark.parametrize(
    ("own", "everywhere", "waits"), [(90.0, None, 90.0), (None, 40.0, 40.0), (90.0, 40.0, 90.0)]
)
def test_the_bound_is_a_setting_of_the_model_and_of_all(
    virtual: Virtual, own: float | None, everywhere: float | None, waits: float
) -> None:
    settings: dict[str, Any] = {} if everywhere is None else {"max_parking": everywhere}

    parked, heard = failing(virtual, busy(1e6), own={"max_parking": own}, **settings)

    assert parked == pytest.approx(waits)
    assert [event.seconds for event in heard if isinstance(event, WaitCut)] == [waits]


def test_another_bound_holds_after_a_reload(virtual: Virtual) -> None:
    async def main() -> float:
        config = ModelConfig(id="a", executor=Unprobed(error=busy(1e6)), retry=NO_RETRY)
        async with Runtime(RuntimeConfig(models=(config,))) as runtime:
            shorter = RuntimeConfig(global_=GlobalConfig(max_parking=50.0), models=(config,))
            await runtime.reload(shorter)
            await runtime.execute(Task("x"))
            return parked_for(runtime)

    assert virtual(main()) == pytest.approx(50.0)


def test_a_parked_model_is_asked_again_when_the_bound_is_over(virtual: Virtual) -> None:
    async def main() -> tuple[bool, bool]:
        one = Unprobed(error=busy(1e6))
        async with hospital({"a": one}, own={"max_parking": 60.0}) as (runtime, _):
            await runtime.execute(Task("x"))
            one.error = None
            await asyncio.sleep(59.0)
            before = (await runtime.execute(Task("x"))).success
            await asyncio.sleep(1.0)
            return before, (await runtime.execute(Task("x"))).success

    assert virtual(main()) == (False, True)


def test_an_operator_ends_a_parking_at_once(virtual: Virtual) -> None:
    async def main() -> tuple[str | None, str | None]:
        one = Patient(error=busy(EPOCH * 10))
        async with hospital({"a": one, "b": Patient()}) as (runtime, _):
            await runtime.execute(Task("x"))
            one.error = None
            before = (await runtime.execute(Task("x"))).model_used
            runtime.model("a").reset()
            return before, (await runtime.execute(Task("x"))).model_used

    assert virtual(main()) == ("b", "a")


def test_an_operator_ends_what_headers_have_taught_as_well(virtual: Virtual) -> None:
    answer = Completion(
        "fine",
        model="m",
        finish_reason="stop",
        usage={},
        raw={},
        rate_limits={
            "x-ratelimit-limit-requests": "1",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "400d",
        },
    )

    async def main() -> list[WaitCut]:
        async with fleet(model("a", Model(answer))) as runtime:
            heard = heard_by(runtime, WaitCut)
            assert (await runtime.execute(Task("x"))).success
            refused = (await runtime.execute(Task("x"))).attempts[0].error
            assert isinstance(refused, RateLimitedError)
            assert refused.retry_after == pytest.approx(HOUR)
            runtime.model("a").reset()
            assert (await runtime.execute(Task("x"))).success
        return heard

    heard = virtual(main())
    assert [(event.asked, event.seconds) for event in heard] == [(400 * 86400.0, HOUR)]


@pytest.mark.parametrize(("asked", "ended"), [(1e6, True), (HOUR, False), (600.0, False)])
def test_a_passed_probe_ends_a_parking_that_was_cut_and_no_other(
    virtual: Virtual, asked: float, ended: bool
) -> None:
    async def main() -> str | None:
        one = Patient(error=busy(asked))
        async with hospital({"a": one, "b": Patient()}) as (runtime, _):
            await runtime.execute(Task("x"))
            one.error = None
            await runtime.model("a").check_health()
            return (await runtime.execute(Task("x"))).model_used

    assert virtual(main()) == ("a" if ended else "b")


def test_the_health_loop_ends_a_cut_parking_by_itself(virtual: Virtual) -> None:
    async def main() -> str | None:
        one, often = Patient(error=busy(1e6)), HealthCheckConfig(interval=10.0)
        settings: Any = {"own": {"health_check": often}}
        async with hospital({"a": one, "b": Patient()}, **settings) as (runtime, _):
            await runtime.execute(Task("x"))
            one.error = None
            await asyncio.sleep(12.0)
            return (await runtime.execute(Task("x"))).model_used

    assert virtual(main()) == "a"


def test_a_shared_quota_is_parked_within_the_bound_of_each_model(virtual: Virtual) -> None:
    async def main() -> tuple[float, float, list[str]]:
        shared: Any = {"rate_limit": RateLimitConfig(shared_quota="q"), "retry": NO_RETRY}
        models = [
            ModelConfig(id="a", executor=Model(busy(1e6)), **shared),
            ModelConfig(id="b", executor=Model(), max_parking=60.0, **shared),
        ]
        async with Runtime(models=models) as runtime:
            heard = heard_by(runtime, WaitCut)
            await runtime.execute(Task("x"))
            found = parked_for(runtime, "a"), parked_for(runtime, "b")
        return *found, sorted(event.model_id for event in heard)

    a, b, told = virtual(main())
    assert a == pytest.approx(HOUR)
    assert b == pytest.approx(60.0)
    assert told == ["a", "b"]
