"""What the settings of a fleet are behind the server where they say nothing: pure.

A library protects its caller; a server has callers of all kinds, and answers that take minutes.
"""

from __future__ import annotations

from typing import TypeVar

from ....config.base import Settings
from ....config.settings.model import ModelConfig
from ....config.settings.observability.channels import LogChannelConfig
from ....config.settings.runtime import RuntimeConfig
from .place import WorkerPlace

S = TypeVar("S", bound=Settings)

IN_FLIGHT = 1_024
"""Tasks at once."""
TASK = 600.0
"""Seconds of a whole task."""
ATTEMPT = 120.0
"""Seconds of one attempt; of a stream: to the first content, and between two chunks of it."""
PLACES = 256
"""Calls of one model at once."""
JOIN = 10.0
"""Seconds in which a worker joins the others, before it starts alone: what it may do without them
is not what is left of the limits."""
LOG = "log"
"""The channel on which alerts are told; `channels: []` switches alerts off."""


def with_server_defaults(config: RuntimeConfig) -> RuntimeConfig:
    """The settings, and the server's own defaults for what they do not state.

    >>> with_server_defaults(RuntimeConfig()).global_.task_timeout
    600.0
    """
    overall = _filled(
        config.global_,
        max_concurrent_requests=IN_FLIGHT,
        task_timeout=TASK,
        default_timeout=ATTEMPT,
    )
    alerts = _filled(config.global_.alerts, channels=(LogChannelConfig(name=LOG),))
    overall = overall.model_copy(update={"alerts": alerts})
    models = tuple(map(_model, config.models))
    return config.model_copy(update={"global_": overall, "models": models})


def as_worker(config: RuntimeConfig, place: WorkerPlace | None) -> RuntimeConfig:
    """The settings of one of several workers; None: of a process alone, as they are."""
    if place is None:
        return config
    overall = config.global_
    cluster = _filled(overall.cluster, join_timeout=JOIN)
    if cluster.address is None:
        cluster = cluster.model_copy(update={"address": place.cluster})
    history = overall.history
    if history.name is not None:  # a file for each
        history = history.model_copy(update={"name": f"{history.name}-{place.number}"})
    overall = overall.model_copy(update={"cluster": cluster, "history": history})
    return config.model_copy(update={"global_": overall})


def _model(model: ModelConfig) -> ModelConfig:
    bulkhead = _filled(model.bulkhead, max_concurrent=PLACES)
    return model.model_copy(update={"bulkhead": bulkhead})


def _filled(settings: S, **defaults: object) -> S:
    stated = settings.model_fields_set
    missing = {name: value for name, value in defaults.items() if name not in stated}
    return settings.model_copy(update=missing)
