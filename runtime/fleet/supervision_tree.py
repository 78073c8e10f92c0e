"""The supervisors of a runtime: the root, and below it the supervisors of its parts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress

from ...actors.engine.engine import Engine
from ...actors.engine.future import is_pending
from ...actors.engine.reference import ActorRef, AnyRef
from ...actors.events import Publish
from ...actors.policies.chance import Draw
from ...actors.policies.outcomes.errors import InvalidRequestError
from ...actors.snapshots import ChildSnapshot
from ...actors.supervision.child_spec import Spec, SupervisorSpec
from ...actors.supervision.messages import RestartChild, StartChild, StopAll
from ...actors.supervision.state import Child, SupervisorState
from ...actors.supervision.supervisor import SupervisorActor
from ...config.settings.restart import RestartConfig
from ...config.values.log_fields import log_event

log: logging.Logger = logging.getLogger(__name__)

ESSENTIAL = RestartConfig(base_delay=0.01, max_delay=1.0, quarantine_retry=1.0)
"""For the actors that every task needs: they restart each second, however often they crash."""

_TRIES = 10
"""How often a supervisor that is needed now is restarted while it keeps crashing."""

_ROOT = SupervisorSpec("root", prefix="")


class Supervision:
    """The root supervises supervisors, and they the rest. All methods run on the engine's loop."""

    def __init__(self, engine: Engine, publish: Publish, draw: Draw) -> None:
        self.engine: Engine = engine
        self._publish = publish
        self._draw = draw
        self._state = SupervisorState(_ROOT)
        self.root: ActorRef[SupervisorActor] | None = None

    def start(self) -> None:
        """Start the root: it has no supervisor, and comes back at once when it crashes."""
        self.root = self.engine.start_from(
            lambda: SupervisorActor(self._state, self._publish, self._draw), is_root=True
        )

    def add(self, spec: Spec) -> AnyRef:
        """Start a child of the root."""
        assert self.root is not None, "the supervision has not started"
        return answer_now(self.root.call(StartChild(spec)))

    def get_or_add(self, spec: SupervisorSpec) -> SupervisorState:
        """What a supervisor below the root knows; the first call starts it."""
        if spec.name not in self._state.children:
            self.add(spec)
        return inner_of(self._state, spec.name)

    def awake(self, name: str) -> AnyRef:
        """A supervisor below the root; a suspended one is restarted first.

        Raises `InvalidRequestError` where it could not answer at once.
        """
        if self.engine.is_handling:
            raise InvalidRequestError(
                "supervised actors are not started, stopped or restarted inside an actor's "
                "handler; do it in a task or a thread of yours"
            )
        self.engine.deferred.finish()
        child, root = self._state.child(name), self.root
        for _ in range(_TRIES):
            if not child.ref.is_suspended() or root is None:
                return child.ref
            root.call(RestartChild(name))
        raise InvalidRequestError(f"the supervisor {name!r} does not start; try again later")

    def has(self, supervisor: str, name: str) -> bool:
        """Whether a supervisor below the root has a child of this name."""
        return name in inner_of(self._state, supervisor).children

    def children(self) -> Iterator[Child]:
        """All supervised actors, each supervisor before its children."""
        self.engine.deferred.finish()  # the reports of crashes that are over already
        return self._state.all_children()

    def snapshot(self) -> tuple[ChildSnapshot, ...]:
        """All supervised actors, even while a supervisor is down."""
        now = self.engine.now()
        return tuple(child.snapshot(now) for child in self.children())

    async def stop(self, limit: float) -> None:
        """Stop all actors, the youngest first; kill what has not stopped in `limit` seconds."""
        if self.root is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._stop_all(self.root)
        self.root.kill()

    async def _stop_all(self, root: AnyRef) -> None:
        try:
            await root.request(StopAll())
        except Exception:  # the root crashed on it; the kill ends the rest
            log.exception(
                "the actors could not be stopped in their order",
                extra=log_event("actors.not_stopped"),
            )


def inner_of(state: SupervisorState, name: str) -> SupervisorState:
    """What the supervisor of this name knows. Raises `InvalidRequestError` for another actor."""
    inner = state.child(name).inner
    if inner is None:
        raise InvalidRequestError(f"{name!r} is no supervisor and has no children")
    return inner


def answer_now(found: object) -> AnyRef:
    """The reference in an answer to `StartChild`.

    Raises what the start has raised, and `InvalidRequestError` where there is no answer yet.
    """
    if is_pending(found) and found.settled:
        return answer_now(found.get())
    if not isinstance(found, ActorRef):
        raise InvalidRequestError("the supervisor did not answer at once; try again later")
    return found  # pyright: ignore[reportUnknownVariableType]  # of whatever actor
