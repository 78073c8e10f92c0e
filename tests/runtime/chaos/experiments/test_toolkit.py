"""Chaos Toolkit itself takes our experiments; skipped where it is not installed."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
from pathlib import Path

import pytest

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.config import ChaosConfig
from tests.runtime.server.site_kit import ADMIN, keys_in, site

from ..chaos_kit import Talker, chaotic

EXAMPLES = sorted((Path(__file__).parents[4] / "examples" / "chaos").glob("*.yml"))
VALIDATE = """
import sys
from chaoslib.experiment import ensure_experiment_is_valid
from chaoslib.loader import load_experiment
for path in sys.argv[1:]:
    ensure_experiment_is_valid(load_experiment(path))
"""
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("chaoslib") is None, reason="needs chaostoolkit"
)


async def done(*arguments: str, folder: Path, **environ: str) -> tuple[int, str]:
    """The exit code of a Python process, and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        cwd=folder,
        env={**os.environ, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


def test_it_finds_our_examples_valid(tmp_path: Path) -> None:
    names = map(str, EXAMPLES)

    code, told = asyncio.run(done("-c", VALIDATE, *names, folder=tmp_path))

    assert code == 0, told


def models(*names: str) -> list[ModelConfig]:
    return [ModelConfig(id=name, executor=Talker(name)) for name in names]


async def load(runtime: Runtime) -> None:
    while True:
        await runtime.execute(Task({"messages": []}))
        await asyncio.sleep(0.05)


@pytest.mark.conformance
@pytest.mark.parametrize("name", ["actor", "refused"])
def test_it_runs_our_examples_against_a_server(tmp_path: Path, name: str) -> None:
    path = next(one for one in EXAMPLES if one.stem == name)
    chaos = ChaosConfig(enabled=True, max_calls=1_000)

    async def tell() -> tuple[int, str, int]:
        fleet = chaotic(*models("large", "medium", "small"), chaos=chaos)
        async with fleet as runtime, site(runtime, keys_in(tmp_path)) as served:
            work = asyncio.create_task(load(runtime))
            await asyncio.sleep(3.0)
            environ = {
                "HIVE_RESILIENCE_URL": served.url,
                "HIVE_RESILIENCE_ADMIN_KEY": ADMIN,
            }
            arguments = ("-m", "chaostoolkit", "--no-version-check", "run", str(path))
            code, told = await done(*arguments, folder=tmp_path, **environ)
            work.cancel()
            assert runtime.chaos.running() == ()
            return code, told, runtime.chaos.reports()[0].hits

    code, told, hits = asyncio.run(tell())

    assert code == 0, told
    journal = json.loads((tmp_path / "journal.json").read_text())
    assert (journal["status"], journal["deviated"]) == ("completed", False)
    assert [run["status"] for run in journal["rollbacks"]] == ["succeeded"]
    assert hits > 0
