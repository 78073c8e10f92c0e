"""What executors raise, told in the log: each kind once a minute for each model."""

from __future__ import annotations

import logging

from ...config.values.log_fields import log_event
from ..policies.outcomes.foreign_text import report_of

log: logging.Logger = logging.getLogger(__name__)

QUIET = 60.0
"""Seconds in which the same kind of failure of a model is not told again."""
_MOST = 1_000


class FailureLog:
    """Owned by the environment of the tasks; only errors that are not ours come here."""

    def __init__(self) -> None:
        self._quiet_until: dict[tuple[str, type[BaseException]], float] = {}

    def note(self, model_id: str, error: BaseException, payload: object, now: float) -> None:
        """Log the failure unless its kind was logged a short time ago."""
        kind = (model_id, type(error))
        if now < self._quiet_until.get(kind, 0.0):
            return
        if len(self._quiet_until) >= _MOST:
            self._quiet_until.clear()
        self._quiet_until[kind] = now + QUIET
        log.warning(
            "the executor of %s failed\n%s",
            model_id,
            report_of(error, payload),
            extra=log_event("executor.failed", model=model_id, error_type=type(error).__name__),
        )
