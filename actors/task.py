"""What an application sends: a task, and where it may go."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeGuard, TypeVar, get_args

from ..config.settings.strategy import GREATEST_WEIGHT, HedgeWord, RouteRequestErrors, Strategy
from ..config.settings.stream import OnInterrupt
from ..config.values.caller_headers import checked_caller_headers
from ..config.values.words import nearest
from .policies.balancing.ballot import Agree
from .policies.outcomes.errors import InvalidRequestError

N = TypeVar("N", bound=StrEnum)
_HEDGE_WORDS = get_args(HedgeWord)
CHAT = "chat"
"""The type of a task that names none."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_VERSION_4 = 0x4000_8000_0000_0000_0000
_FREE_BITS = ~0xF000_C000_0000_0000_0000


class Priority(StrEnum):
    """Which tasks go first when there is not room for all."""

    # The hash of an enum is a Python function; these are keys on the way of every task.
    __hash__ = str.__hash__

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


RANK = {Priority.LOW: 0, Priority.NORMAL: 1, Priority.HIGH: 2, Priority.CRITICAL: 3}
"""The order of the priorities, for comparing."""


def new_id() -> str:
    """A random UUID (version 4), in a fifth of the time that `uuid.uuid4` takes."""
    text = f"{random.getrandbits(128) & _FREE_BITS | _VERSION_4:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True)
