"""The right to make one call to one model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .policies.permit import Permit

if TYPE_CHECKING:
    from ..config.stream import StreamConfig
    from .bounded import Bounded
    from .executor import Executor


class CallPermit:
    """Given by a model's actor for one attempt and settled once; a token, not shared state.

    `number` counts the attempts of the task at this model from 1, `timeout` is seconds.
    """

    __slots__ = (
        "breaker_permit",
        "call",
        "degraded",
        "executor",
        "in_place",
        "model_id",
        "number",
        "settled",
        "strategy",
        "timeout",
    )

    def __init__(
        self,
        model_id: str,
        number: int,
        breaker_permit: Permit,
        executor: Executor,
        timeout: float,
        strategy: str | None,
        degraded: bool,
    ) -> None:
        self.model_id = model_id
        self.number = number
        self.breaker_permit = breaker_permit
        self.executor = executor
        self.timeout = timeout
        self.strategy = strategy
        self.degraded = degraded
        self.settled = False
        self.call: Bounded[Any] | None = None
        """The call it was used for, once that waits for something."""
        self.in_place = True
        """Whether it still holds a place in the bulkhead."""


class StreamPermit(CallPermit):
    """The right to read one stream from one model, and the model's settings for streams."""

    __slots__ = ("stream",)

    stream: StreamConfig
