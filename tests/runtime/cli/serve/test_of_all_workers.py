"""The commands of an operator tell whose it is, and which workers have not answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive_resilience.runtime.cli.serve import adaptation_commands, alerts_commands

from ...server.workers.test_views_of_all import siblings_of, trip
from ...server.workers.test_workers_together import two
from ...server.workers.workers_kit import on_a_loop
from .operating_kit import done

pytestmark = pytest.mark.usefixtures("key")


def test_alerts_and_levels_of_workers_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    @on_a_loop
    async def work() -> None:
        async with two(tmp_path) as (one, other):
            await trip(other)
            other.runtime.degradation.hold("severe", reason="a test")
            await done(one, lambda place: alerts_commands.list_alerts(place, as_json=False))
            await done(one, lambda place: adaptation_commands.level(place, as_json=False))
            whole = capsys.readouterr().out
            await siblings_of(other).leave()
            await done(one, lambda place: alerts_commands.list_alerts(place, as_json=False))

        line = next(line for line in whole.splitlines() if "circuit_open" in line)
        assert "firing, on worker 2" in line
        assert "of each worker: 1 none, 2 severe" in whole
        assert "have answered" not in whole
        assert "1 of 2 workers have answered" in capsys.readouterr().out

    work()
