"""The picture of `hive-resilience top`: what it draws of a real fleet in an outage, as SVG.

python -m tests.browser.terminal [SECONDS]
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from hive_resilience.runtime.cli.top.choices import Choices
from hive_resilience.runtime.cli.top.marks import RICH
from hive_resilience.runtime.cli.top.seen import Seen
from hive_resilience.runtime.cli.top.view import Moment, Size, picture

from .stage import stage

HERE = Path(__file__).parents[2] / "docs" / "pictures"
SIZE = Size(96, 26)
_DARK = TerminalTheme(
    (22, 24, 29),
    (214, 217, 224),
    [
        (22, 24, 29),
        (238, 99, 99),
        (98, 190, 122),
        (226, 178, 86),
        (104, 158, 236),
        (196, 133, 220),
        (92, 190, 200),
        (214, 217, 224),
    ],
)


def draw(look: Mapping[str, Any], name: str = "top", choices: Choices | None = None) -> Path:
    """The picture of one look; no font comes from elsewhere."""
    console = Console(
        record=True,
        width=SIZE.width,
        height=SIZE.height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    now = time.monotonic()
    at = Moment(now, "billing")
    for line in picture(Seen.first(look, now), choices or Choices(), SIZE, at, RICH):
        console.print(line, end="\n", no_wrap=True, overflow="crop")
    svg = console.export_svg(title="hive-resilience top", theme=_DARK, unique_id="top")
    found = HERE / f"{name}.svg"
    found.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), "utf-8")
    return found


async def main() -> None:
    """A fleet of its own, well for some seconds and then not."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 40.0
    async with stage(keys=False) as scene:
        traffic = asyncio.create_task(scene.traffic())
        try:
            await asyncio.sleep(seconds)
            scene.players["atlas-large"].fails = 1.0
            scene.players["cedar-mini"].fails = 0.12
            scene.runtime.model("delta-local").enter_maintenance(reason="new weights", by="ada")
            await asyncio.sleep(6)
            look = scene.dashboard.feed.look()
            print(draw(look), draw(look, "top-model", Choices(selected="atlas-large")))
        finally:
            traffic.cancel()


if __name__ == "__main__":
    asyncio.run(main())
