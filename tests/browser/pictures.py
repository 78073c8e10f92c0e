"""Pictures of the dashboard for the pages: `make pictures`. Needs playwright and Chromium.

`make pictures ARGS="130 --all FOLDER"` puts every view in each form into a folder, to be looked at
while the page is worked on. The first argument is how many seconds of traffic come before.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from .driver import Browser, Page, opened, playing
from .report_pictures import shoot_report
from .stage import OPERATOR, Stage, stage

HERE = Path(__file__).parents[2] / "docs" / "pictures"
VIEWS = ("fleet", "model/atlas-large", "tasks", "events", "alerts", "audit", "report")
_MOST = 150_000


async def shoot(page: Page, path: Path, view: str = "fleet", *, whole: bool = False) -> None:
    """One picture of one view."""
    await page.evaluate("where => { location.hash = where }", view)
    await page.wait_for_timeout(1300)
    await page.locator('.report[aria-busy="true"]').wait_for(state="detached")
    await page.mouse.move(2, 200)
    await page.screenshot(path=path, full_page=whole)
    size = path.stat().st_size
    print(path.name, size // 1000, "kB", "is too large" if size > _MOST and not whole else "")


async def trouble(scene: Stage) -> None:
    """One model out, one failing, one in maintenance, and hands at work."""
    scene.players["atlas-large"].fails = 1.0
    scene.players["cedar-mini"].fails = 0.12
    scene.runtime.model("boreal-2").trip("a test of the breaker", by="ada (dashboard)")
    scene.runtime.model("boreal-2").reset(reason="the test is over", by="ada (dashboard)")
    scene.runtime.model("delta-local").enter_maintenance(reason="upgrade", by="ben (dashboard)")
    await asyncio.sleep(6)


async def for_the_pages(scene: Stage, browser: Browser, seconds: float) -> None:
    """Those that the pages show."""
    await shoot_report(browser, HERE)
    page, _ = await opened(browser, scene.url, OPERATOR)
    dark, _ = await opened(browser, scene.url, OPERATOR, theme="dark")
    phone, _ = await opened(browser, scene.url, OPERATOR, width=320, height=720)
    await asyncio.sleep(seconds)
    await shoot(page, HERE / "fleet.png")
    await trouble(scene)
    await shoot(page, HERE / "outage.png")
    await shoot(dark, HERE / "dark.png")
    await shoot(phone, HERE / "phone.png")
    for name, view in (("model", VIEWS[1]), ("alerts", "alerts"), ("report", "report")):
        await shoot(page, HERE / f"{name}.png", view)


async def for_a_look(scene: Stage, browser: Browser, seconds: float, folder: Path) -> None:
    """Every view in each form, with the login and a dialog."""
    folder.mkdir(parents=True, exist_ok=True)
    forms = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 320)}
    forms["phone-dark"] = ("dark", 320)
    pages: dict[str, Page] = {}
    for name, (theme, width) in forms.items():
        door = await browser.new_page(viewport={"width": width, "height": 700}, color_scheme=theme)
        await door.goto(f"{scene.url}/dashboard/")
        await door.wait_for_selector("#key")
        await door.screenshot(path=folder / f"{name}-login.png")
        await door.close()
        pages[name], _ = await opened(browser, scene.url, OPERATOR, theme=theme, width=width)
    await asyncio.sleep(seconds)
    await trouble(scene)
    for name, page in pages.items():
        for view in VIEWS:
            path = folder / f"{name}-{view.partition('/')[0]}.png"
            await shoot(page, path, view, whole=True)
        await page.evaluate("location.hash = 'model/atlas-small'")
        await page.get_by_role("button", name="Maintenance").click()
        await page.wait_for_timeout(300)
        await page.screenshot(path=folder / f"{name}-dialog.png")


async def main(seconds: float, folder: Path | None) -> None:
    """Everything."""
    with tempfile.TemporaryDirectory() as history:
        async with stage(history=Path(history)) as scene, playing() as browser:
            traffic = asyncio.create_task(scene.traffic())
            try:
                if folder is None:
                    await for_the_pages(scene, browser, seconds)
                else:
                    await for_a_look(scene, browser, seconds, folder)
            finally:
                traffic.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=130.0)
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    asyncio.run(main(options.seconds, options.all))
