"""One line of input as a task, or why it is none."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Any, TypeGuard

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...actors.policies.outcomes.errors import InvalidRequestError
from ...actors.task import CHAT, Plan, Priority, Task
from ...config.errors import ResilienceError
from ...config.settings.strategy import HedgeAfterOrNone, HedgeDelay, Strategy
from ...config.settings.stream import OnInterrupt
from ...config.values.accepts import default
from ...config.values.units import DurationOrNone
from ...config.values.words import nearest

_FORMS = 'a line is a text, or an object with "payload", or a payload with "prompt" or "messages"'
_MOST_KEYS = 20
"""So many are compared with the names there are."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class InvalidLineError(ResilienceError):
    """A line that is no task. `task_id`: the id it wanted to have, where that can be told."""

    code = "invalid_input"

    def __init__(self, message: str, *, task_id: str | None = None) -> None:
        super().__init__(message)
        self.task_id: str | None = task_id


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _PlanFields(_Strict):
    primary: Annotated[str, Field(min_length=1)]
    fallbacks: list[str] = []
    strategy: Annotated[Strategy | None, Field(strict=False)] = None
    timeout: DurationOrNone = default(None)
    max_concurrent: Annotated[int, Field(ge=1)] | None = None
    hedge_delay: HedgeDelay = default(None)
    hedge_after: HedgeAfterOrNone = default(None)
    weights: dict[str, Annotated[float, Field(ge=0)]] | None = None
    route_refusals: bool = False
    on_interrupt: Annotated[OnInterrupt | None, Field(strict=False)] = None
    quorum: Annotated[int, Field(ge=1)] | None = None


class _TaskFields(_Strict):
    payload: Any
    id: Annotated[str, Field(min_length=1)] | None = None
    type: Annotated[str, Field(min_length=1)] = CHAT
    priority: Annotated[Priority, Field(strict=False)] = Priority.NORMAL
    timeout: DurationOrNone = default(None)
    metadata: dict[str, Any] = {}
    session: Annotated[str, Field(min_length=1)] | None = None
    plan: _PlanFields | None = None


def read_task(text: bytes) -> tuple[Task, Plan | str | None]:
    """The task that a line describes, and its plan. Raises `InvalidLineError` with the reason.

    >>> read_task(b'{"payload": "Hi", "timeout": "30s"}')[0].timeout
    30.0
    """
    found = _parsed(text)
    if isinstance(found, str):
        return Task(found), None
    if not _is_object(found):
        raise InvalidLineError(f"{_FORMS}; this is {_kind(found)}")
    if "payload" in found:
        return _described(found)
    if "prompt" in found or "messages" in found:
        return Task(found), None
    raise InvalidLineError(_without_payload(found), task_id=_id_of(found))


def read_prompt(text: bytes) -> tuple[Task, None]:
    """The task whose prompt is the line as it stands. Raises `InvalidLineError`.

    >>> read_prompt("Why?\\r\\n".encode())[0].payload
    'Why?'
    """
    try:
        return Task(text.removeprefix(_BYTE_ORDER_MARK).decode().strip()), None
    except UnicodeDecodeError as error:
        # Not chained: the decoder's exception carries the whole line with it.
        reason = f"not UTF-8 text: {error.reason} (byte {error.start + 1})"
    raise InvalidLineError(reason)


def _is_object(found: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(found, dict)


def _parsed(text: bytes) -> object:
    try:
        return orjson.loads(text.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as error:
        # Not chained: the decoder's exception carries the whole line with it.
        raise InvalidLineError(f"not JSON: {error.msg} (column {error.colno})") from None


def _described(found: dict[str, Any]) -> tuple[Task, Plan | str | None]:
    task_id = _id_of(found)
    _refuse_unknown(found, _TaskFields.model_fields, "", task_id)
    if isinstance(found.get("plan"), dict):
        _refuse_unknown(found["plan"], _PlanFields.model_fields, "plan.", task_id)
    try:
        if isinstance(group := found.get("plan"), str):
            return _task(_TaskFields.model_validate({**found, "plan": None})), group
        fields = _TaskFields.model_validate(found)
        return _task(fields), _plan(fields.plan)
    except ValidationError as error:
        raise InvalidLineError(_sentence(error), task_id=task_id) from None
    except InvalidRequestError as error:
        raise InvalidLineError(str(error), task_id=task_id) from error


def _task(fields: _TaskFields) -> Task:
    given: dict[str, Any] = {} if fields.id is None else {"id": fields.id}
    return Task(
        fields.payload,
        type=fields.type,
        priority=fields.priority,
        timeout=fields.timeout,
        metadata=fields.metadata,
        session=fields.session,
        **given,
    )


def _plan(fields: _PlanFields | None) -> Plan | None:
    if fields is None:
        return None
    return Plan(
        fields.primary,
        tuple(fields.fallbacks),
        strategy=fields.strategy,
        timeout=fields.timeout,
        max_concurrent=fields.max_concurrent,
        hedge_delay=fields.hedge_delay,
        hedge_after=fields.hedge_after,
        weights=fields.weights,
        route_refusals=fields.route_refusals,
        on_interrupt=fields.on_interrupt,
        quorum=fields.quorum,
    )


def _refuse_unknown(
    found: dict[str, Any], known: Iterable[str], prefix: str, task_id: str | None
) -> None:
    for key in found:
        if key in known:
            continue
        meant = nearest(key, known)
        advice = f"did you mean {prefix}{meant}?" if meant else f"allowed: {', '.join(known)}"
        raise InvalidLineError(f"{prefix}{key}: unknown key; {advice}", task_id=task_id)


def _without_payload(found: dict[str, Any]) -> str:
    for key in islice(found, _MOST_KEYS):
        if meant := nearest(key, ("payload", "prompt", "messages")):
            return f"{key}: unknown key; did you mean {meant}?"
    return f"{_FORMS}; this object has none of them"


def _sentence(error: ValidationError) -> str:
    """The first mistake; the value is quoted in short, and never that of the payload."""
    first = error.errors(include_url=False, include_context=False)[0]
    message = first["msg"].removeprefix("Value error, ").replace("Input should", "should")
    place = ".".join(str(part) for part in first["loc"])
    found = "" if first["type"] == "missing" else f", found {reprlib.repr(first['input'])}"
    return f"{place}: {message}{found}"


def _id_of(found: dict[str, Any]) -> str | None:
    wanted = found.get("id")
    return wanted if isinstance(wanted, str) and wanted else None


def _kind(found: object) -> str:
    if found is None:
        return "null"
    names = {"bool": "true or false", "int": "a number", "float": "a number", "list": "a list"}
    return names[type(found).__name__]
