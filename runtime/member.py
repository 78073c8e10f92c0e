"""One model of the fleet, as the runtime sees it from outside."""

from __future__ import annotations

from typing import Any

from ..actors.model_state import ModelState
from ..actors.reference import LoopRef
from ..config.model import ModelConfig
from .executors.threads import Threads
from .outfit import Outfit


class Member:
    """Its settings, its actor, and what the actor needs."""

    __slots__ = ("config", "leaving", "outfit", "ref", "state")

    def __init__(self, config: ModelConfig, state: ModelState, outfit: Outfit) -> None:
        self.config = config
        self.state = state
        self.outfit = outfit
        self.ref: LoopRef[Any]
        self.leaving: object = None
        """Something while it is being removed, another thing each time."""

    @property
    def threads(self) -> Threads:
        """Where its blocking calls run."""
        return self.outfit.threads
