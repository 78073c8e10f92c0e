"""A supervisor for tests: workers that do as they are told, and a record of what happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.future import LoopFuture
from hive_resilience.actors.engine.reference import ActorRef
from hive_resilience.actors.events import Event
from hive_resilience.actors.supervision.child_spec import ChildSpec, Spec, SupervisorSpec
from hive_resilience.actors.supervision.messages import StartChild
from hive_resilience.actors.supervision.state import SupervisorState
from hive_resilience.actors.supervision.supervisor import SupervisorActor
from hive_resilience.config import RestartConfig, RestartType

AT_ONCE = RestartConfig(base_delay=0.0, jitter=0.0)
STEADY = RestartConfig(base_delay=1.0, jitter=0.0)


class Boom(Exception):
    """What workers crash with."""


class Worker(Actor):
    """Notes its life in `diary`; fails at the moments that `plan` names, once an entry."""

    def __init__(self, name: str, diary: list[str], plan: dict[str, BaseException]) -> None:
        super().__init__()
        self.name = name
        self.diary = diary
        self.plan = plan
        self.heard: list[Any] = []
        self._meet("init")

    def on_start(self) -> None:
        self._meet("start")
        self.diary.append(f"+{self.name}")

    def on_stop(self) -> None:
        self.diary.append(f"-{self.name}")
        self._meet("stop")

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        if isinstance(message, ActorRef):
            self.watch(message)  # pyright: ignore[reportUnknownArgumentType]
            return None
        if callable(message):
            return message()
        if message != "heard":
            self.heard.append(message)
        return list(self.heard)

    def _meet(self, moment: str) -> None:
        if moment in self.plan:
            raise self.plan.pop(moment)


class House:
    """An engine with a root supervisor of workers, and everything they tell."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.diary: list[str] = []
        self.plan: dict[str, dict[str, BaseException]] = {}
        self.so_far: list[tuple[str, dict[str, Any]]] = []
        self.state: SupervisorState
        self.root: ActorRef[Any]

    def open(self, *children: Spec, **settings: Any) -> ActorRef[Any]:
        """Start the root with these children."""
        self.state = SupervisorState(SupervisorSpec("root", children, **settings))
        state = self.state
        self.root = self.engine.start_from(
            lambda: SupervisorActor(state, self.publish, lambda: 0.5), is_root=True
        )
        return self.root

    @property
    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """What was told so far, of crashes that are over too."""
        self.engine.deferred.finish()
        return self.so_far

    def publish(self, event: type[Event], /, **fields: object) -> None:
        self.so_far.append((event.__name__, dict(fields)))

    def worker(self, name: str, restart: RestartConfig = AT_ONCE, **settings: Any) -> ChildSpec:
        plan = self.plan.setdefault(name, {})
        return ChildSpec(name, lambda: Worker(name, self.diary, plan), restart=restart, **settings)

    def workers(self, *names: str, restart: RestartConfig = AT_ONCE) -> tuple[ChildSpec, ...]:
        return tuple(self.worker(name, restart) for name in names)

    def ref(self, *path: str) -> ActorRef[Any]:
        """The reference of a child, by its name and those of the supervisors above it."""
        state = self.state
        for name in path[:-1]:
            inner = state.child(name).inner
            assert inner is not None
            state = inner
        return state.child(path[-1]).ref

    def crash(self, *path: str) -> None:
        self.ref(*path).tell(Boom())

    def written(self) -> list[str]:
        """The diary since it was last read."""
        written, self.diary[:] = list(self.diary), []
        return written

    def told(self, *kinds: str) -> list[tuple[str, str]]:
        """The events so far, kind and child."""
        return [(kind, told["child"]) for kind, told in self.events if not kinds or kind in kinds]

    def alive(self) -> dict[str, bool]:
        return {one.name: one.alive for one in self.state.snapshot(self.engine.now())}

    async def ask(self, message: Any) -> Any:
        return await self.root.request(message)

    def add(self, spec: Spec) -> Any:
        found = self.root.call(StartChild(spec))
        assert not isinstance(found, LoopFuture)
        return found


Story = Callable[[House], Coroutine[Any, Any, None]]


def play(story: Story) -> Coroutine[Any, Any, None]:
    """Run `story` in a house; for the `virtual` fixture."""

    async def main() -> None:
        engine = Engine()
        engine.attach()
        try:
            await story(House(engine))
            await asyncio.sleep(0)
        finally:
            engine.close()

    return main()


def of_type(kind: RestartType, **settings: Any) -> RestartConfig:
    return RestartConfig(type=kind, base_delay=0.0, jitter=0.0, **settings)
