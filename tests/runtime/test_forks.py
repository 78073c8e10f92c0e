"""A runtime that was started before a fork: the child is told so, or gets a fleet of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

PROGRAM = """
import asyncio, logging, os, sys, warnings
from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.errors import RuntimeClosedError

logging.disable()
warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on, of a fork beside threads


async def model(task):
    return os.getpid()


def make(**more):
    return Runtime(models=[ModelConfig(id="m", executor=model)], **more)


def answer(runtime):
    return runtime.submit(Task("x")).result(5).value


def in_a_child(use):
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            use()
            sys.stdout.flush()
        except BaseException as error:
            print("failed", type(error).__name__, error, flush=True)
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def refused(use):
    try:
        use()
    except RuntimeClosedError as error:
        assert "started in another process" in str(error), error
        print("refused")
    else:
        raise AssertionError("it was taken")
"""
REFUSED = """
with make() as runtime:
    handle, router, waits = runtime.model("m"), runtime.router, runtime.submit(Task("x"))
    answer(runtime)

    def use():
        for way in (
            lambda: runtime.submit(Task("x")),
            lambda: asyncio.run(runtime.execute(Task("x"))),
            lambda: runtime.stream(Task("x")),
            runtime.snapshot,
            runtime.drain,
            handle.snapshot,
            lambda: runtime.add_model(ModelConfig(id="n", executor=model)),
            runtime.start,
        ):
            refused(way)
        runtime.close()
        runtime.__exit__(None, None, None)

    in_a_child(use)
    assert answer(runtime) == os.getpid()
"""
ASYNC = """
async def main():
    async with make() as runtime:
        in_a_child(lambda: refused(lambda: runtime.submit(Task("x"))))
        assert (await runtime.execute(Task("x"))).success

asyncio.run(main())
"""
RESTARTED = """
heard = []
with make(after_fork="restart") as runtime:
    runtime.subscribe(heard.append)
    parent = answer(runtime)

    def use():
        heard.clear()
        assert answer(runtime) == os.getpid() != parent
        runtime.model("m").trip()
        assert runtime.snapshot().models["m"].breaker.state == "open"
        runtime.close()
        assert "CircuitChanged" in {type(event).__name__ for event in heard}
        print("answered")

    in_a_child(use)
    assert answer(runtime) == parent
    assert runtime.snapshot().models["m"].breaker.state == "closed"
"""
NOT_STARTED = """
runtime = make()

def use():
    with runtime:
        assert answer(runtime) == os.getpid()
    print("answered")

in_a_child(use)
with runtime:
    answer(runtime)
"""


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (REFUSED, ["refused"] * 8),
        (ASYNC, ["refused"]),
        (RESTARTED, ["answered"]),
        (NOT_STARTED, ["answered"]),
    ],
    ids=["refused", "async", "restarted", "not started"],
)
def test_the_child_is_told_or_begins_again(program: str, said: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM + program],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (ended.stderr, ended.stdout.split()) == ("", said)
    assert ended.returncode == 0
