"""What all requests of a server share: the runtime, the limits, and how a failure is told."""

from __future__ import annotations

import logging

from ...actors.result import TaskResult
from ...config.values.log_fields import log_event
from ..operations import members_of
from ..runtime import Runtime
from .answer_headers import ids_of, of_the_provider, who_answered
from .dialects.dialect import Dialect
from .failures import Failure, retry_headers
from .keys.turns import Streams
from .limits import ServerLimits
from .names import Names, restarting
from .request import JSON_TYPE, Header, Request
from .siblings.siblings import Siblings

log: logging.Logger = logging.getLogger(__name__)

_RESTARTS = "on_interrupt: restart counts as raise here, since no client can take text back"


class Shared:
    """Lives as long as its application, on one loop."""

    def __init__(
        self, runtime: Runtime, limits: ServerLimits, siblings: Siblings | None = None
    ) -> None:
        self.runtime: Runtime = runtime
        self.limits: ServerLimits = limits
        self.siblings: Siblings | None = siblings
        """The other workers of the server; None: it is alone."""
        self.draining = False
        self.streams: Streams = Streams(limits.streams_per_key, siblings)
        self._told: frozenset[str] = frozenset()
        self._names, self._version = self._read()

    @property
    def names(self) -> Names:
        """What callers may ask for, by the settings and the models of now."""
        if (
            members_of(self.runtime).version is not self._version
            or self.runtime.config is not self._names.config
        ):
            self._names, self._version = self._read()
        return self._names

    def _read(self) -> tuple[Names, object]:
        members = members_of(self.runtime)
        version = members.version  # what changes meanwhile is read the next time
        config = self.runtime.config
        # Before the start only the settings know the models.
        models = config.models if version is None else members.staying()
        self._warn(restarting(models, config.groups))
        return Names(config, models), version

    def _warn(self, restart: list[str]) -> None:
        """A word on what the server does not do, once."""
        for key in restart:
            if key not in self._told:
                fields = log_event("settings.not_served", setting=key)
                log.warning("%s: %s", key, _RESTARTS, extra=fields)
        self._told = frozenset(restart)

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
