"""What the attempts of some strategies teach the router about its models."""

from __future__ import annotations

from ..messages import AttemptReported, StreamAttemptReported
from ..policies.balancing.peak_ewma import seconds_of
from .state import RouterState


def learn(state: RouterState, message: AttemptReported, now: float) -> None:
    """Note how an attempt has ended: for learnt weights, for p2c, and for delays of hedges."""
    model_id, success, duration, wait = message
    if model_id in state.candidates:
        state.learned.record(model_id, success, duration)
        state.balance.latencies.record(model_id, seconds_of(success, duration, wait), now)
    if success and (state.hedges_by_p95 or state.settings.hedge_delay == "p95"):
        streamed = isinstance(message, StreamAttemptReported)
        latency = state.first_chunk if streamed else state.latency
        latency.add(now, duration)
