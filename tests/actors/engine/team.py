"""A boss and a worker that fails where the test's plan says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.reference import ActorRef
from hive_resilience.actors.engine.signals import Crashed

from .platforms import LIMIT, run_here


class Boss(Actor):
    """Restarts what crashes, or leaves it suspended; keeps the reports."""

    def __init__(self, *, restarts: bool = True) -> None:
        super().__init__()
        self.restarts = restarts
        self.reports: list[Any] = []

    def on_receive(self, message: Any) -> Any:
        if message == "reports":
            return self.reports
        self.reports.append(message)
        if self.restarts and isinstance(message, Crashed):
            child = message.actor
            assert isinstance(child, ActorRef)
            child.restart()
        return None


class Worker(Actor):
    """Its state is a list of what it handled; it fails where the test's plan says."""

    def __init__(self, plan: dict[str, BaseException], born: list[Worker]) -> None:
        super().__init__()
        born.append(self)
        self.plan = plan
        self.done: list[Any] = []
        self.failures: list[Any] = []
        self.meet("init")

    def meet(self, moment: str) -> None:
        """Fails once for each entry of the plan."""
        if moment in self.plan:
            raise self.plan.pop(moment)

    def on_start(self) -> None:
        self.meet("start")

    def on_failure(self, exception_type: Any, exception_value: Any, traceback: Any) -> None:
        self.failures.append(exception_value)
        self.meet("failure")

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        if callable(message):
            return message()
        self.done.append(message)
        return list(self.done)


class Team:
    """A boss and one worker."""

    def __init__(self, engine: Engine, *, restarts: bool = True) -> None:
        self.engine = engine
        self.plan: dict[str, BaseException] = {}
        self.born: list[Worker] = []
        self.boss = engine.start(Boss, restarts=restarts)
        self.ref = engine.start_from(self.make, supervisor=self.boss)

    def make(self) -> Worker:
        return Worker(self.plan, self.born)

    def reports(self) -> list[tuple[str, str]]:
        """What the boss was told: where it crashed, and by what."""
        reports = self.boss.ask("reports", timeout=LIMIT)
        return [(report.during, type(report.cause).__name__) for report in reports]


Story = Callable[[Team], Any]


def play(story: Story, *, restarts: bool = True) -> Any:
    async def main(engine: Engine) -> Any:
        return story(Team(engine, restarts=restarts))

    return run_here(main)
