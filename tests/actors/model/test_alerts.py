"""What raises an alert in a running fleet, and what resolves it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from freezegun import freeze_time

from hive_resilience import CircuitBreakerConfig, ModelStatus, Runtime, Task
from hive_resilience.config import AlertsConfig, RestartConfig
from hive_resilience.errors import InvalidRequestError, ModelAuthenticationError
from hive_resilience.events import AlertRaised, AlertSeverity

from ...conftest import Virtual
from ...fleet_kit import crash, fleet, model
from .patient import Alert, Patient, Unprobed, ask, hospital, told

NEVER_OPENS = {"circuit_breaker": CircuitBreakerConfig(failure_threshold=1000, failure_rate=1.0)}


def timers(runtime: Runtime, model_id: str = "a") -> tuple[object, object]:
    state = runtime._fleet.member(model_id).state
    return state.look_timer, state.alert_timer


def test_a_breaker_that_opens_is_told_until_it_closes(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        one = Patient(error=ConnectionError("gone"))
        async with hospital({"a": one, "b": Patient()}, degraded_mode_threshold=0) as (
            runtime,
            heard,
        ):
            await ask(runtime, 5)
            one.error = None
            await asyncio.sleep(20.0)
            await ask(runtime, 3)
        return heard

    heard = virtual(main())
    assert told(heard) == [("raised", "circuit_open", "a"), ("resolved", "circuit_open", "a")]
    assert "opened (failure_run)" in heard[0].message
    assert heard[0].severity is AlertSeverity.WARNING


def test_a_fleet_of_which_nobody_can_serve_is_told_as_critical(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        one = Patient(error=ConnectionError("gone"))
        async with hospital({"a": one}, degraded_mode_threshold=0) as (runtime, heard):
            await ask(runtime, 5)
            one.error = None
            await asyncio.sleep(20.0)
        return [event for event in heard if event.model_id is None]

    heard = virtual(main())
    assert told(heard) == [
        ("raised", "no_usable_model", None),
        ("resolved", "no_usable_model", None),
    ]
    assert heard[0].severity is AlertSeverity.CRITICAL
    assert heard[0].message == "none of the 1 models can serve: 1 circuit_open"


def test_too_few_usable_models_are_told_as_degraded_mode(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        patients = {name: Patient() for name in "abcde"}
        async with hospital(patients) as (runtime, heard):
            for name in "ab":
                runtime.model(name).enter_maintenance()
            await asyncio.sleep(1.0)
            before = len(heard)
            runtime.model("c").enter_maintenance()
            runtime.model("a").leave_maintenance()
        assert before == 0
        return heard

    heard = virtual(main())
    assert told(heard) == [("raised", "degraded_mode", None), ("resolved", "degraded_mode", None)]
    assert heard[0].message == "only 2 of 5 models can serve: 3 maintenance"


def test_a_model_disabled_in_the_configuration_is_missed_by_nobody(virtual: Virtual) -> None:
    async def main() -> list[AlertRaised]:
        heard: list[AlertRaised] = []
        runtime = fleet(model("a", Patient()), model("b", Patient(), enabled=False))
        runtime.subscribe(heard.append, AlertRaised)
        async with runtime:
            await ask(runtime)
        return heard

    assert virtual(main()) == []


def test_an_error_rate_above_a_fifth_is_told_and_resolved(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        one = Unprobed()
        async with hospital({"a": one}, own=NEVER_OPENS) as (runtime, heard):
            for turn in range(40):
                one.error = ConnectionError("gone") if turn % 3 == 0 else None
                await ask(runtime, pause=1.0)
            assert runtime.model("a").status() is ModelStatus.DEGRADED
            one.error = None
            await ask(runtime, 600, pause=1.0)
            assert runtime.model("a").status() is ModelStatus.AVAILABLE
            assert timers(runtime) == (None, None)
        return heard

    heard = virtual(main())
    assert told(heard) == [("raised", "error_rate", "a"), ("resolved", "error_rate", "a")]
    assert heard[0].message == "33% of the last 21 calls of a failed"


def test_what_is_wrong_with_the_request_says_nothing_of_the_model(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        one = Unprobed(error=InvalidRequestError("too long"))
        async with hospital({"a": one}, own=NEVER_OPENS) as (runtime, heard):
            await ask(runtime, 50, pause=1.0)
        return heard

    assert virtual(main()) == []


def test_a_model_that_takes_too_long_is_told_and_resolved(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        one = Unprobed(takes=4.5)
        own = {"timeout": 5.0}
        async with hospital({"a": one}, own=own) as (runtime, heard):
            assert not (await runtime.execute(Task("x"))).degraded
            await ask(runtime, 8)
            assert runtime.model("a").status() is ModelStatus.DEGRADED
            assert (await runtime.execute(Task("x"))).degraded
            one.takes = 0.1
            await ask(runtime, 400, pause=1.0)
            assert runtime.model("a").status() is ModelStatus.AVAILABLE
            assert timers(runtime) == (None, None)
        return heard

    heard = virtual(main())
    assert told(heard) == [("raised", "slow", "a"), ("resolved", "slow", "a")]
    assert heard[0].message == "a takes 4.5 s to answer on average"


def test_a_refused_key_is_told_with_what_to_do(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        one = Unprobed(error=ModelAuthenticationError("wrong key"))
        async with hospital({"a": one, "b": Patient()}, degraded_mode_threshold=0) as (
            runtime,
            heard,
        ):
            await ask(runtime)
            runtime.model("a").reset()
        return [event for event in heard if event.condition == "misconfigured"]

    heard = virtual(main())
    assert told(heard) == [("raised", "misconfigured", "a"), ("resolved", "misconfigured", "a")]
    assert "check the key and the account" in heard[0].message


def test_a_key_that_a_probe_finds_refused_is_told_before_any_task_fails(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        one = Patient(error=ModelAuthenticationError("wrong key"))
        async with hospital({"a": one}) as (runtime, heard):
            await runtime.model("a").check_health()
            one.error = None
            await runtime.model("a").check_health()
        return heard

    assert [one for one in told(virtual(main())) if one[1] == "misconfigured"] == [
        ("raised", "misconfigured", "a"),
        ("resolved", "misconfigured", "a"),
    ]


def test_failed_health_checks_are_told(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        one = Patient(error=ConnectionError("gone"))
        async with hospital({"a": one, "b": Patient()}, degraded_mode_threshold=0) as (
            runtime,
            heard,
        ):
            for _ in range(3):
                await runtime.model("a").check_health()
            one.error = None
            await runtime.model("a").check_health()
        return heard

    assert told(virtual(main())) == [
        ("raised", "model_unavailable", "a"),
        ("resolved", "model_unavailable", "a"),
    ]


def test_a_quarantined_model_is_told_until_it_is_back(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        rare = RestartConfig(intensity=0)
        async with hospital(
            {"a": Patient(), "b": Patient()}, own={"restart": rare}, degraded_mode_threshold=0
        ) as (runtime, heard):
            crash(runtime, "a")
            runtime.model("a").restart()
        return heard

    assert told(virtual(main())) == [
        ("raised", "model_quarantined", "a"),
        ("resolved", "model_quarantined", "a"),
    ]


def test_a_model_that_is_removed_leaves_no_alert_behind(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        one = Patient(error=ConnectionError("gone"))
        async with hospital({"a": one, "b": Patient()}, degraded_mode_threshold=0) as (
            runtime,
            heard,
        ):
            await ask(runtime, 5)
            await runtime.remove_model("a")
        return heard

    assert told(virtual(main())) == [
        ("raised", "circuit_open", "a"),
        ("resolved", "circuit_open", "a"),
    ]


def test_a_model_that_flaps_is_told_once_in_a_cooldown(virtual: Virtual) -> None:
    async def main() -> list[Alert]:
        alerts = AlertsConfig(cooldown=100.0)
        async with hospital({"a": Patient(), "b": Patient()}, alerts=alerts) as (
            runtime,
            heard,
        ):
            for _ in range(48):
                runtime.model("a").trip()
                runtime.model("a").reset()
                await asyncio.sleep(10.0)
        return [event for event in heard if event.condition == "circuit_open"]

    assert [kind for kind, _, _ in told(virtual(main()))].count("raised") == 5


def test_since_is_when_it_began_on_the_wall(virtual: Virtual) -> None:
    began = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)

    async def main(tick: Callable[[float], object]) -> list[AlertRaised]:
        one = Patient()
        quick = AlertsConfig(cooldown=60.0)
        async with hospital({"a": one, "b": one}, alerts=quick, degraded_mode_threshold=0) as (
            runtime,
            heard,
        ):
            handle = runtime.model("a")
            handle.trip()
            handle.reset()
            await asyncio.sleep(10.0)
            tick(10.0)
            handle.trip()
            await asyncio.sleep(49.0)
            tick(50.0)
            await asyncio.sleep(1.5)
        return [event for event in heard if isinstance(event, AlertRaised)]

    with freeze_time(began, real_asyncio=True) as frozen:
        first, second = virtual(main(frozen.tick))
    assert (first.at, first.since) == (began, began)
    assert second.at == began + timedelta(seconds=60)
    assert second.since == began + timedelta(seconds=10)


def test_a_healthy_or_idle_model_has_no_clock_for_alerts(virtual: Virtual) -> None:
    async def main() -> None:
        async with hospital({"a": Unprobed()}) as (runtime, _):
            await ask(runtime, 100)
            assert timers(runtime) == (None, None)

    virtual(main())
