"""One line for each request, without what was asked and answered."""

from __future__ import annotations

import logging
from typing import NamedTuple

from ...config.values.log_fields import log_event
from ...config.values.words import printable

log: logging.Logger = logging.getLogger(__name__)


class RequestLine(NamedTuple):
    """What is told of a request; `milliseconds` from its first byte to the last of its answer."""

    id: str
    path: str
    key: str | None
    name: str | None
    model: str | None
    attempts: int
    status: int
    milliseconds: float
    ended: str
    client_retry: str | None

    def write(self) -> None:
        """Into the log, at INFO; each field also stands on the record, as `hive_` and its name."""
        if not log.isEnabledFor(logging.INFO):
            return
        log.info(
            "request id=%s path=%s key=%s asked=%s model=%s attempts=%d status=%d ms=%.1f end=%s",
            self.id,
            printable(self.path),
            self.key or "-",
            self.name or "-",
            self.model or "-",
            self.attempts,
            self.status,
            self.milliseconds,
            self.ended,
            extra=log_event("request.answered", **self._asdict()),
        )
