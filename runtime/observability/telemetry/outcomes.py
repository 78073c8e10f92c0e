"""Which record an attempt has, and what became of one that has none. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from ....actors.policies.outcomes.attempt import AttemptRecord, Outcome
from ....actors.policies.outcomes.classify import classify
from ....actors.policies.outcomes.fault import Fault


class Called(Protocol):
    """An attempt as its executor's call has shown it."""

    model_id: str
    number: int
    outcome: Outcome | None


C = TypeVar("C", bound=Called)


def paired(
    called: Sequence[C], records: Sequence[AttemptRecord]
) -> Iterator[tuple[C | None, AttemptRecord | None]]:
    """Each attempt with its record: by model and number, then by model, in their order.

    A record without an attempt is of one whose executor was not called. Records of models that
    were passed over are left out.
    """
    made = [record for record in records if record.number]
    waiting: dict[tuple[str, int], deque[AttemptRecord]] = defaultdict(deque)
    for record in made:
        waiting[record.model_id, record.number].append(record)
    alone: list[C] = []
    for one in called:
        found = waiting[one.model_id, one.number]
        if found:
            yield one, found.popleft()
        else:
            alone.append(one)
    rest: dict[str, deque[AttemptRecord]] = defaultdict(deque)
    for (model_id, _), records_left in waiting.items():
        rest[model_id].extend(records_left)
    for one in alone:
        more = rest[one.model_id]
        yield one, more.popleft() if more else None
    for records_left in rest.values():
        yield from ((None, record) for record in records_left)


def fault_of(record: AttemptRecord) -> Fault | None:
    """Which kind of failure a settled attempt is; None: it has answered."""
    if record.outcome is Outcome.SUCCESS:
        return None
    if record.outcome is Outcome.CANCELLED:
        return Fault.CANCELLED
    if record.outcome is Outcome.TIMEOUT:
        return Fault.TIMEOUT
    return Fault.FAILURE if record.error is None else classify(record.error)


def presumed(called: Called, *, last: bool) -> Outcome:
    """What an attempt comes to whose task ended from outside, before any record was handed over.

    An answer would have ended the task: after it the task has gone on, or it came too late.
    """
    if called.outcome is Outcome.SUCCESS:
        return Outcome.CANCELLED if last else Outcome.FAILURE
    return called.outcome or Outcome.CANCELLED
