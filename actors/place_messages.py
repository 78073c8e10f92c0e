"""Messages between the router's line and the models: which has a free place, and for which task.

PlaceWanted -> model    tasks wait for its places
PlaceOffered -> router  a place is free, and held for the line
Admit -> model          the first of the line takes it
KeepPlace -> model      no task wants it any more
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .messages import Acquire, Placed

if TYPE_CHECKING:
    from .engine.future import Promise


class PlaceWanted(NamedTuple):
    """To a model: offer each place that becomes free to the line, until `KeepPlace`."""


class PlaceOffered(NamedTuple):
    """To the router: the model holds a place. Followed by `Admit` or `KeepPlace`."""

    model_id: str


class Admit(NamedTuple):
    """To a model: the held place is for this call; `answer` gets the permit, or why not."""

    acquire: Acquire
    answer: Promise[Placed]


class KeepPlace(NamedTuple):
    """To a model: the held place is its own again, and further ones need not be offered."""


class LineDue(NamedTuple):
    """To the router, from its own clock: a task has waited as long as it may."""
