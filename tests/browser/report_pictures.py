"""Pictures of a report for the pages: a made-up week, as `make pictures` shows it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from hive_resilience import ModelConfig, RuntimeConfig
from hive_resilience.config import PricesConfig
from hive_resilience.observability import open_history
from hive_resilience.reports import make_report, report_html
from tests.runtime.observability.reports.week_kit import PLAYERS, SINCE, UNTIL, hours, week, write

from .driver import Browser

Theme = Literal["light", "dark"]
SHOTS: tuple[tuple[str, Theme, int, int], ...] = (
    ("week", "light", 1120, 1500),
    ("week-dark", "dark", 1120, 1000),
    ("week-phone", "light", 390, 844),
)


def page_of_the_week(folder: Path) -> str:
    """The report of the week, with the settings of its fleet and beside its first three days."""
    write(folder, week())
    models = [
        ModelConfig(id=one.name, executor=str, timeout="12s", prices=_prices(one.cost))
        for one in PLAYERS
    ]
    spare = ModelConfig(id="delta-spare", executor=str, timeout="12s")
    config, first = RuntimeConfig(models=[*models, spare]), (SINCE, SINCE + hours(72))
    source = open_history(folder)
    return report_html(make_report(source, SINCE, UNTIL, config=config, compare=first, now=UNTIL))


def _prices(cost: float) -> PricesConfig:
    return PricesConfig(input=500 * cost, output=1_700 * cost, cached=50 * cost)


async def shoot_report(browser: Browser, to: Path) -> None:
    """The pictures of the report."""
    with TemporaryDirectory() as folder:
        page_file = Path(folder) / "report.html"
        page_file.write_text(page_of_the_week(Path(folder)), "utf-8")
        for name, theme, width, height in SHOTS:
            page = await browser.new_page(
                color_scheme=theme, viewport={"width": width, "height": height}
            )
            await page.goto(page_file.as_uri())
            await page.screenshot(path=to / f"{name}.png")
            await page.close()
