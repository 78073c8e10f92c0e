"""The page of a server of three workers, whichever of them has sent it."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from .driver import Page, opened, playing, run, show
from .stage import OPERATOR
from .test_views import fill_reason
from .workers import Workers, workers

AXE = Path(os.environ.get("HIVE_AXE", "no"))
LOOKED_AT = os.environ.get("HIVE_PICTURES")
"""A folder for pictures of what the tests see."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium"),
]


async def looked_at(page: Page, name: str) -> None:
    if LOOKED_AT:
        await page.screenshot(path=Path(LOOKED_AT) / f"workers-{name}.png", full_page=True)


def traffic(scene: Workers) -> list[asyncio.Task[None]]:
    """Tasks at all but the worker that the page is of."""
    return [asyncio.create_task(one.traffic(0.06)) for one in scene.stages[1:]]


async def strip(page: Page, text: str) -> str:
    """A line below the banner, once it is there."""
    found = page.locator(".strip", has_text=text)
    await found.wait_for(timeout=10_000)
    return str(await found.inner_text())


def test_the_page_of_one_worker_shows_the_work_of_the_others() -> None:
    async def work() -> None:
        async with workers() as scene, playing() as browser:
            page, watch = await opened(browser, scene.stages[0].url, OPERATOR)
            working = traffic(scene)
            assert "sums of theirs" in await strip(page, "3 of 3 workers answer")
            assert "3 processes" in await strip(page, "Joined its cluster")
            await page.locator(".tile .failed", has_text="of").first.wait_for(timeout=10_000)
            await show(page, "tasks")
            await page.locator("summary", has_text="worker 2").first.wait_for(timeout=5000)
            await page.locator("summary", has_text="worker 3").first.wait_for(timeout=5000)
            assert await page.locator("summary", has_text="worker 1").count() == 0
            scene.stages[1].runtime.model("atlas-small").enter_maintenance(reason="a test")
            await show(page, "events")
            await page.locator(".event", has_text="worker 2").first.wait_for(timeout=5000)
            await show(page, "model/atlas-large")
            row = page.locator(".rows .fact", has_text="Succeeded").first
            await row.locator("dd:not(:text-is('0'))").wait_for(timeout=15_000)
            assert watch.wrong == []
            for one in working:
                one.cancel()

    run(work())


def test_a_worker_that_does_not_answer_and_one_that_is_alone_are_told() -> None:
    async def work() -> None:
        async with workers() as scene, playing() as browser:
            page, watch = await opened(browser, scene.stages[0].url, OPERATOR)
            await strip(page, "3 of 3 workers answer")
            scene.network.cut("worker-2")
            assert "the cluster" in await strip(page, "Worker 2: alone")
            scene.network.heal("worker-2")
            await strip(page, "Joined its cluster")
            await scene.siblings[2].leave()
            assert "lack the others" in await strip(page, "2 of 3 workers answer")
            assert watch.wrong == []

    run(work())


def test_an_alert_of_another_worker_is_acknowledged_in_this_page() -> None:
    async def work() -> None:
        async with workers() as scene, playing() as browser:
            page, watch = await opened(browser, scene.stages[0].url, OPERATOR)
            other = scene.stages[2].runtime
            for one in other.snapshot().models:
                other.model(one).enter_maintenance(reason="a test")
            await show(page, "alerts")
            row = page.locator(".alert", has_text="worker 3").first
            await row.get_by_role("button", name="Acknowledge").click(timeout=10_000)
            await fill_reason(page, "Acknowledge")
            await row.locator(":text('acknowledged by ada')").wait_for(timeout=5000)
            assert any(one.acknowledged_by for one in other.alerts.list())
            await looked_at(page, "alerts")
            assert watch.wrong == []

    run(work())


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 320)])
def test_it_is_drawn_well(theme: str, width: int) -> None:
    async def work() -> None:
        async with workers() as scene, playing() as browser:
            url = scene.stages[0].url
            page, watch = await opened(browser, url, OPERATOR, theme=theme, width=width)
            working = traffic(scene)
            await asyncio.sleep(6)
            scene.network.cut("worker-2")
            await strip(page, "Worker 2: alone")
            for view in ("fleet", "tasks", "events", "alerts", "model/atlas-large"):
                await show(page, view)
                await page.wait_for_timeout(1200)
                await looked_at(page, f"{view.partition('/')[0]}-{theme}-{width}")
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, view
                if AXE.is_file():
                    await page.evaluate(AXE.read_text("utf-8"))
                    found = await page.evaluate("axe.run().then(found => found.violations)")
                    assert [one["id"] for one in found] == [], view
            assert watch.wrong == []
            for one in working:
                one.cancel()

    run(work())
