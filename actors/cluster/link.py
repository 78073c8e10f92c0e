"""How a peer reaches the owners of its models: bytes there, bytes back."""

from __future__ import annotations

from typing import Protocol

EXCHANGE, WATCH, OPERATE, LEAVE, FLEET = "exchange", "watch", "operate", "leave", "fleet"
"""What a link can ask; each is a method of `Owners`."""


class LinkLostError(Exception):
    """The owners cannot be reached just now. The call may have arrived all the same."""


class Link(Protocol):
    """A way to the owners. It loses calls, and never repeats one."""

    async def call(self, verb: str, message: bytes, timeout: float) -> bytes:
        """The owners' answer to one of the verbs, within `timeout` seconds.

        Raises `LinkLostError`, and `TimeoutError` where no answer comes in time.
        """
        ...

    async def close(self) -> None:
        """End it; a call under way raises `LinkLostError`."""
        ...
