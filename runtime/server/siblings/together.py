"""What all workers of a server do as one.

They have one level of degradation, tell each alert once, and end the experiment that one aborts.
The rules are policies of their own; here the words of one worker come to the others.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any, TypeVar

import orjson
from pykka import ActorDeadError

from ....actors.chaos_events import ChaosStopped
from ....actors.level_messages import LevelHeard
from ....actors.policies.alerting.several import AlertWord, Claim, OtherAlerts, Stage
from ....actors.policies.degradation.several import LevelWord, Others, Seen
from ...observability.actions import RUNTIME
from ...offering import bus_of
from ...operations import books_of
from ...runtime import Runtime
from .siblings import Siblings
from .words import ABORTED, ALERTS, LEVEL

W = TypeVar("W", LevelWord, AlertWord)


def act_together(runtime: Runtime, siblings: Siblings) -> None:
    """Be one with the siblings; does nothing for a runtime that does not run."""
    _share(runtime, siblings, LEVEL, level_together, encoded_level, decoded_level)
    _share(runtime, siblings, ALERTS, alerts_together, encoded_alerts, decoded_alerts)
    _abort_together(runtime, siblings)


def _abort_together(runtime: Runtime, siblings: Siblings) -> None:
    def stopped(event: ChaosStopped) -> None:
        if event.aborted:
            siblings.tell_others(ABORTED, orjson.dumps([event.experiment, event.reason]).decode())

    async def heard(told: bytes) -> bytes:
        experiment, reason = orjson.loads(told)
        runtime.chaos.stop(experiment, reason=reason, by=RUNTIME)
        return b""

    bus_of(runtime).tap(stopped, (ChaosStopped,), lambda: None)
    siblings.on(ABORTED, heard)


def _share(
    runtime: Runtime,
    siblings: Siblings,
    subject: str,
    join: Callable[[Runtime, int, Callable[[W], None]], Callable[[W], None] | None],
    encoded: Callable[[W], str],
    decoded: Callable[[bytes], W],
) -> None:
    def tell(word: W) -> None:
        siblings.tell_others(subject, encoded(word))

    take = join(runtime, siblings.number, tell)

    async def heard(told: bytes) -> bytes:
        if take is not None:
            take(decoded(told))
        return b""

    siblings.on(subject, heard)


def level_together(
    runtime: Runtime, number: int, tell: Callable[[LevelWord], None]
) -> Callable[[LevelWord], None] | None:
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


def alerts_together(
    runtime: Runtime, number: int, tell: Callable[[AlertWord], None]
) -> Callable[[AlertWord], None] | None:
    """Tell people of an alert once, though several processes have it; otherwise as for the level.

    Alerts need not be kept yet: other settings may ask for it later.
    """
    books = books_of(runtime)
    if books is None:
        return None
    siblings = books.fleet.alerting.siblings
    siblings.others, siblings.say = OtherAlerts(number, books.fleet.engine.now()), tell
    siblings.joined()
    return lambda word: siblings.hear(word)


# For the line.


def encoded_level(word: LevelWord) -> str:
    """A word as a text.

    >>> word = LevelWord(2, 9.5, True, 1, "slow", Seen(20, 3, turns=(1, 2), ratios=((3.0, 20),)))
    >>> decoded_level(encoded_level(word).encode()) == word
    True
    """
    return orjson.dumps(asdict(word)).decode()


def decoded_level(told: bytes) -> LevelWord:
    """What another worker has told."""
    fields: dict[str, Any] = orjson.loads(told)
    seen = fields.pop("seen")
    for name in ("turns", "places"):
        seen[name] = tuple(seen[name])
    seen["ratios"] = tuple(tuple(pair) for pair in seen["ratios"])
    return LevelWord(**fields, seen=Seen(**seen))


def encoded_alerts(word: AlertWord) -> str:
    """A word as a text.

    >>> word = AlertWord(2, 9.5, {"0af3": Claim(Stage.TOLD, 17.25, ("team",))})
    >>> decoded_alerts(encoded_alerts(word).encode()) == word
    True
    """
    claims = {key: list(claim) for key, claim in word.claims.items()}
    return orjson.dumps([word.number, word.born, claims]).decode()


def decoded_alerts(told: bytes) -> AlertWord:
    """What another worker has told."""
    number, born, claims = orjson.loads(told)
    return AlertWord(number, born, {key: _claim(*one) for key, one in claims.items()})


def _claim(stage: int, since: float, told_on: list[str], ends: bool) -> Claim:
    return Claim(Stage(stage), since, tuple(told_on), ends)
