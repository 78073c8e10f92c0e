"""An actor-based resilience runtime for AI models: the public names."""

import logging as _logging

from .actors.events import (
    CallAbandoned,
    ChildCrashed,
    ChildGivenUp,
    ChildRestarted,
    ChildStarted,
    ChildStopped,
    CircuitChanged,
    DeadLetter,
    Event,
    HealthChanged,
    ModelAdded,
    ModelRemoved,
)
from .actors.executor import ExecutionContext
from .actors.policies.attempt import AttemptRecord, Outcome
from .actors.policies.errors import (
    AllModelsFailedError,
    BulkheadFullError,
    CircuitBreakerError,
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelTimeoutError,
    ModelUnavailableError,
    OverloadedError,
    RateLimitedError,
    RetryExhaustedError,
    RuntimeClosedError,
    StreamInterruptedError,
)
from .actors.policies.status import ModelStatus
from .actors.result import TaskResult
from .actors.retry_statistics import RetryStatistics
from .actors.retrying import retry
from .actors.task import Plan, Priority, Task
from .config import (
    BulkheadConfig,
    CircuitBreakerConfig,
    ConfigurationError,
    GlobalConfig,
    HealthCheckConfig,
    ModelConfig,
    RateLimitConfig,
    ResilienceError,
    RestartConfig,
    RetryConfig,
    RuntimeConfig,
    Strategy,
)
from .runtime.executors import Completion, OpenAICompatible
from .runtime.handle import ModelHandle
from .runtime.runtime import Runtime
from .runtime.snapshot import RuntimeSnapshot

__all__ = [
    "AllModelsFailedError",
    "AttemptRecord",
    "BulkheadConfig",
    "BulkheadFullError",
    "CallAbandoned",
    "ChildCrashed",
    "ChildGivenUp",
    "ChildRestarted",
    "ChildStarted",
    "ChildStopped",
    "CircuitBreakerConfig",
    "CircuitBreakerError",
    "CircuitChanged",
    "Completion",
    "ConfigurationError",
    "ContentRefusedError",
    "DeadLetter",
    "Event",
    "ExecutionContext",
    "GlobalConfig",
    "HealthChanged",
    "HealthCheckConfig",
    "InvalidRequestError",
    "ModelAdded",
    "ModelAuthenticationError",
    "ModelConfig",
    "ModelHandle",
    "ModelRemoved",
    "ModelStatus",
    "ModelTimeoutError",
    "ModelUnavailableError",
    "OpenAICompatible",
    "Outcome",
    "OverloadedError",
    "Plan",
    "Priority",
    "RateLimitConfig",
    "RateLimitedError",
    "ResilienceError",
    "RestartConfig",
    "RetryConfig",
    "RetryExhaustedError",
    "RetryStatistics",
    "Runtime",
    "RuntimeClosedError",
    "RuntimeConfig",
    "RuntimeSnapshot",
    "Strategy",
    "StreamInterruptedError",
    "Task",
    "TaskResult",
    "retry",
]

_logging.getLogger(__name__).addHandler(_logging.NullHandler())
