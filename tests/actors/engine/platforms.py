"""Two ways to run an actor: pykka's own threads, which say what is right, and the engine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future as Promise
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pykka

from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.engine.engine import Engine, OnDeadLetter
from hive_resilience.actors.engine.future import LoopFuture
from hive_resilience.actors.engine.reference import ActorRef

LIMIT = 5.0
"""Seconds after which a wait has failed."""

T = TypeVar("T")

if TYPE_CHECKING:
    Behaviour = pykka.ThreadingActor
else:
    Behaviour = pykka.Actor
"""An actor that has no platform yet; abstract, which the type checker need not know."""


def unheard(*_letter: object) -> None:
    """What nothing listens to."""


class LoopThread:
    """An engine on a loop in a thread of its own."""

    def __init__(
        self,
        *,
        mailbox_size: int = 10_000,
        on_dead_letter: OnDeadLetter = unheard,
    ) -> None:
        self.engine = Engine(mailbox_size=mailbox_size, on_dead_letter=on_dead_letter)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self.thread.start()
        self.do(self.engine.attach)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    def do(self, work: Callable[[], T]) -> T:
        """Run `work` on the loop, from another thread."""
        done: Promise[T] = Promise()

        def run() -> None:
            try:
                done.set_result(work())
            except Exception as error:
                done.set_exception(error)

        self.loop.call_soon_threadsafe(run)
        return done.result(LIMIT)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop, from another thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(LIMIT)

    def end_loop(self) -> None:
        """Close the loop, but not the engine, as a careless host does."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(LIMIT)
        assert self.loop.is_closed()

    def close(self) -> None:
        if not self.loop.is_closed():
            self.do(self.engine.close)
            self.end_loop()


class Platform:
    """Where the actors of a conformance test run. A behaviour is an actor without its platform."""

    base: type[pykka.Actor]
    future: type[pykka.Future[Any]]
    registry: Any

    def __init__(self) -> None:
        self._kinds: dict[type[Behaviour], type[pykka.Actor]] = {}

    def kind(self, behaviour: type[Behaviour]) -> type[pykka.Actor]:
        """The class that shows `behaviour` here; the same one for each question."""
        if behaviour not in self._kinds:
            self._kinds[behaviour] = type(behaviour.__name__, (behaviour, self.base), {})
        return self._kinds[behaviour]

    def start(self, behaviour: type[Behaviour], *args: Any, **kwargs: Any) -> pykka.ActorRef[Any]:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class Threads(Platform):
    """pykka as it comes."""

    base = pykka.ThreadingActor
    future = pykka.ThreadingFuture
    registry = pykka.ActorRegistry

    def __init__(self) -> None:
        super().__init__()
        self._before = set(threading.enumerate())

    def start(self, behaviour: type[Behaviour], *args: Any, **kwargs: Any) -> pykka.ActorRef[Any]:
        return self.kind(behaviour).start(*args, **kwargs)

    def close(self) -> None:
        pykka.ActorRegistry.stop_all(timeout=LIMIT)
        for thread in set(threading.enumerate()) - self._before:
            thread.join(LIMIT)


class Loop(Platform):
    """The engine, used from a thread that is not the loop's."""

    base = Actor
    future = LoopFuture

    def __init__(self) -> None:
        super().__init__()
        self.home = LoopThread()
        self.registry = self.home.engine.registry

    def start(self, behaviour: type[Behaviour], *args: Any, **kwargs: Any) -> pykka.ActorRef[Any]:
        kind = self.kind(behaviour)
        assert issubclass(kind, Actor)
        ref: ActorRef[Any] = self.home.engine.start(kind, *args, **kwargs)
        return ref

    def close(self) -> None:
        self.home.close()


@contextmanager
def closing(home: LoopThread) -> Generator[LoopThread]:
    try:
        yield home
    finally:
        home.close()


def run_here(main: Callable[[Engine], Coroutine[Any, Any, T]], *, size: int = 10_000) -> T:
    """Run `main` with an engine on its own loop, closed at the end."""

    async def live() -> T:
        engine = Engine(mailbox_size=size)
        engine.attach()
        try:
            return await asyncio.wait_for(main(engine), LIMIT)
        finally:
            engine.close()

    return asyncio.run(live())


def in_turn(*works: Callable[[], object]) -> Callable[[], None]:
    """All of them in one call."""

    def run() -> None:
        for work in works:
            work()

    return run


def together(*works: Callable[[], object]) -> None:
    """Run each in a thread of its own, all at once, to the last one's end; raises their error."""
    gate = threading.Barrier(len(works))
    failures: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        gate.wait(LIMIT)
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert not any(thread.is_alive() for thread in threads), "a thread still waits"
    if failures:
        raise failures[0]
