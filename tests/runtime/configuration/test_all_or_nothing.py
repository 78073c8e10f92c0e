"""A reload that fails at any of its steps changes nothing, and the next one works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from hive_resilience import ModelConfig, Plan, Runtime, RuntimeConfig, Task
from hive_resilience.config import RestartConfig
from hive_resilience.config.settings.group import GroupConfig
from hive_resilience.errors import ConfigurationError, InvalidRequestError
from hive_resilience.events import Reloaded, ReloadRejected
from hive_resilience.runtime.configuration import reload as reloading
from hive_resilience.runtime.configuration import steps as stepping
from hive_resilience.runtime.configuration.steps import Step
from hive_resilience.runtime.fleet.backend import Backend
from hive_resilience.testing import settle

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model
from .reload_kit import Closable, config, used

KEPT, GONE = Closable("kept"), Closable("gone")
ENDPOINT: dict[str, Any] = {"endpoint": "http://localhost:9/v1", "model": "x"}


def before() -> RuntimeConfig:
    return config(
        model("kept", KEPT),
        model("changed", Model("old")),
        model("gone", GONE),
        groups=(GroupConfig(name="g", models=("kept", "gone")),),
        task_timeout=50.0,
    )


def after() -> RuntimeConfig:
    return config(
        model("new one", Model("new")),
        model("changed", Model("new"), restart=RestartConfig(intensity=2)),
        model("kept", KEPT, weight=3.0),
        model("new two", Model("new")),
        groups=(GroupConfig(name="h", models=("kept", "new one")),),
        task_timeout=20.0,
        default_timeout=7.0,
        max_concurrent_requests=77,
        mailbox_size=55,
    )


def whole(runtime: Runtime) -> dict[str, Any]:
    """All that a reload changes, wherever it is kept."""
    fleet, portal = runtime._fleet, runtime._portal
    state = fleet.router_state
    models = {
        name: (member.config, member.backend, member.leaving, *_used(member.state))
        for name, member in fleet.members.items()
    }
    snapshot = runtime.snapshot()
    return {
        "config": (runtime.config, fleet.config),
        "models": models,
        "snapshots": snapshot.models,
        "children": [replace(one, restart=None) for one in snapshot.children],  # type: ignore[arg-type]
        "plans": fleet.members.plans,
        "router": (tuple(state.candidates), state.settings, snapshot.router.closed),
        "limits": (portal._limit, fleet.engine.mailbox_size, fleet.environment.task_timeout),
    }


def _used(state: Any) -> tuple[object, ...]:
    return state.config, state.executor, state.probe, state.attempt_timeout, state.failure_if


def names_of_steps() -> list[str]:
    """Of this reload, in order, as the code makes them."""
    names: list[str] = []
    take = stepping.take

    def noted(steps: Iterable[Step]) -> None:
        take(_noting(steps, names))

    async def main() -> None:
        async with Runtime(before()) as runtime:
            await runtime.reload(after())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reloading, "take", noted)
        asyncio.run(main())
    return names


def _noting(steps: Iterable[Step], names: list[str]) -> Iterator[Step]:
    for step in steps:
        names.append(step.name)
        yield step


STEPS = names_of_steps()


def test_these_are_the_steps() -> None:
    """A new one is below this, and is tested by itself."""
    assert [
        *("settings", "add new one", "add new two", "change changed", "change kept"),
        *("change gone", "remove gone", "router", "limits"),
    ] == STEPS


class MishapError(Exception):
    """Comes from no code of ours."""


def broken(name: str, error: BaseException, *, halfway: bool) -> Callable[[Iterable[Step]], None]:
    """Takes the steps, of which one fails before it begins, or after its end."""

    def steps_of(steps: Iterable[Step]) -> Iterator[Step]:
        for step in steps:
            yield step._replace(do=_failing(step, error, halfway)) if step.name == name else step

    return lambda steps: stepping.take(steps_of(steps))


def _failing(step: Step, error: BaseException, halfway: bool) -> Callable[[], None]:
    def do() -> None:
        if halfway:
            step.do()
        raise error

    return do


@pytest.mark.parametrize("halfway", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_changes_nothing(
    step: str, halfway: bool, virtual: Virtual, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> list[type]:
        heard: list[Any] = []
        async with Runtime(before()) as runtime:
            runtime.subscribe(heard.append, Reloaded, ReloadRejected)
            KEPT.closed_with = GONE.closed_with = None
            await used(runtime)
            found = whole(runtime)
            asked = [asyncio.create_task(runtime.execute(Task("x"))) for _ in range(3)]
            with monkeypatch.context() as patch:
                patch.setattr(reloading, "take", broken(step, MishapError("!"), halfway=halfway))
                with pytest.raises(ConfigurationError, match="nothing has changed: !"):
                    await runtime.reload(after())
            assert all(result.success for result in await asyncio.gather(*asked))
            await settle()
            assert_same(found, whole(runtime))
            assert (KEPT.closed_with, GONE.closed_with) == (None, None)
            assert (await runtime.execute(Task("x"), plan="g")).success
            with pytest.raises(InvalidRequestError):
                await runtime.execute(Task("x"), plan="h")
            await works_afterwards(runtime)
        return [type(event) for event in heard]

    assert virtual(main()) == [ReloadRejected, Reloaded]


def assert_same(found: dict[str, Any], now: dict[str, Any]) -> None:
    counts = ("snapshots", "children")
    for name in found:
        if name not in counts:
            assert now[name] == found[name], name
    assert list(now["snapshots"]) == list(found["snapshots"])
    for name, one in now["snapshots"].items():
        was = found["snapshots"][name]
        assert (one.status, one.breaker.state) == (was.status, was.breaker.state)
        assert one.restarts == was.restarts == 0
    assert [one.name for one in now["children"]] == [one.name for one in found["children"]]


async def works_afterwards(runtime: Runtime) -> None:
    await runtime.reload(after())
    await settle()
    assert set(runtime.snapshot().models) == {"new one", "changed", "kept", "new two"}
    order = ["new one", "changed", "kept", "new two"]
    assert list(runtime._fleet.router_state.candidates) == order
    assert (await runtime.execute(Task("x"), plan="h")).success
    assert (await runtime.execute(Task("x"), plan=Plan("changed"))).value == "new"
    assert_at_rest(runtime)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError()])
@pytest.mark.parametrize("step", STEPS)
def test_an_interrupt_at_any_step_changes_nothing_either(
    step: str, error: BaseException, virtual: Virtual, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with Runtime(before()) as runtime:
            found = whole(runtime)
            with monkeypatch.context() as patch:
                patch.setattr(reloading, "take", broken(step, error, halfway=True))
                with pytest.raises(type(error)):
                    await runtime._reloader.reload(after())
            await settle()
            assert_same(found, whole(runtime))
            await works_afterwards(runtime)

    virtual(main())


def test_the_executors_of_new_models_are_closed_and_those_of_python_stay_open(
    virtual: Virtual, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    close = Backend.close

    async def noted(backend: Backend, limit: float) -> None:
        closed.append(backend.model_id)
        await close(backend, limit)

    async def main() -> None:
        given = Closable("given")
        KEPT.closed_with = None
        new = config(
            ModelConfig(id="adapter", **ENDPOINT), model("kept", KEPT), model("given", given)
        )
        async with fleet(model("kept", KEPT)) as runtime:
            monkeypatch.setattr(Backend, "close", noted)
            for step in ("settings", "limits"):
                with monkeypatch.context() as patch:
                    patch.setattr(reloading, "take", broken(step, MishapError(), halfway=True))
                    with pytest.raises(ConfigurationError):
                        await runtime.reload(new)
                await settle()
            assert set(closed) == {"adapter", "given"}
            assert (given.closed_with, KEPT.closed_with) == (None, None)

    virtual(main())


def test_an_executor_that_cannot_be_made_closes_the_others(
    virtual: Virtual, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    async def noted(backend: Backend, limit: float) -> None:
        closed.append(backend.model_id)

    async def main() -> None:
        wrong = ModelConfig(id="wrong", executor=lambda task: "", isolation="process")
        new = config(ModelConfig(id="adapter", **ENDPOINT), model("kept", KEPT), wrong)
        async with fleet(model("kept", KEPT)) as runtime:
            with monkeypatch.context() as patch:
                patch.setattr(Backend, "close", noted)
                with pytest.raises(ConfigurationError, match="wrong"):
                    await runtime.reload(new)
                await settle()
            assert closed == ["adapter"]
            assert set(runtime.snapshot().models) == {"kept"}

    virtual(main())
