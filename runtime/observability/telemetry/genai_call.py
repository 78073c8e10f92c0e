"""A call as the GenAI conventions see it, and what its kind is counted by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ....actors.policies.outcomes.fault import Fault
from . import semconv
from .semconv import Names
from .token_counts import Tokens

Labels = Mapping[str, Any]


class Series:
    """What calls of one kind are counted by: made once, as an SDK reads it and keeps a copy."""

    __slots__ = ("_failed", "labels", "tokens")

    def __init__(self, labels: Labels, tokens: Tokens | None) -> None:
        self.labels = labels
        self.tokens = tokens
        self._failed: dict[Fault, Labels] = {}

    def after(self, fault: Fault | None) -> Labels:
        """The labels of a call that ended so."""
        if fault is None:
            return self.labels
        found = self._failed.get(fault)
        if found is None:
            found = self._failed[fault] = {**self.labels, semconv.ERROR_TYPE: fault.value}
        return found


class GenAICall(NamedTuple):
    """What the GenAI conventions say of a call before it is made."""

    operation: str
    model: str
    names: Names
    attributes: Mapping[str, Any]
    series: dict[str | None, Series]
    """What it is counted by, for each model that has answered it."""
