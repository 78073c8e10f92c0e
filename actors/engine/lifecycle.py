"""The states in the life of an actor."""

from __future__ import annotations

from enum import Enum


class Lifecycle(Enum):
    """Where an actor is in its life. New and suspended actors keep their messages until later."""

    NEW = "new"
    ALIVE = "alive"
    SUSPENDED = "suspended"
    DEAD = "dead"
