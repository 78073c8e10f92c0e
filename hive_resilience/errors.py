"""All errors of this library. `ActorCrashedError` and `WouldDeadlockError` are `RuntimeError`s,
the others are below `ResilienceError`; `Problem` is a part of a `ConfigurationError`."""

from .actors.engine.future import WouldDeadlockError
from .actors.engine.signals import ActorCrashedError
from .actors.policies.breaker.permit import PermitSettledError
from .actors.policies.breaker.states import IllegalTransitionError
from .actors.policies.outcomes.errors import (
    AllModelsFailedError,
    BulkheadFullError,
    CircuitBreakerError,
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelCrashedError,
    ModelTimeoutError,
    ModelUnavailableError,
    OverloadedError,
    RateLimitedError,
    RetryExhaustedError,
    RuntimeClosedError,
    StreamInterruptedError,
)
from .config.errors import ConfigurationError, Problem, ResilienceError

__all__ = [
    "ActorCrashedError",
    "AllModelsFailedError",
    "BulkheadFullError",
    "CircuitBreakerError",
    "ConfigurationError",
    "ContentRefusedError",
    "IllegalTransitionError",
    "InvalidRequestError",
    "ModelAuthenticationError",
    "ModelCrashedError",
    "ModelTimeoutError",
    "ModelUnavailableError",
    "OverloadedError",
    "PermitSettledError",
    "Problem",
    "RateLimitedError",
    "ResilienceError",
    "RetryExhaustedError",
    "RuntimeClosedError",
    "StreamInterruptedError",
    "WouldDeadlockError",
]
