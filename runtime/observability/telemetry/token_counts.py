"""Tokens by the GenAI conventions: counted here, and read when an exporter asks.

An SDK takes some ten times as long for a counter as a task for all that it does: so no counter is
called for a task, and observable ones read these sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ....actors.policies.outcomes.usage import Usage
from . import semconv
from .semconv import Names


class Tokens(NamedTuple):
    """The sums of one set of labels, in the order of the instruments."""

    labels: Mapping[str, Any]
    sums: list[int]

    def add(self, usage: Usage, written: int) -> None:
        """Count what an answer told."""
        counts = (
            *(usage.input_tokens, usage.output_tokens, usage.cached_tokens, written),
            usage.reasoning_tokens,
        )
        for at, count in enumerate(counts):
            if count:
                self.sums[at] += count


class TokenCounts:
    """All sums of one meter, whichever runtimes count."""

    def __init__(self, meter: Meter, names: Names) -> None:
        self._all: dict[tuple[tuple[str, Any], ...], Tokens] = {}
        instruments = (
            *(names.input_tokens, names.output_tokens, names.cache_read, names.cache_write),
            names.reasoning,
        )
        for at, name in enumerate(instruments):
            meter.create_observable_counter(
                name, [self._callback(at)], "{token}", "Tokens of inferences."
            )

    def of(self, labels: Mapping[str, Any]) -> Tokens:
        """The sums of these labels."""
        told = {**labels, semconv.MODALITY: "unknown"}
        return self._all.setdefault(tuple(told.items()), Tokens(told, [0] * 5))

    def _callback(self, at: int) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observed(_: CallbackOptions) -> Iterator[Observation]:
            for one in list(self._all.values()):  # the loop may add to them meanwhile
                if one.sums[at]:
                    yield Observation(one.sums[at], one.labels)

        return observed


_OF_METERS: WeakKeyDictionary[Meter, TokenCounts] = WeakKeyDictionary()


def token_counts(meter: Meter, names: Names) -> TokenCounts:
    """Those of this meter: an SDK reads the first instrument of a name alone."""
    found = _OF_METERS.get(meter)
    if found is None:
        found = _OF_METERS[meter] = TokenCounts(meter, names)
    return found
