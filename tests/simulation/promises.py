"""What a task is promised beside its answer: no wait beside an idle model, nothing twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from hive_resilience import Priority, Strategy, TaskResult
from hive_resilience.actors.messages import JoinLine, Placed
from hive_resilience.actors.policies.outcomes.attempt import AttemptRecord, Outcome
from hive_resilience.actors.policies.outcomes.reached import may_have_reached
from hive_resilience.actors.task import RANK
from hive_resilience.errors import BulkheadFullError

from .answers import is_idle
from .ledger import EXACT, Entry


def waits_beside_idle(fleet: Any, now: float) -> Iterator[str]:
    """No task stands in the line while a model that it has not failed at is idle."""
    for place in fleet.router_state.places.values():
        join = place.join
        ids = fleet.members if join.ids is None else join.ids
        for model_id in ids:
            known = model_id in fleet.members and model_id not in join.left_out
            if known and is_idle(fleet, model_id, now):
                task = join.acquire.task.id
                yield f"{task} waits in the line at {now:.3f} while {model_id} is idle"


def refused_with_room(fleet: Any, message: Any, answer: Any, now: float) -> Iterator[str]:
    """No task is refused while the line has room, and its expected wait fits its deadline."""
    if not isinstance(message, JoinLine) or not isinstance(answer, Placed):
        return
    if not isinstance(answer.error, BulkheadFullError):
        return
    state, acquire = fleet.router_state, message.acquire
    ids = state.candidates if message.ids is None else message.ids
    usable = [i for i in ids if i not in message.left_out and state.routing.is_usable(i)]
    room = sum(state.configs[i].bulkhead.max_queue for i in usable)
    others = [one.join for one in state.places.values() if same_models(one.join, message)]
    rank = RANK[Priority(acquire.task.priority)]
    ahead = sum(RANK[Priority(join.acquire.task.priority)] >= rank for join in others)
    fits = message.rate is None or (ahead + 1) / message.rate <= acquire.deadline - now
    if len(others) < room and fits and acquire.deadline > now:
        told = f"{len(others)} tasks wait for {room} places"
        yield f"{acquire.task.id} was refused at {now:.3f} though {told}: {answer.error}"


def same_models(one: JoinLine, other: JoinLine) -> bool:
    if one.patient is not other.patient or (one.ids is None) is not (other.ids is None):
        return False
    if one.ids is None or other.ids is None:
        return set(one.left_out) == set(other.left_out)
    return set(one.ids) - set(one.left_out) == set(other.ids) - set(other.left_out)


def broken_promises(
    fleet: Any, result: TaskResult, entry: Entry, now: float, started: Mapping[str, float]
) -> Iterator[str]:
    """What is wrong with a result at the moment at which its task ends.

    `started` says when each actor last came into the fleet, or was restarted.
    """
    # A model that left and is back could not be asked all the time.
    came = {name for name, since in started.items() if since > entry.started}
    yield from _backed_off(fleet, result, entry, came)
    yield from _late(result, entry, now)
    yield from _unnamed(fleet, result, entry)
    yield from _twice(result, entry)


def _backed_off(fleet: Any, result: TaskResult, entry: Entry, came: Set[str]) -> Iterator[str]:
    """No model is asked again before every other one was asked, or passed over."""
    ids = entry.present if entry.scope is None else entry.present & set(entry.scope)
    missing = set(ids) & set(fleet.router_state.candidates) - entry.asked - came
    for record in result.attempts:
        if record.number > 1 and missing:
            yield f"{entry} asked {record.model_id} again before it asked {sorted(missing)}"
            return
        missing.discard(record.model_id)


def _unnamed(fleet: Any, result: TaskResult, entry: Entry) -> Iterator[str]:
    """Each model that was called is named in the result."""
    named = {record.model_id for record in result.attempts if record.number}
    for model_id, member in fleet.members.items():
        if result.task_id in member.state.config.executor.serving and model_id not in named:
            yield f"{entry} called {model_id} and names it nowhere"


def _late(result: TaskResult, entry: Entry, now: float) -> Iterator[str]:
    """No answer comes later than that of its winner."""
    slow_reader = entry.kind == "stream" and entry.limit is None
    won = [record for record in result.attempts if record.outcome is Outcome.SUCCESS]
    if not result.success or slow_reader or not won:
        return
    late = now - entry.started - _end(won[-1])
    if late > EXACT:
        yield f"{entry} has its answer {late:.3f} s after {won[-1].model_id} gave it"


def _twice(result: TaskResult, entry: Entry) -> Iterator[str]:
    """What must not run twice reaches one model at most; the parallel strategy asks for several."""
    if result.strategy is Strategy.PARALLEL or not entry.once:
        return
    asked = [record for record in result.attempts if record.number]
    reached = [r.model_id for r in asked if r.error is None or may_have_reached(r.error)]
    if len(reached) > 1:
        yield f"{entry} must not run twice, and reached {reached}"


def hedges(result: TaskResult) -> int:
    """The attempts that ran beside others, of a task that does not ask for that."""
    if result.strategy is Strategy.PARALLEL:
        return 0
    asked = [record for record in result.attempts if record.number]
    beside = [
        sum(_runs_at(other, record.started_at) for other in asked if other is not record)
        for record in asked
    ]
    return max(beside, default=0)


def _runs_at(record: AttemptRecord, moment: float) -> bool:
    return record.started_at + EXACT < moment < _end(record) - EXACT


def _end(record: AttemptRecord) -> float:
    return record.started_at + record.duration
