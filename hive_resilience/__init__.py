"""An actor-based resilience runtime for AI models: the public names.

Each name is loaded when it is first used: importing this package costs a few milliseconds, and
only what a program needs of the rest.
"""

import logging as _logging
from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .actors.engine.actor import Actor
    from .actors.engine.signals import Terminated
    from .actors.events import (
        AlertRaised,
        AlertResolved,
        CallAbandoned,
        ChildCrashed,
        ChildQuarantined,
        ChildRestarted,
        ChildStarted,
        ChildStopped,
        CircuitChanged,
        DeadLetter,
        Event,
        HealthChanged,
        ModelAdded,
        ModelRemoved,
        Reloaded,
        ReloadRejected,
        WaitCut,
        WaitIgnored,
    )
    from .actors.executor import ExecutionContext
    from .actors.policies.health.alerts import AlertCondition, AlertSeverity
    from .actors.policies.health.status import ModelStatus
    from .actors.policies.outcomes.attempt import AttemptRecord, Outcome
    from .actors.policies.outcomes.errors import (
        AllModelsFailedError,
        AnswerRejectedError,
        BulkheadFullError,
        CircuitBreakerError,
        ContentRefusedError,
        EmptyAnswerError,
        InvalidRequestError,
        ModelAuthenticationError,
        ModelLimitError,
        ModelTimeoutError,
        ModelUnavailableError,
        OverloadedError,
        RateLimitedError,
        RetryExhaustedError,
        RuntimeClosedError,
        StreamInterruptedError,
    )
    from .actors.policies.stream_content import StreamRestarted
    from .actors.policies.supervision import SupervisionStrategy
    from .actors.result import TaskResult
    from .actors.supervision.child_spec import ChildSpec, SupervisorSpec
    from .actors.task import Plan, Priority, Task
    from .config import (
        AlertsConfig,
        BulkheadConfig,
        CircuitBreakerConfig,
        ConfigurationError,
        FailureIfConfig,
        GlobalConfig,
        GroupConfig,
        HealthCheckConfig,
        ModelConfig,
        RateLimitConfig,
        ResilienceError,
        RestartConfig,
        RetryConfig,
        RuntimeConfig,
        Strategy,
        StreamConfig,
    )
    from .config.export.dump import dump_config
    from .config.loading.load import load_config
    from .runtime.executors import (
        AnthropicClient,
        Chunk,
        Completion,
        OpenAIClient,
        OpenAICompatible,
    )
    from .runtime.model_handle import ModelHandle
    from .runtime.observability.snapshot import DrainReport, RuntimeSnapshot
    from .runtime.runtime import Runtime
    from .runtime.standalone.circuit_breaker import CircuitBreakerGuard
    from .runtime.standalone.retry import retry
    from .runtime.standalone.statistics import RetryStatistics
    from .runtime.stream import Stream
    from .runtime.supervisor_handle import SupervisorHandle

