"""A model that comes back is shown with the share of its tasks that it gets first."""

from __future__ import annotations

from tests.conftest import Virtual
from tests.fleet_kit import Model, fleet, model

from .feed_kit import watched


def test_a_model_that_ramps_up_has_its_share(virtual: Virtual) -> None:
    async def work() -> None:
        async with watched(fleet(model("a", Model()), model("b", Model()))) as found:
            assert found.model("a")["ramp"] is None
            found.runtime.model("a").force_open()
            found.runtime.model("a").reset()
            ramp = found.model("a")["ramp"]
            assert ramp is not None
            assert 0.0 < ramp < 1.0

    virtual(work())
