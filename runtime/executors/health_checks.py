"""How a model's health is checked: by its endpoint for that, by its executor, or by a request."""

from __future__ import annotations

from asyncio import get_running_loop
from functools import partial

from ...actors.executor import ExecutionContext, Executor, Probe
from ...actors.policies.outcomes.classify import classify
from ...actors.policies.outcomes.fault import Fault
from ...actors.task import Task
from ...config.settings.model import ModelConfig

_ALIVE = frozenset({Fault.REQUEST, Fault.MODEL_LIMIT, Fault.CONTENT_REFUSED, Fault.RATE_LIMITED})
"""A server that answers so is there, whatever it thinks of the request."""


def probe_for(config: ModelConfig, executor: Executor) -> Probe | None:
    """The health check of a model, the surest first; None where there is none.

    Raises `ConfigurationError` for an endpoint that cannot be asked.
    """
    health = config.health_check
    if health.endpoint is not None:
        from .health_endpoint import endpoint_probe  # what it imports is for HTTP alone

        return endpoint_probe(config, health.endpoint)
    if executor.probe is not None:
        return executor.probe
    return partial(request_little, config, executor) if health.tiny_request else None


async def request_little(config: ModelConfig, executor: Executor) -> None:
    """One small task, past breaker and bulkhead; raises unless a model is there to answer it."""
    task = Task({"prompt": "ping", "max_tokens": 1}, type="health_check")
    context = None
    if executor.needs_context:
        now = get_running_loop().time
        until = now() + config.health_check.timeout
        context = ExecutionContext(config.id, 1, until, now)
    try:
        await executor.begin(task, context)
    except Exception as error:
        if classify(error) not in _ALIVE:
            raise
