"""What telemetry is for one runtime: the hook round its tasks, and that round its calls."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from opentelemetry.metrics import MeterProvider, get_meter_provider
from opentelemetry.trace import Tracer, TracerProvider, get_tracer_provider

from ....actors.executor import Executor, Probe
from ....actors.policies.outcomes.attempt import AttemptRecord
from ....actors.result import TaskResult
from ....actors.task import Plan, Task
from ....actors.task_hook import Work
from ....config.settings.observability.telemetry import TelemetryConfig
from ....config.values.log_fields import tell_trace
from . import semconv
from .calls import Describe, WatchedExecutor
from .current import Current
from .fleet_instruments import FleetInstruments
from .genai_call import GenAICall
from .genai_metrics import GenAIMetrics
from .here import Server
from .log_trace import ids_here
from .task_trace import TaskTrace

_VERSION = version("hive-resilience")
SCOPE = "hive_resilience"
"""The name of the tracer and of the meter."""


class Telemetry:
    """A `RuntimeTelemetry`: spans by a tracer, metrics by a meter, or one of both."""

    def __init__(
        self,
        config: TelemetryConfig,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        self._names = semconv.NAMES[config.semconv]
        self._tracer: Tracer | None = None
        self.part: FleetInstruments | None = None
        self._metrics: GenAIMetrics | None = None
        self._propagates = config.propagate
        if config.traces:
            provider = tracer_provider or get_tracer_provider()
            self._tracer = provider.get_tracer(SCOPE, _VERSION)
            tell_trace(ids_here)
        if config.metrics:
            meters = meter_provider or get_meter_provider()
            meter = meters.get_meter(SCOPE, _VERSION)
            self._metrics = GenAIMetrics(meter, self._names)
            self.part = FleetInstruments(meter, _VERSION)

    async def around(
        self,
        task: Task,
        plan: Plan | None,
        now: Callable[[], float],
        work: Work,
        attempts: Callable[[], list[AttemptRecord]] = list,
        /,
    ) -> TaskResult:
        """The task with its span round it."""
        propagates = self._propagates
        trace = TaskTrace(self._tracer, self._metrics, task, plan, now, propagates=propagates)
        current = Current(trace, trace.context)
        try:
            result = await work()
        except BaseException:
            trace.cut(attempts())
            raise
        else:
            trace.finish(result)
            return result
        finally:
            current.leave()

    def executor(self, executor: Executor, provider: str | None = None, /) -> Executor:
        """The executor with the span of an attempt round each of its calls."""
        return WatchedExecutor(executor, self._describe(executor, provider))

    def probe(self, probe: Probe, model_id: str, /) -> Probe:
        """Health checks have no span."""
        return probe

    def _describe(self, executor: Executor, provider: str | None) -> Describe:
        server = getattr(getattr(executor, "owner", None), "server", None)
        if not isinstance(server, Server):
            return _nothing
        told = self._of(server, provider)
        calls = {
            operation: GenAICall(
                operation, server.model, self._names, {semconv.OPERATION: operation, **told}, {}
            )
            for operation in semconv.OPERATIONS
        }

        def described(task: Task) -> GenAICall | None:
            operation = semconv.operation_of(task.type)
            return None if operation is None else calls[operation]

        return described

    @staticmethod
    def _of(server: Server, provider: str | None) -> dict[str, Any]:
        told: dict[str, Any] = {
            semconv.PROVIDER: semconv.provider_name(provider or server.provider),
            semconv.REQUEST_MODEL: server.model,
        }
        if server.host is not None:
            told[semconv.ADDRESS] = server.host
        if server.port is not None:
            told[semconv.PORT] = server.port
        return told


def _nothing(_task: Task) -> GenAICall | None:
    return None
