"""The owners of all models: what is hosted once for a whole fleet."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from .messages import Refusal
from .wire import encode

if TYPE_CHECKING:
    from ..engine.reference import AnyRef
    from ..policies.chance import Draw

LONGEST_WATCH = 10.0
"""Seconds that a watch waits for news at most."""


class Owners:
    """An owner for each model, made when a peer first reports of it.

    `supervisor` is a running supervisor, whose engine has the clock; it gets an actor a model.
    `epoch` is drawn at random for each life. `learns`: peers may hold shares of an earlier life,
    which have to end first. `fence`: seconds after the last `reached` from which nothing is lent.
    All methods run on the engine's loop; messages and answers are bytes of `wire`.
    """

    def __init__(
        self,
        supervisor: AnyRef,
        *,
        epoch: int,
        draw: Draw,
        share_time: float = 3.0,
        learns: bool = True,
        fence: float = inf,
    ) -> None:
        self.epoch = epoch

    def reached(self) -> None:
        """The host has just made sure that it is still the one that peers are sent to."""

    async def exchange(self, message: bytes) -> bytes:
        """News of a peer; its shares."""
        return encode(Refusal("not built yet"))

    async def watch(self, message: bytes) -> bytes:
        """Views that have moved, once there are some; none after `LONGEST_WATCH`."""
        return encode(Refusal("not built yet"))

    async def operate(self, message: bytes) -> bytes:
        """An operator's verb for a model."""
        return encode(Refusal("not built yet"))

    async def leave(self, message: bytes) -> bytes:
        """A peer ends."""
        return encode(Refusal("not built yet"))
