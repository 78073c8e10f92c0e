"""From a request to the task that asks the models for it."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import orjson

from ....actors.task import Plan, Task
from ....config.settings.stream import OnInterrupt
from ....config.values.caller_headers import HOPS
from ....config.values.families import Family
from ...executors.http.wire.json_reading import NotJSONError, is_light, json_steps
from ..dialects.dialect import Dialect, is_object
from ..failures import Refused, refused
from ..keys.key import Key
from ..names import AUTO, Asked, Names, ending, first_alone
from ..request import Request
from .control import Control, take_names

_OF_CALLERS = frozenset({"accept", "openai-beta", "traceparent", "tracestate"})
_OF_ANTHROPIC = "anthropic-"
_RAISE, _CONTINUE = frozenset({OnInterrupt.RAISE}), frozenset({OnInterrupt.CONTINUE})


class Call(NamedTuple):
    """What a request asks: `name` is the word of its caller for the model."""

    task: Task
    plan: Plan | None
    streams: bool
    name: str


async def payload_of(body: bytes) -> dict[str, Any]:
    """The object that a body is. Raises `Refused`; a large one is read in steps."""
    try:
        found: object = orjson.loads(body) if is_light(body) else await _in_steps(body)
    except (orjson.JSONDecodeError, NotJSONError):
        found = None
        if not body:
            raise refused(400, "invalid_json", "the body is empty; send a JSON object") from None
    if not is_object(found):
        raise refused(400, "invalid_json", "the body should be a JSON object")
    return found


async def _in_steps(body: bytes) -> object:
    steps = json_steps(body)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value
        await asyncio.sleep(0)


def call_of(
    payload: dict[str, Any],
    control: Control,
    request: Request,
    dialect: Dialect,
    names: Names,
    key: Key | None,
) -> Call:
    """The task and its plan. Raises `Refused` for what is wrong, or not allowed to this key."""
    family = dialect.family
    name, others = _names_in(payload, control, family)
    streams = payload.get("stream", False)
    if not isinstance(streams, bool):
        raise refused(400, "invalid_request", "stream is true or false", param="stream")
    if streams and not dialect.streams:
        raise refused(400, "invalid_request", f"{family} has no streams", param="stream")
    allowed = None if key is None else key.models
    asked = names.asked(name, allowed, others)
    plan = asked.plan if control.fallback else first_alone(asked)
    mode = _after_a_cut(dialect, asked) if streams else None
    if mode is not None:
        plan = ending(asked, plan, mode)
    task = Task(
        payload,
        id=request.id,
        type=family,
        priority=control.priority,
        timeout=names.within(control.timeout, plan),
        metadata=control.metadata,
        session=control.session,
        headers=_callers(request, control, names),
    )
    return Call(task, plan, streams, name)


def _names_in(
    payload: dict[str, Any], control: Control, family: Family
) -> tuple[str, tuple[str, ...]]:
    """The model's name, and those behind it."""
    told = take_names(payload, family)
    others = control.fallbacks if control.fallbacks is not None else told or ()
    name = payload.get("model")
    if name is None and told:
        name, others = told[0], tuple(other for other in others if other != told[0])
    if not isinstance(name, str) or not name:
        raise _without_model()
    return name, others


def _without_model() -> Refused:
    told = f"name a model: a model, group or alias of /v1/models, or {AUTO!r} for any"
    return refused(400, "missing_model", told, param="model")


def _after_a_cut(dialect: Dialect, asked: Asked) -> OnInterrupt | None:
    """What follows a cut here; None: the settings say nothing else."""
    if asked.interrupts == _RAISE:
        return None
    if dialect.may_continue and asked.interrupts == _CONTINUE:
        return OnInterrupt.CONTINUE
    return OnInterrupt.RAISE


def _callers(request: Request, control: Control, names: Names) -> dict[str, str]:
    """The headers of the caller that may go on, and how many servers like this one there were."""
    found = {HOPS: str(control.hops + 1)}
    for raw, value in request.headers.items():
        name = raw.decode("latin-1")
        if name in _OF_CALLERS or name.startswith(_OF_ANTHROPIC) or name in names.forwarded:
            text = value.decode("latin-1")
            if text.isascii() and text.isprintable():
                found[name] = text
    return found
