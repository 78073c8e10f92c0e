"""A first look at the fleet answers, without a click: is anything wrong, since when, why, and what
is the runtime doing about it."""

from __future__ import annotations

import asyncio
import re
import shutil

import pytest

from .driver import opened, playing, run
from .incidents import INCIDENTS
from .stage import stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium"),
]
SIZES = {"a desk": (1280, 860), "a phone": (390, 844)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", INCIDENTS)
def test_a_first_look_answers_the_four_questions(name: str, size: str) -> None:
    incident = INCIDENTS[name]
    width, height = SIZES[size]

    async def work() -> None:
        async with stage(keys=False) as scene, playing() as browser:
            traffic = asyncio.create_task(scene.traffic())
            await asyncio.sleep(3)
            await incident.happens(scene)
            page, watch = await opened(browser, scene.url, width=width, height=height)
            banner = page.locator(".banner")
            await page.locator(f'.banner[data-level="{incident.level}"]').wait_for(timeout=3000)
            assert incident.wrong in await banner.locator("h2").inner_text()
            since = await banner.locator(".since").inner_text()
            assert re.fullmatch(r"Since \d\d:\d\d:\d\d, (just now|\d+ s ago)", since), since
            assert incident.why in await banner.locator(".why").inner_text()
            assert incident.doing in await banner.locator(".doing").inner_text()
            for part in ("h2", ".since", ".why", ".doing"):
                box = await banner.locator(part).bounding_box()
                assert box["y"] + box["height"] <= height, f"{part} is below the first screen"
            traffic.cancel()
            assert watch.wrong == []

    run(work())
