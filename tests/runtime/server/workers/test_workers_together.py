"""Two workers of a server on one loop: what a client or an operator finds the same on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from hive_resilience import ModelConfig, Runtime, RuntimeConfig
from hive_resilience.config import (
    AlertsConfig,
    ChaosConfig,
    CircuitBreakerConfig,
    GlobalConfig,
    HistoryConfig,
)
from hive_resilience.config.settings.observability.channels import LogChannelConfig
from hive_resilience.runtime.server.siblings.siblings import Siblings

from ...executors.faulty_server import FaultyServer, answer
from ..dashboard.dashboard_kit import Shown, Visit, serving
from ..keys.keys_kit import entry
from ..routes_kit import CHAT
from ..site_kit import ADMIN, KEYS, METRICS, READ, SMALL, USE, Counted, keys_in
from ..test_states import RESPONSE
from .workers_kit import a_hub, on_a_loop

SETTINGS = GlobalConfig(
    chaos=ChaosConfig(enabled=True), alerts=AlertsConfig(channels=(LogChannelConfig(name="log"),))
)


def models(**more: Any) -> tuple[ModelConfig, ...]:
    return tuple(ModelConfig(id=name, executor=Counted(), **more) for name in (SMALL, "b"))


@asynccontextmanager
async def two(
    folder: Path,
    *entries: Any,
    of: tuple[ModelConfig, ...] = (),
    history: HistoryConfig | None = None,
) -> AsyncGenerator[tuple[Shown, Shown]]:
    """Two workers with a hub between them, each with a fleet of its own."""
    async with (
        a_hub() as (_, path),
        a_worker(1, path, folder, *entries, of=of, history=history) as one,
        a_worker(2, path, folder, *entries, of=of, history=history) as other,
    ):
        yield one, other


@asynccontextmanager
async def a_worker(
    number: int,
    path: str,
    folder: Path,
    *entries: Any,
    of: tuple[ModelConfig, ...] = (),
    history: HistoryConfig | None = None,
) -> AsyncGenerator[Shown]:
    """One that serves."""
    settings = SETTINGS.model_copy(update={"history": history or HistoryConfig()})
    siblings = Siblings(number, path, 2)
    await siblings.join()
    try:
        async with (
            Runtime(RuntimeConfig(models=of or models(), global_=settings)) as runtime,
            serving(runtime, keys_in(folder, *KEYS, *entries), siblings) as shown,
        ):
            siblings.ready()
            assert await siblings.pinned("what was said before has come") is None
            yield shown
    finally:
        await siblings.leave()


@on_a_loop
async def test_the_rate_of_a_key_is_used_up_on_both(tmp_path: Path) -> None:
    async with two(tmp_path, entry("k-slow", "slow", rpm=2)) as (one, other):
        path = "/v1/chat/completions"

        statuses = [(await site.post(path, "k-slow", CHAT)).status for site in (one, other, one)]
        late = await other.post(path, "k-slow", CHAT)

        assert statuses == [200, 200, 429]
        assert (late.status, late.headers["retry-after"]) == (429, "30")
        assert (await other.post(path, USE, CHAT)).status == 200


@on_a_loop
async def test_a_response_goes_on_through_another_worker(tmp_path: Path) -> None:
    async with FaultyServer(answer(200, RESPONSE)) as server:
        of = tuple(
            ModelConfig(id=name, endpoint=server.base_url, families=("response",))
            for name in ("a", "b")
        )
        async with two(tmp_path, of=of) as (one, other):
            first = await one.post("/v1/responses", USE, {"model": "b", "input": "Hi"})
            later = {"model": "auto", "input": "and?", "previous_response_id": "resp_1"}
            found = await other.post("/v1/responses", USE, later)
            unknown = await other.post(
                "/v1/responses", USE, later | {"previous_response_id": "resp_9"}
            )

    assert [one.status for one in (first, found, unknown)] == [200, 200, 409]
    assert found.headers["x-hive-model"] == "b"


@on_a_loop
async def test_a_scrape_of_one_has_the_samples_of_both(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        await one.post("/v1/chat/completions", USE, CHAT)

        reply = await other.get("/metrics", METRICS)

    samples = {
        one.labels["worker"]: one.value
        for family in text_string_to_metric_families(reply.body.decode())
        for one in family.samples
        if one.name == "hive_tasks_total" and one.labels["outcome"] == "success"
    }
    assert samples == {"1": 1.0, "2": 0.0}


@on_a_loop
async def test_maintenance_is_entered_and_left_on_both(tmp_path: Path) -> None:
    async with two(tmp_path) as sites:
        one, other = sites
        path = f"/admin/models/{SMALL}"

        assert (await one.post(f"{path}/maintenance", ADMIN, {"reason": "a bill"})).status == 200
        assert [await status(site) for site in sites] == ["maintenance"] * 2
        assert (await other.post(f"{path}/leave_maintenance", ADMIN)).status == 200
        assert [await status(site) for site in sites] == ["available"] * 2


async def status(site: Shown) -> str:
    return site.runtime.model(SMALL).snapshot().status


async def breaker(site: Shown) -> str:
    return site.runtime.model(SMALL).snapshot().breaker.state


@on_a_loop
async def test_a_breaker_of_each_process_is_tripped_in_both_and_one_of_the_owners_once(
    tmp_path: Path,
) -> None:
    trip = f"/admin/models/{SMALL}/trip"
    own = models(circuit_breaker=CircuitBreakerConfig(scope="process"))
    async with two(tmp_path, of=own) as sites:
        await sites[0].post(trip, ADMIN)
        assert [await breaker(site) for site in sites] == ["open", "open"]
    async with two(tmp_path) as sites:
        await sites[0].post(trip, ADMIN)
        assert [await breaker(site) for site in sites] == ["open", "closed"]


@on_a_loop
async def test_a_refused_operation_is_done_by_none(tmp_path: Path) -> None:
    async with two(tmp_path) as sites:
        wrong = await sites[0].post(f"/admin/models/{SMALL}/maintenance", ADMIN, {"what": 1})
        stranger = await sites[0].post(f"/admin/models/{SMALL}/maintenance", READ)

        assert (wrong.status, stranger.status) == (400, 403)
        assert [await status(site) for site in sites] == ["available"] * 2


@on_a_loop
async def test_a_silence_has_one_id_and_ends_through_either(tmp_path: Path) -> None:
    async with two(tmp_path) as sites:
        one, other = sites
        begun = await one.post(
            "/admin/alerts/silence", ADMIN, {"match": {"model": "b"}, "duration": "1h"}
        )
        listed = [await silences(site) for site in sites]
        ended = await other.post(f"/admin/silences/{begun.json()['id']}/end", ADMIN)

        assert listed == [[begun.json()["id"]]] * 2
        assert ended.status == 200
        assert [await silences(site) for site in sites] == [[], []]


async def silences(site: Shown) -> list[str]:
    found = (await site.get("/admin/silences", READ)).json()["silences"]
    return [one["id"] for one in found]


@on_a_loop
async def test_an_experiment_runs_on_both_until_either_stops_it(tmp_path: Path) -> None:
    fault = {"fault": "latency", "models": [SMALL], "seconds": 1, "experiment": "slow"}
    async with two(tmp_path) as sites:
        one, other = sites
        assert (await one.post("/admin/chaos/inject", ADMIN, fault)).status == 200
        assert [await experiments(site) for site in sites] == [["slow"], ["slow"]]
        renewed = await other.post("/admin/chaos/renew", ADMIN, {"experiment": "slow"})
        stopped = await other.post("/admin/chaos/stop", ADMIN, {"experiment": "slow"})

        assert renewed.json() == {"renewed": True}
        assert [report["id"] for report in stopped.json()["stopped"]] == ["slow"]
        assert [await experiments(site) for site in sites] == [[], []]


@on_a_loop
async def test_a_fault_that_runs_is_told_to_a_worker_that_starts_later(tmp_path: Path) -> None:
    fault = {"fault": "latency", "models": [SMALL], "seconds": 1, "duration": "40s"}
    async with a_hub() as (_, path), a_worker(1, path, tmp_path) as one:
        for name in ("over", "slow"):
            told = {**fault, "experiment": name}
            assert (await one.post("/admin/chaos/inject", ADMIN, told)).status == 200
            if name == "over":
                await one.post("/admin/chaos/stop", ADMIN, {"experiment": name})

        for _ in range(2):  # the second is a worker that takes the place of the first
            async with a_worker(2, path, tmp_path) as later:
                await come(later.runtime.chaos.running)
                assert await experiments(later) == ["slow"]
                assert len(later.runtime.chaos.running()[0].faults) == 1

        await one.post("/admin/chaos/stop", ADMIN, {"experiment": "slow"})
        async with a_worker(2, path, tmp_path) as later:
            assert await experiments(later) == []


async def come(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0)


async def experiments(site: Shown) -> list[str]:
    found = (await site.get("/admin/chaos", READ)).json()["experiments"]
    return [one["id"] for one in found]


@on_a_loop
async def test_a_drain_counts_what_is_under_way_on_both(tmp_path: Path) -> None:
    class Slow(Counted):
        async def __call__(self, task: Any) -> str:
            self.calls += 1
            await asyncio.Event().wait()
            return ""

    slow = Slow()
    async with two(tmp_path, of=(ModelConfig(id=SMALL, executor=slow),)) as (one, other):
        asked = asyncio.create_task(other.post("/v1/chat/completions", USE, CHAT))
        while not slow.calls:
            await asyncio.sleep(0)

        found = await one.post("/admin/drain", ADMIN, {"timeout": 0})

        assert found.json()["remaining"] == 1
        assert [(await site.get("/readyz")).status for site in (one, other)] == [503, 503]
        asked.cancel()


@on_a_loop
async def test_a_login_holds_on_both_until_it_is_left_on_either(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        visit = await one.login(ADMIN)
        there = Visit(other, visit.cookie, visit.token)

        assert (await there.get("state")).status == 200
        assert (await there.operate("maintenance", SMALL)).status == 200
        assert [await status(site) for site in (one, other)] == ["maintenance"] * 2
        token = {"cookie": visit.cookie, "x_hive_token": visit.token or ""}
        assert (await other.page("logout", {}, **token)).status == 200
        assert (await visit.get("state")).status == 403
