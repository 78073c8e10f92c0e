"""What a visitor of the dashboard does through one worker of a server is done by all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import orjson

from ...runtime import Runtime
from ..failures import Refused
from ..operators.again import BODY_BYTES, new_id, repeated, replayed
from ..operators.repeating import is_by_the_owners
from ..request import Request
from ..siblings.siblings import Siblings
from ..siblings.words import CONTROL
from .visitor import Role, Visitor

Answer = Callable[[Request, Visitor], Awaitable[None]]
Completed = Callable[[bytes], Awaitable[bytes]]
_KNOWN_ELSEWHERE, _MISSING = ("alerts", "chaos"), (404, 409)
_DONE = ""
"""What a worker answers; otherwise why it has not done it."""


class Repeating:
    """Wraps what answers the controls. To be told of all of them before any is used."""

    def __init__(self, runtime: Runtime, siblings: Siblings | None) -> None:
        self._runtime = runtime
        self._siblings = siblings
        self._controls: dict[str, Answer] = {}
        if siblings is not None:
            siblings.on(CONTROL, self._repeat)

    def on_all(self, name: str, operate: Answer, completed: Completed | None = None) -> Answer:
        """As `operate`, and then on all other workers. Raises as `operate` does.

        What only another worker may have, an alert or an experiment, is done if any has done it.
        `completed` makes of the body what others can do too.
        """
        siblings = self._siblings
        if siblings is None:
            return operate
        self._controls[name] = operate

        async def everywhere(request: Request, visitor: Visitor) -> None:
            body = await request.body(BODY_BYTES)
            told = body if completed is None else await completed(body)
            asked = _Asked(name, told.decode("utf-8", "replace"), visitor.by, new_id())
            refusal: Refused | None = None
            try:
                await operate(replayed(request, told, asked.id), visitor)
            except Refused as error:
                if name not in _KNOWN_ELSEWHERE or error.failure.status not in _MISSING:
                    raise
                refusal = error
            if self._reaches_all_by_itself(told):
                return
            said = await siblings.others(CONTROL, orjson.dumps([*asked]).decode())
            if refusal is not None and all(one.body != _DONE for one in said):
                raise refusal

        return everywhere

    def _reaches_all_by_itself(self, body: bytes) -> bool:
        fields = orjson.loads(body)  # it has been understood
        models = self._runtime.config.models
        return is_by_the_owners(models, fields.get("model", ""), fields.get("verb", ""))

    async def _repeat(self, told: bytes) -> bytes:
        asked = _Asked(*orjson.loads(told))
        visitor = Visitor(Role.OPERATE, asked.by)
        try:
            await self._controls[asked.name](repeated("", asked.body, asked.id), visitor)
        except Refused as error:
            return error.failure.message.encode()
        return _DONE.encode()


class _Asked(NamedTuple):
    name: str
    body: str
    by: str
    id: str
