"""Attempts of one task side by side, each in a task of its own: the first success ends them all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Protocol

from ...calls.scope import call_scope
from ...messages import Candidate
from ...policies.hedging import SilenceTerms
from ..branch import branch_of, lose, record_loss
from ..task_run import TaskRun

Work = Callable[[TaskRun], Coroutine[object, object, None]]
"""Makes the attempts at one model, and notes them in the branch."""

Found = Candidate | Coroutine[object, object, Candidate | None] | None
"""The next model, None where none is left, or a coroutine that brings either later."""
NextModel = Callable[[], Found]
"""Asks the router for the next model."""


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


class Merge(Protocol):
    """Takes over what a branch has found that has ended; a `late` one cannot win any more."""

    def __call__(self, branch: TaskRun, /, *, late: bool) -> None: ...


class WholeAnswer:
    """A contest that is won only by its end."""

    __slots__ = ("rivals",)
    taken = False

    def __init__(self) -> None:
        self.rivals: dict[asyncio.Task[None], TaskRun] = {}


class Rivals:
    """The branches of `run` that are under way; what they find is merged into it."""

    __slots__ = ("_contest", "_ended", "_merge", "_run", "_waiter", "running")

    def __init__(
        self,
        run: TaskRun,
        contest: Contest | None,
        ended: Callable[[str], None] | None = None,
        merge: Merge | None = None,
    ) -> None:
        self._run = run
        self._contest = contest or WholeAnswer()
        self._ended = ended
        self._merge = merge or run.merge
        self.running = self._contest.rivals
        self._waiter: asyncio.Future[None] | None = None

    @property
    def taken(self) -> bool:
        """Whether a model has won before its end."""
        return self._contest.taken

    def start(self, model_id: str, work: Work, silence: SilenceTerms | None = None) -> None:
        """Let `work` make the attempts at a model, which may be silent for so long."""
        run = self._run
        run.tried = tuple(dict.fromkeys((*run.tried, model_id)))
        branch = branch_of(run, model_id, silence)
        # Not a coroutine as yet: one that is cancelled before its first step would never be begun.
        task = asyncio.create_task(_in_its_scope(branch, work), name=f"beside others: {model_id}")
        self.running[task] = branch
        task.add_done_callback(self._wake)

    async def collect(self, patience: float | None) -> bool:
        """Wait for the first to end, so many seconds at most; False when it is over."""
        run, running = self._run, self.running
        if not running:
            return False
        if not any(task.done() for task in running):
            await self._first(patience)
        for task in [task for task in running if task.done()]:
            branch = running.pop(task)
            lost = branch.lost and task.cancelled()
            if not lost:
                task.result()
            elif not branch.hung:  # it may be asked again, if the winner does not reach its end
                run.tried = tuple(i for i in run.tried if i != branch.rival)
            self._merge(branch, late=lost)
            if self._ended is not None:
                self._ended(branch.rival)
        return not run.over

    async def another(self, found: Found) -> Candidate | None:
        """The next model; None as well where a rival ends while the router keeps its answer."""
        if found is None or isinstance(found, Candidate):
            return found
        if not self.running:
            return await found
        asking = asyncio.create_task(found, name="asks for another model")
        try:
            await self._first_of(asking)
            return asking.result() if asking.done() else None
        finally:
            asking.cancel()

    async def _first_of(self, beside: asyncio.Task[Any]) -> None:
        """Until this task, or the first of the rivals, has ended."""
        beside.add_done_callback(self._wake)
        while not (beside.done() or any(task.done() for task in self.running)):
            await self._first(None)

    def _wake(self, _: object = None) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _first(self, patience: float | None) -> None:
        """Until the first has ended, or for so long; `asyncio.wait` takes three times the time."""
        loop = self._run.engine.loop
        self._waiter = loop.create_future()
        timer = None if patience is None else loop.call_later(patience, self._wake)
        try:
            await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    async def end(self) -> None:
        """Cancel what still runs. A winner does not wait for the losers to clean up."""
        if self._run.model_used is not None:
            self._leave_losers()
            return
        for task in self.running:
            task.cancel()
        try:
            await _all_ended(self.running)
        finally:
            for branch in self.running.values():
                self._run.merge(branch, late=True)

    def _leave_losers(self) -> None:
        """The engine looks after the losers from now on; their attempts are recorded already."""
        run = self._run
        for task, branch in self.running.items():
            lose(branch)
            task.cancel()
            run.merge(branch, late=True)
            record_loss(run, branch)
            task.add_done_callback(_retrieved)
            run.engine.tasks.adopt(task)


async def arrived(found: Found) -> Candidate | None:
    """The next model, whenever it comes."""
    return found if found is None or isinstance(found, Candidate) else await found


async def _in_its_scope(branch: TaskRun, work: Work) -> None:
    call_scope.set(branch.scope)
    await work(branch)


async def _all_ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Until all have cleaned up. A caller that leaves meanwhile waits for that as any other does:
    each of them has its grace, and then ends.
    """
    left: asyncio.CancelledError | None = None
    while not all(task.done() for task in tasks):
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError as error:
            left = error
    if left is not None:
        raise left


def _retrieved(task: asyncio.Task[None]) -> None:
    """What becomes of a loser is counted at its model; here it is no news."""
    if not task.cancelled():
        task.exception()
