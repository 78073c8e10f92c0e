"""What a caller may want of time and words, and what it gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, RetryConfig, Runtime, RuntimeConfig
from hive_resilience.config import GlobalConfig, GroupConfig

from ..executors.faulty_server import FaultyServer, answer
from .site_kit import USE, Counted, Reply, keys_in, site, story

CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def deadlines(folder: Path, path: str, body: object, **headers: str) -> list[float | None]:
    """The timeouts of the tasks that models were asked; settings: 50 s, and 90 s in the group."""
    model = Counted()
    config = RuntimeConfig(
        global_=GlobalConfig(task_timeout=50.0),
        models=(ModelConfig(id="m", executor=model),),
        groups=(GroupConfig(name="slow", models=("m",), timeout=90.0),),
    )

    async def tell() -> None:
        async with Runtime(config) as runtime, site(runtime, keys_in(folder)) as served:
            assert (await served.post(path, USE, body, **headers)).status == 200

    story(tell())
    return [task.timeout for task in model.tasks]


@pytest.mark.parametrize(
    ("wanted", "name", "gets"),
    [("7", "m", 7.0), ("70", "m", 50.0), ("70", "slow", 70.0), ("1e8", "slow", 90.0)],
)
def test_a_caller_gets_no_more_time_than_the_settings_give(
    tmp_path: Path, wanted: str, name: str, gets: float
) -> None:
    body = {**CHAT, "model": name}

    assert deadlines(tmp_path, "/v1/chat/completions", body, x_hive_timeout=wanted) == [gets]


TASKS = [
    ({"payload": "Hi", "timeout": "7s"}, 7.0),
    ({"payload": "Hi", "timeout": "300d"}, 50.0),
    ({"payload": "Hi", "timeout": "300d", "plan": "slow"}, 90.0),
    ({"payload": "Hi", "timeout": "1d", "plan": {"primary": "m", "timeout": "2d"}}, 50.0),
]


@pytest.mark.parametrize(("task", "gets"), TASKS)
def test_a_task_gets_no_more_time_than_the_settings_give(
    tmp_path: Path, task: object, gets: float
) -> None:
    assert deadlines(tmp_path, "/v1/tasks", task) == [gets]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", CHAT),
        ("/v1/chat/completions", {**CHAT, "stream": True}),
        ("/v1/tasks", {"payload": CHAT}),
    ],
)
def test_no_answer_says_where_a_model_is(tmp_path: Path, path: str, body: object) -> None:
    async def tell() -> tuple[Reply, str]:
        async with FaultyServer(answer(500, {"error": {"message": "broken"}})) as bad:
            model = ModelConfig(id="m", endpoint=bad.base_url, retry=RetryConfig(max_retries=0))
            async with (
                Runtime(models=[model]) as runtime,
                site(runtime, keys_in(tmp_path)) as served,
            ):
                return await served.post(path, USE, body), bad.base_url

    found, url = story(tell())
    place = url.removeprefix("http://").removesuffix("/v1")

    assert b"broken" in found.body or found.status == 503
    assert place.encode() not in found.body
    assert not [name for name, value in found.headers.items() if place in value]


def test_settings_that_no_client_can_bear_are_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    models = (ModelConfig(id="m", executor=Counted()),)
    groups = (GroupConfig(name="g", models=("m",), on_interrupt="restart"),)

    async def tell() -> None:
        config = RuntimeConfig(models=models, groups=groups)
        async with Runtime(config) as runtime, site(runtime, keys_in(tmp_path)):
            pass

    story(tell())

    assert "groups.g: on_interrupt: restart counts as raise here" in caplog.text
