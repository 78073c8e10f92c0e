"""The right to make one call to one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .policies.breaker.permit import Permit

if TYPE_CHECKING:
    from ..config.settings.failure_if import FailureIfConfig
    from ..config.settings.prices import PricesConfig
    from ..config.settings.stream import StreamConfig
    from .calls.waiting_calls import Limited
    from .executor import Executor
    from .policies.adaptation.throttling import Start
    from .policies.cluster.shared_model import Stamp


class CallPermit(Permit):
    """The breaker's permit with what the call needs; settled once; a token, not shared state.

    `number` counts the attempts of the task at this model from 1, `timeout` is seconds.
    """

    # Not slots: what few calls need stands on the class, and making one costs a third less.
    model_id: str
    number: int
    executor: Executor
    timeout: float
    strategy: str | None
    degraded = False
    """Whether the model is not at its best."""
    call: Limited | None = None
    """The call it was used for, once that waits for something."""
    in_place = True
    """Whether it still holds a place in the bulkhead."""
    failure_if: FailureIfConfig | None = None
    """Which answers are failures; None: as the model's settings say by default."""
    prices: PricesConfig | None = None
    """What the model's tokens cost; None: not known."""
    start: Start | None = None
    """What throttling has counted the call as; None: it does not count it."""
    shared: Stamp | None = None
    """Under which view of its owner the call has started; None: no other process shares it."""
    stream: StreamConfig
    """The model's settings for streams, where it was acquired for one."""
