"""The parallel strategy: several models at once, the first success wins.

All start together, or one after the other by the hedge delay; a failure starts the next at once.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial

from ...messages import Candidate, Route
from ..router_calls import may_repeat
from ..task_run import TaskRun
from .rivals import Contest, NextModel, Rivals

Serve = Callable[[Candidate, TaskRun], Coroutine[object, object, None]]
"""Makes the attempts at one model."""


class Race:
    """Runs up to `route.width` models side by side until one answers or all have failed."""

    __slots__ = ("_next", "_rivals", "_route", "_run", "_serve")

    def __init__(
        self,
        run: TaskRun,
        route: Route,
        serve: Serve,
        next_model: NextModel,
        contest: Contest | None = None,
    ) -> None:
        self._run = run
        self._route = route
        self._serve = serve
        self._next = next_model
        self._rivals = Rivals(run, contest)

    async def go(self) -> None:
        """To the first success or the last failure; the losers are cancelled."""
        candidate, rivals = self._route.candidate, self._rivals
        try:
            while candidate is not None or rivals.running:
                while candidate is not None and self._may_start():
                    rivals.start(candidate.model_id, partial(self._serve, candidate))
                    candidate = await rivals.another(self._next())
                    if self._route.hedge_delay:
                        break
                if not await rivals.collect(self._patience(candidate)):
                    return
                if candidate is None:
                    candidate = await rivals.another(self._next())
        finally:
            await rivals.end()

    def _may_start(self) -> bool:
        run, running = self._run, self._rivals.running
        if run.over or self._rivals.taken or len(running) >= self._route.width:
            return False
        if run.now() >= run.deadline or not run.may_fail_over:
            return False
        # A hedge is spent like a retry; what replaces a failure is not a hedge.
        hedging = bool(self._route.hedge_delay) and bool(running)
        return not hedging or may_repeat(run)

    def _patience(self, candidate: Candidate | None) -> float | None:
        """Seconds until the next hedge may start; None: there is none to start."""
        route, rivals = self._route, self._rivals
        if candidate is None or len(rivals.running) >= route.width or rivals.taken:
            return None
        return route.hedge_delay or None
