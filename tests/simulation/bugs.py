"""Bugs to plant: each is one that could have been made, and that the simulation has to find."""

from __future__ import annotations

from typing import Any

from hive_resilience.actors.alerting.actor import AlertActor
from hive_resilience.actors.calls.bounded_call import BoundedCall
from hive_resilience.actors.engine import engine
from hive_resilience.actors.engine.mailbox import Mailbox
from hive_resilience.actors.execution import settling
from hive_resilience.actors.execution.side_by_side.rivals import Rivals
from hive_resilience.actors.execution.task_run import TaskRun
from hive_resilience.actors.fleet_messages import Reconfigure
from hive_resilience.actors.messages import Settle
from hive_resilience.actors.model.actor import ModelActor
from hive_resilience.actors.model.late_settlement import LateSettlement
from hive_resilience.actors.model.readiness import Readiness
from hive_resilience.actors.policies import retry
from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.limits.bulkhead import Bulkhead
from hive_resilience.actors.policies.metrics.metrics import ModelMetrics
from hive_resilience.actors.policies.outcomes.attempt import Outcome
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.actors.policies.parking import Parking
from hive_resilience.actors.policies.retry_budget import RetryBudget
from hive_resilience.actors.policies.stream_content import StreamRestarted
from hive_resilience.actors.router.actor import RouterActor
from hive_resilience.actors.streams import attempts as stream_attempts
from hive_resilience.actors.streams.channel import StreamChannel
from hive_resilience.actors.streams.execute import Streaming
from hive_resilience.actors.streams.reading import StreamReading

from .bug import Bug, Patch, skip
from .chaos_bugs import CHAOS
from .load_bugs import LOAD
from .promise_bugs import PROMISES


def leaked_permit(patch: Patch) -> None:
    """A cancelled call keeps its permit for ever."""
    for module in (settling, stream_attempts):
        patch.setattr(module, "settle_cancelled", skip)


def lost_message_at_stop(patch: Patch) -> None:
    """Who waits for the answer of an actor that has stopped waits for ever."""

    class Forgetful(Mailbox):
        def refuse(self, message: Any, reply: Any) -> None:
            pass

    patch.setattr(engine, "Mailbox", Forgetful)


def double_settle(patch: Patch) -> None:
    """A success is settled twice."""
    tell: Any = engine.Engine.tell_now

    def twice(self: Any, mailbox: Any, message: Any, now: float) -> None:
        tell(self, mailbox, message, now)
        if isinstance(message, Settle) and message.outcome is Outcome.SUCCESS:
            tell(self, mailbox, message, now)

    patch.setattr(engine.Engine, "tell_now", twice)


def stale_result_counted(patch: Patch) -> None:
    """A failure of an older generation counts as if it were new."""
    settle: Any = CircuitBreaker.settle_failure

    def anyway(self: Any, permit: Any, *told: Any) -> Any:
        permit.generation = self.gate.generation
        return settle(self, permit, *told)

    patch.setattr(CircuitBreaker, "settle_failure", anyway)


def forgotten_cancel(patch: Patch) -> None:
    """The losers of a race go on when it is over."""

    async def nothing(*_: Any) -> None:
        return None

    patch.setattr(Rivals, "end", nothing)


def late_answer_taken(patch: Patch) -> None:
    """What a call answers after its time is up counts as its answer."""
    patch.setattr(BoundedCall, "_check_time", skip)


def lost_end_of_a_task(patch: Patch) -> None:
    """A crash of the router on the last message of a task leaves it under way."""
    patch.setattr(RouterActor, "salvage", skip)


def untold_recovery(patch: Patch) -> None:
    """A model that can serve again does not tell the router."""
    announce: Any = Readiness.announce

    def only_bad_news(self: Any, now: float) -> None:
        if not self._state.can_serve(now) or self._state.starts == 1:
            announce(self, now)

    patch.setattr(Readiness, "announce", only_bad_news)


def forgotten_counts(patch: Patch) -> None:
    """A crash of a model's actor loses its metrics."""
    start: Any = ModelActor.on_start

    def anew(self: Any) -> None:
        self._state.metrics = ModelMetrics()
        start(self)

    patch.setattr(ModelActor, "on_start", anew)


def free_retries(patch: Patch) -> None:
    """Retries cost nothing."""

    def for_nothing(self: Any) -> bool:
        self.withdrawn += 1
        return True

    patch.setattr(RetryBudget, "withdraw", for_nothing)


