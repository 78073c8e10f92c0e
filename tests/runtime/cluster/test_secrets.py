"""The token of a cluster goes to the link by its environment, and is seen nowhere else."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from hive_resilience.actors.cluster.link import LinkLostError
from hive_resilience.config import ClusterConfig
from hive_resilience.runtime.cluster.place import Place
from hive_resilience.runtime.cluster.process_link import ProcessLink

from .test_process_link import ECHO

TOKEN = "a-token-that-is-seen-nowhere"


def test_the_token_is_in_no_command_line_log_error_or_repr(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    caplog.set_level(logging.DEBUG)
    place = Place("refused:1", "prod")

    async def main() -> list[str]:
        link, shown = ProcessLink(place, command=ECHO, draw=lambda: 0.5), list[str]()
        link.start()
        pid = link.process_id
        for _ in range(3):
            try:
                await link.call("exchange", b"", 5.0)
            except (LinkLostError, TimeoutError) as error:
                shown.append(f"{error!r} {error}")
            pid = link.process_id or pid
            if pid is not None and (line := Path(f"/proc/{pid}/cmdline")).exists():
                shown.append(line.read_text("utf-8"))
            await asyncio.sleep(0.01)
        shown += [repr(link), repr(place), place.encoded().decode(), repr(ClusterConfig())]
        await link.close()
        return shown

    shown = asyncio.run(main())

    assert "no cluster of this address" in " ".join(shown)
    assert [text for text in (*shown, caplog.text) if TOKEN in text] == []
