"""Redirects between plain and secure connections: a key never leaves TLS again."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.actors.policies.outcomes.errors import ModelUnavailableError

from .. import faulty_server as faulty
from ..faulty_server import FaultyServer, answer, run
from .connection_kit import GOOD, asked
from .test_tls_and_proxies import PEM, secure_server

KEY = "a-key"


def at_localhost(url: str) -> str:
    return url.replace("127.0.0.1", "localhost")


def leads_to(url: str, status: int = 307) -> faulty.Behaviour:
    return answer(status, b"elsewhere", {"Location": f"{url}/chat/completions"})


@pytest.fixture(autouse=True)
def key_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", KEY)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_secure_server_leads_to_no_plain_one_not_even_on_its_own_host(status: int) -> None:
    async def story() -> int:
        async with FaultyServer(GOOD) as plain:
            elsewhere = leads_to(at_localhost(plain.base_url), status)
            async with secure_server(elsewhere) as url:
                executor = OpenAICompatible(url, "tiny", api_key_env="HIVE_KEY", ca_file=PEM)
                with pytest.raises(ModelUnavailableError, match="not followed"):
                    await asked(executor)
                await executor.close()
                await asyncio.sleep(0.05)
        return plain.connections

    assert run(story()) == 0


def test_a_plain_server_leads_to_the_secure_one_on_its_host() -> None:
    heard: list[faulty.Request] = []

    async def story() -> list[str]:
        async with secure_server(heard=heard) as url, FaultyServer(leads_to(url)) as plain:
            here = at_localhost(plain.base_url)
            executor = OpenAICompatible(here, "tiny", api_key_env="HIVE_KEY", ca_file=PEM)
            found = await asked(executor)
            await executor.close()
            await asyncio.sleep(0.05)
        return found

    assert run(story()) == ["Hello"]
    assert heard[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_plain_server_leads_to_no_secure_one_on_another_host() -> None:
    heard: list[faulty.Request] = []

    async def story() -> None:
        async with secure_server(heard=heard) as url, FaultyServer(leads_to(url)) as plain:
            executor = OpenAICompatible(plain.base_url, "tiny", api_key_env="HIVE_KEY", ca_file=PEM)
            with pytest.raises(ModelUnavailableError, match="not followed"):
                await asked(executor)
            await executor.close()

    run(story())
    assert heard == []
