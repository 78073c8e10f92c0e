"""What a plan says of a stream that breaks."""

from __future__ import annotations

import pytest

from hive_resilience import Plan, Task
from hive_resilience.errors import (
    InvalidRequestError,
)
from hive_resilience.testing import run_virtual
from tests.fleet_kit import fleet, model

from .interrupted_kit import CHAT
from .stream_kit import Streaming, read


def test_a_plan_knows_three_ways() -> None:
    with pytest.raises(InvalidRequestError, match="raise, restart, continue"):
        Plan("m", on_interrupt="ignore")


@pytest.mark.parametrize("mode", ["restart", "continue"])
def test_a_stream_that_must_not_run_twice_is_not_begun_again(mode: str) -> None:
    cut, other = Streaming("a", ConnectionError("cut")), Streaming("b")

    async def run() -> None:
        async with fleet(model("cut", cut), model("other", other)) as runtime:
            plan = Plan("cut", ("other",), on_interrupt=mode, at_most_once=True)
            found = await read(runtime, Task(CHAT), plan=plan)
            assert found.cut.partial == "a"
            assert (found.chunks, other.calls) == (["a"], 0)

    run_virtual(run())
