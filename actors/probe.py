"""One health probe; it runs in a task of the engine and reports to the model's actor."""

from __future__ import annotations

from typing import Any

from .bounded import Bounded, LimitReached, ended_from_outside
from .executor import Probe
from .mailbox import Life
from .messages import Probed
from .policies.errors import ModelTimeoutError, ModelUnavailableError
from .reference import LoopRef

_GRACE = 1.0


async def probe(check: Probe, limit: float, model: LoopRef[Any]) -> None:
    """Run `check`, at most `limit` seconds; it passes unless it raises or answers False.

    A model that has gone in the meantime need not know.
    """
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
    if model.mailbox.life is not Life.DEAD:
        model.send(Probed(check, engine.now() - started, error))
