"""A fleet says how bad it is, does what its settings say, and comes back step by step."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import ModelConfig, Plan, Runtime, RuntimeConfig, Task, TaskResult
from hive_resilience.config import DegradationConfig, GlobalConfig, GroupConfig
from hive_resilience.errors import InvalidRequestError
from hive_resilience.events import ActionTaken, DegradationChanged
from hive_resilience.snapshots import DegradationLevel

from ..conftest import Virtual

NO_PROBES = {"enabled": False}


class Switchable:
    """A model that fails while it is `down`, and takes `takes` seconds."""

    def __init__(self, answer: str = "answer", takes: float = 0.1) -> None:
        self.down, self.answer, self.takes, self.calls = False, answer, takes, 0

    async def __call__(self, task: Task) -> str:
        self.calls += 1
        await asyncio.sleep(self.takes)
        if self.down:
            raise ConnectionError("down")
        return self.answer


def fleet_of(models: dict[str, Switchable], **settings: Any) -> Runtime:
    config = RuntimeConfig(
        global_=GlobalConfig(degradation=DegradationConfig(**settings)),
        models=tuple(ModelConfig(id=name, executor=one) for name, one in models.items()),
        groups=(GroupConfig(name="cheap", models=(list(models)[-1],)),),
    )
    return Runtime(config, draw=lambda: 0.5)


async def traffic(runtime: Runtime, seconds: float, pace: float = 0.2) -> list[TaskResult]:
    """Tasks one after the other; those of a fleet that is down fail at once."""
    until = asyncio.get_running_loop().time() + seconds
    found: list[TaskResult] = []
    while asyncio.get_running_loop().time() < until:
        found.append(await runtime.execute(Task("x")))
        await asyncio.sleep(pace)
    return found


def test_a_fleet_that_is_down_is_critical_and_comes_back_one_step_at_a_time(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        models = {"a": Switchable(), "b": Switchable()}
        async with fleet_of(models) as runtime:
            changes: list[DegradationChanged] = []
            runtime.degradation.on_change(changes.append)
            good = await traffic(runtime, 30)
            for one in models.values():
                one.down = True
            bad = await traffic(runtime, 60)
            for one in models.values():
                one.down = False
            await traffic(runtime, 700)

            assert runtime.degradation.level is DegradationLevel.NONE
            assert {result.degradation for result in good} == {None}
            marks = [result.degradation for result in bad if result.degradation is not None]
            assert marks[-1].level is DegradationLevel.CRITICAL
            assert "models can serve" in marks[-1].reason
        ranks = [event.after.rank for event in changes]
        assert ranks == [4, 3, 2, 1, 0]

    virtual(main())


def test_an_idle_fleet_has_no_timer_for_its_level(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet_of({"a": Switchable()}) as runtime:
            state = runtime._fleet.router_state.level  # pyright: ignore[reportPrivateUsage]
            await traffic(runtime, 20)
            assert state.timer is not None
            await asyncio.sleep(60)
            assert state.timer is None
            await runtime.execute(Task("x"))
            assert state.timer is not None

    virtual(main())


def test_a_level_by_hand_holds_until_its_end_and_stands_in_the_audit(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet_of({"a": Switchable()}) as runtime:
            taken: list[ActionTaken] = []
            runtime.subscribe(taken.append, ActionTaken)
            status = runtime.degradation.hold("severe", "30s", reason="a rehearsal", by="ada")
            assert (status.level, status.measured) == ("severe", "none")
            assert status.held is not None
            assert status.held.by == "ada"
            result = await runtime.execute(Task("x"))
            assert result.degradation is not None
            assert result.degradation.reason == "held by ada: a rehearsal"
            assert result.degraded is False
            await asyncio.sleep(29)
            assert runtime.degradation.level == "severe"
            await asyncio.sleep(2)
            assert runtime.degradation.level == "none"
            assert (await runtime.execute(Task("x"))).degradation is None
            runtime.degradation.hold("minor")
            await asyncio.sleep(3_000)
            assert runtime.degradation.release(by="ada").level == "none"
        rows = [(event.action, event.by, event.before, event.after) for event in taken]
        assert rows == [
            ("hold_level", "ada", "none", "severe for 30 s"),
            ("hold_level", "program", "none", "minor"),
            ("release_level", "ada", "minor", "none"),
        ]

    virtual(main())


@pytest.mark.parametrize(("level", "duration"), [("bad", None), (7, None), ("minor", "-1s")])
def test_what_is_no_level_and_no_span_is_refused(
    virtual: Virtual, level: Any, duration: Any
) -> None:
    async def main() -> None:
        async with fleet_of({"a": Switchable()}) as runtime:
            with pytest.raises(InvalidRequestError):
                runtime.degradation.hold(level, duration)
            assert runtime.degradation.status().held is None

    virtual(main())


def test_a_cheaper_plan_serves_tasks_without_a_plan_while_the_level_holds(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        models = {"large": Switchable("large"), "small": Switchable("small")}
        when = {
            "severe": {"plan": "cheap", "features_off": ["images"]},
            "minor": {"features_off": ["videos"]},
        }
        async with fleet_of(models, when=when) as runtime:
            before = await runtime.execute(Task("x"))
            runtime.degradation.hold("critical")
            cheap = await runtime.execute(Task("x"))
            own = await runtime.execute(Task("x"), plan=Plan("large"))
            async with runtime.stream(Task("x")) as stream:
                streamed = [chunk async for chunk in stream]
            features = [runtime.degradation.is_on(name) for name in ("images", "videos", "texts")]
            runtime.degradation.release()
            after = await runtime.execute(Task("x"))

            assert (before.value, cheap.value, own.value, after.value) == (
                "large",
                "small",
                "large",
                "large",
            )
            assert cheap.degradation is not None
            assert cheap.degradation.actions == ("plan", "features_off")
            assert own.degradation is not None
            assert own.degradation.actions == ("features_off",)
            assert streamed == ["small"]
            assert features == [False, False, True]
            assert runtime.degradation.is_on("images")

    virtual(main())


def test_one_task_of_a_hundred_tries_the_cheaper_plan_in_good_times(virtual: Virtual) -> None:
    async def main() -> None:
        models = {"large": Switchable("large", 0.0), "small": Switchable("small", 0.0)}
        draws = iter([at / 1000 for at in range(1000)] * 2)
        async with fleet_of(models, when={"severe": {"plan": "cheap"}}) as runtime:
            runtime._fleet.degrading._draw = lambda: next(draws)  # pyright: ignore[reportPrivateUsage]
            results = [await runtime.execute(Task("x")) for _ in range(1000)]
            models["small"].down = True
            failing = [await runtime.execute(Task("x")) for _ in range(10)]

            tried = [result for result in results if result.value == "small"]
            assert len(tried) == 10
            assert {result.degradation.level for result in tried if result.degradation} == {"none"}
            assert all(result.degradation is None for result in results if result not in tried)
            # A plan that fails costs no task: all other models stand behind it.
            assert all(result.success and result.value == "large" for result in failing)

    virtual(main())


def test_a_plan_that_is_not_configured_is_not_tried(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet_of({"a": Switchable()}) as runtime:
            environment = runtime._fleet.environment  # pyright: ignore[reportPrivateUsage]
            assert environment.is_plain
            runtime.degradation.hold("minor")
            assert not environment.is_plain
            runtime.degradation.release()
            assert environment.is_plain

    virtual(main())


def test_a_kept_answer_is_given_only_when_all_else_has_failed_and_says_so(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        models = {"a": Switchable("first")}
        async with fleet_of(models) as runtime:
            runtime.degradation.cache_by(lambda task: task.payload)
            assert (await runtime.execute(Task("x"))).value == "first"
            models["a"].answer = "second"
            fresh = await runtime.execute(Task("x"))
            models["a"].down = True
            stale = await runtime.execute(Task("x"))
            unknown = await runtime.execute(Task("y"))
            runtime.degradation.cache_by(None)
            off = await runtime.execute(Task("x"))

            assert (fresh.value, fresh.degradation) == ("second", None)
            assert (stale.success, stale.value, stale.model_used) == (True, "second", None)
            assert stale.degradation is not None
            assert stale.degradation.actions == ("cache",)
            assert "answer of" in stale.degradation.reason
            assert next(one.outcome for one in stale.attempts if one.number) == "failure"
            assert (unknown.success, off.success) == (False, False)

    virtual(main())


def test_a_key_that_fails_costs_no_task(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet_of({"a": Switchable()}) as runtime:
            runtime.degradation.cache_by(lambda task: task.payload["missing"])
            assert (await runtime.execute(Task({}))).value == "answer"
            runtime.degradation.cache_by(lambda task: [])  # type: ignore[arg-type, return-value]
            assert (await runtime.execute(Task({}))).value == "answer"

    virtual(main())


def test_a_level_sheds_and_lowers_limits_and_takes_both_back(virtual: Virtual) -> None:
    async def main() -> None:
        when = {"severe": {"shed": "normal", "limits": 0.5}}
        async with fleet_of({"a": Switchable(takes=0.0)}, when=when) as runtime:
            runtime.degradation.hold("severe")
            low = await runtime.execute(Task("x", priority="low"))
            critical = await runtime.execute(Task("x", priority="critical"))
            halved = runtime.model("a").snapshot().bulkhead.limit
            runtime.degradation.release()
            again = await runtime.execute(Task("x", priority="low"))

            assert (low.success, critical.success, again.success) == (False, True, True)
            assert (halved, runtime.model("a").snapshot().bulkhead.limit) == (50, 100)
            assert runtime.degradation.level == "none"

    virtual(main())
