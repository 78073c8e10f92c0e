"""What a scraper gets of the server."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from ..observability.metrics.parsing import openmetrics
from .routes_kit import CHAT
from .site_kit import METRICS, READ, SMALL, USE, Reply, guarded, story

TEXT = "text/plain; version=0.0.4; charset=utf-8"


def sample(reply: Reply, name: str, **labels: str) -> float:
    """The one sample of this name with these labels."""
    [found] = [
        one.value
        for family in text_string_to_metric_families(reply.body.decode())
        for one in family.samples
        if one.name == name and labels.items() <= one.labels.items()
    ]
    return found


def test_the_metrics_are_those_of_the_fleet_and_of_the_server(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            await served.ask("POST", "/v1/chat/completions", USE, CHAT)
            await served.ask("POST", "/v1/chat/completions", "k-wrong", CHAT)
            return await served.get("/metrics", METRICS)

    found = story(tell())

    assert (found.status, found.headers["content-type"]) == (200, TEXT)
    assert sample(found, "hive_tasks_total", outcome="success") == 1
    assert sample(found, "hive_attempts_total", model=SMALL, outcome="success") == 1
    assert sample(found, "hive_requests_total", status="2xx") == 1
    assert sample(found, "hive_requests_total", status="4xx") == 1
    assert sample(found, "hive_overhead_seconds_count") == 1


def test_a_scraper_may_ask_for_openmetrics(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
            return await served.ask("GET", "/metrics", METRICS, headers={"accept": accept})

    found = story(tell())

    assert found.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert found.body.endswith(b"# EOF\n")
    assert openmetrics(found.body.decode())


def test_a_key_of_another_scope_gets_none(tmp_path: Path) -> None:
    async def tell() -> list[int]:
        async with guarded(tmp_path) as served:
            return [(await served.get("/metrics", key)).status for key in (USE, READ, None)]

    assert story(tell()) == [403, 403, 401]
