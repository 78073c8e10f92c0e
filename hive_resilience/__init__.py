"""An actor-based resilience runtime for AI models: the public names.

The most used names are here; the rooms have the others, each with a list of its own:
`hive_resilience.config`, `.errors`, `.events`, `.policies`, `.server`, `.snapshots`, `.testing` and
`.types`.
A name is loaded when it is first used: importing this package costs a few milliseconds.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .actors.engine.actor import Actor as Actor
    from .actors.engine.reference import ActorRef as ActorRef
    from .actors.engine.signals import Terminated as Terminated
    from .actors.executor import ExecutionContext as ExecutionContext
    from .actors.policies.health.status import ModelStatus as ModelStatus
    from .actors.policies.outcomes.attempt import AttemptRecord as AttemptRecord
    from .actors.policies.outcomes.attempt import Outcome as Outcome
    from .actors.policies.stream_content import StreamRestarted as StreamRestarted
    from .actors.policies.supervision import SupervisionStrategy as SupervisionStrategy
    from .actors.result import TaskResult as TaskResult
    from .actors.supervision.child_spec import ChildSpec as ChildSpec
    from .actors.supervision.child_spec import SupervisorSpec as SupervisorSpec
    from .actors.task import Plan as Plan
    from .actors.task import Priority as Priority
    from .actors.task import Task as Task
    from .config.errors import ResilienceError as ResilienceError
    from .config.settings.breaker import CircuitBreakerConfig as CircuitBreakerConfig
    from .config.settings.model import ModelConfig as ModelConfig
    from .config.settings.retry import RetryConfig as RetryConfig
    from .config.settings.runtime import RuntimeConfig as RuntimeConfig
    from .config.settings.strategy import Strategy as Strategy
    from .runtime.executors.anthropic.client import AnthropicClient as AnthropicClient
    from .runtime.executors.http.chunk import Chunk as Chunk
    from .runtime.executors.http.completion import Completion as Completion
    from .runtime.executors.openai.client import OpenAIClient as OpenAIClient
    from .runtime.executors.openai.compatible import OpenAICompatible as OpenAICompatible
    from .runtime.handles.model import ModelHandle as ModelHandle
    from .runtime.handles.supervisor import SupervisorHandle as SupervisorHandle
    from .runtime.runtime import Runtime as Runtime
    from .runtime.standalone.batch import RetryBatch as RetryBatch
    from .runtime.standalone.circuit_breaker import CircuitBreakerGuard as CircuitBreakerGuard
    from .runtime.standalone.registry import CircuitBreakers as CircuitBreakers
    from .runtime.standalone.retry import retry as retry
    from .runtime.standalone.statistics import RetryStatistics as RetryStatistics
    from .runtime.stream import Stream as Stream
else:
    from ._lazily import lazily as _lazily

    # The same names once more, for the interpreter; a test compares the two.
    __all__, __getattr__, __dir__ = _lazily(
        __name__,
        {
            ".actors.engine.actor": "Actor",
            ".actors.engine.reference": "ActorRef",
            ".actors.engine.signals": "Terminated",
            ".actors.executor": "ExecutionContext",
            ".actors.policies.health.status": "ModelStatus",
            ".actors.policies.outcomes.attempt": "AttemptRecord Outcome",
            ".actors.policies.stream_content": "StreamRestarted",
            ".actors.policies.supervision": "SupervisionStrategy",
            ".actors.result": "TaskResult",
            ".actors.supervision.child_spec": "ChildSpec SupervisorSpec",
            ".actors.task": "Plan Priority Task",
            ".config.errors": "ResilienceError",
            ".config.settings.breaker": "CircuitBreakerConfig",
            ".config.settings.model": "ModelConfig",
            ".config.settings.retry": "RetryConfig",
            ".config.settings.runtime": "RuntimeConfig",
            ".config.settings.strategy": "Strategy",
            ".runtime.executors.anthropic.client": "AnthropicClient",
            ".runtime.executors.http.chunk": "Chunk",
            ".runtime.executors.http.completion": "Completion",
            ".runtime.executors.openai.client": "OpenAIClient",
            ".runtime.executors.openai.compatible": "OpenAICompatible",
            ".runtime.handles.model": "ModelHandle",
            ".runtime.runtime": "Runtime",
            ".runtime.standalone.batch": "RetryBatch",
            ".runtime.standalone.circuit_breaker": "CircuitBreakerGuard",
            ".runtime.standalone.registry": "CircuitBreakers",
            ".runtime.standalone.retry": "retry",
            ".runtime.standalone.statistics": "RetryStatistics",
            ".runtime.stream": "Stream",
            ".runtime.handles.supervisor": "SupervisorHandle",
        },
        renamed={"LoopActor": "Actor"},
    )
