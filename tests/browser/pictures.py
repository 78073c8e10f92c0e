"""Pictures of the dashboard for the pages: `make pictures`. Needs playwright and Chromium.

With `--all` every view is shown in each form, to be looked at while the page is worked on.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from .driver import Browser, Page, opened, playing
from .report_pictures import shoot_report
from .stage import OPERATOR, Stage, stage

HERE = Path(__file__).parents[2] / "docs" / "pictures"


async def shoot(page: Page, name: str, view: str = "fleet", *, whole: bool = False) -> None:
    """One picture of one view."""
    await page.evaluate("where => { location.hash = where }", view)
    await page.wait_for_timeout(1300)
    await page.screenshot(path=HERE / f"{name}.png", full_page=whole)
    print(name, (HERE / f"{name}.png").stat().st_size // 1000, "kB")


async def play(scene: Stage, browser: Browser, seconds: float) -> None:
    """The whole series."""
    page, _ = await opened(browser, scene.url, OPERATOR)
    dark, _ = await opened(browser, scene.url, OPERATOR, theme="dark")
    phone, _ = await opened(browser, scene.url, OPERATOR, width=320, height=720)
    await asyncio.sleep(seconds)
    await shoot(page, "fleet")
    scene.players["atlas-large"].fails = 1.0
    scene.players["cedar-mini"].fails = 0.12
    scene.runtime.model("delta-local").enter_maintenance()
    await asyncio.sleep(6)
    await shoot(page, "outage")
    await shoot(dark, "dark")
    await shoot(phone, "phone")
    await shoot(page, "model", "model/atlas-large")
    await shoot(page, "alerts", "alerts")
    if "--all" in sys.argv:
        await asyncio.gather(*(extra(p, n) for p, n in ((page, "w"), (dark, "d"), (phone, "p"))))


async def extra(page: Page, prefix: str) -> None:
    """Every view in full, to look at while the page is worked on."""
    for view in ("fleet", "model/atlas-large", "tasks", "events", "alerts", "audit"):
        await shoot(page, f"x-{prefix}-{view.partition('/')[0]}", view, whole=True)


async def main() -> None:
    """Everything."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 130.0
    async with playing() as browser:
        await shoot_report(browser, HERE)
    async with stage() as scene, playing() as browser:
        traffic = asyncio.create_task(scene.traffic())
        try:
            await play(scene, browser, seconds)
        finally:
            traffic.cancel()


if __name__ == "__main__":
    asyncio.run(main())