class Task:
    """One request, for any model that can serve it. `timeout`: seconds for all attempts together.

    `type` says what it wants: `chat`, `text_completion`, `embedding`, `response`, `message`,
    `rerank`, `moderation`, or `response_compact`, `response_input_tokens`, `message_tokens`; any
    other word means `chat`. `headers` are those of a caller, of which adapters send on what may go
    to a provider (several values of one name are one text with commas); they are in no `repr`.
    Tasks with one `session` go to one model as long as it has room, so that its caches stay warm.

    Raises `InvalidRequestError` for an unknown priority, an empty id or session, a timeout that is
    not a number above 0, or headers that none could carry.

    >>> Task({"prompt": "hello"}, priority="high").priority
    <Priority.HIGH: 'high'>
    """

    payload: Any
    _: KW_ONLY
    id: str = field(default_factory=new_id)
    type: str = CHAT
    priority: Priority | str = Priority.NORMAL
    timeout: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    session: str | None = None

    def __post_init__(self) -> None:
        if type(self.priority) is not Priority:
            object.__setattr__(self, "priority", _named(Priority, "priority", self.priority))
        check_text("task", self.id)
        if self.timeout is not None:
            check_timeout(self.timeout)
        if self.headers:
            object.__setattr__(self, "headers", _headers(self.headers))
        if self.session is not None:
            check_text("session", self.session)

    def __reduce__(self) -> tuple[Any, ...]:
        # The default of both mappings is a view of one, which cannot be pickled.
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        mappings = {"metadata": dict(self.metadata), "headers": dict(self.headers)}
        return _restored, (type(self), values | mappings)


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(given, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequestError(f"headers are a mapping, not a {type(given).__name__}")
    try:
        return checked_caller_headers(given)
    except ValueError as error:
        told = f"headers: {error}"
    raise InvalidRequestError(told)


def _restored(kind: type[Task], values: dict[str, Any]) -> Task:
    return kind(**values)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which models may serve a task, and how. `timeout`: seconds for the whole task.

    The weighted strategy uses `weights`; the parallel strategy asks `max_concurrent` models at
    once. Without a plan all models take part, in the order of the configuration.

    >>> Plan("gpt-5", fallbacks=("claude-4-sonnet",)).model_ids
    ('gpt-5', 'claude-4-sonnet')
    """

    primary: str
    fallbacks: tuple[str, ...] = ()
    _: KW_ONLY
    strategy: Strategy | str | None = None
    timeout: float | None = None
    max_concurrent: int | None = None
    hedge_delay: float | str | None = None
    """Seconds between the starts of parallel attempts, 0 for all at once, "p95" for the observed
    95th percentile; None: the setting of the runtime."""
    hedge_after: HedgeWord | float | None = None
    """Seconds of silence before the next model is asked beside the silent one, "auto", "streams" or
    "never" as in the settings; None: what the settings of the model say."""
    weights: Mapping[str, float] | None = None
    route_refusals: bool = False
    """Whether another model is asked after a model has refused the content."""
    route_request_errors: RouteRequestErrors | str | None = None
    """Whether another model is asked after a model that cannot take the request: model_limits,
    none, all (also after a model that calls it wrong); None: the setting of the runtime."""
    at_most_once: bool | None = None
    """Whether only a call that certainly reached no model goes on; None: the global setting."""
    on_interrupt: OnInterrupt | str | None = None
    """What follows a cut stream: raise, restart or continue; None: the setting of the model."""
    own_fallbacks: bool = True
    """Whether a plan without fallbacks takes those that the settings of its primary name."""
    quorum: int | None = None
    """How many models have to give the same answer; a plan that says it has the strategy quorum.
    None, with that strategy: the setting of the runtime."""
    agree: Agree | None = None
    """Whether two answers are the same, for a quorum; None: equal, but for spaces and capitals."""

    def __post_init__(self) -> None:
        if isinstance(self.fallbacks, str):
            raise InvalidRequestError(
                f"fallbacks is a tuple of model ids, not the text {self.fallbacks!r}"
            )
        if not isinstance(self.fallbacks, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
            kind = type(self.fallbacks).__name__
            raise InvalidRequestError(f"fallbacks is a tuple of model ids, not a {kind}")
        object.__setattr__(self, "fallbacks", tuple(self.fallbacks))
        for model_id in (self.primary, *self.fallbacks):
            check_text("model", model_id)
        check_weights(self.weights)
        if self.fallbacks:  # without, those of the primary are known later
            check_names(self)
        if self.hedge_delay is not None:
            check_hedge_delay(self.hedge_delay)
        if self.hedge_after is not None:
            check_hedge_after(self.hedge_after)
        if self.strategy is not None:
            object.__setattr__(self, "strategy", strategy_named(self.strategy))
        if self.on_interrupt is not None:
            mode = _named(OnInterrupt, "on_interrupt", self.on_interrupt)
            object.__setattr__(self, "on_interrupt", mode)
        if self.route_request_errors is not None:
            rule = _named(RouteRequestErrors, "route_request_errors", self.route_request_errors)
            object.__setattr__(self, "route_request_errors", rule)
        if self.timeout is not None:
            check_timeout(self.timeout)
        if self.quorum is not None or self.agree is not None:
            _take_quorum(self)
        most = self.max_concurrent
        if most is not None and (not isinstance(most, int) or most < 1):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequestError(f"max_concurrent is at least 1, not {self.max_concurrent!r}")

    @property
    def model_ids(self) -> tuple[str, ...]:
        """The models in their order, each once."""
        return tuple(dict.fromkeys((self.primary, *self.fallbacks)))


def _take_quorum(plan: Plan) -> None:
    needed, agree = plan.quorum, plan.agree
    if needed is not None and (type(needed) is not int or needed < 1):
        raise InvalidRequestError(f"a quorum is a number of models from 1 up, not {needed!r}")
    if agree is not None and not callable(agree):
        raise InvalidRequestError(f"agree is a function of two answers, not {agree!r}")
    if plan.strategy not in (None, Strategy.QUORUM):
        raise InvalidRequestError(f"a quorum is for the strategy quorum, not {plan.strategy}")
    object.__setattr__(plan, "strategy", Strategy.QUORUM)


def strategy_named(name: Strategy | str) -> Strategy:
    """The strategy of this name; raises `InvalidRequestError`, which lists the names."""
    return _named(Strategy, "strategy", name)


def check_task(task: object) -> None:
    """Raises `InvalidRequestError` unless this is a `Task`."""
    if not isinstance(task, Task):
        raise InvalidRequestError(f"a task is a Task, not a {type(task).__name__}: Task(payload)")


def check_text(what: str, given: object) -> None:
    """Raises `InvalidRequestError` unless the id of `what` is a text that is not empty."""
    if not given or not isinstance(given, str):
        raise InvalidRequestError(f"a {what} id is a text that is not empty, not {given!r}")


def check_timeout(timeout: object) -> None:
    """Raises `InvalidRequestError` unless `timeout` is a number of seconds above zero."""
    if not _is_number(timeout) or not 0 < timeout < float("inf"):
        raise InvalidRequestError(f"a timeout is a number of seconds above 0, not {timeout!r}")


def check_weights(weights: Mapping[str, float] | None) -> None:
    """Raises `InvalidRequestError` unless the weights are numbers that settings may have too."""
    if weights is not None and not isinstance(weights, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = type(weights).__name__
        raise InvalidRequestError(f"weights is a mapping of model ids to numbers, not a {kind}")
    for model_id, weight in (weights or {}).items():
        if not _is_number(weight) or not 0 <= weight <= GREATEST_WEIGHT:
            raise InvalidRequestError(
                f"the weight of {model_id!r} is a number from 0 to {GREATEST_WEIGHT:,.0f}, "
                f"not {weight!r}"
            )


def check_names(plan: Plan) -> None:
    """Raises `InvalidRequestError` where the weights name a model that is no part of the plan."""
    ids = plan.model_ids
    for name in plan.weights or ():
        if name not in ids:
            meant = nearest(str(name), ids)
            advice = f"did you mean {meant!r}?" if meant else f"there are {', '.join(ids)}"
            raise InvalidRequestError(f"a weight names {name!r}, no model of the plan; {advice}")


def check_hedge_delay(delay: object) -> None:
    """Raises `InvalidRequestError` unless this is "p95" or a number of seconds from 0 up."""
    if delay != "p95" and (not _is_number(delay) or not 0 <= delay < float("inf")):
        raise InvalidRequestError(
            f'a hedge_delay is "p95" or a number of seconds from 0 up, not {delay!r}'
        )


def check_hedge_after(after: object) -> None:
    """Raises `InvalidRequestError` unless this is a word for it or a number above 0."""
    if after not in _HEDGE_WORDS and (not _is_number(after) or not 0 < after < float("inf")):
        raise InvalidRequestError(
            'a hedge_after is "auto", "streams", "never" or a number of seconds above 0, '
            f"not {after!r}"
        )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _named(kind: type[N], what: str, name: str) -> N:
    try:
        return kind(name)
    except ValueError:
        known = ", ".join(kind)
        raise InvalidRequestError(f"there is no {what} {name!r}; there are {known}") from None
