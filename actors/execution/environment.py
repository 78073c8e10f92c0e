"""What all tasks of a runtime share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...config.settings.runtime import GlobalConfig
from ..calls.waiting_calls import WaitingCalls
from ..policies.task_kinds import ANY, Kind, kind_of
from .failure_log import FailureLog

if TYPE_CHECKING:
    from ..engine.interface import EngineInterface
    from ..engine.reference import AnyRef
    from ..executor import Executor
    from ..task import Plan, Task
    from ..task_hook import AroundTasks, TaskHook


class TaskEnvironment:
    """Where the router is, and the limits of tasks in seconds."""

    __slots__ = (
        "_degrading",
        "_hook",
        "at_most_once",
        "engine",
        "failover",
        "failures",
        "grace",
        "is_plain",
        "max_parking",
        "quorum",
        "reads_payloads",
        "route_request_errors",
        "router",
        "task_timeout",
        "waiting",
        "when_none_available",
    )

    def __init__(
        self,
        engine: EngineInterface,
        router: AnyRef,
        settings: GlobalConfig,
        hook: TaskHook | None = None,
    ) -> None:
        self.engine = engine
        self._hook = hook
        self._degrading: AroundTasks | None = None
        self.is_plain = hook is None
        """Whether tasks go without anything round them."""
        self.router = router
        self.waiting = WaitingCalls()
        """What tasks wait for just now; the runtime revokes it when it stops."""
        self.failures = FailureLog()
        self.reads_payloads = False
        """Whether a payload is looked at for what binds its task to some models."""
        self.adopt(settings)

    @property
    def hook(self) -> TaskHook | None:
        """Telemetry, where it is on."""
        return self._hook

    @hook.setter
    def hook(self, hook: TaskHook | None) -> None:
        self._hook = hook
        self.is_plain = hook is None and self._degrading is None

    @property
    def degrading(self) -> AroundTasks | None:
        """What a degraded fleet does to tasks, where it does anything."""
        return self._degrading

    @degrading.setter
    def degrading(self, degrading: AroundTasks | None) -> None:
        self._degrading = degrading
        self.is_plain = degrading is None and self._hook is None

    def adopt(self, settings: GlobalConfig) -> None:
        """Go by these settings from now on, tasks under way too."""
        self.task_timeout = settings.task_timeout
        self.grace = settings.stop_grace
        self.when_none_available = settings.when_none_available
        self.failover = settings.failover
        self.max_parking = settings.max_parking
        self.quorum = settings.quorum
        self.route_request_errors = settings.route_request_errors
        self.at_most_once = settings.at_most_once

    def timeout_of(self, task: Task, plan: Plan | None) -> float:
        """Seconds that a task has: its own say, its plan's, or that of the configuration."""
        if task.timeout is not None:
            return task.timeout
        if plan is not None and plan.timeout is not None:
            return plan.timeout
        return self.task_timeout


def run_kind(task: Task, environment: TaskEnvironment, executor: Executor | None) -> Kind:
    """What kind of task it is; the caller's own function may run under any model."""
    if executor is not None:
        return ANY
    return kind_of(task.type, task.payload, reads=environment.reads_payloads)
