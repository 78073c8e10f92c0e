"""Writes `degradation.svg` and `recovery.svg` from real runs in virtual time.

`python docs/pictures/loops.py`
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import GlobalConfig, RecoveryConfig
from hive_resilience.testing import VirtualLoop, crash

Points = list[tuple[float, float]]
HERE = Path(__file__).parent
WIDTH, HEIGHT, LEFT, TOP = 760, 220, 90, 30


async def degradation() -> tuple[Points, Points]:
    """The level and the share of usable models, while two models are down for two minutes."""
    down = False

    async def model(task: Task) -> str:
        await asyncio.sleep(0.1)
        if down:
            raise ConnectionError("down")
        return "answer"

    level: Points = []
    usable: Points = []
    models = [ModelConfig(id=name, executor=model) for name in ("a", "b")]
    async with Runtime(models=models, draw=lambda: 0.5) as runtime:
        began = asyncio.get_running_loop().time()
        while (now := asyncio.get_running_loop().time() - began) < 620.0:
            down = 60.0 <= now < 180.0
            await runtime.execute(Task("x"))
            router = runtime.snapshot().router
            level.append((now, runtime.degradation.level.rank / 4))
            usable.append((now, router.usable / router.models))
            await asyncio.sleep(1.0)
    return level, usable


async def usable_after_crashes(recovery: RecoveryConfig) -> Points:
    """The share of usable models, while one actor crashes so often that it is in quarantine."""

    async def model(task: Task) -> str:
        return "answer"

    found: Points = []
    config = RuntimeConfig(
        global_=GlobalConfig(recovery=recovery),
        models=tuple(ModelConfig(id=name, executor=model) for name in ("a", "b")),
    )
    async with Runtime(config, draw=lambda: 0.5) as runtime:
        began = asyncio.get_running_loop().time()
        while (now := asyncio.get_running_loop().time() - began) < 420.0:
            if 30.0 <= now < 40.0 and "a" not in runtime.snapshot().router.closed:
                crash(runtime, "a")
            await asyncio.sleep(1.0)
            router = runtime.snapshot().router
            found.append((now, router.usable / router.models))
    return found


def svg(title: str, rows: list[tuple[str, str, Points]], end: float, marks: list[str]) -> str:
    """Steps over seconds; `marks` are the words of the left side, from the bottom to the top."""
    across = (WIDTH - LEFT - 20) / end
    high = HEIGHT - TOP - 40

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return LEFT + point[0] * across, TOP + high * (1 - point[1])

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" role="img">',
        f'<title>{title}</title><rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="13">{title}</text>',
    ]
    for place, word in enumerate(marks):
        y = TOP + high * (1 - place / (len(marks) - 1))
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>'
        )
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{word}</text>')
    for second in range(0, int(end) + 1, 60):
        x = LEFT + second * across
        parts.append(
            f'<text x="{x:.0f}" y="{TOP + high + 18}" text-anchor="middle">{second} s</text>'
        )
    for place, (name, colour, points) in enumerate(rows):
        path = ""
        before = points[0][1]
        for now, value in points:
            x, y = at((now, value))
            path += f"M{x:.1f} {y:.1f}" if not path else ""
            if value != before:
                path += f"H{x:.1f}V{y:.1f}"
            before = value
        path += f"H{at(points[-1])[0]:.1f}"
        dash = ' stroke-dasharray="5 4"' if place else ""
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        x = LEFT + 190 * place
        parts.append(f'<text x="{x}" y="{HEIGHT - 6}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """On a loop whose time is virtual."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work())


def main() -> None:
    """Write both."""
    logging.disable(logging.CRITICAL)
    level, usable = run(degradation)
    rows = [("level", "#c0392b", level), ("share of usable models", "#2c6fbb", usable)]
    marks = ["none", "minor", "moderate", "severe", "critical"]
    told = "Two models are down from 60 s to 180 s"
    (HERE / "degradation.svg").write_text(svg(told, rows, 620.0, marks))
    helped = run(lambda: usable_after_crashes(RecoveryConfig(restart_actor=True)))
    alone = run(lambda: usable_after_crashes(RecoveryConfig()))
    rows = [("with restart_actor", "#2c7a3f", helped), ("by default", "#7f8c8d", alone)]
    told = "Models that serve; the actor of one crashes from 30 s on until it is in quarantine"
    (HERE / "recovery.svg").write_text(svg(told, rows, 420.0, ["0 of 2", "1 of 2", "2 of 2"]))


if __name__ == "__main__":
    main()
