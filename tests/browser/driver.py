"""Debian's Chromium through playwright, which only `make test-browser` and `make pictures` have."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, TypeAlias

Browser: TypeAlias = Any
Page: TypeAlias = Any


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs a test's coroutine; it fails where it would hang."""

    async def limited() -> None:
        async with asyncio.timeout(90):
            await work

    asyncio.run(limited())


@asynccontextmanager
async def playing() -> AsyncGenerator[Browser]:
    """A browser without a window."""
    play: Any = import_module("playwright.async_api").async_playwright
    async with play() as driver:
        path = shutil.which("chromium")
        browser = await driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


class Watch:
    """What a page has said, asked for and got wrong."""

    def __init__(self, page: Page, url: str) -> None:
        self.wrong: list[str] = []
        page.on("console", self._said)
        self._url = url
        page.on("pageerror", self._failed)
        page.on("request", self._asked)

    def _said(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.wrong.append(f"console: {said.text}")

    def _failed(self, error: Any) -> None:
        self.wrong.append(f"error: {error}")

    def _asked(self, asked: Any) -> None:
        if not asked.url.startswith((self._url, "data:", "blob:")):
            self.wrong.append(f"outside: {asked.url}")


async def opened(
    browser: Browser,
    url: str,
    key: str | None = None,
    *,
    theme: str = "light",
    width: int = 1280,
    height: int = 860,
) -> tuple[Page, Watch]:
    """The page of the fleet, after a login where there is a key."""
    size = {"width": width, "height": height}
    page = await browser.new_page(viewport=size, color_scheme=theme)
    watch = Watch(page, url)
    await page.goto(f"{url}/dashboard/")
    if key is not None:
        await page.fill("#key", key)
        await page.keyboard.press("Enter")
    await page.wait_for_selector(".tile")
    return page, watch


async def show(page: Page, view: str) -> None:
    """Another view."""
    await page.evaluate("where => { location.hash = where }", view)
    await page.wait_for_timeout(300)
