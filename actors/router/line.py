"""The line before full models: the router owns it, and each task stands in it once."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

from ..engine.future import LoopFuture, Promise
from ..events import Publish, TasksWaiting
from ..messages import JoinLine, Placed, Settle
from ..permit import CallPermit
from ..place_messages import Admit, KeepPlace, LineDue, PlaceWanted
from ..policies.limits.place_line import Servers
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import BulkheadFullError
from ..task import RANK
from .shedding import line_sheds, shed_from_line, useful_wait
from .state import RouterState
from .waiting import Place

if TYPE_CHECKING:
    from ...config.settings.bulkhead import BulkheadConfig
    from ..engine.reference import AnyRef
    from ..policies.limits.priority_queue import QueueEntry
    from ..policies.outcomes.load_errors import LoadShedError


_UNBOUNDED = 1_000_000_000
_WHY = ("which is its queue_timeout", "and has no more time for a slow call")
QUIET = 60.0
"""Seconds between two reports of a model for which tasks wait."""


class Line:
    """Lets tasks wait for the first free place, and gives each place to the first of them."""

    __slots__ = ("_publish", "_ref", "_state")

    def __init__(self, state: RouterState, ref: AnyRef, publish: Publish) -> None:
        self._state = state
        self._ref = ref
        self._publish = publish

    def join(self, join: JoinLine, now: float) -> Placed | Promise[Placed]:
        """Wait, unless the line is full or too long; the models hear that places are wanted."""
        state = self._state
        servers = Servers.of(join.ids, join.left_out, patient=join.patient)
        usable = list(self._usable(servers))
        if not usable and not join.patient:
            return Placed(None)
        rank = RANK[join.acquire.task.priority]  # type: ignore[index]  # a Task made it a Priority
        wait = self._expected_wait(join, servers, rank)
        if wait is not None and wait > join.acquire.deadline - now:
            return self._refuse(usable, servers, wait, now)
        bound = _UNBOUNDED if join.patient else sum(self._limits(i).max_queue for i in usable)
        limit = patience = inf if join.patient else self._time_limit(usable)
        if line_sheds(state, join, usable):
            shed = shed_from_line(state, join, servers, bound, now)
            if shed is not None:
                return self._shed(usable, shed, now)
            limit = min(limit, useful_wait(join, now))
        deadline = min(join.acquire.deadline, now + limit)
        place = Place(join, limit, patience)
        place.entry = state.line.join(place, servers, bound, rank, now, deadline)
        self.dismiss(now)
        if place.entry is None:
            return self._refuse(usable, servers, wait, now)
        state.places[place.answer] = place
        if deadline < join.acquire.deadline:
            self._ref.after(limit, LineDue())
        for model_id in usable:
            self._want(model_id)
        if not join.patient:
            self._report(usable, now, refused=False)
        return place.answer

    def offered(self, model_id: str, now: float) -> None:
        """A model holds a place: the first task that may go there takes it."""
        state = self._state
        candidate = state.candidates.get(model_id)
        self.expire(now)
        if candidate is None:
            return
        # No task is sent to a model that has crashed since: it would wait for the restart.
        entry = None if candidate.ref.is_suspended() else state.line.take(model_id, now)
        if entry is None:
            candidate.ref.send(KeepPlace())
            return
        place = entry.owner
        del state.places[place.answer]
        join = place.join
        acquire = join.acquire._replace(number=join.numbers.get(model_id, 1))
        candidate.ref.send(Admit(acquire, place.answer))

    def forget_offer(self, model_id: str) -> None:
        """An offer that there may have been is lost: the model keeps the place and offers again."""
        self._state.candidates[model_id].ref.send(KeepPlace())
        if self._state.line.wants(model_id):
            self._want(model_id)

    def changed(self, model_id: str, now: float) -> None:
        """A model can serve again, or not any more: the waiting tasks may get or lose a server."""
        state = self._state
        if not state.line.length:
            return
        if state.routing.is_usable(model_id):
            if state.line.wants(model_id):
                self._want(model_id)
            return
        for entry in state.line.entries():
            servers = state.line.servers_of(entry)
            if servers is None or servers.patient or next(self._usable(servers), None):
                continue
            state.line.withdraw(entry)
            self._answer(entry, Placed(None))

    def forsake(self, answer: LoopFuture[object]) -> bool:
        """The task is gone: out of the line; False where it does not stand in it."""
        place = self._state.places.pop(answer, None)
        if place is not None and place.entry is not None:
            self._state.line.withdraw(place.entry)
            return True
        if not answer.settled and answer not in self._state.waiting:
            answer.answer(Placed(None))  # it is under way to a model, which keeps its place then
            return True
        found = answer.get() if answer.settled and not answer.failed else None
        if not isinstance(found, Placed):
            return False
        permit = found.found
        if found.candidate is not None and isinstance(permit, CallPermit) and not permit.settled:
            found.candidate.ref.send(Settle(permit, Outcome.CANCELLED, 0.0))
        return True

    def expire(self, now: float) -> None:
        """Answer the tasks that have waited as long as they may."""
        self._state.line.expire(now)
        self.dismiss(now)

    def dismiss(self, now: float) -> None:
        """Answer the tasks that are never served: shed or expired."""
        for entry in self._state.line.drain_dropped():
            place = entry.owner
            waited = f"waited {place.limit:.3g} s for a place, {_WHY[place.limit < place.patience]}"
            expired = entry.deadline is not None and entry.deadline <= now
            message = f"the task {waited if expired else 'made room for a task of more priority'}"
            error = BulkheadFullError(message, limit=0, waiting=self._state.line.length)
            self._answer(entry, Placed(None, error=error))

    def _answer(self, entry: QueueEntry[Place], placed: Placed) -> None:
        answer = entry.owner.answer
        self._state.places.pop(answer, None)
        answer.answer(placed)

    def _usable(self, servers: Servers) -> Iterator[str]:
        routing = self._state.routing
        # Sorted: the order of a set differs from one process to the next.
        ids = self._state.candidates if servers.ids is None else sorted(servers.ids)
        return (i for i in ids if servers.include(i) and routing.is_usable(i))

    def _want(self, model_id: str) -> None:
        self._state.candidates[model_id].ref.send(PlaceWanted())

    def _expected_wait(self, join: JoinLine, servers: Servers, rank: int) -> float | None:
        """Seconds until its turn, by how fast calls have ended lately; None: not known."""
        if join.rate is None or join.patient:
            return None
        return (self._state.line.ahead(servers, rank) + 1) / join.rate

    def _time_limit(self, usable: list[str]) -> float:
        """Seconds that a task may wait for one of these models, by the most patient of them."""
        general = self._state.settings.queue_timeout
        spans = [self._limits(i).queue_timeout or general for i in usable] or [general]
        return max(inf if span is None else span for span in spans)

    def _limits(self, model_id: str) -> BulkheadConfig:
        return self._state.configs[model_id].bulkhead

    def _shed(self, usable: list[str], error: LoadShedError, now: float) -> Placed:
        self._state.line_refused += 1
        self._state.books.shed(usable)
        self._report(usable, now, refused=True)
        return Placed(None, error=error)

    def _refuse(
        self, usable: list[str], servers: Servers, wait: float | None, now: float
    ) -> Placed:
        places = sum(self._limits(i).max_concurrent for i in usable)
        waiting = self._state.line.ahead(servers, 0)
        self._state.line_refused += 1
        self._report(usable, now, refused=True)
        when = "" if wait is None else f"; the wait would be about {wait:.3g} s"
        about = f"no place of {', '.join(usable)} is free here, of {places}"
        message = f"{about}, and {waiting} tasks wait{when}"
        error = BulkheadFullError(message, limit=places, waiting=waiting, retry_after=wait)
        return Placed(None, error=error)

    def _report(self, usable: list[str], now: float, *, refused: bool) -> None:
        """Say that tasks wait or are refused, at most once a minute for each model."""
        state = self._state
        for model_id in usable:
            if now < state.quiet_until.get((model_id, refused), 0.0):
                continue
            state.quiet_until[(model_id, refused)] = now + QUIET
            waiting, limit = state.line.length, self._limits(model_id).max_concurrent
            self._publish(
                TasksWaiting, model_id=model_id, limit=limit, waiting=waiting, refused=refused
            )
