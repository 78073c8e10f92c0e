"""The ten experiments of `examples/chaos` against the demonstration's fleet."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hive_resilience import RuntimeConfig
from hive_resilience.chaos import Journal, load_experiment, run_experiment
from hive_resilience.testing import run_virtual

from .demonstration import demo_config, demonstration

FOLDER = Path(__file__).parents[2] / "examples" / "chaos"
REAL = ("disk_full", "worker")
"""What needs a real disk or real processes; all others run in virtual time."""
EVERY = tuple(sorted(path.stem for path in FOLDER.glob("*.yml")))
VIRTUAL = tuple(name for name in EVERY if name not in REAL)


class Ran(NamedTuple):
    """A run: its journal, and how many tasks there were and how many were answered."""

    journal: Journal
    tasks: int
    answered: int


def path_of(name: str) -> Path:
    """The file of an experiment."""
    return FOLDER / f"{name}.yml"


def run_one(name: str, seed: int = 7) -> Ran:
    """Run one, in virtual time where that is possible."""
    if name in VIRTUAL:
        return run_virtual(_run(name, seed, demo_config()))
    with TemporaryDirectory(prefix="chaos-") as folder:
        isolated = "large" if name == "worker" else None
        return asyncio.run(_run(name, seed, demo_config(isolated, history=folder)))


async def _run(name: str, seed: int, config: RuntimeConfig) -> Ran:
    async with demonstration(config) as (runtime, load):
        journal = await run_experiment(load_experiment(path_of(name)), runtime, seed=seed)
    return Ran(journal, len(load.results), sum(one.success for one in load.results))
