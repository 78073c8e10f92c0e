"""`hive-resilience cluster` against a running server, and what it refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hive_resilience import Runtime
from hive_resilience.runtime.cli.cluster import commands
from hive_resilience.runtime.cli.cluster.commands import Where
from hive_resilience.runtime.cli.serve.remote import KEY_VARIABLE
from hive_resilience.runtime.cli.serve.told import Told

from ...cluster.cluster_kit import MODEL, Simulated, processes
from ...server.site_kit import ADMIN, keys_in, site, story

TOLD = Told("a fire", "ann")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, ADMIN)


def installed(_name: str) -> object:
    return object()


def missing(_name: str) -> None:
    return None


@asynccontextmanager
async def served(folder: Path) -> AsyncGenerator[tuple[Where, list[Runtime], Simulated]]:
    """The server of one of two processes."""
    simulated = Simulated()
    async with (
        processes(simulated, "a", "b") as (a, b),
        site(a, keys_in(folder)) as found,
    ):
        yield Where(found.url, key_env=KEY_VARIABLE), [a, b], simulated


async def done(work: Callable[[], int]) -> int:
    return await asyncio.to_thread(work)


def test_status_shows_each_process_and_each_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def tell() -> None:
        async with served(tmp_path) as (where, _, _):
            assert await done(lambda: commands.status(where, as_json=False)) == 0
            shown = capsys.readouterr().out
            assert await done(lambda: commands.status(where, as_json=True)) == 0
            record = json.loads(capsys.readouterr().out)

            assert "default: 2 processes joined; owners of epoch 1" in shown
            assert MODEL in shown
            assert "closed" in shown
            assert [peer["id"] for peer in record["peers"]] == ["a", "b"]
            assert record["models"][MODEL]["peers"] == 2

    story(tell())


def test_a_verb_reaches_all_processes_and_is_in_the_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from hive_resilience.events import ActionTaken

    async def tell() -> None:
        async with served(tmp_path) as (where, (a, b), _):
            heard: list[ActionTaken] = []
            a.subscribe(heard.append, ActionTaken)
            code = await done(
                lambda: commands.operate(where, MODEL, "force_open", TOLD, as_json=False)
            )
            await asyncio.sleep(0.05)

            assert code == 0
            assert "forced_open" in capsys.readouterr().out
            assert b.snapshot().models[MODEL].breaker.state == "forced_open"
            assert [(one.action, one.target, one.reason) for one in heard] == [
                ("cluster_force_open", MODEL, "a fire")
            ]
            assert heard[0].by == "operator (ann)"

    story(tell())


def test_what_there_is_not_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def tell() -> None:
        async with served(tmp_path) as (where, _, _):
            code = await done(lambda: commands.operate(where, "x", "trip", TOLD, as_json=False))
            assert (code, "no peer has reported of the model 'x'" in capsys.readouterr().err) == (
                1,
                True,
            )

    story(tell())
    assert commands.operate(Where(), MODEL, "tripp", TOLD, as_json=False) == 2
    assert "did you mean 'trip'?" in capsys.readouterr().err


def test_a_process_that_is_alone_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def tell() -> None:
        async with served(tmp_path) as (where, _, simulated):
            simulated.network.host(None)
            assert await done(lambda: commands.status(where, as_json=False)) == 1
            assert "this process is alone: there are no owners" in capsys.readouterr().out
            code = await done(lambda: commands.operate(where, MODEL, "trip", TOLD, as_json=False))
            assert (code, "there are no owners" in capsys.readouterr().err) == (1, True)

    story(tell())


def test_a_server_in_no_cluster_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ...server.site_kit import guarded

    async def tell() -> None:
        async with guarded(tmp_path) as found:
            where = Where(found.url, key_env=KEY_VARIABLE)
            assert await done(lambda: commands.status(where, as_json=False)) == 1
            assert "in no cluster: set `cluster.address`" in capsys.readouterr().err

    story(tell())


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (Where(name="prod"), "--name is the fleet at an --address"),
        (Where(url="http://127.0.0.1:1", address="h:1"), "not both"),
        (Where(address="h:1", name="no spaces"), "--name: "),
        (Where(address="auto"), "'auto' is no address of a Ray cluster"),
    ],
)
def test_options_that_name_no_place_are_refused(
    where: Where,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "find_spec", installed)
    assert commands.status(where, as_json=False) == 2
    assert words in capsys.readouterr().err


def test_without_ray_an_address_is_refused_with_the_extra_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "find_spec", missing)
    assert commands.status(Where(address="127.0.0.1:1"), as_json=False) == 2
    assert "pip install 'hive-resilience[ray]'" in capsys.readouterr().err
