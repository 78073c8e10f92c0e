"""`hive-resilience chaos` against a server, with its runner in a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Runtime
from hive_resilience.config import ChaosConfig, GlobalConfig
from hive_resilience.runtime.cli.chaos import commands
from hive_resilience.runtime.cli.chaos.commands import RunOptions
from hive_resilience.runtime.cli.serve.remote import Place
from hive_resilience.runtime.cli.serve.told import Told

from ...chaos.experiments.experiment_kit import ANSWERED, action, probe
from ...server.site_kit import ADMIN, SMALL, Counted, Site, fleet, keys_in, site, story

LEASE = 1.5
SLOW: dict[str, Any] = {"fault": "latency", "models": [SMALL], "share": 1.0, "seconds": 0.01}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands have a key of the scope admin."""
    monkeypatch.setenv("HIVE_RESILIENCE_ADMIN_KEY", ADMIN)


@asynccontextmanager
async def served(folder: Path, **chaos: Any) -> AsyncGenerator[tuple[Site, Runtime]]:
    """A server whose fleet takes experiments."""
    settings = ChaosConfig.model_validate({"enabled": True, "lease": LEASE, **chaos})
    config = fleet(Counted(), global_=GlobalConfig(chaos=settings))
    async with Runtime(config) as runtime, site(runtime, keys_in(folder)) as found:
        yield found, runtime


def written(folder: Path, *method: Any, steady: Any = (ANSWERED,)) -> Path:
    path = folder / "x.json"
    content = {
        "title": "A test",
        "steady-state-hypothesis": {"title": "well", "probes": list(steady)},
        "method": list(method or [action("inject", 0.3, **SLOW)]),
        "rollbacks": [action("clear")],
    }
    path.write_text(json.dumps(content))
    return path


def run(path: Path, options: RunOptions | None = None, **chaos: Any) -> int:
    async def tell() -> int:
        async with served(path.parent, **chaos) as (found, runtime):
            place = Place(found.url)
            code = await asyncio.to_thread(commands.run, path, place, options or RunOptions())
            assert runtime.chaos.running() == ()
            return code

    return story(tell())


def test_a_run_that_holds_is_0_and_writes_a_journal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = tmp_path / "journal.json"

    assert run(written(tmp_path), RunOptions(seed=7, journal=journal)) == 0

    told = json.loads(journal.read_text())
    assert (told["status"], told["deviated"], told["hive"]["verdict"]) == (
        "completed",
        False,
        "held",
    )
    assert told["hive"]["report"]["seed"] == 7
    assert capsys.readouterr().out.endswith("verdict: held\n")


def test_a_journal_that_cannot_be_written_is_2_and_nothing_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = RunOptions(journal=tmp_path / "nowhere" / "journal.json")

    assert run(written(tmp_path), options) == 2

    told = capsys.readouterr()
    assert (told.out, "No such file" in told.err) == ("", True)


def test_a_mistake_names_its_file_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.validate([tmp_path / "nothing.yml"]) == 2
    assert capsys.readouterr().err.count("nothing.yml") == 1


def test_a_deviation_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, steady=(probe("usable_models", 2),))

    async def tell() -> int:
        async with served(path.parent) as (found, runtime):
            work = asyncio.to_thread(commands.run, path, Place(found.url), RunOptions())
            running = asyncio.create_task(work)
            while not runtime.chaos.running():
                await asyncio.sleep(0.005)
            runtime.model(SMALL).enter_maintenance(reason="a test")
            return await running

    assert story(tell()) == 1
    assert "verdict: deviated" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("chaos", "fault", "told"),
    [
        ({"enabled": False}, SLOW, "chaos is off there"),
        ({}, {"fault": "hang", "share": 1.0}, "every usable model"),
    ],
)
def test_a_refusal_is_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], chaos: Any, fault: Any, told: str
) -> None:
    assert run(written(tmp_path, action("inject", **fault)), **chaos) == 2
    assert told in capsys.readouterr().out


def test_an_experiment_that_is_none_is_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.yml"
    path.write_text("title: x\nmethd: []\n")

    assert commands.run(path, Place(), RunOptions()) == 2 == commands.validate([path])
    assert "did you mean method" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.run(written(tmp_path), Place("http://127.0.0.1:9"), RunOptions()) == 2
    assert "no server listens" in capsys.readouterr().out


def test_an_abort_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, action("inject", 20.0, **SLOW))

    async def tell() -> int:
        async with served(path.parent) as (found, runtime):
            work = asyncio.to_thread(commands.run, path, Place(found.url), RunOptions())
            running = asyncio.create_task(work)
            while not runtime.chaos.running():
                await asyncio.sleep(0.01)
            stop = Told("enough", "me")
            code = await asyncio.to_thread(commands.stop, Place(found.url), "", stop, as_json=False)
            assert (code, runtime.chaos.running()) == (0, ())
            return await running

    assert story(tell()) == 3
    told = capsys.readouterr().out
    assert "stopped a-test after 0 hits" in told
    assert "operator (me) has stopped it: enough" in told


def test_a_dry_run_injects_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(written(tmp_path), RunOptions(dry_run=True)) == 0
    assert "action inject: would be done" in capsys.readouterr().out


async def _until_it_runs(runtime: Runtime) -> None:
    while not runtime.chaos.running():
        await asyncio.sleep(0.01)


async def _signalled(path: Path, number: signal.Signals, lease: float = LEASE) -> tuple[int, float]:
    """The exit code of a runner that gets a signal, and how long its faults lasted then."""
    clock = asyncio.get_running_loop().time
    async with served(path.parent, lease=lease) as (found, runtime):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hive_resilience", "chaos", "run", str(path)),
            *("--url", found.url),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await _until_it_runs(runtime)
        process.send_signal(number)
        began = clock()
        while runtime.chaos.running():
            await asyncio.sleep(0.01)
        return await process.wait(), clock() - began


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_clears_its_faults(
    tmp_path: Path, number: signal.Signals
) -> None:
    path = written(tmp_path, action("inject", 20.0, **SLOW))

    code, took = story(_signalled(path, number, lease=15.0))

    assert code == 3
    assert took < 15.0  # its faults end with it, and not with their lease


def test_a_runner_that_is_killed_leaves_no_fault_beyond_its_lease(tmp_path: Path) -> None:
    path = written(tmp_path, action("inject", 20.0, **SLOW))

    code, took = story(_signalled(path, signal.SIGKILL))

    assert code == -signal.SIGKILL
    assert took < LEASE + 1.0
