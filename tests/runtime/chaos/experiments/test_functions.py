"""The plain functions that Chaos Toolkit calls: on a runtime of this process, and on a server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Runtime, Task, chaos
from hive_resilience.errors import ChaosRefusedError, InvalidRequestError, ModelUnavailableError
from tests.runtime.server.site_kit import ADMIN, READ, keys_in, site, story

from ..chaos_kit import chaotic

TASK = Task({"messages": []})


@pytest.fixture
def embedded() -> Iterator[Runtime]:
    with chaotic("a", "b") as runtime:
        chaos.use(runtime)
        yield runtime
        chaos.use(None)


def test_they_act_on_the_runtime_that_was_named(embedded: Runtime) -> None:
    assert (chaos.success_rate(), chaos.p95(), chaos.tasks()) == (1.0, 0.0, 0)
    assert (chaos.usable_models(), chaos.breaker_state("a")) == (2, "closed")
    assert chaos.model_status("a") == "available"

    chaos.inject("latency", "a", share=1.0, seconds=0.001)
    assert embedded.submit(TASK).result(timeout=10).attempts[0].injected
    assert (chaos.hits(), chaos.tasks(), chaos.success_rate(fewest=1)) == (1, 1, 1.0)
    assert chaos.renew()

    (report,) = chaos.clear()
    assert (report["hits"], report["ended_by"]) == (1, "chaos toolkit")
    assert embedded.submit(TASK).result(timeout=10).success
    assert chaos.recovered()
    assert not chaos.renew()


def test_what_cannot_be_answered_is_an_error(embedded: Runtime) -> None:
    with pytest.raises(InvalidRequestError, match="no model 'c'"):
        chaos.breaker_state("c")
    with pytest.raises(InvalidRequestError, match="needs 5"):
        chaos.success_rate(fewest=5)
    with pytest.raises(InvalidRequestError, match="no experiment 'x'"):
        chaos.hits("x")


def test_without_a_fleet_they_say_how_to_name_one() -> None:
    with pytest.raises(InvalidRequestError, match=r"chaos\.use\(runtime\)"):
        chaos.p95()


def over_http(folder: Path, work: Any, key: str = ADMIN) -> Any:
    """Call functions in a thread while a server with chaos runs."""

    async def tell() -> Any:
        async with chaotic("a", "b") as runtime, site(runtime, keys_in(folder)) as served:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("HIVE_RESILIENCE_ADMIN_KEY", key)
                return await asyncio.to_thread(work, {"hive_url": served.url}, runtime)

    return story(tell())


def test_the_same_functions_act_on_a_server(tmp_path: Path) -> None:
    def work(configuration: Any, runtime: Runtime) -> Any:
        chaos.inject("fault", ["a"], share=1.0, seed=7, configuration=configuration)
        runtime.submit(TASK).result(timeout=10)
        found = (
            chaos.hits(configuration=configuration),
            chaos.success_rate(configuration=configuration),
            chaos.breaker_state("a", configuration=configuration),
            chaos.renew(configuration=configuration),
        )
        (report,) = chaos.clear(configuration=configuration)
        return found, report["ended_by"]

    found, by = over_http(tmp_path, work)

    assert found == (1, 1.0, "closed", True)
    assert by == "operator (chaos toolkit)"


def test_a_server_refuses_as_a_runtime_does(tmp_path: Path) -> None:
    def work(configuration: Any, _runtime: Runtime) -> str:
        with pytest.raises(ChaosRefusedError) as refused:
            chaos.inject("hang", share=1.0, configuration=configuration)
        return str(refused.value)

    assert "every usable model" in over_http(tmp_path, work)


def test_a_key_that_may_only_read_injects_nothing(tmp_path: Path) -> None:
    def work(configuration: Any, runtime: Runtime) -> object:
        with pytest.raises(ChaosRefusedError, match="scope"):
            chaos.inject("latency", "a", configuration=configuration)
        return runtime.chaos.running()

    assert over_http(tmp_path, work, READ) == ()


@pytest.mark.parametrize("url", ["ftp://x", "http://key@x", "127.0.0.1:80"])
def test_an_address_with_a_key_in_it_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequestError, match="hive_url should be like"):
        chaos.p95(configuration={"hive_url": url})


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ModelUnavailableError, match="does not answer"):
        chaos.p95(configuration={"hive_url": "http://127.0.0.1:9"})
