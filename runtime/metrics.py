"""The metrics of a runtime: as text, and for a registry of `prometheus_client`."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from ..config.errors import ConfigurationError
from .observability.metrics.measured import Measured, measured, measuring
from .observability.metrics.text import openmetrics_text, prometheus_text, writing
from .observability.slices import in_slices
from .operations import books_of

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from .runtime import Runtime


def metrics_text(runtime: Runtime, *, openmetrics: bool = False) -> str:
    """All metrics of a runtime in the text format of Prometheus (0.0.4), or of OpenMetrics (1.0).

    From any thread; without any metric before the start and after the end. Nothing needs to be
    installed for it, and no actor is asked.

    >>> from hive_resilience import ModelConfig, Runtime
    >>> with Runtime(models=[ModelConfig(id="gpt-5", executor=lambda task: "hello")]) as runtime:
    ...     text = metrics_text(runtime)
    >>> print(*(line for line in text.splitlines() if "tasks_in_flight" in line), sep="\\n")
    # HELP hive_tasks_in_flight Tasks under way.
    # TYPE hive_tasks_in_flight gauge
    hive_tasks_in_flight 0
    """
    families = _measured(runtime)
    return openmetrics_text(families) if openmetrics else prometheus_text(families)


async def text_in_slices(runtime: Runtime, more: Iterable[Measured], *, openmetrics: bool) -> str:
    """As `metrics_text`, with the metrics of other parts, and in small steps of the loop."""
    books, families = books_of(runtime), list[Measured]()
    if books is not None:
        families = await in_slices(measuring(await books.read_in_slices(), _versions()))
    return await in_slices(writing([*families, *more], openmetrics=openmetrics))


class Collector:
    """The metrics of a runtime for the application's own registry of `prometheus_client`.

    `REGISTRY.register(Collector(runtime))`, in blocking programs too. It has no metric before the
    start and after the end. Several runtimes need a registry each. Raises `ConfigurationError`
    without the extra `prometheus`.
    """

    def __init__(self, runtime: Runtime) -> None:
        try:
            from .observability.metrics.collecting import metric_of
        except ImportError as error:
            told = "metrics for a registry need prometheus-client: hive-resilience[prometheus]"
            raise ConfigurationError(told) from error
        self._runtime = runtime
        self._metric_of = metric_of

    def describe(self) -> Iterable[Metric]:
        """Nothing: so a registry does not collect when it is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All families with their samples, of this moment. From any thread."""
        return map(self._metric_of, _measured(self._runtime))


def _measured(runtime: Runtime) -> list[Measured]:
    books = books_of(runtime)
    return [] if books is None else measured(books.read(), _versions())


@cache
def _versions() -> tuple[str, str]:
    return version("hive-resilience"), platform.python_version()
