"""Experiments that inject faults: seen below the banner, and stopped there."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from .driver import Page, opened, playing, run, show
from .stage import OPERATOR, READER, Stage, stage
from .test_views import fill_reason

LOOKED_AT = os.environ.get("HIVE_PICTURES")
"""A folder for pictures of what the tests see."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium"),
]


def begin(scene: Stage) -> None:
    """An experiment that slows half of the calls of one model."""
    title, models = "A slow <b>primary</b>", ["atlas-large"]
    scene.runtime.chaos.inject("latency", title=title, models=models, share=0.5, seconds=0.2)


async def looked_at(page: Page, name: str) -> None:
    if LOOKED_AT:
        await page.screenshot(path=Path(LOOKED_AT) / f"experiment-{name}.png")


def test_an_experiment_is_seen_and_stopped_in_the_page() -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            traffic = asyncio.create_task(scene.traffic())
            page, watch = await opened(browser, scene.url, OPERATOR)
            begin(scene)
            strip = page.locator(".strip", has_text="A slow <b>primary</b>")
            await strip.locator(":text('calls were hit')").wait_for(timeout=10_000)
            await looked_at(page, "light")
            await strip.get_by_role("button", name="Stop").click()
            await fill_reason(page, "Stop")
            await strip.wait_for(state="detached", timeout=3000)
            assert scene.runtime.chaos.running() == ()
            await show(page, "audit")
            await page.locator("table.audit", has_text="chaos").wait_for(timeout=3000)
            traffic.cancel()
            assert watch.wrong == []

    run(work())


@pytest.mark.parametrize("width", [1280, 320])
def test_a_reader_sees_an_experiment_and_has_no_button(width: int) -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            page, watch = await opened(browser, scene.url, READER, theme="dark", width=width)
            begin(scene)
            strip = page.locator(".strip", has_text="Experiment: A slow")
            await strip.wait_for(timeout=3000)
            await looked_at(page, f"dark-{width}")
            assert await strip.get_by_role("button").count() == 0
            assert watch.wrong == []

    run(work())
