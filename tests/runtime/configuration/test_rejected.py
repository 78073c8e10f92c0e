"""Settings that cannot be used change nothing, and everybody hears why."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience import ModelConfig
from hive_resilience.config import HealthCheckConfig, Isolation
from hive_resilience.errors import ConfigurationError
from hive_resilience.events import Reloaded, ReloadRejected

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model
from .reload_kit import config


def test_what_cannot_be_used_changes_nothing_and_is_told(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        one = Model("a")
        runtime = fleet(model("a", one))
        runtime.subscribe(heard.append, Reloaded, ReloadRejected)
        async with runtime:
            before = runtime.snapshot().models
            for wrong in (
                config(),
                config(model("a", one), ModelConfig(id="b")),
                config(
                    model("a", one, weight=5.0),
                    ModelConfig(
                        id="b", executor=one, health_check=HealthCheckConfig(endpoint="...")
                    ),
                ),
            ):
                with pytest.raises(ConfigurationError):
                    await runtime.reload(wrong)
            assert runtime.snapshot().models == before
            assert runtime._fleet.members["a"].config.weight == 1.0
        return heard

    heard = virtual(main())
    assert [type(event) for event in heard] == [ReloadRejected] * 3
    assert heard[1].problems[0].key == "models.b"


def test_a_reload_of_what_came_from_no_file_says_so(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            with pytest.raises(ConfigurationError, match="not made from a file"):
                await runtime.reload()

    virtual(main())


def test_what_is_wrong_with_several_models_is_told_at_once(virtual: Virtual) -> None:
    async def main() -> list[Any]:
        heard: list[Any] = []
        one = Model()
        runtime = fleet(model("a", one))
        runtime.subscribe(heard.append, ReloadRejected)
        async with runtime:
            process = Isolation.PROCESS
            models = [model(name, lambda task: "", isolation=process) for name in ("b", "c")]
            with pytest.raises(ConfigurationError, match=r"model 'b'(.|\n)*model 'c'"):
                await runtime.reload(config(model("a", one), *models))
        return heard

    [told] = virtual(main())
    assert len(told.problems) == 2
