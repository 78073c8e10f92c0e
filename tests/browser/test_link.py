"""A page that loses its server says so within 5 seconds, and catches up without a gap."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from .driver import Page, opened, playing, run, show
from .network import network
from .stage import stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium"),
]
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def linked(page: Page, word: str, seconds: float = 5.0) -> None:
    """Wait until the page says this of its link."""
    await page.locator(f'#link:has-text("{word}")').wait_for(timeout=seconds * 1e3)


async def reasons(page: Page) -> list[str]:
    """The reasons that the events tell, the oldest first."""
    await show(page, "events")
    await page.fill("#filter", "because: number")
    texts = await page.locator(".event .what").all_inner_texts()
    return [text.partition("because: ")[2] for text in reversed(texts)]


def test_a_network_that_breaks_is_told_and_no_event_is_missed_or_told_twice() -> None:
    async def work() -> None:
        async with (
            stage(keys=False) as scene,
            network(scene.url) as (way, url),
            playing() as browser,
        ):
            page, _ = await opened(browser, url)
            told = 0
            for seconds in (0.5, 2.5):
                for _ in range(5):
                    scene.runtime.model("atlas-small").trip(f"number {told}")
                    scene.runtime.model("atlas-small").reset(reason="again")
                    told += 1
                await way.cut()
                await linked(page, "Disconnected")
                for _ in range(5):
                    scene.runtime.model("atlas-small").trip(f"number {told}")
                    scene.runtime.model("atlas-small").reset(reason="again")
                    told += 1
                await asyncio.sleep(seconds)
                await way.open()
                await linked(page, "Live", 10)
            assert await reasons(page) == [f"number {count}" for count in range(told)]
            assert way.resumed >= 2, "it never said up to where it had heard"

    run(work())


def test_a_server_that_stands_still_is_told_within_5_seconds() -> None:
    async def work() -> None:
        async with (
            stage(keys=False) as scene,
            network(scene.url) as (way, url),
            playing() as browser,
        ):
            page, _ = await opened(browser, url)
            await linked(page, "Live")
            way.stand_still(True)
            await linked(page, "Disconnected")
            assert await page.locator("body.stale").count() == 1
            way.stand_still(False)
            await linked(page, "Live", 10)

    run(work())


def test_an_idle_server_is_live_and_its_times_go_on() -> None:
    async def work() -> None:
        async with stage(keys=False) as scene, playing() as browser:
            scene.runtime.model("atlas-small").enter_maintenance(reason="an upgrade")
            page, watch = await opened(browser, scene.url)
            change = page.locator(".change", has_text="maintenance")
            before = await change.inner_text()
            await asyncio.sleep(7)
            assert await page.locator("#link").inner_text() == "Live"
            assert await change.inner_text() != before
            assert watch.wrong == []

    run(work())


def test_a_server_that_starts_again_is_told_and_shown_with_what_it_kept(tmp_path: Path) -> None:
    async def work() -> None:
        async with playing() as browser:
            async with stage(keys=False, history=tmp_path) as scene:
                port = int(scene.url.rpartition(":")[2])
                page, _ = await opened(browser, scene.url)
                scene.runtime.model("atlas-small").trip("before the restart", by="ada")
                await page.locator('.tile[data-tone="bad"]').wait_for(timeout=3000)
            await linked(page, "Disconnected")
            async with stage(keys=False, history=tmp_path, port=port) as scene:
                await linked(page, "Live", 10)
                await page.locator(".banner[data-level=well]").wait_for(timeout=3000)
                scene.runtime.model("atlas-small").enter_maintenance(reason="after it", by="ada")
                await show(page, "audit")
                await page.locator("tr", has_text="before the restart").wait_for(timeout=3000)
                rows = await page.locator("table.audit tbody tr").all_inner_texts()
                assert ["after it" in rows[0], "before the restart" in rows[-1]] == [True, True]
                await show(page, "events")
                assert "before the restart" not in await page.locator(".list").first.inner_text()

    run(work())


def test_a_hidden_page_asks_for_nothing_and_comes_back_with_all_of_it() -> None:
    async def work() -> None:
        async with stage(keys=False) as scene, playing() as browser:
            page, watch = await opened(browser, scene.url)
            await show(page, "model/atlas-large")
            await page.evaluate(HIDE, True)
            await linked(page, "Resting")
            asked: list[str] = []
            page.on("request", lambda one: asked.append(one.url))
            traffic = asyncio.create_task(scene.traffic())
            await asyncio.sleep(7)
            assert asked == []
            assert len(scene.dashboard._viewers) == 0
            assert scene.dashboard._viewers._looks is None
            scene.runtime.model("atlas-small").trip("while it was hidden")
            await page.evaluate(HIDE, False)
            await show(page, "fleet")
            await page.locator('.tile[data-tone="bad"]').wait_for(timeout=3000)
            await show(page, "events")
            assert "while it was hidden" in await page.locator(".list").first.inner_text()
            traffic.cancel()
            assert watch.wrong == []

    run(work())
