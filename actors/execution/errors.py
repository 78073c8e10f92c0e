"""What the end of an attempt or of a task means, in errors."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...config.errors import ResilienceError
from ..policies.outcomes.errors import (
    AllModelsFailedError,
    CircuitBreakerError,
    ModelTimeoutError,
)
from ..policies.outcomes.foreign_text import described
from ..policies.outcomes.moving_on import common_request_error, shortest_wait

if TYPE_CHECKING:
    from ..permit import CallPermit
    from ..policies.outcomes.attempt import AttemptRecord


def no_answer(permit: CallPermit) -> ModelTimeoutError:
    """An attempt took longer than its model may."""
    return ModelTimeoutError(
        f"{permit.model_id} did not answer within {permit.timeout:.3g} s",
        kind="attempt",
        limit=permit.timeout,
        model_id=permit.model_id,
    )


def too_late(limit: float, model_id: str | None = None) -> ModelTimeoutError:
    """The task's deadline passed."""
    return ModelTimeoutError(
        f"the task's deadline of {limit:.3g} s passed", kind="task", limit=limit, model_id=model_id
    )


def hung(model_id: str, silent_for: float) -> ModelTimeoutError:
    """A model was silent for too long, and another one that was asked beside it was faster."""
    return ModelTimeoutError(
        f"{model_id} was silent for {silent_for:.3g} s, and another model has answered",
        kind="silence",
        limit=silent_for,
        model_id=model_id,
    )


def any_open(attempts: Iterable[AttemptRecord]) -> bool:
    """Whether an open breaker stood in the way."""
    for record in attempts:  # noqa: SIM110  # `any` with a generator takes twice as long
        if isinstance(record.error, CircuitBreakerError):
            return True
    return False


def final_error(
    last: BaseException | None,
    attempts: tuple[AttemptRecord, ...],
    limit: float | None,
    max_parking: float,
    payload: object = None,
) -> BaseException:
    """Why a task failed that asked more models; `limit` is the seconds it had if they are over.

    No wait that it tells of is longer than `max_parking` seconds.
    """
    if limit is not None:
        late = too_late(limit)
        late.__cause__ = last
        return late
    return common_request_error(attempts) or _all_failed(last, attempts, max_parking, payload)


def _all_failed(
    last: BaseException | None,
    attempts: tuple[AttemptRecord, ...],
    max_parking: float,
    payload: object,
) -> AllModelsFailedError:
    if not attempts:
        return AllModelsFailedError("no model answered: the fleet has no models")
    wait = shortest_wait(attempts, time.time(), max_parking)
    error = AllModelsFailedError(attempts=attempts, retry_after=wait)
    error.__cause__ = last
    for record in attempts:
        if not isinstance(record.error, ResilienceError):
            # The words of others may quote the payload, which an error does not keep: tell now.
            told = [f"{each.model_id}: {described(each.error, payload)}" for each in attempts]
            error.args = (f"no model answered: {'; '.join(told)}",)
            break
    return error
