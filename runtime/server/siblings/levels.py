"""One level of degradation for all workers of a server; its rules are policies of their own."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from ....actors.policies.degradation.several import LevelWord, Seen
from ...operations import level_together
from ...runtime import Runtime
from .siblings import Siblings
from .words import LEVEL


def share_level(runtime: Runtime, siblings: Siblings) -> None:
    """Have one level with the siblings; the runtime runs, on this loop."""

    def tell(word: LevelWord) -> None:
        siblings.tell_others(LEVEL, encoded(word))

    async def heard(told: bytes) -> bytes:
        take(decoded(told))
        return b""

    take = level_together(runtime, siblings.number, tell)
    siblings.on(LEVEL, heard)


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
    pairs = {name: tuple(seen.pop(name)) for name in ("turns", "places")}
    ratios = tuple(tuple(pair) for pair in seen.pop("ratios"))
    return LevelWord(**fields, seen=Seen(**seen, **pairs, ratios=ratios))
