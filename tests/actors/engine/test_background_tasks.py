"""Tasks of the engine: they run on its loop, and end with it."""

from __future__ import annotations

import asyncio

from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.engine import Engine

from .platforms import LIMIT, run_here


def test_a_spawned_task_runs_on_the_loop() -> None:
    async def main(engine: Engine) -> str:
        done: asyncio.Future[str] = engine.loop.create_future()

        async def work() -> None:
            task = asyncio.current_task()
            done.set_result(task.get_name() if task else "")

        engine.spawn(work(), name="work")
        return await done

    assert run_here(main) == "work"


class Reader(Actor):
    """Reads beside its handler, and tells itself what it has read."""

    def on_receive(self, message: object) -> object:
        if not isinstance(message, asyncio.Future):
            self.read.set_result(message)
            return None
        self.read: asyncio.Future[object] = message
        self.spawn(self._read(), name="reading")
        return "reads"

    async def _read(self) -> None:
        await asyncio.sleep(0)
        self.actor_ref.tell("a page")


def test_an_actor_works_beside_its_handler() -> None:
    async def main(engine: Engine) -> tuple[object, object]:
        page: asyncio.Future[object] = engine.loop.create_future()
        ref = engine.start(Reader)
        return await ref.ask(page, block=False), await page

    assert run_here(main) == ("reads", "a page")


async def forever(signs: list[str]) -> None:
    try:
        signs.append("began")
        await asyncio.Event().wait()
    finally:
        signs.append("ended")


def test_end_tasks_cancels_and_waits() -> None:
    async def main(engine: Engine) -> tuple[int, list[str]]:
        signs: list[str] = []
        engine.spawn(forever(signs), name="work")
        while not signs:
            await asyncio.sleep(0)
        return await engine.tasks.end(grace=LIMIT), signs

    assert run_here(main) == (0, ["began", "ended"])


def test_end_tasks_counts_those_that_will_not_end() -> None:
    async def main(engine: Engine) -> int:
        began, release = asyncio.Event(), asyncio.Event()

        async def stubborn() -> None:
            while not release.is_set():
                began.set()
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    continue

        engine.spawn(stubborn(), name="stubborn")
        await began.wait()
        left = await engine.tasks.end(grace=0)
        release.set()
        return left

    assert run_here(main) == 1


def test_end_tasks_without_tasks_has_none_left() -> None:
    async def main(engine: Engine) -> int:
        return await engine.tasks.end(grace=LIMIT)

    assert run_here(main) == 0


def test_close_cancels_the_tasks_that_are_left() -> None:
    async def main(engine: Engine) -> list[str]:
        signs: list[str] = []
        engine.spawn(forever(signs), name="work")
        while not signs:
            await asyncio.sleep(0)
        engine.close()
        for _ in range(3):
            await asyncio.sleep(0)
        return list(signs)

    assert run_here(main) == ["began", "ended"]


def test_a_task_spawned_too_late_never_begins_and_warns_nobody() -> None:
    async def main(engine: Engine) -> list[str]:
        signs: list[str] = []
        engine.spawn(forever(signs), name="before")
        engine.close()
        engine.spawn(forever(signs), name="after")
        for _ in range(3):
            await asyncio.sleep(0)
        return signs

    assert run_here(main) == []