def lost_estate(patch: Patch) -> None:
    """What a call holds is lost when it outlives the actor of its model."""
    patch.setattr(LateSettlement, "take", skip)


def open_door(patch: Patch) -> None:
    """The bulkhead lets everybody in."""

    def enter(self: Any) -> bool:
        self.in_flight += 1
        return True

    patch.setattr(Bulkhead, "try_enter", enter)


def forgotten_messages(patch: Patch) -> None:
    """What waited for an actor's restart is thrown away."""

    def forget(self: Any) -> None:
        self.stash.clear()

    patch.setattr(Mailbox, "_unstash", forget)


def truncated_success(patch: Patch) -> None:
    """A stream that breaks after its first content passes for a whole one."""
    read: Any = StreamReading.read

    async def anyway(self: Any, chunks: Any) -> None:
        try:
            await read(self, chunks)
        except ConnectionError:
            if not self.won:
                raise

    patch.setattr(StreamReading, "read", anyway)


def repeated_chunk(patch: Patch) -> None:
    """A reader that was waited for gets a chunk twice."""
    put: Any = StreamChannel.put

    def again(self: Any, chunk: Any) -> None:
        put(self, chunk)
        if len(self.parts) == 3:
            put(self, chunk)

    patch.setattr(StreamChannel, "put", again)


def endless_reading(patch: Patch) -> None:
    """A reader that leaves does not end the call."""

    async def nothing(self: Any) -> None:
        return None

    patch.setattr(Streaming, "leave", nothing)


def unsaid_restart(patch: Patch) -> None:
    """The reader is not told that the answer begins again."""
    put: Any = StreamChannel.put

    def silently(self: Any, chunk: Any) -> None:
        if not isinstance(chunk, StreamRestarted):
            put(self, chunk)

    patch.setattr(StreamChannel, "put", silently)


def forgotten_settings(patch: Patch) -> None:
    """A crash of a model's actor on its new settings loses them."""
    salvage: Any = ModelActor.salvage

    def all_but_settings(self: Any, message: Any) -> None:
        if not isinstance(message, Reconfigure):
            salvage(self, message)

    patch.setattr(ModelActor, "salvage", all_but_settings)


def endless_parking(patch: Patch) -> None:
    """A model is left alone for as long as somebody says."""

    def lengthen(self: Any, now: float, seconds: float) -> None:
        self.until = max(self.until, now + seconds)

    patch.setattr(Parking, "lengthen", lengthen)


def repeated_limit(patch: Patch) -> None:
    """What a model cannot take it is asked again."""
    patch.setattr(retry, "_RETRIED", retry._RETRIED | {Fault.MODEL_LIMIT})


def forgotten_empty_answer(patch: Patch) -> None:
    """Where every model gives an empty answer, the task fails."""
    patch.setattr(TaskRun, "take_empty", skip)


def forgotten_alerts(patch: Patch) -> None:
    """A crash of the actor of alerts on the end of an alert loses it."""
    patch.setattr(AlertActor, "salvage", skip)


BUGS = (
    Bug(forgotten_alerts, "is over, and still fires", 2),
    *PROMISES,
    *LOAD,
    *CHAOS,
    Bug(endless_parking, "parked for", 5),
    Bug(repeated_limit, "which cannot take it", 12),
    Bug(forgotten_empty_answer, "every model gave an empty answer", 2),
    Bug(truncated_success, "truncated", 14),
    Bug(repeated_chunk, "was next", 5),
    Bug(endless_reading, "not over yet", 5),
    Bug(unsaid_restart, "was read", 10),
    Bug(leaked_permit, "not at rest", 3),
    Bug(lost_message_at_stop, "unanswered", 2),
    Bug(double_settle, "crashed by itself", 3),
    Bug(stale_result_counted, "older generation", 2),
    Bug(forgotten_cancel, "still runs for it", 3),
    Bug(late_answer_taken, "after its deadline", 0),
    Bug(lost_end_of_a_task, "in flight", 3),
    Bug(untold_recovery, "stood idle", 2),
    Bug(forgotten_counts, "went back", 2),
    Bug(free_retries, "retry budget", 2),
    Bug(lost_estate, "not at rest", 0),
    Bug(open_door, "calls at work, and may have", 3),
    Bug(forgotten_messages, "unanswered", 2),
    Bug(forgotten_settings, "other settings", 10),
)
