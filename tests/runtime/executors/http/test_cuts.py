"""Nothing that was cut passes as whole: thousands of cuts of streams of every family."""

from __future__ import annotations

import random

import pytest

from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.transport.protocol import Request, TransportError

from ....sampling import heavy
from ..canned import BROKEN, CannedTransport, anthropic, compatible, outcome
from ..faulty_server import run
from .test_shapes import SHAPES

NOTHING = Request("POST", "http://server", {})
_MEANS_LITTLE = frozenset(
    {"finish reason in every chunk", "finish reason with the last word", "a message in place of"}
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key-for-tests")


@pytest.mark.parametrize("cuts", [2_000, heavy(10_000)])
def test_what_is_cut_is_an_error_or_has_all_of_its_text(cuts: int) -> None:
    draw = random.Random(20_140_731)
    made = {"openai": compatible(CannedTransport()), "anthropic": anthropic(CannedTransport())}

    async def story() -> tuple[int, int]:
        whole = 0
        for number in range(cuts):
            name, shape = draw.choice(list(SHAPES.items()))
            place = draw.randrange(len(shape.stream) + 1)
            steps: list[bytes | float | TransportError] = [shape.stream[:place], BROKEN]
            if number % 3 == 0 and name not in _MEANS_LITTLE:
                steps = steps[:1]  # a proper end, much too early
            executor = made[shape.family]
            transport = CannedTransport(*(step for step in steps if step), kind=shape.kind)
            # The provider's own client would take ten times as long as the reading.
            executor._ask = lambda *_, sender=transport: sender.send(NOTHING)  # type: ignore[method-assign]
            found = await outcome(executor)
            if isinstance(found, ResilienceError):
                continue
            assert found == shape.text, (name, place, len(steps))
            whole += 1
        return whole, cuts - whole

    whole, refused = run(story(), limit=60.0)

    assert min(whole, refused) > cuts / 50
