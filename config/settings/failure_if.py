"""Settings of which answers are failures."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Annotated, Any, TypeAlias

from pydantic import Field, SkipValidation, field_validator

from ..base import Settings
from ..values.accepts import Accepts, Many, default
from ..values.values import SWITCH


class FailureIfConfig(Settings):
    """Which answers of a model are failed attempts: the next model is asked instead.

    >>> FailureIfConfig(finish_reasons=["length"], predicate=lambda answer: "I cannot" in answer)
    FailureIfConfig(empty=True, finish_reasons=('length',))
    """

    empty: Annotated[bool, SWITCH] = True
    """A chat answer with nothing in it: no text, tool call, reasoning or refusal. Counts nowhere;
    where every model answers so, the first such answer is the result."""
    finish_reasons: Many[Annotated[str, Field(min_length=1)]] = default(())
    """Finish reasons of answers that are failures, as the provider writes them."""
    predicate: Accepts[Annotated[Any, SkipValidation], Callable[[Any], object] | None] = default(
        Field(default=None, exclude=True, repr=False)
    )
    """A function that takes an answer and says whether it is a failure; only in Python."""

    @field_validator("predicate")
    @classmethod
    def _can_be_asked(cls, value: Any) -> Any:
        if value is not None and (not callable(value) or iscoroutinefunction(value)):
            raise ValueError("failure_if should be a function that is not async")
        return value


FailureIf: TypeAlias = Accepts[FailureIfConfig, FailureIfConfig | Callable[[Any], object]]
"""A function alone is the predicate."""
