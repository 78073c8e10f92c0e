"""How a model's health is checked, over real sockets where there is an endpoint for it."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

import pytest

from hive_resilience import ModelConfig, ModelStatus, Runtime, Task
from hive_resilience.config import HealthCheckConfig
from hive_resilience.config.errors import ResilienceError
from hive_resilience.errors import ConfigurationError
from hive_resilience.events import HealthChanged
from hive_resilience.runtime.executors.health_endpoint import Expected, ask_endpoint, fits

from . import faulty_server as faulty
from .faulty_server import FaultyServer, answer, refusing_url


async def probe(*script: faulty.Behaviour, expected: Expected = None, limit: float = 5.0) -> None:
    async with FaultyServer(*script) as server:
        await ask_endpoint("m1", server.base_url + "/health", expected, limit)
    assert server.requests[0].path == "/v1/health"
    assert server.requests[0].method == "GET"


def test_a_good_answer_passes() -> None:
    faulty.run(probe(answer(204)))


def test_an_answer_with_the_expected_text_passes() -> None:
    faulty.run(probe(answer(200, {"status": "ok"}), expected={"status": "ok"}))


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        (answer(503), "answered 503"),
        (answer(301, headers={"Location": "/elsewhere"}), "answered 301"),
        (answer(200, {"status": "starting"}), "is not as expected"),
        (faulty.packed_zeros(50_000_000), "is not as expected"),
        (faulty.close_without_answer, "no answer from the server"),
        (faulty.close_mid_answer, "no answer from the server"),
        (faulty.speak_no_http, "no answer from the server"),
    ],
    ids=["500s", "redirect", "text", "bomb", "closed", "broken off", "no http"],
)
def test_anything_else_fails_and_says_why(behaviour: faulty.Behaviour, told: str) -> None:
    with pytest.raises(ResilienceError, match=told) as caught:
        faulty.run(probe(behaviour, expected={"status": "ok"}))
    assert caught.value.model_id == "m1"


def test_an_endpoint_that_hangs_or_refuses_fails() -> None:
    with pytest.raises(ResilienceError, match=r"did not answer within 0\.05 s"):
        faulty.run(probe(faulty.hang, limit=0.05))
    with refusing_url() as url, pytest.raises(ResilienceError, match="no answer"):
        faulty.run(ask_endpoint("m1", url, None, 5.0))


def test_what_the_endpoint_says_is_never_repeated() -> None:
    with pytest.raises(ResilienceError) as caught:
        faulty.run(probe(answer(500, b"the secret"), expected="fine"))
    assert "secret" not in str(caught.value)


class Checked:
    """An executor with a health check of its own."""

    def __init__(self) -> None:
        self.checks = 0

    async def execute(self, task: Task, context: object) -> str:
        return "answer"

    async def check_health(self) -> bool:
        self.checks += 1
        return True


def test_an_endpoint_for_health_is_asked_instead_of_the_executor() -> None:
    async def main() -> None:
        checked = Checked()
        async with FaultyServer(answer(200, b"all is well"), answer(200, b"oh no")) as server:
            health = HealthCheckConfig(
                endpoint=server.base_url, expected_response="contains: well", retries=0
            )
            one = ModelConfig(id="m1", executor=checked, health_check=health)
            two = ModelConfig(id="m2", executor=Checked())
            async with Runtime(models=[one, two]) as runtime:
                assert await runtime.model("m1").check_health() is ModelStatus.AVAILABLE
                assert await runtime.model("m1").check_health() is ModelStatus.UNAVAILABLE
        assert checked.checks == 0

    faulty.run(main())


def test_an_endpoint_for_health_needs_aiohttp_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        health = HealthCheckConfig(endpoint="http://127.0.0.1:1/health")
        async with Runtime(models=[ModelConfig(id="m1", executor=Checked(), health_check=health)]):
            pass

    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'hive-resilience\[http\]'"):
        faulty.run(main())


@pytest.mark.parametrize("url", ["", "example.com/health", "ftp://example.com", "http://", "//x"])
def test_an_endpoint_is_a_whole_url(url: str) -> None:
    with pytest.raises(ValueError, match="should be a whole URL"):
        HealthCheckConfig(endpoint=url)


def test_an_endpoint_that_is_still_to_be_filled_in_cannot_be_asked() -> None:
    async def main() -> None:
        health = HealthCheckConfig(endpoint="...")
        async with Runtime(models=[ModelConfig(id="m1", executor=Checked(), health_check=health)]):
            pass

    with pytest.raises(ConfigurationError, match="should be a whole URL") as caught:
        faulty.run(main())
    assert caught.value.key == "models.m1.health_check.endpoint"


def test_a_response_is_expected_of_an_endpoint_only() -> None:
    with pytest.raises(ValueError, match="give the endpoint too"):
        HealthCheckConfig(expected_response="ok")


@pytest.mark.parametrize(
    ("expected", "text", "passes"),
    [
        ("ok", " ok\n", True),
        ("ok", "all is ok", False),
        ("contains: ok", "all is ok", True),
        ("contains:ok", "oh no", False),
        ({"status": "ok"}, '{ "status": "ok" }', True),
        ({"status": "ok"}, '{"status": "ok", "more": 1}', False),
        ({"a": [1, {"b": True}]}, '{"a": [1.0, {"b": true}]}', True),
        ({"up": True}, '{"up": 1}', False),
        ({"a": 1}, "no JSON", False),
        ({"a": 1}, "[" * 100_000, False),
    ],
)
def test_an_expected_answer_is_the_whole_text_a_part_of_it_or_json(
    expected: Expected, text: str, passes: bool
) -> None:
    assert expected is not None
    assert fits(expected, text) is passes


@pytest.mark.parametrize("expected", ["contains:", " ", "contains:  "])
def test_an_expected_answer_without_a_text_is_refused(expected: str) -> None:
    with pytest.raises(ValueError, match="text that can be compared"):
        HealthCheckConfig(endpoint="http://host/", expected_response=expected)


def test_a_failed_probe_is_repeated_before_it_counts() -> None:
    class Unsteady(Checked):
        async def check_health(self) -> bool:
            self.checks += 1
            return self.checks > 2

    async def status(retries: int, failures: int) -> ModelStatus:
        health = HealthCheckConfig(interval=0.1, retries=retries, failures=failures)
        model = ModelConfig(id="m1", executor=Unsteady(), health_check=health)
        async with Runtime(models=[model]) as runtime:
            return await runtime.model("m1").check_health()

    assert asyncio.run(status(retries=2, failures=1)) is ModelStatus.AVAILABLE
    assert asyncio.run(status(retries=1, failures=1)) is ModelStatus.UNAVAILABLE
    assert asyncio.run(status(retries=0, failures=2)) is ModelStatus.AVAILABLE


def test_a_snapshot_and_an_event_say_why_the_last_probe_failed_and_when() -> None:
    class Broken(Checked):
        async def check_health(self) -> bool:
            raise RuntimeError("the key sk-live-0123456789abcdef is wrong")

    async def main() -> None:
        heard: list[HealthChanged] = []
        model = ModelConfig(id="m1", executor=Broken(), health_check=HealthCheckConfig(retries=0))
        async with Runtime(models=[model]) as runtime:
            runtime.subscribe(heard.append, HealthChanged)
            before = datetime.now(UTC)
            await runtime.model("m1").check_health()
            health = runtime.snapshot().models["m1"].health
        assert health.last_error == "RuntimeError: the key [hidden] is wrong"
        assert health.last_check_at is not None
        assert before <= health.last_check_at <= datetime.now(UTC)
        assert (heard[0].last_error, heard[0].last_check_at) == (
            health.last_error,
            health.last_check_at,
        )

    asyncio.run(main())
