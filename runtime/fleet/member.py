"""One model of the fleet, as the runtime sees it from outside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from ...actors.engine.reference import AnyRef
from ...actors.model.state import ModelState
from ...actors.policies.health.status import ModelStatus
from ...actors.snapshots import ModelSnapshot
from ...actors.supervision.child_spec import ChildSpec
from ...actors.supervision.messages import StartChild
from ...config.settings.model import ModelConfig
from ...config.values.log_fields import log_event
from ..executors.functions.threads import Threads
from .backend import Backend

log: logging.Logger = logging.getLogger(__name__)

Supervise = Callable[[object], object]
"""Asks the supervisor of the models."""


def actor_name(model_id: str) -> str:
    """The name of a model's actor among the supervised ones."""
    return f"model:{model_id}"


def workers_name(model_id: str) -> str:
    """The name of the child that keeps the worker processes of a model."""
    return f"workers:{model_id}"


class Member:
    """Its settings, its actor, and what the actor needs."""

    __slots__ = ("backend", "config", "label", "leaving", "ref", "state")

    def __init__(self, config: ModelConfig, state: ModelState, backend: Backend) -> None:
        self.config: ModelConfig = config
        self.state: ModelState = state
        self.backend: Backend = backend
        self.label: str = config.id
        """What metrics call it."""
        self.ref: AnyRef
        self.leaving: object = None
        """Something while it is being removed, another thing each time."""

    @property
    def threads(self) -> Threads:
        """Where its blocking calls run."""
        return self.backend.threads

    def status(self, now: float) -> ModelStatus:
        """Without its actor it is unavailable."""
        return self.state.status(now) if self.ref.is_running() else ModelStatus.UNAVAILABLE

    def snapshot(self, now: float, waiting: int) -> ModelSnapshot:
        """How the model is; `waiting` tasks are in line."""
        found = self.state.snapshot(now)
        if waiting:
            found = replace(found, bulkhead=replace(found.bulkhead, waiting=waiting))
        return found if self.ref.is_running() else replace(found, status=self.status(now))


def supervise_workers(member: Member, supervise: Supervise) -> None:
    """Supervise the worker processes of its executor, if any; without that it still works."""
    make = getattr(member.backend.executor, "keeper", None)
    if make is None:
        return
    config = member.config
    try:
        supervise(StartChild(ChildSpec(workers_name(config.id), make, restart=config.restart)))
    except Exception:  # the supervisor crashed on it
        log.exception(
            "the worker processes of %s are not supervised",
            config.id,
            extra=log_event("workers.unsupervised", model=config.id),
        )
