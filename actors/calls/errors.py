"""What a call of the user's code may raise, as an error that can be passed on."""

from __future__ import annotations

from ..policies.outcomes.errors import ModelUnavailableError
from .bounded_call import CancelledByItself


def as_error(raised: BaseException, what: str, model_id: str | None = None) -> Exception:
    """The error of a failed attempt: a `SystemExit` of an executor must not end the program.

    `what` names in it what was called.
    """
    if isinstance(raised, CancelledByItself):
        raised = raised.__cause__ or raised
    elif isinstance(raised, Exception):
        return raised
    error = ModelUnavailableError(
        f"{what} raised {type(raised).__name__}, which is not an Exception", model_id=model_id
    )
    error.__cause__ = raised
    return error
