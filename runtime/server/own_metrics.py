"""What the server measures of its own requests, and its answer to a scraper."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from ...actors.policies.metrics.sketch import LatencySketch
from ...actors.policies.outcomes.attempt import AttemptRecord
from ..metrics import text_in_slices
from ..observability.metrics.measured import of_server
from ..observability.metrics.text import (
    OPENMETRICS_TYPE,
    PROMETHEUS_TYPE,
    wants_openmetrics,
)
from ..runtime import Runtime
from .siblings.merging import merged
from .siblings.siblings import Siblings
from .siblings.words import METRICS

_OPEN = "openmetrics"


class OwnMetrics:
    """Counts requests by the class of their status, and the time that is the server's own.

    With `siblings` a scrape has the metrics of all workers, whichever answers.
    """

    def __init__(self, runtime: Runtime, siblings: Siblings | None = None) -> None:
        self._runtime = runtime
        self._siblings = siblings
        if siblings is not None:
            siblings.on(METRICS, self._told)
        self._overhead = LatencySketch()
        self._requests: dict[str, int] = {"2xx": 0, "4xx": 0, "5xx": 0}

    def count(self, status: int) -> None:
        """One more request is answered."""
        group = f"{status // 100}xx"
        self._requests[group] = self._requests.get(group, 0) + 1

    def took(self, seconds: float, attempts: Iterable[AttemptRecord]) -> None:
        """A request that asked models has taken so long, its task with these attempts."""
        self._overhead.add(seconds - covered(attempts))

    async def answer(self, accept: str | None) -> tuple[str, bytes]:
        """The type and the body of the metrics of runtime and server."""
        is_open = wants_openmetrics(accept)
        text = await self._text(is_open)
        if self._siblings is not None:
            text = await self._of_all(self._siblings, text, is_open)
        return OPENMETRICS_TYPE if is_open else PROMETHEUS_TYPE, text.encode()

    async def _of_all(self, siblings: Siblings, own: str, is_open: bool) -> str:
        others = await siblings.others(METRICS, _OPEN if is_open else "")
        texts = {siblings.number: own, **{one.worker: one.body for one in others}}
        # Beside the loop, for it may be some megabytes.
        return await asyncio.to_thread(merged, dict(sorted(texts.items())))

    async def _told(self, body: bytes) -> bytes:
        return (await self._text(body.decode() == _OPEN)).encode()

    async def _text(self, is_open: bool) -> str:
        more = of_server(self._overhead, self._requests)
        return await text_in_slices(self._runtime, more, openmetrics=is_open)


def covered(attempts: Iterable[AttemptRecord]) -> float:
    """Seconds in which at least one call was under way.

    >>> from hive_resilience.actors.policies.outcomes.attempt import Outcome
    >>> side_by_side = [("a", 0.0, 2.0), ("b", 1.0, 3.0), ("c", 9.0, 1.0)]
    >>> covered(AttemptRecord(m, 1, Outcome.FAILURE, at, took) for m, at, took in side_by_side)
    5.0
    """
    found, reached = 0.0, 0.0
    spans = sorted((one.started_at, one.started_at + one.duration) for one in attempts)
    for begin, end in spans:
        found += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return found
