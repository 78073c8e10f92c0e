"""Prepared incidents: what a person finds who opens the page for the first time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from .stage import Stage


class Incident(NamedTuple):
    """What happens, and the words in which the first look has to tell it."""

    happens: Callable[[Stage], Awaitable[None]]
    level: str
    wrong: str
    why: str
    doing: str


async def a_provider_dies(scene: Stage) -> None:
    """Every call of one model fails."""
    scene.players["atlas-large"].fails = 1.0
    await scene.until(lambda: scene.breaker("atlas-large") == "open")


async def a_provider_fails_now_and_then(scene: Stage) -> None:
    """A fifth of the calls of a model fail: too few for its breaker."""
    scene.players["boreal-2"].fails = 0.2
    await scene.until(lambda: scene.dashboard.feed.state()["verdict"]["level"] == "watch")


async def every_provider_is_out(scene: Stage) -> None:
    """One after the other."""
    for player in scene.players.values():
        player.fails = 1.0
    await scene.until(lambda: all(scene.breaker(name) == "open" for name in scene.players))


INCIDENTS = {
    "a provider dies": Incident(
        a_provider_dies,
        "bad",
        "atlas-large is out; 4 of 5 models serve",
        "atlas-large: Breaker open",
        "Tasks go to",
    ),
    "a provider fails now and then": Incident(
        a_provider_fails_now_and_then,
        "watch",
        "boreal-2 does not work well",
        "calls of boreal-2 failed",
        "A failed attempt goes on to the next model",
    ),
    "every provider is out": Incident(
        every_provider_is_out,
        "out",
        "No model can serve a task",
        "Breaker open",
        "Tasks fail or wait. The next try is in",
    ),
}
