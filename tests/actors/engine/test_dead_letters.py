"""Messages that reach nobody are reported."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience.actors.engine.engine import Engine

from .guest import Guest
from .platforms import in_turn


def test_dead_letters_are_reported_with_their_reason() -> None:
    letters: list[tuple[str, Any, str]] = []

    async def main() -> str:
        engine = Engine(
            on_dead_letter=lambda actor, message, reason: letters.append(
                (actor.actor_urn, message, reason)
            )
        )
        engine.attach()
        ref = engine.start(Guest)
        ref.tell(
            in_turn(
                lambda: ref.stop(block=False),
                lambda: ref.tell("told"),
                lambda: ref.ask("asked", block=False),
            )
        )
        engine.close()
        return ref.actor_urn

    urn = asyncio.run(main())
    reason = "the actor is dead"
    assert letters == [(urn, "told", reason), (urn, "asked", reason)]


def test_a_listener_of_dead_letters_that_fails_is_contained(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("broken listener")

    async def main() -> Any:
        engine = Engine(on_dead_letter=fail)
        engine.attach()
        first, second = engine.start(Guest), engine.start(Guest)
        answers: list[Any] = []
        first.tell(
            in_turn(
                lambda: first.stop(block=False),
                lambda: first.tell("lost"),
                lambda: answers.append(second.ask("kept", block=False)),
            )
        )
        await asyncio.sleep(0)
        engine.close()
        return answers[0].get()

    assert asyncio.run(main()) == "kept"
    assert "broken listener" in caplog.text
