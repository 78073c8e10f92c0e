"""Three models under a steady load: one loses its server, gets it back, and its actor crashes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from ....actors.messages import Settle
from ....actors.policies.outcomes.attempt import Outcome
from ....actors.result import TaskResult
from ....actors.task import Task
from ....config.settings.runtime import Strategy
from ...runtime import Runtime
from .cut_stream import CutStream
from .fleet import SERVERS, TASK_TIMEOUT, configuration
from .report import Report, report_of
from .screen import Screen
from .servers import Servers, ServerStartError
from .story import WORTH_TELLING, Story

# When what happens, as shares of the duration.
_KILL, _REVIVE, _CRASH = 0.25, 0.55, 0.75

_PROMPTS = ("Where do the bees fly?", "What does the dance say?", "Tell me about the hive.")
_FRAME = 0.2
_LATENESS = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """`rate` tasks a second for `duration` seconds, whatever becomes of them."""

    duration: float
    rate: float
    strategy: Strategy


async def run(load: Load, screen: Screen) -> Report:
    """Play the scenario from start to end, or until Ctrl-C; nothing is left running."""
    async with Servers(SERVERS) as servers:
        async with Runtime(configuration(servers)) as runtime:
            scenario = Scenario(load, servers, runtime, screen)
            interrupted = await scenario.play()
        return report_of(
            scenario.story,
            rate=load.rate,
            strategy=str(load.strategy),
            interrupted=interrupted,
        )


class Scenario:
    """One run of it. Its story begins when it is made."""

    def __init__(self, load: Load, servers: Servers, runtime: Runtime, screen: Screen) -> None:
        self._load = load
        self._servers = servers
        self._runtime = runtime
        self._screen = screen
        self._under_way: set[asyncio.Task[TaskResult]] = set()
        self._reading: set[asyncio.Task[None]] = set()
        self.story: Story = Story(tuple(spec.name for spec in SERVERS))
        runtime.subscribe(self.story.hear, *WORTH_TELLING)

    async def play(self) -> bool:
        """Send tasks, make trouble and show it; whether Ctrl-C cut it short."""
        self.story.tell(f"{len(SERVERS)} model servers listen, {self._load.rate:g} tasks a second")
        async with asyncio.TaskGroup() as group:
            drawing = group.create_task(self._draw())
            trouble = group.create_task(self._make_trouble())
            sending = group.create_task(self._send())
            with ctrl_c_cancels(sending):
                await asyncio.wait({sending})
                trouble.cancel()
                await self._wait_for_the_rest()
            drawing.cancel()
        self._show()
        return sending.cancelled()

    # The load: an open loop, which waits for no answer.

    async def _send(self) -> None:
        story, load = self.story, self._load
        try:
            for number in count():
                due = number / load.rate
                if due >= load.duration or story.now() >= load.duration + _LATENESS:
                    return
                await asyncio.sleep(max(0.0, due - story.now()))
                self._send_one(_PROMPTS[number % len(_PROMPTS)])
        finally:
            story.sending_for = story.now()

    def _send_one(self, prompt: str) -> None:
        self.story.sent += 1
        work = self._runtime.execute(Task({"prompt": prompt}), strategy=self._load.strategy)
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[TaskResult]) -> None:
        self._under_way.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self.story.count(task.result())
        else:
            self.story.tell(f"a task was lost: {error!r}")

    async def _wait_for_the_rest(self) -> None:
        """Every task has a result by its own deadline; a task without one then is lost."""
        rest: set[asyncio.Task[Any]] = {*self._under_way, *self._reading}
        if not rest:
            return
        _, lost = await asyncio.wait(rest, timeout=TASK_TIMEOUT + _LATENESS)
        for task in lost:
            task.cancel()

    # The trouble.

    async def _make_trouble(self) -> None:
        story, servers = self.story, self._servers
        await self._wait_until(_KILL)
        await self._begin_a_stream()
        story.killed()
        await servers.kill(story.victim)
        await self._wait_until(_REVIVE)
        try:
            await servers.revive(story.victim)
        except ServerStartError as error:
            story.tell(f"the server of {story.victim} did not come back: {error}")
        else:
            story.revived()
        await self._wait_until(_CRASH)
        calls = self._runtime.snapshot().models[story.victim].under_way
        story.tell(f"crashing the actor of {story.victim} while {calls} of its calls are under way")
        crash_actor(self._runtime, story.victim)

    async def _begin_a_stream(self) -> None:
        """From the victim; comes back when enough of it is there to be cut."""
        story = self.story
        story.stream = CutStream(story.choose_victim(), story.tell, story.now)
        self._reading.add(asyncio.create_task(story.stream.read(self._runtime)))
        await story.stream.begun.wait()

    async def _wait_until(self, share: float) -> None:
        await asyncio.sleep(max(0.0, share * self._load.duration - self.story.now()))

    # The screen.

    async def _draw(self) -> None:
        while True:
            self._show()
            await asyncio.sleep(_FRAME)

    def _show(self) -> None:
        self._screen.show(self.story, self._servers, self._runtime.snapshot())


def crash_actor(runtime: Runtime, model_id: str) -> None:
    """Crash a model's actor as a bug would: its handler raises AttributeError.

    Unknown messages are refused and do no harm, so this is one that the actor knows, with a permit
    that is none: nothing in the runtime sends it, and nothing in the actor is prepared for it.
    """
    broken = Settle(None, Outcome.SUCCESS, 0.0)  # type: ignore[arg-type]  # that is the bug
    fleet = runtime._fleet  # pyright: ignore[reportPrivateUsage]  # a part of the runtime itself
    fleet.member(model_id).ref.send(broken)


@contextmanager
def ctrl_c_cancels(task: asyncio.Task[Any]) -> Generator[None, None, None]:
    """Let the first Ctrl-C end `task`; the next one ends everything at once."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        task.cancel()

    # Not on Windows, and not outside the main thread: there Ctrl-C ends everything at once.
    with suppress(NotImplementedError, RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
