"""Marks what an experiment has hit in the result of a task. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...actors.policies.outcomes.attempt import AttemptRecord, InjectedAttempt, Outcome
from ...actors.policies.outcomes.errors import AllModelsFailedError
from ...actors.result import TaskResult
from .call_hits import CallHit

_FAILED = frozenset({Outcome.FAILURE, Outcome.TIMEOUT})


def marked(result: TaskResult, hits: Sequence[CallHit]) -> TaskResult:
    """The result with a mark on each attempt that was hit, in its error as well."""
    if not hits:
        return result
    attempts = marked_attempts(result.attempts, hits)
    if isinstance(result.error, AllModelsFailedError):
        result.error.attempts = attempts
    return result._replace(attempts=attempts)


def marked_attempts(
    attempts: Sequence[AttemptRecord], hits: Sequence[CallHit]
) -> tuple[AttemptRecord, ...]:
    """The records with a mark on each that was hit."""
    where = {(hit.model_id, hit.number) for hit in hits}
    return tuple(_marked(record, where) for record in attempts)


def failed(
    attempts: Sequence[AttemptRecord], hits: Sequence[CallHit]
) -> Iterator[tuple[CallHit, Outcome]]:
    """The hits whose attempts have failed or run out of time, and which of the two."""
    ended = {(one.model_id, one.number): one.outcome for one in attempts}
    for hit in hits:
        outcome = ended.get((hit.model_id, hit.number))
        if outcome is not None and outcome in _FAILED:
            yield hit, outcome


def _marked(record: AttemptRecord, where: set[tuple[str, int]]) -> AttemptRecord:
    if (record.model_id, record.number) not in where:
        return record
    return InjectedAttempt(*record)
