"""The router: it knows which models can serve."""

from __future__ import annotations

from collections.abc import Callable

from ..engine.actor import Actor
from ..engine.future import Promise
from ..events import Publish
from ..fleet_messages import (
    AddModel,
    AlertsDue,
    FailureInjected,
    FleetChanged,
    ModelChanged,
    PeersCounted,
    QuotaParked,
    RemoveModel,
)
from ..level_messages import OF_LEVEL
from ..load_messages import LowerLimits, ShedFrom
from ..messages import (
    AttemptReported,
    Dispatch,
    DispatchStream,
    JoinLine,
    LastResort,
    Next,
    Route,
    SpendRetry,
    StopWaiting,
    TaskEnded,
    TaskFinished,
)
from ..place_messages import LineDue, PlaceOffered
from ..policies.limits.priority_queue import QueueEntry
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import InvalidRequestError
from ..policies.task_kinds import USUAL
from ..result import TaskResult
from ..supervision.messages import ChildDown
from ..task import RANK, Task
from .alerts import FleetAlerts
from .learning import learn
from .level import LevelWatch
from .line import Line
from .reference import AskedTask
from .routes import passing, route_of
from .selection import choose, last_resort
from .shedding import overloaded, shed_from_turns
from .state import RouterState
from .waiting import Turn

_SUCCESS = Outcome.SUCCESS


