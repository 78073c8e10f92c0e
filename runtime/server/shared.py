"""What all requests of a server share: the runtime, the limits, and how a failure is told."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from ...actors.result import TaskResult
from ...config.settings.runtime import RuntimeConfig
from ...config.values.log_fields import log_event
from ..runtime import Runtime
from .answer_headers import ids_of, of_the_provider, who_answered
from .dialects.dialect import Dialect
from .failures import Failure, refused, retry_headers
from .keys.key import Key
from .limits import ServerLimits
from .names import Names, restarting
from .request import JSON_TYPE, Header, Request

log = logging.getLogger(__name__)


class Shared:
    """Lives as long as its application, on one loop."""

    def __init__(self, runtime: Runtime, limits: ServerLimits) -> None:
        self.runtime = runtime
        self.limits = limits
        self.draining = False
        self.streams = Streams(limits.streams_per_key)
        self._names = _names_of(runtime.config)

    @property
    def names(self) -> Names:
        """What callers may ask for, by the settings of now."""
        config = self.runtime.config
        if config is not self._names.config:
            self._names = _names_of(config)
        return self._names

    def closing_headers(self) -> list[Header]:
        """What tells a client that its connection ends with the answer."""
        return [(b"connection", b"close")] if self.draining else []

    async def fail(
        self, request: Request, dialect: Dialect, failure: Failure, result: TaskResult | None = None
    ) -> None:
        """Answer with an error in the family's shape; a provider's own words go as they are."""
        if request.begun:
            return
        answer = failure.answer
        verbatim = answer is not None and dialect.is_own_error(answer.body)
        if answer is not None and verbatim:
            body, told = answer.body, of_the_provider(answer.headers)
        else:
            body, told = dialect.error(failure, request.id), []
        headers = [JSON_TYPE, *retry_headers(failure), *told]
        if result is None:
            headers += ids_of(request)
        else:
            attempts = sum(record.number > 0 for record in result.attempts)
            headers += who_answered(request, None, attempts, is_fallback=False)
        if failure.closes and not self.draining:
            headers.append((b"connection", b"close"))
        await request.answer(dialect.status(failure), [*headers, *self.closing_headers()], body)


def _names_of(config: RuntimeConfig) -> Names:
    """The names of a configuration, with a word on what the server does not do of it."""
    for key in restarting(config):
        told = "on_interrupt: restart counts as raise here, since no client can take text back"
        log.warning("%s: %s", key, told, extra=log_event("settings.not_served", setting=key))
    return Names(config)


class Streams:
    """How many streams each key has under way; only keys that are known are counted."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def of(self, key: Key | None) -> Generator[None]:
        """One more, for as long as the block. Raises `Refused` where there are too many."""
        if key is None:
            yield
            return
        if self._open[key.id] >= self._most:
            told = f"the key of {key.id} has {self._most} streams open, the most it may have"
            raise refused(429, "rate_limited", told, retry_after=1.0)
        self._open[key.id] += 1
        try:
            yield
        finally:
            self._open[key.id] -= 1
            if not self._open[key.id]:
                del self._open[key.id]
