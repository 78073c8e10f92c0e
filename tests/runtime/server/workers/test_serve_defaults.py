from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, Runtime, RuntimeConfig
from hive_resilience.runtime.server.workers.defaults import with_server_defaults

WHERE = {"endpoint": "http://127.0.0.1:9/v1"}


def settings(path: Path, model: dict[str, Any], **overall: object) -> Path:
    path.write_text(json.dumps({"global": overall, "models": {"m": {**WHERE, **model}}}))
    return path


def test_what_is_not_stated_is_the_servers() -> None:
    config = with_server_defaults(
        RuntimeConfig(models=[ModelConfig(id="m", endpoint=WHERE["endpoint"])])
    )
    (model,) = config.models

    assert (config.global_.task_timeout, config.global_.max_concurrent_requests) == (600.0, 1024)
    assert (config.attempt_timeout(model), model.bulkhead.max_concurrent) == (120.0, 256)


def test_what_is_stated_stays_even_where_it_is_the_librarys_default() -> None:
    given = RuntimeConfig.model_validate(
        {
            "global": {"task_timeout": 120.0, "default_timeout": 30.0},
            "models": [{"id": "m", **WHERE, "bulkhead": {"max_concurrent": 100}}],
        }
    )

    config = with_server_defaults(given)

    assert (config.global_.task_timeout, config.global_.default_timeout) == (120.0, 30.0)
    assert config.models[0].bulkhead.max_concurrent == 100


@pytest.mark.parametrize(
    ("alerts", "names"),
    [
        ({}, ("log",)),
        ({"error_rate": 0.5}, ("log",)),
        ({"channels": []}, ()),
        ({"channels": [{"type": "slack", "name": "team", "url_env": "X"}]}, ("team",)),
    ],
    ids=["nothing", "a threshold", "none", "one"],
)
def test_alerts_are_told_in_the_log_where_no_channel_is_stated(
    alerts: dict[str, Any], names: tuple[str, ...]
) -> None:
    given = RuntimeConfig.model_validate({"global": {"alerts": alerts}})

    found = with_server_defaults(given).global_.alerts

    assert found.channel_names == names
    assert found.is_on is bool(names)
    assert found.error_rate == alerts.get("error_rate", 0.2)


def test_an_isolated_model_keeps_its_few_workers() -> None:
    model = ModelConfig(id="m", executor=print, isolation="process")

    config = with_server_defaults(RuntimeConfig(models=[model]))

    assert config.models[0].bulkhead.max_concurrent == 4


def test_executors_stay_with_their_models() -> None:
    config = with_server_defaults(RuntimeConfig(models=[ModelConfig(id="m", executor=print)]))

    assert config.models[0].executor is print


@pytest.mark.parametrize("stated", [7, None])
def test_a_reload_fills_what_the_file_does_not_state_then(
    tmp_path: Path, stated: int | None
) -> None:
    path = settings(tmp_path / "settings.json", {})
    runtime = Runtime.from_file(path, environ={}, defaults=with_server_defaults)

    async def reloaded() -> RuntimeConfig:
        async with runtime:
            assert runtime.config.models[0].bulkhead.max_concurrent == 256
            settings(
                path, {"bulkhead": {"max_concurrent": stated}} if stated else {"timeout": "9s"}
            )
            await runtime.reload()
            return runtime.config

    (model,) = asyncio.run(reloaded()).models
    assert model.bulkhead.max_concurrent == (stated or 256)
