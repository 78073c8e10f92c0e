"""One health probe; it runs in a task of the engine and reports to the model's actor."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from .bounded import Bounded, LimitReached, ended_from_outside
from .messages import Probed
from .policies.errors import ModelTimeoutError, ModelUnavailableError
from .reference import LoopRef

_GRACE = 1.0


async def probe(
    check: Callable[[], Coroutine[Any, Any, Any]], limit: float, model: LoopRef[Any]
) -> None:
    """Run `check`, at most `limit` seconds; it passes unless it raises or answers False."""
    engine = model.mailbox.engine
    started = engine.now()
    error: BaseException | None = None
    try:
        if await Bounded(check(), started + limit, _GRACE) is False:
            error = ModelUnavailableError("the health check answered False")
    except LimitReached:
        error = ModelTimeoutError("the health check took too long", kind="attempt", limit=limit)
    except BaseException as raised:  # a SystemExit of the user's check would end the loop
        if ended_from_outside(raised):
            raise
        error = raised
    model.send(Probed(engine.now() - started, error))
