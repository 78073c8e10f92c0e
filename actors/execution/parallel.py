"""The parallel strategy: several models at once, the first success wins.

All start together, or one after the other by the hedge delay; a failure starts the next at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Protocol

from ..calls.scope import call_scope
from ..messages import Candidate, Route
from ..policies.outcomes.attempt import Outcome
from .router_calls import may_repeat
from .task_run import TaskRun

Serve = Callable[[TaskRun, Candidate], Coroutine[object, object, None]]
"""Makes the attempts at one model."""
NextModel = Callable[[], Coroutine[object, object, Candidate | None]]
"""Gives the next model; None: no model is left, or the task is over."""


class Contest(Protocol):
    """What models compete for that may be won before their end: a stream."""

    @property
    def rivals(self) -> dict[asyncio.Task[None], TaskRun]:
        """The branches under way; the winner cancels the others."""
        ...

    @property
    def taken(self) -> bool:
        """Whether a model has won."""
        ...


class WholeAnswer:
    """A contest that is won only by its end."""

    __slots__ = ("rivals",)
    taken = False

    def __init__(self) -> None:
        self.rivals: dict[asyncio.Task[None], TaskRun] = {}


class Race:
    """Runs up to `route.width` models side by side until one answers or all have failed."""

    __slots__ = ("_began", "_contest", "_next", "_route", "_run", "_running", "_serve")

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
        self._contest = contest or WholeAnswer()
        self._began: dict[asyncio.Task[None], float] = {}
        self._running = self._contest.rivals

    async def go(self) -> None:
        """To the first success or the last failure; the losers are cancelled."""
        candidate = self._route.candidate
        try:
            while candidate is not None or self._running:
                while candidate is not None and self._may_start():
                    self._start(candidate)
                    candidate = await self._next()
                    if self._route.hedge_delay:
                        break
                if not await self._collect(self._patience(candidate)):
                    return
                if candidate is None:
                    candidate = await self._next()
        finally:
            await self._end()

    def _may_start(self) -> bool:
        run, running = self._run, self._running
        if run.over or self._contest.taken or len(running) >= self._route.width:
            return False
        if run.now() >= run.deadline or not run.may_fail_over:
            return False
        # A hedge is spent like a retry; what replaces a failure is not a hedge.
        hedging = bool(self._route.hedge_delay) and bool(running)
        return not hedging or may_repeat(run)

    def _start(self, candidate: Candidate) -> None:
        run = self._run
        run.tried = (*run.tried, candidate.model_id)
        branch = run.branch()
        work = self._in_its_scope(branch, candidate)
        task = asyncio.create_task(work, name=f"parallel {candidate.model_id}")
        self._running[task] = branch
        self._began[task] = run.now()

    async def _in_its_scope(self, branch: TaskRun, candidate: Candidate) -> None:
        call_scope.set(branch.scope)
        await self._serve(branch, candidate)

    def _patience(self, candidate: Candidate | None) -> float | None:
        """Seconds until the next hedge may start; None: there is none to start."""
        route = self._route
        if candidate is None or len(self._running) >= route.width or self._contest.taken:
            return None
        return route.hedge_delay or None

    async def _collect(self, patience: float | None) -> bool:
        """Wait for the first to end, or for the next one's turn; False when it is over."""
        run, running = self._run, self._running
        if not running:
            return False
        done, _ = await asyncio.wait(running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        for task in [task for task in running if task in done]:
            branch = running.pop(task)
            lost = branch.lost and task.cancelled()
            if lost:  # it may be asked again, if the winner does not reach its end
                run.tried = tuple(i for i in run.tried if i != branch.tried[-1])
            else:
                task.result()
            run.merge(branch, late=lost)
        return not run.over

    async def _end(self) -> None:
        """Cancel what still runs. A winner does not wait for the losers to clean up."""
        if self._run.model_used is not None:
            self._leave_losers()
            return
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        for branch in self._running.values():
            self._run.merge(branch, late=True)

    def _leave_losers(self) -> None:
        """The engine looks after the losers from now on; their attempts are recorded already."""
        run = self._run
        for task, branch in self._running.items():
            task.cancel()
            run.merge(branch, late=True)
            began = self._began[task]
            cancelled = asyncio.CancelledError("another model has answered")
            run.record(branch.tried[-1], 1, Outcome.CANCELLED, began, run.now() - began, cancelled)
            task.add_done_callback(_retrieved)
            run.engine.tasks.adopt(task)


def _retrieved(task: asyncio.Task[None]) -> None:
    """What becomes of a loser is counted at its model; here it is no news."""
    if not task.cancelled():
        task.exception()
