"""The three models of the demonstration, and limits for a run of seconds instead of days."""

from __future__ import annotations

from ....config.settings.breaker import CircuitBreakerConfig
from ....config.settings.bulkhead import BulkheadConfig
from ....config.settings.health import HealthCheckConfig
from ....config.settings.model import ModelConfig
from ....config.settings.retry import RetryConfig
from ....config.settings.runtime import GlobalConfig, RuntimeConfig
from .servers import Servers, ServerSpec

# The order is that of preference: the one that writes best, and takes longest, comes first.
SERVERS = (
    ServerSpec("large", order=3, delay=0.12, pause=0.03),
    ServerSpec("medium", order=2, delay=0.06, pause=0.02),
    ServerSpec("small", order=1, delay=0.03, pause=0.01),
)
TASK_TIMEOUT = 6.0


def configuration(servers: Servers) -> RuntimeConfig:
    """A runtime for these servers."""
    settings = GlobalConfig(task_timeout=TASK_TIMEOUT, drain_timeout=1.0, stop_grace=1.0)
    models = tuple(_model(spec.name, servers.url(spec.name)) for spec in SERVERS)
    return RuntimeConfig(global_=settings, models=models)


def _model(name: str, url: str) -> ModelConfig:
    return ModelConfig(
        id=name,
        endpoint=url,
        timeout=2.0,
        circuit_breaker=CircuitBreakerConfig(recovery_timeout=2.5),
        retry=RetryConfig(max_retries=2, base_delay=0.05),
        health_check=HealthCheckConfig(interval=2.0, timeout=1.0),
        bulkhead=BulkheadConfig(max_concurrent=100),
    )
