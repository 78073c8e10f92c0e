"""Other settings while tasks run: what changes, what survives, and what does not hold."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

import pytest

from hive_resilience import (
    BulkheadConfig,
    CircuitBreakerConfig,
    ConfigurationError,
    GlobalConfig,
    HealthCheckConfig,
    ModelConfig,
    ModelRemoved,
    ModelStatus,
    Plan,
    RateLimitConfig,
    Reloaded,
    ReloadRejected,
    RestartConfig,
    RetryConfig,
    Runtime,
    RuntimeClosedError,
    RuntimeConfig,
    Task,
)
from hive_resilience.actors.policies.breaker_events import State
from hive_resilience.config import Isolation
from hive_resilience.config.group import GroupConfig
from hive_resilience.runtime.testing import settle

from ..conftest import Virtual
from ..fleet_kit import Model, assert_at_rest, crash, fleet, model, narrow, until


def config(
    *models: ModelConfig, groups: tuple[GroupConfig, ...] = (), **settings: Any
) -> RuntimeConfig:
    return RuntimeConfig(global_=GlobalConfig(**settings), models=models, groups=groups)


async def used(runtime: Runtime, **how: Any) -> str | None:
    return (await runtime.execute(Task("x"), **how)).model_used


async def fail(runtime: Runtime, times: int) -> None:
    for _ in range(times):
        await runtime.execute(Task("x"))


class Closable(Model):
    """Says when it was closed, and how many calls it had then."""

    closed_with: int | None = None

    async def close(self) -> None:
        self.closed_with = self.running


def test_models_are_added_changed_and_removed(virtual: Virtual) -> None:
    async def main() -> None:
        a, b, c = Model("a"), Model("b"), Model("c")
        async with fleet(model("a", a), model("b", b)) as runtime:
            done = await runtime.reload(
                config(model("b", b, weight=3.0), model("c", c), stop_grace=1.0)
            )
            assert (done.added, done.removed) == (("c",), ("a",))
            assert done.changed == {"b": ("weight",)}
            assert done.settings == ("stop_grace",)
            await settle()
            assert list(runtime.snapshot().models) == ["b", "c"]
            assert await used(runtime) == "b"
            assert await used(runtime, plan=Plan("c")) == "c"
            assert_at_rest(runtime)

    virtual(main())


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


def test_a_removed_model_ends_its_calls_and_is_closed_then(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        leaving = Closable("last words", takes=10.0)
        runtime = fleet(model("a", leaving), model("b", Model("b")))
        runtime.subscribe(heard.append, ModelRemoved)
        async with runtime:
            call = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            await runtime.reload(config(model("b", Model("b"))))
            assert await used(runtime) == "b"
            assert leaving.closed_with is None
            assert (await call).value == "last words"
            await settle()
            assert leaving.closed_with == 0
            assert list(runtime.snapshot().models) == ["b"]
        return heard

    assert [event.model_id for event in virtual(main())] == ["a"]


def test_a_model_that_comes_back_while_it_drains_goes_on_as_it_was(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        one = Closable("answer", takes=10.0)
        with_a, without = (
            config(model("a", one), model("b", Model("b"))),
            config(model("b", Model("b"))),
        )
        runtime = Runtime(with_a)
        runtime.subscribe(heard.append, ModelRemoved)
        async with runtime:
            call = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            for _ in range(3):
                await runtime.reload(without)
                await runtime.reload(with_a)
            assert await used(runtime) == "a"
            assert (await call).model_used == "a"
            await settle()
            assert one.closed_with is None
            assert runtime.model("a").snapshot().metrics.successes == 2
            await runtime.reload(without)
            await settle()
            assert one.closed_with == 0
        return heard

    assert [event.model_id for event in virtual(main())] == ["a"]


def test_a_replaced_executor_is_closed_once_its_calls_have_ended(virtual: Virtual) -> None:
    async def main() -> None:
        old, new = Closable("old", takes=10.0), Closable("new")
        async with fleet(model("a", old)) as runtime:
            call = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            await runtime.reload(config(model("a", new)))
            assert (await runtime.execute(Task("y"))).value == "new"
            await settle()
            assert old.closed_with is None
            assert (await call).value == "old"
            await settle()
            assert [old.closed_with, new.closed_with] == [0, None]
        assert new.closed_with == 0

    virtual(main())


def test_an_object_that_stays_in_use_is_not_closed_with_its_old_adapter() -> None:
    async def main() -> None:
        same = Closable("same")
        async with Runtime(config(ModelConfig(id="a", executor=same))) as runtime:
            await runtime.reload(config(ModelConfig(id="a", executor=same, calls_per_worker=5)))
            assert (await runtime.execute(Task("x"))).value == "same"
            await asyncio.sleep(0)
            assert same.closed_with is None
        assert same.closed_with == 0

    asyncio.run(main())


def test_an_executor_moves_to_processes_of_its_own_and_back() -> None:
    async def main() -> None:
        async with Runtime(config(ModelConfig(id="a", executor=where))) as runtime:
            isolated = ModelConfig(id="a", executor=where, isolation=Isolation.PROCESS)
            await runtime.reload(config(isolated))
            assert (await runtime.execute(Task("x"))).value != os.getpid()
            assert "workers:a" in {child.name for child in runtime.snapshot().children}
            await runtime.reload(config(ModelConfig(id="a", executor=where)))
            assert (await runtime.execute(Task("x"))).value == os.getpid()
            assert "workers:a" not in {child.name for child in runtime.snapshot().children}

    asyncio.run(main())


def where(task: Task) -> int:
    return os.getpid()


def test_blocking_calls_go_on_in_the_threads_they_are_in() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def old(task: Task) -> str:
        begun.set()
        assert go_on.wait(10.0)
        return "old"

    with Runtime(config(model("a", old))) as runtime:
        call = runtime.submit(Task("x"))
        assert begun.wait(10.0)
        runtime.reload(config(model("a", lambda task: "new"))).get(timeout=10.0)
        assert runtime.submit(Task("y")).result(10.0).value == "new"
        go_on.set()
        assert call.result(10.0).value == "old"


def test_order_weights_and_the_default_strategy_change(virtual: Virtual) -> None:
    async def main() -> None:
        a, b = Model("a"), Model("b")
        async with fleet(model("a", a), model("b", b)) as runtime:
            assert await used(runtime) == "a"
            await runtime.reload(config(model("b", b), model("a", a)))
            assert await used(runtime) == "b"
            weighted = config(
                model("b", b, weight=0.0), model("a", a, weight=5.0), default_strategy="weighted"
            )
            await runtime.reload(weighted)
            assert {await used(runtime) for _ in range(20)} == {"a"}

    virtual(main())


def test_a_model_is_disabled_and_enabled(virtual: Virtual) -> None:
    async def main() -> None:
        a, b = Model("a", takes=5.0), Model("b")
        async with fleet(model("a", a), model("b", b)) as runtime:
            running = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1.0)
            await runtime.reload(config(model("a", a, enabled=False), model("b", b)))
            assert await used(runtime) == "b"
            assert runtime.model("a").status() is ModelStatus.UNAVAILABLE
            await runtime.reload(config(model("a", a), model("b", b)))
            assert await used(runtime) == "a"
            assert (await running).model_used == "a"

    virtual(main())


def test_a_wider_bulkhead_serves_who_waits_and_a_shorter_line_sends_away(virtual: Virtual) -> None:
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
            assert sum(result.success for result in results) == 4
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


def test_what_cannot_be_used_changes_nothing_and_is_told(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        one = Model("a")
        runtime = fleet(model("a", one))
        runtime.subscribe(heard.append, Reloaded, ReloadRejected)
        async with runtime:
            before = runtime.snapshot().models
            for wrong in (
                config(),
                config(model("a", one), ModelConfig(id="b")),
                config(
                    model("a", one, weight=5.0),
                    ModelConfig(
                        id="b", executor=one, health_check=HealthCheckConfig(endpoint="...")
                    ),
                ),
            ):
                with pytest.raises(ConfigurationError):
                    await runtime.reload(wrong)
            assert runtime.snapshot().models == before
            assert runtime._fleet.members["a"].config.weight == 1.0
        return heard

    heard = virtual(main())
    assert [type(event) for event in heard] == [ReloadRejected] * 3
    assert heard[1].problems[0].key == "models.b"


def test_executors_of_python_stay_with_their_models(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model("first"), Model("second")
        named = {"a": first, "b": second}
        plain = config(ModelConfig(id="a"), ModelConfig(id="b"))
        async with Runtime(plain, executors=named) as runtime:
            await runtime.reload(config(ModelConfig(id="a", weight=2.0)))
            assert (await runtime.execute(Task("x"))).value == "first"
            await runtime.reload(plain)
            assert (await runtime.execute(Task("x"), plan=Plan("b"))).value == "second"
            assert runtime.model("a").snapshot().metrics.successes == 1

    virtual(main())


def test_models_that_the_program_added_or_removed_stay_so(virtual: Virtual) -> None:
    async def main() -> None:
        a, b = model("a", Model("a")), model("b", Model("b"))
        async with Runtime(config(a, b)) as runtime:
            runtime.add_model(model("mine", Model("mine")))
            await runtime.remove_model("b")
            await runtime.reload(config(a, b, stop_grace=1.0))
            assert list(runtime.snapshot().models) == ["a", "mine"]
            await runtime.reload(config(a, ModelConfig(id="mine", weight=2.0)))
            assert (await runtime.execute(Task("x"), plan=Plan("mine"))).value == "mine"
            assert runtime.model("mine").snapshot().metrics.successes == 1
            await runtime.reload(config(a))
            await settle()
            assert list(runtime.snapshot().models) == ["a"]

    virtual(main())


def test_a_model_that_was_stopped_by_hand_stays_so(virtual: Virtual) -> None:
    async def main() -> None:
        a, b = Model("a"), Model("b")
        async with fleet(model("a", a), model("b", b)) as runtime:
            runtime.model("a").stop()
            await runtime.reload(config(model("a", a, weight=2.0), model("b", b)))
            assert await used(runtime) == "b"

    virtual(main())


def test_a_reload_in_a_task_of_another_thread_and_loop_works() -> None:
    one = Model("answer")

    async def elsewhere(runtime: Runtime) -> Reloaded:
        return await runtime.reload(config(model("a", one, weight=2.0)))

    with fleet(model("a", one)) as runtime:
        assert asyncio.run(elsewhere(runtime)).changed == {"a": ("weight",)}
        with pytest.raises(ConfigurationError):
            runtime.reload(config()).get(timeout=10.0)
    with pytest.raises(RuntimeClosedError):
        runtime.reload(config(model("a", one)))


def test_reloads_from_many_threads_wait_for_each_other() -> None:
    one = Model("answer")
    configs = [config(model("a", one, weight=float(n)), model(f"m{n}", one)) for n in range(2, 10)]
    with fleet(model("a", one)) as runtime:
        asked = [runtime.reload(configs[n % 8]) for n in range(80)]
        for each in asked:
            each.get(timeout=10.0)
        runtime.reload(configs[0]).get(timeout=10.0)
        asyncio.run(_until(lambda: list(runtime.snapshot().models) == ["a", "m2"]))


async def _until(is_true: Any) -> None:
    async with asyncio.timeout(10.0):
        while not is_true():
            await asyncio.sleep(0.001)


def test_a_reload_of_what_came_from_no_file_says_so(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            with pytest.raises(ConfigurationError, match="not made from a file"):
                await runtime.reload()

    virtual(main())


def test_mailboxes_have_another_size(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model()
        async with fleet(model("a", one)) as runtime:
            await runtime.reload(config(model("a", one), mailbox_size=17))
            await until(lambda: runtime.router.mailbox.limit == 17)

    virtual(main())
