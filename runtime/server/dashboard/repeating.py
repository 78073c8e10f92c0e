"""What a visitor of the dashboard does through one worker of a server is done by all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import orjson

from ...runtime import Runtime
from ..operators.again import BODY_BYTES, new_id, repeated, replayed
from ..operators.repeating import is_by_the_owners
from ..request import Request
from ..siblings.siblings import Siblings
from ..siblings.words import CONTROL
from .visitor import Role, Visitor

Answer = Callable[[Request, Visitor], Awaitable[None]]


class Repeating:
    """Wraps what answers the controls. To be told of all of them before any is used."""

    def __init__(self, runtime: Runtime, siblings: Siblings | None) -> None:
        self._runtime = runtime
        self._siblings = siblings
        self._controls: dict[str, Answer] = {}
        if siblings is not None:
            siblings.on(CONTROL, self._repeat)

    def on_all(self, name: str, operate: Answer) -> Answer:
        """As `operate`, and then on all other workers. Raises as `operate` does."""
        siblings = self._siblings
        if siblings is None:
            return operate
        self._controls[name] = operate

        async def everywhere(request: Request, visitor: Visitor) -> None:
            body = await request.body(BODY_BYTES)
            asked = _Asked(name, body.decode("utf-8", "replace"), visitor.by, new_id())
            await operate(replayed(request, body, asked.id), visitor)
            if not self._reaches_all_by_itself(body):
                await siblings.others(CONTROL, orjson.dumps([*asked]).decode())

        return everywhere

    def _reaches_all_by_itself(self, body: bytes) -> bool:
        fields = orjson.loads(body)  # it has been understood
        models = self._runtime.config.models
        return is_by_the_owners(models, fields.get("model", ""), fields.get("verb", ""))

    async def _repeat(self, told: bytes) -> bytes:
        asked = _Asked(*orjson.loads(told))
        visitor = Visitor(Role.OPERATE, asked.by)
        await self._controls[asked.name](repeated("", asked.body, asked.id), visitor)
        return b""


class _Asked(NamedTuple):
    name: str
    body: str
    by: str
    id: str