class RouterActor(Actor):
    """Chooses among models; `run` executes a task that came as a plain message."""

    def __init__(
        self,
        state: RouterState,
        run: Callable[[Task | AskedTask, Promise[TaskResult]], None],
        publish: Publish,
    ) -> None:
        super().__init__()
        self._line = Line(state, self.actor_ref, publish)
        self._alerts = FleetAlerts(state, self.actor_ref, publish)
        self._level = LevelWatch(state, self.actor_ref, publish, self._alerts)
        self._state, self._run = state, run

    def receive(self, message: object) -> object:
        # The two of every task go before the search through all the others.
        if type(message) is Dispatch:
            return self._dispatch(message)
        if type(message) is TaskFinished:
            self._finished()
            return None
        match message:
            case TaskEnded():
                self._ended(message)
            case DispatchStream():
                return self._dispatch(message)
            case SpendRetry():
                return self._state.budget.withdraw()
            case Next():
                return choose(self._state, message, self.engine.instant)
            case JoinLine():
                return self._line.join(message, self.engine.instant)
            case PlaceOffered(model_id):
                self._line.offered(model_id, self.engine.instant)
            case LineDue():
                self._line.expire(self.engine.instant)
            case AttemptReported():
                learn(self._state, message, self.engine.instant)
            case LastResort(plan, tried):
                return last_resort(self._state, plan, tried)
            case StopWaiting():
                self._stop_waiting(message)
            case Task() | AskedTask():
                return self._accept(message)
            case _:
                return self._hear_of_fleet(message)
        return None

    def _hear_of_fleet(self, message: object) -> object:
        match message:
            case QuotaParked():
                self._state.quotas.park(message, self._state.candidates)
            case ModelChanged():
                self._changed(message)
            case ChildDown(name, unavailable):
                self._changed(ModelChanged(name.removeprefix("model:"), unavailable))
            case AddModel():
                self._state.join(message)
                self._state.relief.tell(message.ref)
                # What it holds for the line, it has offered while it was not known here.
                self._line.forget_offer(message.config.id)
            case RemoveModel(model_id):
                self._remove(model_id)
            case FleetChanged():
                self._reconfigure(message)
            case PeersCounted(peers):
                self._state.budget.divide(peers)
            case FailureInjected():
                self._state.books.injected += 1
            case ShedFrom() | LowerLimits():
                self._state.relief.take(message, self._state.candidates.values())
            case AlertsDue():
                self._alerts.alerts_due(self.engine.instant)
            case _ if isinstance(message, OF_LEVEL):
                return self._level.receive(message, self.engine.instant)
            case _:
                return super().receive(message)
        return None

    def on_stop(self) -> None:
        self._alerts.silence()
        self._level.silence()

    def stopped_while_down(self) -> None:
        self.on_stop()

    def on_receive(self, message: object) -> object:
        raise InvalidRequestError(f"the router takes a Task, not a {type(message).__name__}")

    def before_restart(self) -> None:
        """The successor takes over everything as it is, tasks that wait included."""

    def salvage(self, message: object) -> None:
        """A task's end and news of the models come only once: they must not be lost in a crash."""
        match message:
            case TaskFinished():
                self._finished()
            case TaskEnded():
                self._ended(message)
            case StopWaiting():
                self._stop_waiting(message)
            case PlaceOffered(model_id) if model_id in self._state.candidates:
                self._line.forget_offer(model_id)
            case AddModel() | RemoveModel() | ModelChanged() | ChildDown() | FleetChanged():
                self.receive(message)
            case ShedFrom() | LowerLimits() | PeersCounted():
                self.receive(message)
            case _:
                pass  # its sender hears of the crash

    # Tasks.

    def _accept(self, task: Task | AskedTask) -> Promise[TaskResult]:
        answer: Promise[TaskResult] = Promise()
        self._run(task, answer)
        return answer

    def _dispatch(self, dispatch: Dispatch) -> Route | Promise[Route]:
        state = self._state
        if not state.turns.try_enter():
            return self._line_up(dispatch)
        strategy = dispatch.strategy or state.settings.default_strategy
        ready = state.ready.get(strategy)
        if ready is not None and dispatch.plan is None and dispatch.kind is USUAL:
            state.strategies[strategy] += 1
            return passing(ready, self.engine.instant) if ready.passes_over else ready.route
        if state.level.timer is None:
            self._level.stir()
        try:
            return route_of(state, dispatch, self.engine.instant)
        except BaseException:
            state.turns.leave(self.engine.instant)
            raise

    def _line_up(self, dispatch: Dispatch) -> Promise[Route]:
        """Wait for a turn. Raises `OverloadedError` where too many wait, or the task is shed."""
        state = self._state
        shed_from_turns(state, dispatch.task)
        turn = Turn(dispatch)
        rank = RANK[dispatch.task.priority]  # type: ignore[index]  # a Task made it a Priority
        turn.ticket = state.turns.enqueue(turn, rank, self.engine.instant, dispatch.deadline)
        self._dismiss()
        if turn.ticket is None:
            raise overloaded(state.turns)
        state.waiting[turn.answer] = turn
        return turn.answer

    def _dismiss(self) -> None:
        """Answer the tasks that will not get their turn: shed or expired."""
        for ticket in self._state.turns.drain_dropped():
            turn = ticket.owner
            self._state.waiting.pop(turn.answer, None)
            turn.answer.fail(overloaded(self._state.turns))

    def _stop_waiting(self, message: StopWaiting) -> None:
        """The task is gone: out of its line, or give back what it never saw."""
        state, answer = self._state, message.waiter.origin
        if self._line.forsake(answer):
            return
        turn = state.waiting.pop(answer, None)
        if turn is not None and turn.ticket is not None:
            if state.turns.withdraw(turn.ticket):
                state.books.left_the_line(late=message.late)
        elif answer.settled and not answer.failed:
            self._leave_turn()
            state.books.left_the_line(late=message.late)

    # A task is counted last: where the step before it crashes, the message is salvaged as a whole.

    def _finished(self) -> None:
        state = self._state
        ticket = state.turns.leave(self.engine.instant)
        if ticket is not None or state.turns.dropped:
            self._next_turn(ticket)
        state.answered += 1
        state.budget.deposited += 1

    def _ended(self, message: TaskEnded) -> None:
        state = self._state
        self._leave_turn()
        if message.outcome is _SUCCESS:
            state.answered += 1
            state.budget.deposited += 1
        state.books.ended(message)

    def _leave_turn(self) -> None:
        turns = self._state.turns
        ticket = turns.leave(self.engine.instant)
        if ticket is not None or turns.dropped:
            self._next_turn(ticket)

    def _next_turn(self, ticket: QueueEntry[Turn] | None) -> None:
        """The next task goes on, if there is one, and those that will not are told."""
        if ticket is not None:
            self._serve(ticket.owner)
        self._dismiss()

    def _serve(self, turn: Turn) -> None:
        self._state.waiting.pop(turn.answer, None)
        try:
            route = route_of(self._state, turn.dispatch, self.engine.instant)
        except BaseException as error:
            turn.answer.fail(error)  # it asks our successor
            raise
        turn.answer.set(route)

    # The fleet.

    def _remove(self, model_id: str) -> None:
        if self._state.leave(model_id):
            self._line.changed(model_id, self.engine.instant)
            self._alerts.removed(model_id, self.engine.instant)

    def _reconfigure(self, message: FleetChanged) -> None:
        state, now = self._state, self.engine.instant
        state.refit(message.models, message.order)
        state.regroup(message.groups)
        if message.settings is not None:
            for ticket in state.adopt(message.settings, now):
                self._serve(ticket.owner)
            self._dismiss()
            self._level.reconfigured()
        self._alerts.look(now)

    def _changed(self, message: ModelChanged) -> None:
        if message.model_id in self._state.candidates:
            self._state.change(message, self.engine.instant)
            self._line.changed(message.model_id, self.engine.instant)
            self._alerts.changed(message.model_id, message.unavailable, self.engine.instant)
            self._level.changed(can_serve=message.unavailable is None)
