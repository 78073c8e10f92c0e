"""The application's own actors under the runtime's supervision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...actors.engine.future import LoopFuture
from ...actors.engine.reference import ActorRef
from ...actors.policies.outcomes.errors import InvalidRequestError
from ...actors.snapshots import ChildSnapshot
from ...actors.supervision.child_spec import Spec, SupervisorSpec, check_spec
from ...actors.supervision.messages import RestartChild, StartChild, StopChild
from ...actors.supervision.state import SupervisorState
from ..fleet.supervision_tree import ESSENTIAL, answer_now, inner_of
from ..observability.actions import OPERATOR, PROGRAM, Actions, Author

if TYPE_CHECKING:
    from pykka import Future

    from ..fleet.supervision_tree import Supervision
    from ..portal.portal import OnLoop

APPLICATION = SupervisorSpec("application", restart=ESSENTIAL)


class SupervisorHandle:
    """The application's actors by their names. From any thread, but not from inside a handler.

    They start with `add`, restart after a crash, and stop before the models when the runtime
    closes. Their names in events and snapshots begin with "application/". What changes them takes
    `reason` and `by`, why it is done and on whose behalf: a line each for the event `ActionTaken`
    and for the audit of a history.
    """

    __slots__ = ("_actions", "_on_loop", "_path", "_supervision")

    def __init__(
        self,
        supervision: Supervision,
        on_loop: OnLoop,
        actions: Actions,
        path: tuple[str, ...] = (),
    ) -> None:
        self._supervision = supervision
        self._on_loop = on_loop
        self._actions = actions
        self._path = path

    def add(self, spec: Spec, *, reason: str = OPERATOR, by: str = PROGRAM) -> ActorRef[Any]:
        """Start an actor, or a supervisor with its children; its reference outlives its crashes.

        Raises `InvalidRequestError` for a name that is taken, and for an actor whose constructor
        fails. An actor whose `on_start` fails is started again.
        """
        check_spec(spec)
        author = Author.of(by, reason)

        def work() -> ActorRef[Any]:
            found = answer_now(self._actions.deed(lambda: self._ask(StartChild(spec))))
            self._tell_action("add_child", spec.name, author, "started")
            return found

        found = self._on_loop(work)
        self._actions.keep()
        return found

    def remove(self, name: str, *, reason: str = OPERATOR, by: str = PROGRAM) -> Future[bool]:
        """Stop a child for good, after the messages in its mailbox; False where there is no child.

        Await the answer, or call `.get(timeout=...)` in a blocking program. A child that is not
        done within the `shutdown_timeout` of its `RestartConfig` is stopped then.
        """
        _check_name(name)
        author = Author.of(by, reason)
        answer: LoopFuture[bool] = LoopFuture(self._supervision.engine)

        def work() -> None:
            self._actions.deed(lambda: self._tell(StopChild(name), answer))
            self._tell_action("remove_child", name, author, "stopped after its messages")

        self._on_loop(work)
        self._actions.keep()
        return answer

    def restart(self, name: str, *, reason: str = OPERATOR, by: str = PROGRAM) -> bool:
        """Restart a child, also out of quarantine; False if it did not start."""
        _check_name(name)
        author = Author.of(by, reason)
        message = RestartChild(name)
        done = bool(self._on_loop(lambda: self._actions.deed(lambda: self._ask(message))))
        after = "restarted" if done else "not started"
        self._on_loop(lambda: self._tell_action("restart_child", name, author, after))
        self._actions.keep()
        return done

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
        path = (*self._path, name)
        handle = SupervisorHandle(self._supervision, self._on_loop, self._actions, path)
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

    def _tell_action(self, action: str, name: str, author: Author, after: str) -> None:
        target = "/".join((APPLICATION.name, *self._path, name))
        self._actions.tell(action, target, author, after=after)

    def _tell(self, message: Any, answer: LoopFuture[bool]) -> None:
        self._supervisor().send(message, answer)


def _check_name(name: object) -> None:
    """A handler looks it up: what cannot be hashed would crash the supervisor."""
    if not isinstance(name, str):
        raise InvalidRequestError(f"the name of a child is a text, not a {type(name).__name__}")
