"""The rules, usable on their own: no IO, no clock, no chance. Time is an argument, in seconds.

>>> from hive_resilience import RetryConfig
>>> retry = Retry(RetryConfig(base_delay=1.0, jitter="none"))
>>> retry.next_delay(1, ConnectionError(), now=0.0, deadline=10.0, draw=0.5)
1.0
"""

from .breaker.breaker import CircuitBreaker as CircuitBreaker
from .breaker.permit import Permit as Permit
from .breaker.permit import Rejection as Rejection
from .breaker.window import SlidingWindow as SlidingWindow
from .metrics.sketch import LatencySketch as LatencySketch
from .restart import RestartPolicy as RestartPolicy
from .retry import Retry as Retry
from .retry_budget import RetryBudget as RetryBudget
from .routing import Routing as Routing
