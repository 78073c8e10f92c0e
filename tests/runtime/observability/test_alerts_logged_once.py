"""An alert is one line in the log, whether a channel writes it or the events do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience.config import AlertsConfig, LogChannelConfig

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model


@pytest.mark.parametrize("channels", [[], [LogChannelConfig(name="log")]], ids=["none", "log"])
def test_an_alert_is_written_once(
    virtual: Virtual, caplog: pytest.LogCaptureFixture, channels: list[Any]
) -> None:
    async def main() -> None:
        alerts = AlertsConfig(channels=channels, default_rules=False, slo_target=None)
        async with fleet(model("a", Model()), model("b", Model()), alerts=alerts) as runtime:
            runtime.model("a").trip("a test")
            await asyncio.sleep(30.0)

    caplog.set_level("INFO")
    virtual(main())
    told = [
        text for text in caplog.messages if "circuit_open" in text and "degraded_mode" not in text
    ]
    assert len(told) == 1
