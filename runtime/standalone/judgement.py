"""What the end of a guarded call means to its breaker."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeAlias

from ...actors.policies.breaker.permit import Permit
from ...actors.policies.outcomes.answers import rejection
from ...actors.policies.outcomes.classify import classify, retry_after_of
from ...actors.policies.outcomes.errors import AnswerRejectedError
from ...actors.policies.outcomes.fault import UNCOUNTED, Fault
from ...config.settings.failure_if import FailureIfConfig
from .error_tests import ErrorTests, error_test

FailureIf: TypeAlias = Callable[[Any], object] | FailureIfConfig
"""A function of an answer that is true for a failure, or the settings of a model."""


class Verdict(Enum):
    """How an error counts."""

    USUAL = "usual"
    """As its kind counts in a runtime."""
    FAILURE = "failure"
    """As a failure, whatever its kind."""
    ANSWER = "answer"
    """As a success: the dependency is well."""
    NOTHING = "nothing"
    """Not at all."""


class Judgement:
    """The options of one guard that say what is a failure."""

    __slots__ = ("_ignored", "_name", "_recorded", "_rules")

    def __init__(
        self,
        name: str,
        ignore: ErrorTests,
        record: ErrorTests | None,
        failure_if: FailureIf | None,
    ) -> None:
        self._name = name
        self._ignored = error_test(ignore, "ignore")
        self._recorded = None if record is None else error_test(record, "record")
        self._rules = None if failure_if is None else rules_of(failure_if)

    def rejection(self, answer: object) -> AnswerRejectedError | None:
        """Why an answer is a failure; None: it is none."""
        return None if self._rules is None else rejection(self._rules, answer, None, self._name)

    def of(self, error: BaseException) -> Verdict:
        """How an error that a call has raised counts."""
        if not isinstance(error, Exception):  # a cancellation, or an interrupt
            return Verdict.NOTHING
        if isinstance(error, AnswerRejectedError):
            return Verdict.USUAL
        if self._ignored(error):
            return Verdict.NOTHING
        if self._recorded is None:
            return Verdict.USUAL
        return Verdict.FAILURE if self._recorded(error) else Verdict.ANSWER


def settle(
    permit: Permit, verdict: Verdict, error: BaseException, now: float, duration: float
) -> bool:
    """Settle the permit of a call that has failed; whether that counts as a failure."""
    match verdict:
        case Verdict.NOTHING:
            return permit.ignore(now)
        case Verdict.ANSWER:
            permit.success(now, duration)
            return False
        case _:
            fault = classify(error)
            if verdict is Verdict.FAILURE and fault in UNCOUNTED:
                fault = Fault.FAILURE
            # A point in time can be read by the wall clock alone.
            return permit.failure(now, error, duration, fault, retry_after_of(error, time.time()))


def rules_of(failure_if: FailureIf) -> FailureIfConfig:
    """The settings that a function stands for. Raises `TypeError` for what is neither."""
    if isinstance(failure_if, FailureIfConfig):
        return failure_if
    try:
        return FailureIfConfig(empty=False, predicate=failure_if)
    except ValueError:
        message = f"failure_if is a function of an answer that is not async, not {failure_if!r}"
        raise TypeError(message) from None
