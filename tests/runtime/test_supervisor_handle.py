"""Actors of the application under the runtime, and those that are none of its business."""

from __future__ import annotations

import asyncio
from typing import Any

import pykka
import pytest

from hive_resilience import Actor, ChildSpec, SupervisorSpec, Task, Terminated
from hive_resilience.config import RestartConfig
from hive_resilience.errors import ConfigurationError, InvalidRequestError, RuntimeClosedError

from ..conftest import Virtual
from ..fleet_kit import Model, crash, fleet, model

AT_ONCE = RestartConfig(base_delay=0.0)


class Counter(Actor):
    """Counts; raises what it is told to raise."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        self.count += 1
        return self.count


class Host(pykka.ThreadingActor):
    """An actor of the application around us."""

    def on_receive(self, message: Any) -> Any:
        return message


def counter(name: str = "counter", **settings: Any) -> ChildSpec:
    return ChildSpec(name, Counter, restart=AT_ONCE, **settings)


def test_an_actor_of_the_application_is_restarted_behind_its_reference(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            ref = runtime.supervisor.add(counter())
            assert await ref.ask("one", block=False) == 1
            ref.tell(ZeroDivisionError())
            assert await ref.ask("one", block=False) == 1
            assert runtime.supervisor.ref("counter") is ref
            names = [child.name for child in runtime.snapshot().children]
            assert names[-2:] == ["application", "application/counter"]
        with pytest.raises(pykka.ActorDeadError):
            ref.tell("late")

    virtual(main())


def test_a_group_restarts_together_and_is_reached_by_name(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            group = SupervisorSpec("group", (counter("x"), counter("y")), strategy="one_for_all")
            runtime.supervisor.add(group)
            inside = runtime.supervisor.under("group")
            await inside.ref("y").ask("one", block=False)
            inside.ref("x").tell(ZeroDivisionError())
            assert await inside.ref("y").ask("one", block=False) == 1
            inside.add(counter("z"))
            assert await inside.remove("x") is True
            assert inside.restart("y") is True
            names = [child.name for child in inside.children()]
            assert names == ["application/group/y", "application/group/z"]
            with pytest.raises(InvalidRequestError, match="is no supervisor"):
                inside.under("y")
            with pytest.raises(InvalidRequestError, match="there is no child 'nobody'"):
                runtime.supervisor.under("nobody")

    virtual(main())


def test_the_same_from_another_thread() -> None:
    with fleet(model("a", Model())) as runtime:
        ref = runtime.supervisor.add(counter())
        assert ref.ask("one", timeout=10) == 1
        assert runtime.supervisor.restart("counter") is True
        stopped: Any = runtime.supervisor.remove("counter")
        assert stopped.get(timeout=10) is True
        gone: Any = runtime.supervisor.remove("counter")
        assert gone.get(timeout=10) is False
        assert runtime.supervisor.children() == ()


def test_what_is_no_spec_and_a_closed_runtime_are_refused(virtual: Virtual) -> None:
    async def main() -> None:
        broken: Any = Counter
        runtime = fleet(model("a", Model()))
        async with runtime:
            with pytest.raises(ConfigurationError):
                runtime.supervisor.add(broken)
        with pytest.raises(RuntimeClosedError):
            runtime.supervisor.add(counter())

    virtual(main())


def test_inside_a_handler_nothing_can_be_started(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            supervisor = runtime.supervisor

            class Starter(Actor):
                def on_receive(self, message: Any) -> None:
                    supervisor.add(counter())

            ref = supervisor.add(ChildSpec("starter", Starter))
            with pytest.raises(InvalidRequestError, match="handler"):
                await ref.ask("start", block=False)

    virtual(main())


def test_the_applications_actors_stop_before_the_models_and_these_before_the_router(
    virtual: Virtual,
) -> None:
    ended: list[str] = []
    runtime = fleet(model("a", Model()))

    class Last(Counter):
        def on_stop(self) -> None:
            children = runtime._fleet.snapshot().children
            ended.append(" ".join(child.name for child in children if child.alive))

    async def main() -> None:
        async with runtime:
            runtime.supervisor.add(ChildSpec("last", Last))

    virtual(main())
    assert ended == ["router models model:a application application/last"]


def test_an_actor_can_watch_a_model(virtual: Virtual) -> None:
    heard: list[Any] = []

    class Guard(Actor):
        def on_receive(self, message: Any) -> None:
            if isinstance(message, Terminated):
                heard.append(message)
            else:
                self.watch(message)

    async def main() -> None:
        async with fleet(model("a", Model()), model("b", Model())) as runtime:
            guard = runtime.supervisor.add(ChildSpec("guard", Guard))
            ref = runtime._fleet.member("a").ref
            guard.tell(ref)
            crash(runtime, "a")
            assert heard == []
            await runtime.remove_model("a")
            assert heard == [Terminated(ref)]

    virtual(main())


@pytest.mark.parametrize("error", [ZeroDivisionError(), SystemExit(), GeneratorExit()], ids=repr)
def test_no_crash_and_no_end_of_a_runtime_touches_the_hosts_actors(error: BaseException) -> None:
    host = Host.start()
    try:
        with fleet(model("a", Model())) as runtime:
            ref = runtime.supervisor.add(counter())
            ref.tell(error)
            for _ in range(3):
                crash(runtime, "a")
            assert ref.ask("one", timeout=10) == 1
            assert runtime.submit(Task("x", timeout=10.0)).result(timeout=20) is not None
            assert host.ask("hello", timeout=10) == "hello"
        assert host.ask("still here", timeout=10) == "still here"
        assert pykka.ActorRegistry.get_all() == [host]
    finally:
        host.stop(timeout=10)


def test_two_runtimes_have_nothing_to_do_with_each_other(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as first, fleet(model("a", Model())) as second:
            mine, other = first.supervisor.add(counter()), second.supervisor.add(counter())
            await other.ask("one", block=False)
            mine.tell(SystemExit())
            await asyncio.sleep(0)
            assert await other.ask("one", block=False) == 2

    virtual(main())
