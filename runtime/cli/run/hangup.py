"""SIGHUP: the settings are read again while the tasks run."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any, Self

from ....actors.events import Reloaded
from ....config.errors import ResilienceError
from ...runtime import Runtime
from .report import say

_SIGNAL: signal.Signals | None = getattr(signal, "SIGHUP", None)
"""Not every system has it."""


class Hangup:
    """Catches the signal while it is entered, in the main thread and on a running loop."""

    def __init__(self, runtime: Runtime) -> None:
        self.say: Callable[[str], None] = say
        self._runtime = runtime
        self._loop = asyncio.get_running_loop()
        self._before: Any = None
        self._telling: set[asyncio.Task[None]] = set()
        """A loop alone does not keep its tasks."""

    def __enter__(self) -> Self:
        if _SIGNAL is not None:
            self._before = signal.signal(_SIGNAL, self._catch)
        return self

    def __exit__(self, *_: object) -> None:
        if _SIGNAL is not None:
            signal.signal(_SIGNAL, self._before)

    def _catch(self, _number: int, _frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._reload)

    def _reload(self) -> None:
        try:
            reload = self._runtime.reload(reason="SIGHUP")
        except ResilienceError as error:  # it is stopping
            self.say(f"settings not reloaded: {error}")
            return
        telling = self._loop.create_task(self._tell(reload), name="tell of a reload")
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell(self, reload: Awaitable[Reloaded]) -> None:
        try:
            self.say(f"settings reloaded: {summary(await reload)}")
        except ResilienceError as error:
            self.say(f"settings not reloaded, the old ones stay:\n{error}")


def summary(done: Reloaded) -> str:
    """What has changed, in one line."""
    parts = [f"{model_id} added" for model_id in done.added]
    parts += [f"{model_id} removed" for model_id in done.removed]
    parts += [f"{model_id}: {', '.join(names)}" for model_id, names in done.changed.items()]
    parts += [", ".join(done.settings)] if done.settings else []
    parts += ["another order"] if done.reordered else []
    parts += ["groups"] if done.groups_changed else []
    return "; ".join(parts) or "nothing has changed"
