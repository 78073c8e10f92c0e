"""The application's own actors under the runtime's supervision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..actors.engine.future import LoopFuture
from ..actors.engine.reference import ActorRef
from ..actors.policies.outcomes.errors import InvalidRequestError
from ..actors.snapshots import ChildSnapshot
from ..actors.supervision.child_spec import Spec, SupervisorSpec, check_spec
from ..actors.supervision.messages import RestartChild, StartChild, StopChild
from ..actors.supervision.state import SupervisorState
from .fleet.supervision_tree import ESSENTIAL, answer_now, inner_of

if TYPE_CHECKING:
    from pykka import Future

    from .fleet.supervision_tree import Supervision
    from .portal.portal import OnLoop

APPLICATION = SupervisorSpec("application", restart=ESSENTIAL)


class SupervisorHandle:
    """The application's actors by their names. From any thread, but not from inside a handler.

    They start with `add`, restart after a crash, and stop before the models when the runtime
    closes. Their names in events and snapshots begin with "application/".
    """

    __slots__ = ("_on_loop", "_path", "_supervision")

    def __init__(
        self, supervision: Supervision, on_loop: OnLoop, path: tuple[str, ...] = ()
    ) -> None:
        self._supervision = supervision
        self._on_loop = on_loop
        self._path = path

    def add(self, spec: Spec) -> ActorRef[Any]:
        """Start an actor, or a supervisor with its children; its reference outlives its crashes.

        Raises `InvalidRequestError` for a name that is taken, and for an actor whose constructor
        fails. An actor whose `on_start` fails is started again.
        """
        check_spec(spec)
        return self._on_loop(lambda: answer_now(self._ask(StartChild(spec))))

    def remove(self, name: str) -> Future[bool]:
        """Stop a child for good, after the messages in its mailbox; False where there is no child.

        Await the answer, or call `.get(timeout=...)` in a blocking program. A child that is not
        done within the `shutdown_timeout` of its `RestartConfig` is stopped then.
        """
        _check_name(name)
        answer: LoopFuture[bool] = LoopFuture(self._supervision.engine)
        self._on_loop(lambda: self._tell(StopChild(name), answer))
        return answer

    def restart(self, name: str) -> bool:
        """Restart a child, also out of quarantine; False if it did not start."""
        _check_name(name)
        return bool(self._on_loop(lambda: self._ask(RestartChild(name))))

    def ref(self, name: str) -> ActorRef[Any]:
        """The reference of a child. Raises `InvalidRequestError` with the names that exist."""
        _check_name(name)
        return self._on_loop(lambda: self._state().child(name).ref)

    def children(self) -> tuple[ChildSnapshot, ...]:
        """The children and their children, in the order of their starts."""
        return self._on_loop(lambda: self._state().snapshot(self._supervision.engine.now()))

    def under(self, name: str) -> SupervisorHandle:
        """The handle of a child that is a supervisor."""
        _check_name(name)
        handle = SupervisorHandle(self._supervision, self._on_loop, (*self._path, name))
        self._on_loop(handle._state)
        return handle

    def _state(self) -> SupervisorState:
        state = self._supervision.get_or_add(APPLICATION)
        for name in self._path:
            state = inner_of(state, name)
        return state

    def _supervisor(self) -> ActorRef[Any]:
        state = self._supervision.get_or_add(APPLICATION)
        top = self._supervision.awake(APPLICATION.name)
        if not self._path:
            return top
        *above, last = self._path
        for name in above:
            state = inner_of(state, name)
        return state.child(last).ref

    def _ask(self, message: Any) -> Any:
        supervisor = self._supervisor()
        if not supervisor.is_running():
            raise InvalidRequestError(f"{self._path[-1]!r} waits for its own restart; try later")
        return supervisor.call(message)

    def _tell(self, message: Any, answer: LoopFuture[bool]) -> None:
        self._supervisor().send(message, answer)


def _check_name(name: object) -> None:
    """A handler looks it up: what cannot be hashed would crash the supervisor."""
    if not isinstance(name, str):
        raise InvalidRequestError(f"the name of a child is a text, not a {type(name).__name__}")
