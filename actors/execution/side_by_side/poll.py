"""The strategy quorum: several models answer, and the answer that enough of them agree on counts.

As many models as have to agree are asked at once, or `width` of them. A model that fails or
disagrees is replaced by the next at once, as long as an agreement is possible. Each model is
asked once, and no call is made where too few models can serve.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial

from ...messages import Candidate, Route
from ...policies.balancing.ballot import Ballot, same_answer
from ...policies.outcomes.usage import Usage
from ..task_run import TaskRun
from .rivals import NextModel, Rivals, arrived

Serve = Callable[[Candidate, TaskRun], Coroutine[object, object, None]]
"""Makes the attempts at one model."""


class Poll:
    """Asks the models of one task until enough of them agree, or none is left."""

    __slots__ = ("_answers", "_ballot", "_next", "_rivals", "_route", "_run", "_serve")

    def __init__(self, run: TaskRun, route: Route, serve: Serve, next_model: NextModel) -> None:
        plan = run.plan
        needed = (plan and plan.quorum) or run.environment.quorum
        self._run = run
        self._route = route
        self._serve = serve
        self._next = next_model
        self._ballot = Ballot(needed, (plan and plan.agree) or same_answer)
        self._rivals = Rivals(run, None, merge=self._hear)
        self._answers: dict[str, TaskRun] = {}

    async def go(self) -> None:
        """To an agreement, or to the point from which none is possible."""
        run, rivals = self._run, self._rivals
        asked = await self._first()
        if run.over:
            return
        if len(asked) < self._ballot.needed:
            self._fail(len(asked))
            return
        try:
            for candidate in asked:
                self._start(candidate)
            while rivals.running and await rivals.collect(None):
                await self._ask_more()
            if not run.over:
                self._fail(len(self._answers))
        finally:
            await rivals.end()

    async def _first(self) -> list[Candidate]:
        """The models that are asked at once, as far as there are so many."""
        run, candidate = self._run, self._route.candidate
        found: list[Candidate] = []
        width = max(self._ballot.needed, self._wished())
        while candidate is not None and len(found) < width:
            found.append(candidate)
            run.tried = (*run.tried, candidate.model_id)
            if len(found) < width:
                candidate = await arrived(self._next())
        return found

    def _wished(self) -> int:
        """How many the plan wants to be asked at once; 0: as many as have to agree."""
        return (self._run.plan and self._run.plan.max_concurrent) or 0

    async def _ask_more(self) -> None:
        """Replace what has failed or disagrees, by as many models as an agreement still takes."""
        rivals = self._rivals
        while not self._run.over and self._ballot.missing(len(rivals.running)):
            candidate = await rivals.another(self._next())
            if candidate is None:  # none is left, or a call has ended that has to be heard first
                return
            self._start(candidate)

    def _start(self, candidate: Candidate) -> None:
        self._rivals.start(candidate.model_id, partial(self._serve, candidate))

    # The votes.

    def _hear(self, branch: TaskRun, *, late: bool) -> None:
        """A model has answered, or failed."""
        run = self._run
        run.merge(branch, late=True)
        if late or run.over:
            return
        run.error = branch.error or run.error
        if branch.model_used is None:
            run.over = branch.over  # the request's own fault, or the end of the runtime
            return
        self._answers[branch.model_used] = branch
        try:
            self._ballot.add(branch.model_used, branch.value)
        except Exception as error:  # the user's own comparison
            run.error = self._ballot.unjudged(error, run.attempts)
            run.over = True
            return
        if self._ballot.winners:
            self._elect(self._ballot.winners)

    def _elect(self, voters: tuple[str, ...]) -> None:
        """Enough models agree: the first answer of theirs is that of the task."""
        run, first = self._run, self._answers[voters[0]]
        degraded = any(self._answers[i].degraded for i in voters)
        run.answer(voters[0], first.value, degraded=degraded)
        run.voters, run.primary = voters, voters[0]  # none of them was meant more than another
        used = [one.usage for one in self._answers.values() if one.usage is not None]
        costs = [one.cost for one in self._answers.values() if one.cost is not None]
        run.usage = Usage(*map(sum, zip(*used, strict=True))) if used else None
        run.cost = sum(costs) if costs else None

    def _fail(self, asked: int) -> None:
        """No agreement; `asked` models have answered, or could have been asked."""
        run = self._run
        if asked and run.now() < run.deadline:
            run.error = self._ballot.refusal(asked, run.attempts)
        run.over = True
