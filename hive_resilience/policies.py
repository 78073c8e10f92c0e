"""The rules, usable on their own: no IO, no clock, no chance. Time is an argument, in seconds.

>>> from hive_resilience import RetryConfig
>>> retry = Retry(RetryConfig(base_delay=1.0, jitter="none"))
>>> retry.next_delay(1, ConnectionError(), now=0.0, deadline=10.0, draw=lambda: 0.5)
1.0
"""

from .actors.policies.breaker.breaker import CircuitBreaker
from .actors.policies.breaker.permit import Permit, Rejection
from .actors.policies.breaker.states import CircuitStateChanged, State
from .actors.policies.breaker.window import SlidingWindow
from .actors.policies.metrics.sketch import LatencySketch
from .actors.policies.outcomes.fault import Fault
from .actors.policies.restart import GiveUp, Restart, RestartPolicy, RestartState
from .actors.policies.retry import Retry
from .actors.policies.retry_budget import RetryBudget
from .actors.policies.routing import Routing
from .runtime.standalone.retry import RetryOptions

__all__ = [
    "CircuitBreaker",
    "CircuitStateChanged",
    "Fault",
    "GiveUp",
    "LatencySketch",
    "Permit",
    "Rejection",
    "Restart",
    "RestartPolicy",
    "RestartState",
    "Retry",
    "RetryBudget",
    "RetryOptions",
    "Routing",
    "SlidingWindow",
    "State",
]