_PLACES = {
    ".actors.engine.actor": "Actor",
    ".actors.supervision.child_spec": "ChildSpec SupervisorSpec",
    ".actors.events": (
        "AlertRaised "
        "AlertResolved "
        "CallAbandoned "
        "ChildCrashed "
        "ChildQuarantined "
        "ChildRestarted "
        "ChildStarted "
        "ChildStopped "
        "CircuitChanged "
        "DeadLetter "
        "Event "
        "HealthChanged "
        "ModelAdded "
        "ModelRemoved "
        "Reloaded "
        "ReloadRejected "
        "WaitCut "
        "WaitIgnored "
    ),
    ".actors.executor": "ExecutionContext",
    ".runtime.standalone.circuit_breaker": "CircuitBreakerGuard",
    ".actors.policies.health.alerts": "AlertCondition AlertSeverity",
    ".actors.policies.outcomes.attempt": "AttemptRecord Outcome",
    ".actors.policies.stream_content": "StreamRestarted",
    ".actors.policies.outcomes.errors": (
        "AllModelsFailedError "
        "AnswerRejectedError "
        "BulkheadFullError "
        "CircuitBreakerError "
        "ContentRefusedError "
        "EmptyAnswerError "
        "InvalidRequestError "
        "ModelAuthenticationError "
        "ModelLimitError "
        "ModelTimeoutError "
        "ModelUnavailableError "
        "OverloadedError "
        "RateLimitedError "
        "RetryExhaustedError "
        "RuntimeClosedError "
        "StreamInterruptedError "
    ),
    ".actors.policies.health.status": "ModelStatus",
    ".actors.policies.supervision": "SupervisionStrategy",
    ".actors.result": "TaskResult",
    ".runtime.standalone.statistics": "RetryStatistics",
    ".runtime.standalone.retry": "retry",
    ".actors.engine.signals": "Terminated",
    ".actors.task": "Plan Priority Task",
    ".config": (
        "AlertsConfig "
        "BulkheadConfig "
        "CircuitBreakerConfig "
        "ConfigurationError "
        "FailureIfConfig "
        "GlobalConfig "
        "GroupConfig "
        "HealthCheckConfig "
        "ModelConfig "
        "RateLimitConfig "
        "ResilienceError "
        "RestartConfig "
        "RetryConfig "
        "RuntimeConfig "
        "Strategy "
        "StreamConfig "
    ),
    ".config.loading.load": "load_config",
    ".config.export.dump": "dump_config",
    ".runtime.executors": "AnthropicClient Chunk Completion OpenAIClient OpenAICompatible",
    ".runtime.model_handle": "ModelHandle",
    ".runtime.runtime": "Runtime",
    ".runtime.observability.snapshot": "DrainReport RuntimeSnapshot",
    ".runtime.stream": "Stream",
    ".runtime.supervisor_handle": "SupervisorHandle",
}
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names.split()}

__all__ = [
    "Actor",
    "AlertCondition",
    "AlertRaised",
    "AlertResolved",
    "AlertSeverity",
    "AlertsConfig",
    "AllModelsFailedError",
    "AnswerRejectedError",
    "AnthropicClient",
    "AttemptRecord",
    "BulkheadConfig",
    "BulkheadFullError",
    "CallAbandoned",
    "ChildCrashed",
    "ChildQuarantined",
    "ChildRestarted",
    "ChildSpec",
    "ChildStarted",
    "ChildStopped",
    "Chunk",
    "CircuitBreakerConfig",
    "CircuitBreakerError",
    "CircuitBreakerGuard",
    "CircuitChanged",
    "Completion",
    "ConfigurationError",
    "ContentRefusedError",
    "DeadLetter",
    "DrainReport",
    "EmptyAnswerError",
    "Event",
    "ExecutionContext",
    "FailureIfConfig",
    "GlobalConfig",
    "GroupConfig",
    "HealthChanged",
    "HealthCheckConfig",
    "InvalidRequestError",
    "ModelAdded",
    "ModelAuthenticationError",
    "ModelConfig",
    "ModelHandle",
    "ModelLimitError",
    "ModelRemoved",
    "ModelStatus",
    "ModelTimeoutError",
    "ModelUnavailableError",
    "OpenAIClient",
    "OpenAICompatible",
    "Outcome",
    "OverloadedError",
    "Plan",
    "Priority",
    "RateLimitConfig",
    "RateLimitedError",
    "ReloadRejected",
    "Reloaded",
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
    "Stream",
    "StreamConfig",
    "StreamInterruptedError",
    "StreamRestarted",
    "SupervisionStrategy",
    "SupervisorHandle",
    "SupervisorSpec",
    "Task",
    "TaskResult",
    "Terminated",
    "WaitCut",
    "WaitIgnored",
    "dump_config",
    "load_config",
    "retry",
]

_logging.getLogger(__name__).addHandler(_logging.NullHandler())


def __getattr__(name: str) -> object:
    place = _PLACE_OF.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(_import_module(place, __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
