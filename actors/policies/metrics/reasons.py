"""Why a model does not get a call: what the books count refusals by."""

from __future__ import annotations

from ..unavailability import UnavailableReason

HALF_OPEN = "circuit_half_open"
"""The breaker is half-open, and its trials are all out."""
RATE_LIMITED = "rate_limited"
RETRY_BUDGET = "retry_budget"
BULKHEAD_FULL = "bulkhead_full"
"""Every place is taken; the task may wait for one."""
THROTTLED = "throttled"
"""It has refused too many calls lately."""
LOAD_SHED = "load_shed"
"""The priority of the task is too low for the load."""

BY_THE_BREAKER = (UnavailableReason.CIRCUIT_OPEN.value, HALF_OPEN)
REASONS: tuple[str, ...] = (
    *(reason.value for reason in UnavailableReason if reason is not UnavailableReason.UNKNOWN),
    *(HALF_OPEN, RATE_LIMITED, RETRY_BUDGET, BULKHEAD_FULL, THROTTLED, LOAD_SHED),
)
"""All of them. A model that is not known has no books."""
