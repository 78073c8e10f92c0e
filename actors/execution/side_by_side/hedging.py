"""A hang is noticed: the next model is asked beside a silent one, and the first content wins."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial

from ...messages import Candidate, HedgeEnded, SilenceAllowed, SpendHedge
from ...policies.hedging import Hedges, SilenceTerms
from ...policies.outcomes.attempt import Outcome
from ...policies.outcomes.errors import RetryBudgetError
from ..attempts import Attempt
from ..router_calls import may_repeat
from ..task_run import TaskRun
from .rivals import Contest, NextModel, Rivals

Serve = Callable[[Attempt, TaskRun], Coroutine[object, object, None]]
"""Makes an attempt at one model, and its repetitions there."""


def silence_allowed(run: TaskRun, candidate: Candidate) -> SilenceTerms | None:
    """How long the model may be silent before another is asked; None: no other is asked."""
    environment = run.environment
    if not run.hedged or run.at_most_once or not environment.failover:
        return None
    own = None if run.plan is None else run.plan.hedge_after
    found = _ask(candidate, SilenceAllowed(own, run.streams))
    return found if isinstance(found, SilenceTerms) else None


class HedgedAttempts:
    """One attempt, and beside it others while all of them are silent; ends with the first answer.

    It ends as well when all of them have failed: then the task goes on as after one failure.
    """

    __slots__ = ("_asked", "_hedges", "_next", "_paid", "_refused", "_rivals", "_run", "_serve")

    def __init__(
        self, run: TaskRun, serve: Serve, next_model: NextModel, contest: Contest | None
    ) -> None:
        self._run = run
        self._serve = serve
        self._next = next_model
        self._hedges = Hedges()
        self._rivals = Rivals(run, contest, self._hedges.failed)
        self._asked: dict[str, Candidate] = {}
        self._paid: list[tuple[Candidate, str]] = []
        """The silent models whose budgets have paid for a call, each with the model called."""
        self._refused = False

    async def go(self, attempt: Attempt, terms: SilenceTerms) -> None:
        """To the first success or the last failure; the losers are cancelled."""
        self._start(attempt, terms)
        try:
            while self._rivals.running:
                if self._patience() == 0.0:
                    await self._ask_one_more()
                elif not await self._rivals.collect(self._patience()):
                    return
        finally:
            await self._rivals.end()
            self._tell_of_hedges()

    def _tell_of_hedges(self) -> None:
        for silent, model_id in self._paid:
            silent.ref.send(HedgeEnded(self._run.model_used == model_id))

    def _patience(self) -> float | None:
        """Seconds until one more is asked; None: none is."""
        run, due = self._run, self._hedges.due
        if due >= run.deadline or self._is_decided():
            return None
        return max(due - run.now(), 0.0)

    def _is_decided(self) -> bool:
        """Whether no further model is needed, or the runtime ends."""
        rivals = self._rivals
        if rivals.taken or self._run.environment.waiting.reason is not None:
            return True
        return any(task.done() for task in rivals.running)

    async def _ask_one_more(self) -> None:
        run = self._run
        candidate = await self._rivals.another(self._next())
        if self._is_decided():
            return
        terms = None if candidate is None else silence_allowed(run, candidate)
        if candidate is not None and (self._hedges.is_paid_for or self._pay(candidate)):
            self._start(Attempt(candidate), terms)
        else:
            self._put_off()

    def _start(self, attempt: Attempt, terms: SilenceTerms | None) -> None:
        candidate = attempt.candidate
        model_id = candidate.model_id
        self._asked[model_id] = candidate
        self._rivals.start(model_id, partial(self._serve, attempt), terms)
        self._hedges.asked(model_id, self._run.now(), None if terms is None else terms.after)

    def _pay(self, candidate: Candidate) -> bool:
        """Charge the budgets: of all models, then that of the model whose silence asks for it."""
        run, silent = self._run, self._hedges.last
        if not may_repeat(run):
            owner = "all models is used up (global.retry_budget)"
        elif _ask(self._asked[silent], SpendHedge()) is not True:
            owner = f"{silent} is used up"
        else:
            self._hedges.pay()
            self._paid.append((self._asked[silent], candidate.model_id))
            return True
        if not self._refused:
            self._refused = True
            told = f"no model is asked beside {silent}: the retry budget of {owner}"
            error = RetryBudgetError(told, model_id=silent)
            run.record(silent, 0, Outcome.REJECTED, run.now(), 0.0, error)
        return False

    def _put_off(self) -> None:
        """Look again after as long a silence as before."""
        silence = next(branch.silence for branch in self._rivals.running.values())
        assert silence is not None
        self._hedges.put_off(self._run.now() + silence.after)


def _ask(candidate: Candidate, message: object) -> object:
    """What the model's actor says; None where it is down just now, or crashes on it."""
    if candidate.ref.is_suspended():
        return None
    try:
        return candidate.ref.call(message)
    except Exception:
        return None
