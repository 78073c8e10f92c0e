"""Each setting holds from a reload on; what was counted before stays."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import CircuitBreakerConfig, RetryConfig, Task
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.config import (
    AlertsConfig,
    BulkheadConfig,
    HealthCheckConfig,
    RateLimitConfig,
    RestartConfig,
)
from hive_resilience.config.settings.group import GroupConfig
from hive_resilience.events import AlertRaised, AlertResolved
from hive_resilience.testing import settle

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, crash, fleet, model, narrow, until
from .reload_kit import config, fail, used


def test_counts_windows_and_an_open_breaker_survive(virtual: Virtual) -> None:
    async def main() -> None:
        down = Model(ConnectionError())
        keep = {"circuit_breaker": CircuitBreakerConfig(failure_threshold=50, failure_rate=1.0)}
        async with fleet(model("a", down, **keep)) as runtime:
            await fail(runtime, 4)
            lower = CircuitBreakerConfig(failure_threshold=5, failure_rate=1.0)
            await runtime.reload(config(model("a", down, circuit_breaker=lower)))
            seen = runtime.model("a").snapshot()
            assert (seen.breaker.failed, seen.breaker.failures_in_row) == (4, 4)
            assert seen.metrics.failures == 4
            await fail(runtime, 1)
            assert runtime.model("a").snapshot().breaker.state is State.OPEN
            await runtime.reload(config(model("a", down, circuit_breaker=lower, weight=2.0)))
            assert runtime.model("a").snapshot().breaker.state is State.OPEN

    virtual(main())


def test_calls_in_flight_end_under_the_settings_they_began_with(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model("answer", takes=20.0)
        async with fleet(model("a", slow)) as runtime:
            call = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            await runtime.reload(config(model("a", slow, timeout=5.0), default_timeout=2.0))
            result = await runtime.execute(Task("y"))
            assert result.execution_time == pytest.approx(5.0)
            assert (await call).value == "answer"
            assert_at_rest(runtime)

    virtual(main())


def test_a_wider_bulkhead_serves_the_line_and_a_shorter_line_sends_none_away(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        slow = Model("answer", takes=10.0)
        async with fleet(model("a", slow, bulkhead=narrow(max_queue=5))) as runtime:
            calls = [asyncio.create_task(runtime.execute(Task(n))) for n in range(6)]
            await asyncio.sleep(1.0)
            assert slow.running == 1
            wider = BulkheadConfig(max_concurrent=3, max_queue=1)
            await runtime.reload(config(model("a", slow, bulkhead=wider)))
            await settle()
            assert slow.running == 3
            results = await asyncio.gather(*calls)
            assert all(result.success for result in results)  # nothing in line is sent away
            assert_at_rest(runtime)

    virtual(main())


def test_a_higher_limit_of_tasks_gives_the_waiting_their_turn(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model("answer", takes=10.0)
        limits = {"max_concurrent_requests": 1, "max_queued_requests": 10}
        async with fleet(model("a", slow), **limits) as runtime:
            calls = [asyncio.create_task(runtime.execute(Task(n))) for n in range(3)]
            await asyncio.sleep(1.0)
            assert slow.running == 1
            await runtime.reload(config(model("a", slow), max_concurrent_requests=50))
            await settle()
            assert slow.running == 3
            assert all(result.success for result in await asyncio.gather(*calls))
            assert_at_rest(runtime)

    virtual(main())


def test_a_shorter_health_interval_holds_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        class Probed(Model):
            probes = 0

            async def check_health(self) -> bool:
                self.probes += 1
                return True

        one = Probed()
        async with fleet(model("a", one)) as runtime:
            await asyncio.sleep(1.0)
            await runtime.reload(config(model("a", one), health_check_interval=1.0))
            await asyncio.sleep(20.0)
            assert one.probes >= 17
            off = HealthCheckConfig(enabled=False)
            await runtime.reload(config(model("a", one, health_check=off)))
            before = one.probes
            await asyncio.sleep(100.0)
            assert one.probes == before

    virtual(main())


def test_task_timeout_groups_quotas_and_retries_change(virtual: Virtual) -> None:
    async def main() -> None:
        hangs = Model(takes=1e6)
        async with fleet(model("a", hangs), model("b", Model("b"))) as runtime:
            group = GroupConfig(name="only-b", models=("b",))
            share = RateLimitConfig(shared_quota="team")
            retries = RetryConfig(max_retries=0)
            done = await runtime.reload(
                config(
                    model("a", hangs, rate_limit=share, retry=retries),
                    model("b", Model("b"), rate_limit=share),
                    groups=(group,),
                    task_timeout=7.0,
                    failover=False,
                )
            )
            assert done.groups_changed
            result = await runtime.execute(Task("x"))
            assert not result.success
            assert result.execution_time == pytest.approx(7.0)
            assert await used(runtime, plan="only-b") == "b"
            assert runtime._fleet.router_state.quotas == {"team": ["a", "b"]}

    virtual(main())


def test_a_restart_policy_changes(virtual: Virtual) -> None:
    async def main() -> None:
        one, rare = Model(), RestartConfig(intensity=0, quarantine_retry=50.0)
        async with fleet(model("a", one)) as runtime:
            await runtime.reload(config(model("a", one, restart=rare)))
            crash(runtime, "a")
            assert not (await runtime.execute(Task("x"))).success
            await asyncio.sleep(51.0)
            assert (await runtime.execute(Task("x"))).success

    virtual(main())


def test_a_crashed_actor_has_the_new_settings_when_it_is_back(virtual: Virtual) -> None:
    async def main() -> None:
        one, late = Model("answer", takes=8.0), RestartConfig(base_delay=5.0, jitter=0.0)
        async with fleet(model("a", one, restart=late)) as runtime:
            for _ in range(2):
                crash(runtime, "a")
            done = runtime.reload(config(model("a", one, restart=late, timeout=1.0)))
            await asyncio.sleep(6.0)
            await done
            assert (await runtime.execute(Task("x"))).execution_time == pytest.approx(1.0)

    virtual(main())


def test_mailboxes_have_another_size(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model()
        async with fleet(model("a", one)) as runtime:
            await runtime.reload(config(model("a", one), mailbox_size=17))
            await until(lambda: runtime.router.address.limit == 17)

    virtual(main())


def test_what_an_alert_is_raised_for_changes_at_once(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        never = CircuitBreakerConfig(failure_threshold=1000, failure_rate=1.0)
        half = Model(*[ConnectionError("gone"), "answer"] * 20)
        one = model("a", half, circuit_breaker=never)
        quiet = AlertsConfig(error_rate=0.9)
        async with fleet(one, alerts=quiet) as runtime:
            runtime.subscribe(heard.append, AlertRaised, AlertResolved)
            await fail(runtime, 30)
            for alerts in (AlertsConfig(), AlertsConfig(error_rate=1.0)):
                await runtime.reload(config(one, alerts=alerts))
        return heard

    heard = virtual(main())
    assert [(type(event), event.condition) for event in heard] == [
        (AlertRaised, "error_rate"),
        (AlertResolved, "error_rate"),
    ]


def test_a_shorter_cooldown_lets_out_what_was_held_back(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        models = model("a", Model()), model("b", Model())
        async with fleet(*models, alerts=AlertsConfig(cooldown=1000.0)) as runtime:
            runtime.subscribe(heard.append, AlertRaised)
            for _ in range(2):
                runtime.model("a").trip()
                runtime.model("a").reset()
            runtime.model("a").trip()
            await asyncio.sleep(5.0)
            await runtime.reload(config(*models, alerts=AlertsConfig(cooldown=10.0)))
            await asyncio.sleep(6.0)
        return [event for event in heard if event.condition == "circuit_open"]

    assert len(virtual(main())) == 2


def test_an_alert_of_a_disabled_model_is_raised_again_when_it_is_enabled(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        one, b = Model(), model("b", Model())
        at_once: dict[str, Any] = {
            "degraded_mode_threshold": 0,
            "alerts": AlertsConfig(cooldown=0.0),
        }
        async with fleet(model("a", one), b, **at_once) as runtime:
            runtime.subscribe(heard.append, AlertRaised, AlertResolved)
            runtime.model("a").trip()
            await runtime.reload(config(model("a", one, enabled=False), b, **at_once))
            for _ in range(2):
                runtime.model("a").reset()
                runtime.model("a").trip()
            await runtime.reload(config(model("a", one), b, **at_once))
            runtime.model("a").reset()
        return heard

    heard = virtual(main())
    assert {event.condition for event in heard} == {"circuit_open"}
    assert [type(event) for event in heard] == [AlertRaised, AlertResolved] * 2
