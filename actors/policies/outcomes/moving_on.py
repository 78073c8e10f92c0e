"""After which failures the next model is asked, and what a task's failures together mean."""

from __future__ import annotations

from collections.abc import Sequence

from ....config.settings.strategy import RouteRequestErrors
from .attempt import AttemptRecord
from .classify import classify, retry_after_of, status_of
from .errors import (
    CircuitBreakerError,
    InvalidRequestError,
    ModelLimitError,
    UnsupportedTaskError,
)
from .fault import Fault


def ends_the_task(
    fault: Fault, *, route_request_errors: RouteRequestErrors, route_refusals: bool
) -> bool:
    """Whether no other model is asked after a failure of this kind.

    >>> rule = RouteRequestErrors.MODEL_LIMITS
    >>> ends_the_task(Fault.REQUEST, route_request_errors=rule, route_refusals=False)
    True
    """
    match fault:
        case Fault.MODEL_LIMIT:
            return route_request_errors is RouteRequestErrors.NONE
        case Fault.REQUEST:
            return route_request_errors is not RouteRequestErrors.ALL
        case Fault.CONTENT_REFUSED:
            return not route_refusals
        case _:
            return False


def common_request_error(attempts: Sequence[AttemptRecord]) -> InvalidRequestError | None:
    """The first model's error, if every model has answered that it cannot take the request.

    None where one was passed over or failed in another way: it might have taken it.
    """
    able = [record for record in attempts if not is_unfit(record)]
    if attempts and not able:
        told = "; ".join(str(record.error) for record in attempts)
        return UnsupportedTaskError(f"no model takes this task: {told}")
    errors = [record.error for record in able if record.number and record.error is not None]
    if not errors or len(errors) < len(able):
        return None
    faults = {classify(error) for error in errors}
    if not faults <= {Fault.MODEL_LIMIT, Fault.REQUEST}:
        return None
    return _as_request_error(errors[0], able[0].model_id)


def is_unfit(record: AttemptRecord) -> bool:
    """Whether the model was passed over because it may not take the task, in whatever state."""
    return not record.number and isinstance(record.error, UnsupportedTaskError)


def all_empty(attempts: Sequence[AttemptRecord]) -> bool:
    """Whether every model that was asked has answered with nothing in the end."""
    last = {record.model_id: record.error for record in attempts if record.number}
    return bool(last) and all(
        error is not None and classify(error) is Fault.EMPTY_ANSWER for error in last.values()
    )


def shortest_wait(
    attempts: Sequence[AttemptRecord], wall_now: float, longest: float
) -> float | None:
    """Seconds until the first of the models may be asked again; None: no error says.

    `longest` is the bound of each wait, `wall_now` seconds since 1970.
    """
    errors = [record.error for record in attempts if record.error is not None]
    # Most of them by far are those of open breakers, whose waits are ours.
    waits = [
        error.retry_after if type(error) is CircuitBreakerError else retry_after_of(error, wall_now)
        for error in errors
    ]
    return min((min(wait, longest) for wait in waits if wait is not None), default=None)


def _as_request_error(error: BaseException, model_id: str) -> InvalidRequestError:
    if isinstance(error, InvalidRequestError):
        return error
    # A client's own error: its words may quote the request, so only its class is told.
    message = f"{model_id} cannot take this request: {type(error).__name__}"
    limited = ModelLimitError(message, model_id=model_id, status=status_of(error))
    limited.__cause__ = error
    return limited
