"""What all tasks of a runtime share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...config.settings.runtime import GlobalConfig
from ..calls.waiting_calls import WaitingCalls
from .failure_log import FailureLog

if TYPE_CHECKING:
    from ..engine.interface import EngineInterface
    from ..engine.reference import AnyRef
    from ..task import Plan, Task
    from ..task_hook import TaskHook


class TaskEnvironment:
    """Where the router is, and the limits of tasks in seconds."""

    __slots__ = (
        "at_most_once",
        "engine",
        "failover",
        "failures",
        "grace",
        "hook",
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
        self.hook = hook
        """Telemetry, where it is on."""
        self.router = router
        self.waiting = WaitingCalls()
        """What tasks wait for just now; the runtime revokes it when it stops."""
        self.failures = FailureLog()
        self.reads_payloads = False
        """Whether a payload is looked at for what binds its task to some models."""
        self.adopt(settings)

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
