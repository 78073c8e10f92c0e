"""Which tasks are refused although a line has room for them: those of low priority, by its length.

Overload begins where all places are taken, so that the tasks in line are its measure. It is full
where a line has its bound, or the calls before a task would take all the time that it has.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..messages import JoinLine
from ..policies.adaptation.shedding import overload, sheds
from ..policies.limits.bulkhead import Bulkhead
from ..policies.limits.place_line import Servers
from ..policies.outcomes.errors import OverloadedError
from ..policies.outcomes.load_errors import LoadShedError
from ..task import RANK, Priority, Task
from .state import RouterState
from .waiting import Turn


def line_sheds(state: RouterState, join: JoinLine, usable: list[str]) -> bool:
    """Whether the line before these models sheds."""
    return not join.patient and (state.relief.shed_from is not None or _all_shed(state, usable))


def shed_from_line(
    state: RouterState, join: JoinLine, servers: Servers, bound: int, now: float
) -> LoadShedError | None:
    """Why a task may not join a line that sheds, of `bound` tasks; None: it may."""
    room = float(bound)
    if join.rate is not None:
        room = min(room, join.rate * useful_wait(join, now))
    x = overload(state.line.ahead(servers, 0), 0, room)
    return _error(join.acquire.task, max(x, state.relief.shed_from or 0.0))


def useful_wait(join: JoinLine, now: float) -> float:
    """Seconds that a task may wait for a place and still have the time for a slow call.

    A task that has not so much time at all may use all of it, and so may a critical task.
    """
    left = join.acquire.deadline - now
    is_critical = join.acquire.task.priority is Priority.CRITICAL
    return left if is_critical or left <= join.span else left - join.span


def shed_from_turns(state: RouterState, task: Task) -> None:
    """Raises `LoadShedError` for a task that may not wait for its turn."""
    floor, turns = state.relief.shed_from, state.turns
    if floor is None and not state.settings.shed:
        return
    full = turns.limit + state.settings.max_queued_requests
    x = overload(turns.in_flight + turns.waiting, turns.limit, full)
    error = _error(task, max(x, floor or 0.0))
    if error is not None:
        turns.refused += 1
        raise error


def overloaded(turns: Bulkhead[Turn]) -> OverloadedError:
    """The refusal of a task for which there is no room in the line for a turn."""
    return OverloadedError(
        f"{turns.limit} tasks are under way and {turns.waiting} wait, which is the limit "
        "(max_concurrent_requests, max_queued_requests); nothing was started"
    )


def _all_shed(state: RouterState, model_ids: Iterable[str]) -> bool:
    """Whether every model that might serve the task sheds; a model that does not has the word."""
    usual = state.settings.shed
    owns = (state.configs[model_id].shed for model_id in model_ids)
    return all(usual if own is None else own for own in owns)


def _error(task: Task, x: float) -> LoadShedError | None:
    if not sheds(RANK[task.priority], x):  # type: ignore[index]  # a Task made it a Priority
        return None
    return LoadShedError(f"the overload is {x:.0%}, and tasks of {task.priority} priority are shed")
