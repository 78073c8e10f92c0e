"""One model of the fleet, as the runtime sees it from outside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ...actors.engine.reference import ActorRef
from ...actors.model.state import ModelState
from ...actors.supervision.child_spec import ChildSpec
from ...actors.supervision.messages import StartChild
from ...config.settings.model import ModelConfig
from ..executors.functions.threads import Threads
from .backend import Backend

log = logging.getLogger(__name__)


def keeper_of(model_id: str) -> str:
    """The name of the child that keeps the worker processes of a model."""
    return f"workers:{model_id}"


class Member:
    """Its settings, its actor, and what the actor needs."""

    __slots__ = ("backend", "config", "leaving", "ref", "state")

    def __init__(self, config: ModelConfig, state: ModelState, backend: Backend) -> None:
        self.config = config
        self.state = state
        self.backend = backend
        self.ref: ActorRef[Any]
        self.leaving: object = None
        """Something while it is being removed, another thing each time."""

    @property
    def threads(self) -> Threads:
        """Where its blocking calls run."""
        return self.backend.threads


def keep(member: Member, supervise: Callable[[Any], Any]) -> None:
    """Supervise what the executor has of its own; without that it still works."""
    make = getattr(member.backend.executor, "keeper", None)
    if make is None:
        return
    config = member.config
    try:
        supervise(StartChild(ChildSpec(keeper_of(config.id), make, restart=config.restart)))
    except Exception:  # the supervisor crashed on it
        log.exception("the worker processes of %s are not supervised", config.id)
