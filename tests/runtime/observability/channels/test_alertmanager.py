"""What fires is told to Alertmanager every minute, in the form that it documents."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import pytest

from hive_resilience.actors.alerting.notification import DeliveryError
from hive_resilience.config.settings.observability.channels import AlertmanagerChannelConfig
from hive_resilience.runtime.observability.channels.http.alertmanager import AlertmanagerChannel

from ....conftest import Virtual
from .channel_kit import an_alert, firing, resolved
from .receiver_kit import answers, receiver

SETTINGS = AlertmanagerChannelConfig(name="it", url="http://am:9093/")


def strictly_parsed(body: bytes) -> list[dict[str, Any]]:
    """As the OpenAPI document of version 2 has it: `postableAlerts`."""
    alerts: list[dict[str, Any]] = orjson.loads(body)
    assert type(alerts) is list
    for alert in alerts:
        assert set(alert) <= {"startsAt", "endsAt", "annotations", "labels", "generatorURL"}
        assert alert["labels"]["alertname"]
        for pairs in (alert["labels"], alert.get("annotations", {})):
            for name, value in pairs.items():
                assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name)
                assert isinstance(value, str)
                assert value
        times = [datetime.fromisoformat(alert[k]) for k in ("startsAt", "endsAt") if k in alert]
        assert times == sorted(times)
        assert all(time.tzinfo is not None for time in times)
    return alerts


class Posts:
    """Stands in the place of the connections."""

    def __init__(self) -> None:
        self.got: list[tuple[float, str, list[dict[str, Any]]]] = []
        self.fails = False

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        now = asyncio.get_running_loop().time()
        self.got.append((now, url, strictly_parsed(body)))
        if self.fails:
            raise DeliveryError("answered 500")

    async def close(self) -> None:
        """Nothing is held."""

    @property
    def times(self) -> list[float]:
        return [at for at, _, _ in self.got]


def a_channel() -> tuple[AlertmanagerChannel, Posts]:
    channel, posts = AlertmanagerChannel(SETTINGS), Posts()
    channel._http = posts  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    return channel, posts


def test_what_fires_is_told_each_minute_until_it_ends(virtual: Virtual) -> None:
    async def story() -> Posts:
        channel, posts = a_channel()
        await channel.send(firing(1))
        await asyncio.sleep(130.0)
        await channel.send(resolved(firing(1)))
        await asyncio.sleep(300.0)
        await channel.close()
        return posts

    posts = virtual(story())

    assert posts.times == [0.0, 60.0, 120.0, 130.0]
    assert {url for _, url, _ in posts.got} == {"http://am:9093/api/v2/alerts"}
    assert ["endsAt" in alerts[0] for _, _, alerts in posts.got] == [False, False, False, True]
    assert posts.got[0][2][0]["labels"] == posts.got[3][2][0]["labels"]


def test_it_begins_again_with_the_next_alert(virtual: Virtual) -> None:
    async def story() -> Posts:
        channel, posts = a_channel()
        for number in (1, 2):
            await channel.send(firing(number))
            await channel.send(resolved(firing(number)))
            await asyncio.sleep(100.0)
        await channel.send(firing(3))
        await asyncio.sleep(61.0)
        await channel.close()
        return posts

    assert virtual(story()).times[-2:] == [200.0, 260.0]


def test_a_failed_reminder_is_made_up_for_by_the_next(virtual: Virtual) -> None:
    async def story() -> Posts:
        channel, posts = a_channel()
        await channel.send(firing(1))
        posts.fails = True
        await asyncio.sleep(100.0)
        posts.fails = False
        await asyncio.sleep(100.0)
        await channel.close()
        return posts

    assert virtual(story()).times == [0.0, 60.0, 120.0, 180.0]


def test_after_a_restart_what_fires_goes_on_without_a_message(virtual: Virtual) -> None:
    async def story() -> Posts:
        channel, posts = a_channel()
        channel.recall(firing(1, an_alert(), an_alert("slow")))
        await asyncio.sleep(61.0)
        await channel.close()
        return posts

    posts = virtual(story())

    assert posts.times == [60.0]
    assert len(posts.got[0][2]) == 2


def test_it_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AM_KEY", "Basic bWU6eA==")

    async def story() -> Any:
        async with receiver(answers(200)) as there:
            monkeypatch.setenv("AM_URL", there.url)
            settings = AlertmanagerChannelConfig(
                name="it", url_env="AM_URL", authorization_env="AM_KEY"
            )
            channel = AlertmanagerChannel(settings)
            await channel.send(firing(1))
            await channel.close()
            return there.arrived[0]

    request = asyncio.run(story())

    assert request.line == "POST /it/api/v2/alerts HTTP/1.1"
    assert request.headers["authorization"] == "Basic bWU6eA=="
    assert strictly_parsed(request.body)[0]["labels"]["model"] == "model-1"
