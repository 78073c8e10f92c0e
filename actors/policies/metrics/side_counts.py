"""What a model counts beside the ends of its attempts: refusals, hedges, tokens and the like."""

from __future__ import annotations

from ..outcomes.attempt import Outcome
from ..outcomes.usage import Usage
from .snapshot import TokenCounts


class SideCounts:
    """Counters that only grow."""

    __slots__ = (
        *("abandoned", "cost", "failovers", "hedged", "hedges_lost", "hedges_won"),
        *("hits", "injected", "rejected", "rejections", "stale", "tokens"),
        *("unanswered", "unanswered_cost"),
    )

    def __init__(self) -> None:
        self.rejected: int = 0
        self.failovers = self.abandoned = self.stale = 0
        self.hedged = self.hedges_won = self.hedges_lost = 0
        self.tokens = TokenCounts()
        self.cost = 0.0
        """What its answers have cost by its prices, those of failed attempts too."""
        self.unanswered = TokenCounts()
        """The part of the tokens that attempts have used which did not succeed."""
        self.unanswered_cost = 0.0
        self.rejections: dict[str, int] = {}
        """Calls that it has not taken, by reason."""
        self.hits: dict[str, int] = {}
        """What experiments have hit, by the kind of the fault."""
        self.injected: dict[str, int] = {}
        """The calls among them that failed, by the name of their count."""

    def count_failover(self) -> None:
        """A task went on to another model after it had been tried here."""
        self.failovers += 1

    def count_hedged(self) -> None:
        """Another model was asked beside a call that was silent."""
        self.hedged += 1

    def count_hedge(self, *, won: bool) -> None:
        """The call beside a silent one is over; whether the task took its answer."""
        self.hedges_won += won
        self.hedges_lost += not won

    def count_rejection(self, reason: str) -> None:
        """A call was not taken."""
        self.rejected += 1
        self.rejections[reason] = self.rejections.get(reason, 0) + 1

    def count_injected(self, fault: str, outcome: Outcome | None) -> None:
        """An experiment has hit a call; or such a call has ended as a failure or a timeout."""
        if outcome is None:
            self.hits[fault] = self.hits.get(fault, 0) + 1
        else:
            name = "timeouts" if outcome is Outcome.TIMEOUT else "failures"
            self.injected[name] = self.injected.get(name, 0) + 1

    def count_full(self, reason: str) -> None:
        """A call found no place just now: its task may wait for one."""
        self.rejections[reason] = self.rejections.get(reason, 0) + 1

    def count_usage(self, usage: Usage, cost: float | None) -> None:
        """What an answer has used of the provider, whatever became of the attempt."""
        self.tokens = self.tokens.plus(usage)
        self.cost += cost or 0.0

    def count_unanswered(self, usage: Usage, cost: float | None) -> None:
        """It was used by an attempt that did not succeed; `count_usage` has it, too."""
        self.unanswered = self.unanswered.plus(usage)
        self.unanswered_cost += cost or 0.0

    def count_abandoned(self) -> None:
        """A blocking call outlived its timeout and still holds its thread."""
        self.abandoned += 1

    def count_stale(self) -> None:
        """A result came that belongs to an older generation; `record` counts it as well."""
        self.stale += 1
