"""The dashboard as a person has it: in a real browser, by eye, by keyboard, on a phone."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.runtime.cli.demo.fleet import SERVERS, configuration
from hive_resilience.runtime.cli.demo.servers import Servers

from .driver import Page, opened, playing, run, show
from .stage import OPERATOR, Stage, served, stage

VIEWS = ("fleet", "model/atlas-large", "tasks", "events", "alerts", "audit", "report")
NASTY = ('<img src=x onerror=document.body.id="hacked">', '"><script>alert(1)</script>', "x" * 200)
AXE = Path(os.environ.get("HIVE_AXE", "no"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium"),
]


async def state_of(page: Page, model: str) -> tuple[str, str, str]:
    """The tone, the word and the colour by which a tile says how its model is."""
    tile = page.locator(".tile", has=page.get_by_role("link", name=model, exact=True))
    word = await tile.locator(".word").inner_text()
    shape = await tile.locator(".state .shape").get_attribute("data-tone")
    colour = await tile.locator(".state").evaluate("node => getComputedStyle(node).color")
    return str(shape), str(word), str(colour)


def test_a_killed_server_is_seen_within_2_seconds_by_shape_word_and_colour() -> None:
    async def asking(runtime: Runtime) -> None:
        while True:
            await asyncio.gather(*(runtime.execute(Task("tell me")) for _ in range(3)))
            await asyncio.sleep(0.05)

    async def work() -> None:
        name = SERVERS[0].name
        async with Servers(SERVERS) as servers, Runtime(configuration(servers)) as runtime:
            await kill(servers, runtime, name)

    async def kill(servers: Servers, runtime: Runtime, name: str) -> None:
        async with served(runtime, None) as (url, _), playing() as browser:
            page, watch = await opened(browser, url)
            asks = asyncio.create_task(asking(runtime))
            await page.wait_for_timeout(1500)
            before = await state_of(page, name)
            assert before[:2] == ("good", "Serving")
            await servers.kill(name)
            await page.locator('.tile[data-tone="bad"]').wait_for(timeout=2000)
            after = await state_of(page, name)
            assert after[:2] == ("bad", "Breaker open")
            assert after[2] != before[2]
            assert f"{name} is out" in await page.locator(".banner h2").inner_text()
            await servers.revive(name)
            await page.locator(".banner[data-level=well]").wait_for(timeout=60000)
            asks.cancel()
            with suppress(asyncio.CancelledError):
                await asks
            assert watch.wrong == []

    run(work())


@pytest.mark.skipif(not AXE.is_file(), reason="HIVE_AXE names no axe-core")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_either_theme(theme: str) -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            traffic = asyncio.create_task(scene.traffic())
            page, watch = await opened(browser, scene.url, OPERATOR, theme=theme)
            await in_trouble(scene)
            await page.evaluate(AXE.read_text("utf-8"))
            for view in VIEWS:
                await show(page, view)
                await page.wait_for_timeout(700)
                found = await page.evaluate("axe.run().then(found => found.violations)")
                told = [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
                assert told == [], view
            traffic.cancel()
            assert watch.wrong == []

    run(work())


async def in_trouble(scene: Stage) -> None:
    """One model out, one failing, one in maintenance."""
    scene.players["atlas-large"].fails = 1.0
    scene.players["cedar-mini"].fails = 0.3
    scene.runtime.model("delta-local").enter_maintenance()
    await asyncio.sleep(2)


def test_no_view_scrolls_sideways_on_a_narrow_phone() -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            traffic = asyncio.create_task(scene.traffic())
            page, watch = await opened(browser, scene.url, OPERATOR, width=320, height=640)
            await in_trouble(scene)
            for view in VIEWS:
                await show(page, view)
                assert await page.evaluate("document.documentElement.scrollWidth") <= 320, view
            traffic.cancel()
            assert watch.wrong == []

    run(work())


def test_maintenance_goes_and_comes_by_the_keyboard_alone() -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            page, watch = await opened(browser, scene.url, OPERATOR)
            await by_tab(page, "atlas-small")
            await page.keyboard.press("Enter")
            for button, word in (("Maintenance", "Maintenance"), ("End maintenance", "Serving")):
                await by_tab(page, button)
                await page.keyboard.press("Enter")
                await page.locator("dialog .effect").wait_for()
                await page.keyboard.type("an upgrade")
                await page.keyboard.press("Enter")
                await page.locator(f'.head-card .word:text-is("{word}")').wait_for(timeout=3000)
            await show(page, "audit")
            rows = await page.locator("table.audit tbody tr").all_inner_texts()
            assert len(rows) == 2
            assert all("an upgrade" in row and "ada" in row for row in rows)
            assert watch.wrong == []

    run(work())


async def by_tab(page: Page, text: str) -> None:
    """Press Tab until what has the focus is called like this."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement?.textContent") == text:
            return
    raise AssertionError(f"{text} cannot be reached by Tab")


def test_pause_stops_every_change_and_resume_catches_up() -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            page, watch = await opened(browser, scene.url, OPERATOR)
            await page.get_by_role("button", name="Pause").click()
            before = await page.locator("main").inner_html()
            traffic = asyncio.create_task(scene.traffic())
            await in_trouble(scene)
            assert await page.locator("main").inner_html() == before
            await page.get_by_role("button", name="Resume").click()
            await page.locator('.tile[data-tone="bad"]').wait_for(timeout=2000)
            traffic.cancel()
            assert watch.wrong == []

    run(work())


def test_names_of_models_do_no_harm() -> None:
    async def work() -> None:
        async with stage(NASTY) as scene, playing() as browser:
            page, watch = await opened(browser, scene.url, OPERATOR, width=320)
            scene.runtime.model(NASTY[0]).trip('<b onclick="x">a reason</b>')
            await page.wait_for_timeout(1500)
            for view in ("fleet", "model/" + NASTY[0].replace(" ", "%20"), "events", "alerts"):
                await show(page, view)
                assert await page.evaluate("document.documentElement.scrollWidth") <= 320, view
            assert await page.locator("main img, main b, main script").count() == 0
            assert await page.evaluate("document.body.id") == ""
            assert watch.wrong == []

    run(work())


def test_the_table_has_the_numbers_of_the_chart() -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            traffic = asyncio.create_task(scene.traffic())
            page, watch = await opened(browser, scene.url, OPERATOR)
            await asyncio.sleep(11)
            await show(page, "model/atlas-large")
            await page.get_by_role("button", name="Show as a table").first.click()
            figure = page.locator(".figure").first
            await figure.focus()
            await page.keyboard.press("End")
            told = await page.locator(".told").first.inner_text()
            cells = (
                await page.locator(".numbers tbody tr").first.locator("th, td").all_inner_texts()
            )
            assert told == f"{cells[0]}: Succeeded {cells[1]}, Failed {cells[2]}"
            traffic.cancel()
            assert watch.wrong == []

    run(work())
