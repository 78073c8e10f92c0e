"""What a person does in the views: ranges, alerts, audit, settings, the report, dialogs, login."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from .driver import Page, opened, playing, run, show
from .stage import OPERATOR, READER, stage

AXE = Path(os.environ.get("HIVE_AXE", "no"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium"),
]


async def fill_reason(page: Page, button: str) -> None:
    """Say why in the dialog that is open, and press its button."""
    await page.locator("dialog .effect").wait_for()
    await page.fill("#reason", "a test")
    await page.locator("dialog").get_by_role("button", name=button, exact=True).click()
    await page.locator("dialog").wait_for(state="detached")


def test_an_alert_is_acknowledged_silenced_and_its_notifications_are_told() -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            page, watch = await opened(browser, scene.url, OPERATOR)
            scene.runtime.model("atlas-large").trip("a test")
            await show(page, "alerts")
            row = page.locator(".alert", has_text="atlas-large").first
            await row.get_by_role("button", name="Acknowledge").click()
            await fill_reason(page, "Acknowledge")
            await row.locator(":text('acknowledged by ada')").wait_for(timeout=3000)
            await row.get_by_role("button", name="for 4 hours").click()
            await fill_reason(page, "Silence")
            await row.locator(":text('silenced')").wait_for(timeout=3000)
            await page.get_by_role("heading", name="Silences").wait_for()
            await page.get_by_role("button", name="End the silence").click()
            await fill_reason(page, "End the silence")
            await page.get_by_role("heading", name="Silences").wait_for(state="hidden")
            told = page.locator(".told-on summary", has_text="notification")
            await told.first.wait_for(timeout=20_000)
            await told.first.click()
            assert "told: delivered" in await page.locator(".told-on li").first.inner_text()
            await show(page, "audit")
            text = await page.locator("table.audit").inner_text()
            for verb in ("acknowledge alert", "silence", "end silence"):
                assert verb in text
            assert watch.wrong == []

    run(work())


def test_a_reader_has_no_button_that_changes_anything() -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            page, watch = await opened(browser, scene.url, READER)
            scene.runtime.model("atlas-large").trip("a test")
            await show(page, "alerts")
            await page.locator(".alert").first.wait_for(timeout=3000)
            assert await page.locator(".alert button").count() == 0
            await show(page, "model/atlas-large")
            assert await page.locator(".head-card button").count() == 0
            assert "You may look" in await page.locator(".head-card").inner_text()
            assert watch.wrong == []

    run(work())


def test_an_hour_and_a_day_come_from_the_history(tmp_path: Path) -> None:
    async def work() -> None:
        async with stage(history=tmp_path) as scene, playing() as browser:
            traffic = asyncio.create_task(scene.traffic())
            page, watch = await opened(browser, scene.url, OPERATOR)
            await asyncio.sleep(3)
            await show(page, "model/atlas-large")
            for button, title in (("1 h", "each minute"), ("24 h", "each 5 minutes")):
                await page.get_by_role("button", name=button, exact=True).click()
                heading = page.get_by_role("heading", name=f"Calls of {title}")
                await heading.wait_for(timeout=3000)
                await page.get_by_role("button", name="Show as a table").first.click()
                first = page.locator(".numbers tbody tr").first
                assert int((await first.locator("td").first.inner_text()).replace(",", "")) > 0
                await page.get_by_role("button", name="Hide the table").first.click()
            traffic.cancel()
            assert watch.wrong == []

    run(work())


def test_without_a_history_the_page_says_how_to_have_one() -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            page, watch = await opened(browser, scene.url, OPERATOR)
            await show(page, "model/atlas-large")
            await page.get_by_role("button", name="24 h", exact=True).click()
            await page.locator(".ranges .hint:has-text('history: ./history')").wait_for()
            await show(page, "audit")
            await page.locator(".older .hint:has-text('history: ./history')").wait_for()
            assert watch.wrong == []

    run(work())


def test_a_setting_says_where_it_was_written() -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            page, watch = await opened(browser, scene.url, OPERATOR)
            await show(page, "model/atlas-large")
            row = page.locator(".setting", has_text="retry.max_retries")
            assert (await row.locator(".value, .source").all_inner_texts()) == ["0", "Python"]
            await page.locator(".defaults summary").click()
            assert await page.locator(".defaults .setting").count() > 20
            assert watch.wrong == []

    run(work())


def test_what_has_the_focus_keeps_it_while_rows_come() -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            traffic = asyncio.create_task(scene.traffic())
            page, watch = await opened(browser, scene.url, OPERATOR)
            await show(page, "tasks")
            await page.locator("summary").first.wait_for()
            await page.locator("summary").first.focus()
            await page.keyboard.press("Enter")
            opened_task = await page.evaluate("document.activeElement.parentNode.outerHTML.length")
            await asyncio.sleep(2)
            assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"
            assert await page.evaluate("document.activeElement.parentNode.open")
            assert opened_task
            traffic.cancel()
            assert watch.wrong == []

    run(work())


@pytest.mark.skipif(not AXE.is_file(), reason="HIVE_AXE names no axe-core")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_login_and_in_a_dialog(theme: str) -> None:
    async def work() -> None:
        async with stage() as scene, playing() as browser:
            page = await browser.new_page(color_scheme=theme)
            await page.goto(f"{scene.url}/dashboard/")
            await page.wait_for_selector("#key")
            await page.fill("#key", "wrong")
            await page.keyboard.press("Enter")
            await page.locator(".wrong:has-text('no key')").wait_for()
            await check(page)
            await page.fill("#key", OPERATOR)
            await page.keyboard.press("Enter")
            await page.wait_for_selector(".tile")
            await show(page, "model/atlas-large")
            await page.get_by_role("button", name="Trip breaker").click()
            await page.locator("dialog .effect").wait_for()
            await check(page)
            await page.keyboard.press("Escape")
            await page.locator("dialog").wait_for(state="detached")

    async def check(page: Page) -> None:
        await page.evaluate(AXE.read_text("utf-8"))
        found = await page.evaluate("axe.run().then(found => found.violations)")
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []

    run(work())
