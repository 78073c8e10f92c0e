"""The models of the demonstration as each process of the application has them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from .....config.settings.breaker import CircuitBreakerConfig
from .....config.settings.bulkhead import BulkheadConfig
from .....config.settings.distribution.cluster import ClusterConfig
from .....config.settings.health import HealthCheckConfig
from .....config.settings.model import ModelConfig
from .....config.settings.retry import RetryConfig
from .....config.settings.runtime import GlobalConfig, RuntimeConfig
from ....executors.http.call import CallContext, HasPayload
from ....executors.http.completion import Completion
from ....executors.openai.compatible import OpenAICompatible

TASK_TIMEOUT = 6.0
LIMIT = 60
"""Calls of one model in flight at once, in all processes together."""

Started = Callable[[str, float], None]
"""Hears that a call of a model starts, and when: `time.monotonic`, which all processes share."""


class TimedModel(OpenAICompatible):
    """A model server; says when a call starts."""

    def __init__(self, name: str, url: str, started: Started) -> None:
        super().__init__(url, name)
        self._name, self._started = name, started

    async def execute(self, task: HasPayload, context: CallContext) -> Completion:
        """See `ChatExecutor.execute`."""
        self._started(self._name, time.monotonic())
        return await super().execute(task, context)


def configuration(
    urls: Mapping[str, str], cluster: ClusterConfig, started: Started
) -> RuntimeConfig:
    """A runtime for these servers, as part of a cluster."""
    settings = GlobalConfig(
        task_timeout=TASK_TIMEOUT, drain_timeout=1.0, stop_grace=1.0, cluster=cluster
    )
    models = tuple(_model(name, TimedModel(name, url, started)) for name, url in urls.items())
    return RuntimeConfig(global_=settings, models=models)


def _model(name: str, executor: TimedModel) -> ModelConfig:
    return ModelConfig(
        id=name,
        executor=executor,
        timeout=2.0,
        circuit_breaker=CircuitBreakerConfig(recovery_timeout=2.0, max_recovery_timeout=4.0),
        retry=RetryConfig(max_retries=2, base_delay=0.05),
        health_check=HealthCheckConfig(interval=2.0, timeout=1.0),
        bulkhead=BulkheadConfig(max_concurrent=LIMIT),
    )
