"""The rules, usable on their own: no IO, no clock, no chance. Time is an argument, in seconds.

>>> from hive_resilience import RetryConfig
>>> retry = Retry(RetryConfig(base_delay=1.0, jitter="none"))
>>> retry.next_delay(1, ConnectionError(), now=0.0, deadline=10.0, draw=0.5)
1.0
"""

from .breaker import CircuitBreaker as CircuitBreaker
from .budget import RetryBudget as RetryBudget
from .permit import Permit as Permit
from .permit import Rejection as Rejection
from .restart import RestartPolicy as RestartPolicy
from .retry import Retry as Retry
from .routing import Routing as Routing
from .sketch import LatencySketch as LatencySketch
from .window import SlidingWindow as SlidingWindow
