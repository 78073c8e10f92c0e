"""All errors of this library. Those of actors and `WouldDeadlockError` are `RuntimeError`s,
the others are below `ResilienceError`. `Problem` is a part of a `ConfigurationError`,
`ErrorAnswer` what a server answered, and `page_of` says where an error is explained."""

from .actors.cluster.errors import ClusterUnreachableError
from .actors.engine.future import WouldDeadlockError
from .actors.engine.signals import ActorCrashedError, ActorQuarantinedError
from .actors.policies.balancing.ballot import NoQuorumError
from .actors.policies.breaker.permit import PermitSettledError
from .actors.policies.breaker.states import IllegalTransitionError
from .actors.policies.chaos.errors import (
    ChaosRefusedError,
    InjectedActorCrash,
    InjectedConnectionError,
    InjectedCutError,
    InjectedFault,
    InjectedQuotaError,
    InjectedRateLimitError,
    InjectedStatusError,
)
from .actors.policies.outcomes.errors import (
    AllModelsFailedError,
    AnswerRejectedError,
    BulkheadFullError,
    CircuitBreakerError,
    ContentRefusedError,
    EmptyAnswerError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelCrashedError,
    ModelLimitError,
    ModelTimeoutError,
    ModelUnavailableError,
    OverloadedError,
    RateLimitedError,
    RetryBudgetError,
    RetryExhaustedError,
    RuntimeClosedError,
    StreamInterruptedError,
    UnsupportedTaskError,
    UntranslatableRequestError,
)
from .actors.policies.outcomes.load_errors import LoadShedError, ThrottledError
from .config.errors import ConfigurationError, ErrorAnswer, Problem, ResilienceError, page_of

__all__ = [
    "ActorCrashedError",
    "ActorQuarantinedError",
    "AllModelsFailedError",
    "AnswerRejectedError",
    "BulkheadFullError",
    "ChaosRefusedError",
    "CircuitBreakerError",
    "ClusterUnreachableError",
    "ConfigurationError",
    "ContentRefusedError",
    "EmptyAnswerError",
    "ErrorAnswer",
    "IllegalTransitionError",
    "InjectedActorCrash",
    "InjectedConnectionError",
    "InjectedCutError",
    "InjectedFault",
    "InjectedQuotaError",
    "InjectedRateLimitError",
    "InjectedStatusError",
    "InvalidRequestError",
    "LoadShedError",
    "ModelAuthenticationError",
    "ModelCrashedError",
    "ModelLimitError",
    "ModelTimeoutError",
    "ModelUnavailableError",
    "NoQuorumError",
    "OverloadedError",
    "PermitSettledError",
    "Problem",
    "RateLimitedError",
    "ResilienceError",
    "RetryBudgetError",
    "RetryExhaustedError",
    "RuntimeClosedError",
    "StreamInterruptedError",
    "ThrottledError",
    "UnsupportedTaskError",
    "UntranslatableRequestError",
    "WouldDeadlockError",
    "page_of",
]
