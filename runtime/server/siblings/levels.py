"""One level of degradation for all workers of a server; its rules are policies of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import orjson
from pykka import ActorDeadError

from ....actors.level_messages import LevelHeard
from ....actors.policies.degradation.several import LevelWord, Others, Seen
from ...operations import books_of
from ...runtime import Runtime
from .siblings import Siblings
from .words import LEVEL

Take = Callable[[LevelWord], None]


def share_level(runtime: Runtime, siblings: Siblings) -> None:
    """Have one level with the siblings; does nothing for a runtime that does not run."""

    def tell(word: LevelWord) -> None:
        siblings.tell_others(LEVEL, encoded(word))

    async def heard(told: bytes) -> bytes:
        if take is not None:
            take(decoded(told))
        return b""

    take = level_together(runtime, siblings.number, tell)
    siblings.on(LEVEL, heard)


def level_together(runtime: Runtime, number: int, tell: Take) -> Take | None:
    """Have one level with other processes; on the loop of the runtime.

    `tell` tells them all what this one sees, whose number among them is `number`. What comes back
    takes what another one tells; None: the runtime does not run.
    """
    books = books_of(runtime)
    if books is None:
        return None
    fleet = books.fleet
    level = fleet.router_state.level
    level.others, level.tell = Others(number, fleet.engine.now()), tell

    def take(word: LevelWord) -> None:
        with suppress(ActorDeadError):  # the runtime has ended
            fleet.router.tell(LevelHeard(word))

    return take


def encoded(word: LevelWord) -> str:
    """For the line.

    >>> word = LevelWord(2, 9.5, True, 1, "slow", Seen(20, 3, turns=(1, 2), ratios=((3.0, 20),)))
    >>> decoded(encoded(word).encode()) == word
    True
    """
    return orjson.dumps(asdict(word)).decode()


def decoded(told: bytes) -> LevelWord:
    """What another worker has told."""
    fields: dict[str, Any] = orjson.loads(told)
    seen = fields.pop("seen")
    for name in ("turns", "places"):
        seen[name] = tuple(seen[name])
    seen["ratios"] = tuple(tuple(pair) for pair in seen["ratios"])
    return LevelWord(**fields, seen=Seen(**seen))
