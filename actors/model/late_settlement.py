"""What is still settled for a model whose actor has stopped for good: its calls may outlive it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ...config.values.log_fields import log_event
from ..engine.future import LoopFuture
from ..messages import CallReturned, Placed, Settle, StopWaiting
from ..place_messages import Admit
from ..policies.outcomes.attempt import Outcome
from .admission import Admission
from .settlement import Settlement

log: logging.Logger = logging.getLogger(__name__)


class LateSettlement:
    """Takes back permits and places after the end, so that all gauges come to rest."""

    __slots__ = ("_admission", "_now", "_settlement")

    def __init__(
        self, admission: Admission, settlement: Settlement, now: Callable[[], float]
    ) -> None:
        self._admission = admission
        self._settlement = settlement
        self._now = now

    def take(self, message: object) -> bool:
        """Whether this message is still for it; on the loop."""
        match message:
            case Settle():
                self._settle(message)
            case CallReturned(permit):
                self._admission.leave(permit, self._now())
            case StopWaiting(waiter):
                self._stop_waiting(waiter)
            case Admit(_, answer):
                answer.answer(Placed(None))
            case _:
                return False
        return True

    def _stop_waiting(self, waiter: LoopFuture[object]) -> None:
        unseen = self._admission.forsake(waiter.origin)
        if unseen is not None:
            self._settle(Settle(unseen, Outcome.CANCELLED, 0.0))

    def _settle(self, settle: Settle) -> None:
        now = self._now()
        try:
            self._settlement.settle(settle, now)
        except Exception:  # a defect of ours, and no actor is there to crash on it
            log.exception(
                "a call of %s could not be settled",
                settle.permit.model_id,
                extra=log_event("settlement.failed", model=settle.permit.model_id),
            )
            self._settlement.release(settle.permit, now)
            if not settle.lingering:
                self._admission.leave(settle.permit, now)
