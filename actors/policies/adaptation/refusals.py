"""Which failures say that a model has more calls than it bears."""

from __future__ import annotations

from ..outcomes.classify import status_of
from ..outcomes.errors import ModelTimeoutError
from ..outcomes.fault import Fault

OVERLOADED = frozenset({503, 529})
"""The statuses beside 429 by which a provider says so."""


def is_refusal(fault: Fault | None, error: BaseException | None) -> bool:
    """Whether it is a 429, a 503 or 529, or a call that its model did not answer in time.

    The deadline of a task says nothing about the model: the task may have waited for most of it.
    """
    if fault is Fault.RATE_LIMITED:
        return True
    if fault is Fault.TIMEOUT:
        return not (isinstance(error, ModelTimeoutError) and error.kind == "task")
    return fault is Fault.TRANSIENT and error is not None and status_of(error) in OVERLOADED
