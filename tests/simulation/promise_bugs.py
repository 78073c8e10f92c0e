"""Bugs to plant in what a task is promised beside its answer: the line, going on, races, hedges."""

from __future__ import annotations

import asyncio
from typing import Any

from hive_resilience.actors.execution import failover
from hive_resilience.actors.execution.side_by_side import hedging, rivals
from hive_resilience.actors.execution.side_by_side.hedging import HedgedAttempts
from hive_resilience.actors.execution.side_by_side.rivals import Rivals
from hive_resilience.actors.execution.task_run import TaskRun
from hive_resilience.actors.messages import SilenceAllowed
from hive_resilience.actors.model.admission import Admission
from hive_resilience.actors.model.settlement import Settlement
from hive_resilience.actors.policies.limits.place_line import PlaceLine
from hive_resilience.actors.router.line import Line

from .bug import Bug, Patch, skip


def unheard_line(patch: Patch) -> None:
    """A model does not hear that tasks wait for its places."""
    patch.setattr(Admission, "wanted", skip)


def short_line(patch: Patch) -> None:
    """The line takes half of the tasks that it has room for."""
    join: Any = PlaceLine[Any].join

    def half(self: Any, owner: Any, servers: Any, bound: int, *others: Any) -> Any:
        return join(self, owner, servers, bound // 2, *others)

    patch.setattr(PlaceLine, "join", half)


def impatient_line(patch: Patch) -> None:
    """The line takes the wait for a hundred times as long as it is."""
    expected: Any = Line._expected_wait

    def longer(self: Any, *about: Any) -> float | None:
        wait = expected(self, *about)
        return None if wait is None else wait * 100

    patch.setattr(Line, "_expected_wait", longer)


def stubborn_task(patch: Patch) -> None:
    """A task backs off at the model that has failed it, before it asks any other."""
    settle: Any = Settlement._settle_other

    def here(self: Any, *told: Any) -> Any:
        return settle(self, *told)._replace(here=True)

    patch.setattr(Settlement, "_settle_other", here)


def waiting_winner(patch: Patch) -> None:
    """The winner of a race waits until its losers have cleaned up."""
    end: Any = Rivals.end

    async def wait(self: Any) -> None:
        running = tuple(self.running)
        await end(self)
        if running:
            await asyncio.wait(running)

    patch.setattr(Rivals, "end", wait)


def careless_hedge(patch: Patch) -> None:
    """What must not run twice is hedged all the same."""

    def anyway(run: TaskRun, candidate: Any) -> Any:
        own = None if run.plan is None else run.plan.hedge_after
        return hedging._ask(candidate, SilenceAllowed(own, run.streams)) if run.hedged else None

    patch.setattr(failover, "silence_allowed", anyway)
    patch.setattr(hedging, "silence_allowed", anyway)


def free_hedge(patch: Patch) -> None:
    """No budget pays for hedges."""

    def for_nothing(self: Any, _: Any) -> bool:
        self._hedges.pay()
        return True

    patch.setattr(HedgedAttempts, "_pay", for_nothing)


def lost_loser(patch: Patch) -> None:
    """The task that a hedge has overtaken names one attempt alone."""
    patch.setattr(rivals, "record_loss", skip)


PROMISES = (
    Bug(unheard_line, "is idle", 8),
    Bug(short_line, "was refused", 15),
    Bug(impatient_line, "was refused", 12),
    Bug(stubborn_task, "again before it asked", 7),
    Bug(waiting_winner, "gave it", 10),
    Bug(careless_hedge, "must not run twice", 5),
    Bug(free_hedge, "the budgets paid for", 5),
    Bug(lost_loser, "nowhere", 3),
)
