"""A frozen record of what a model has done."""

from __future__ import annotations

from dataclasses import dataclass

from ..outcomes.usage import Usage
from .sketch import LatencySnapshot


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Tokens of the calls that told them; `cached` are part of `input`, `reasoning` of `output`."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0

    def plus(self, usage: Usage) -> TokenCounts:
        """These, and those of one more answer."""
        return TokenCounts(
            self.input + usage.input_tokens,
            self.output + usage.output_tokens,
            self.cached + usage.cached_tokens,
            self.reasoning + usage.reasoning_tokens,
        )


@dataclass(frozen=True, slots=True)
class MetricsSnapshot:
    """Counters since the model was added; rates are shares, latencies seconds, None: no data.

    `error_rate` leaves out what was cancelled or rejected. `first_attempt_success_rate` is the
    share of tasks answered without a retry, `task_success_rate` with retries. `streams` counts the
    successes that were streams; their latency is the time to their first content, `first_chunk`,
    and `chunks_per_second` is how fast the content came from there. `hedged`: calls beside which
    another model was asked, because they were silent; the answer came from that one (`hedges_won`)
    or not (`hedges_lost`). `tokens` and `cost` are those of all answers that told them, of failed
    attempts too. `rejections` counts the calls that it has not taken, by reason.
    """

    tasks: int
    attempts: int
    retries: int
    successes: int
    failures: int
    timeouts: int
    cancelled: int
    rejected: int
    failovers: int
    abandoned: int
    stale: int
    hedged: int
    hedges_won: int
    hedges_lost: int
    tokens: TokenCounts
    cost: float
    rejections: dict[str, int]
    faults: dict[str, int]
    strategies: dict[str, int]
    error_rate: float | None
    first_attempt_success_rate: float | None
    task_success_rate: float | None
    average_latency: float | None
    latency: LatencySnapshot
    recent_latency: LatencySnapshot
    latency_all: LatencySnapshot
    streams: int
    first_chunk: LatencySnapshot
    chunks_per_second: LatencySnapshot
