"""What the dashboard needs of the inside of a runtime."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable

from ....actors.result import TaskResult
from ...configuration.reload import Source
from ...observability.live.task_hook import LoggedTasks
from ...runtime import Runtime


def source_of(runtime: Runtime) -> Source | None:
    """The source of its settings; None: a program has given them."""
    return runtime._reloader.source


def log_tasks(runtime: Runtime, add: Callable[[TaskResult], None]) -> None:
    """Hand the result of every task from now on to `add`, on the loop; of a started runtime."""
    environment = runtime._fleet.environment
    environment.hook = LoggedTasks(add, environment.hook)
