from __future__ import annotations

import asyncio
import logging
import tracemalloc
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_urlsafe
from time import perf_counter
from typing import Any

import pytest

from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.server.keys.entry import Scope
from hive_resilience.runtime.server.keys.key import Key, digest_of
from hive_resilience.runtime.server.keys.keys import Keys

from .keys_kit import entry, write


def loaded(path: Path, *entries: Any) -> Keys:
    keys = Keys(write(path, *entries))
    keys.load()
    return keys


def known(keys: Keys, presented: str) -> Key:
    found = keys.find(presented)
    assert found is not None
    return found


def within(work: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(10):
            await work

    asyncio.run(limited())


@asynccontextmanager
async def watched(keys: Keys) -> AsyncGenerator[None]:
    watch = asyncio.create_task(keys.watch(every=0.01, rest=0.01))
    yield
    assert not watch.done()
    watch.cancel()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_a_known_key_is_found(tmp_path: Path) -> None:
    keys = loaded(tmp_path / "keys.json", entry("k", "ci", scopes=["read"], models=["a"]))

    found = known(keys, "k")

    assert (found.id, found.scopes, found.may_ask("a"), found.may_ask("b")) == (
        *("ci", frozenset({Scope.READ}), True, False),
    )


@pytest.mark.parametrize("wrong", ["", "K", "k ", "x" * 100_000, "\ud800", "\x00", "clé"])
def test_anything_else_is_not(tmp_path: Path, wrong: str) -> None:
    assert loaded(tmp_path / "keys.json", entry("k")).find(wrong) is None


def test_a_digest_is_no_key(tmp_path: Path) -> None:
    keys = loaded(tmp_path / "keys.json", entry("k"))

    assert keys.find(digest_of("k").hex()) is None


def test_a_key_expires_at_its_time(tmp_path: Path) -> None:
    found = known(loaded(tmp_path / "k.json", entry("k", expires="1970-01-01T00:00:10Z")), "k")

    assert [found.is_expired(9.9), found.is_expired(10.0)] == [False, True]


def test_both_keys_of_a_holder_go_through_one_gate(tmp_path: Path) -> None:
    keys = loaded(tmp_path / "keys.json", entry("old", rpm=60), entry("new", rpm=1))

    assert known(keys, "old").gate is known(keys, "new").gate
    assert [known(keys, "old").gate.enter(0.0), known(keys, "new").gate.enter(0.0)] == [None, 60.0]


def test_a_gate_outlives_a_reload_and_not_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = loaded(path, entry("k", "a"), entry("l", "b"))
    before = known(keys, "k").gate

    write(path, entry("k", "a", rpm=5))
    keys.load()
    assert known(keys, "k").gate is before

    write(path, entry("l", "b"))
    keys.load()
    write(path, entry("k", "a"))
    keys.load()
    assert known(keys, "k").gate is not before


@pytest.mark.parametrize("content", ["", '[{"id": "a", "sha', '[{"id": "a"}]', "null"])
def test_a_file_with_a_mistake_changes_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    keys = loaded(path, entry("k"))
    path.write_text(content)

    with pytest.raises(ConfigurationError):
        keys.load()

    assert keys.find("k") is not None


def test_neither_a_key_nor_its_digest_is_in_any_repr(tmp_path: Path) -> None:
    found = known(loaded(tmp_path / "keys.json", entry("hive-canary")), "hive-canary")

    assert "canary" not in repr(found)
    assert digest_of("hive-canary").hex() not in repr(found)
    assert repr(found.digest) not in repr(found)


def test_a_removed_key_is_unknown_and_a_new_one_known_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = loaded(path, entry("old"))

    async def story() -> None:
        async with watched(keys):
            write(path, entry("new"))
            await until(lambda: keys.find("new") is not None)
            assert keys.find("old") is None

    within(story())


@pytest.mark.parametrize("spoil", ["half", "empty", "gone"])
def test_a_spoilt_file_keeps_the_old_keys_and_says_so(
    tmp_path: Path, spoil: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys.json"
    keys = loaded(path, entry("old", "holder"))
    content = path.read_text()

    async def story() -> None:
        async with watched(keys):
            if spoil == "gone":
                path.unlink()
            else:
                path.write_text(content[: len(content) // 2] if spoil == "half" else "")
            await until(lambda: "the keys stay as they are" in caplog.text)
            assert keys.find("old") is not None
            write(path, entry("new"))
            await until(lambda: keys.find("new") is not None)

    within(story())
    assert "holder" not in caplog.text


def test_a_file_is_taken_once_it_has_come_to_rest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "keys.json"
    keys = loaded(path, entry("old"))

    async def story() -> None:
        watch = asyncio.create_task(keys.watch(every=0.01, rest=0.1))
        for at in range(10):
            path.write_text("[" + " " * at)
            await asyncio.sleep(0.01)
        write(path, entry("new"))
        await until(lambda: keys.find("new") is not None)
        watch.cancel()

    within(story())
    assert "cannot be used" not in caplog.text


def test_unknown_keys_leave_no_trace_and_cost_little(tmp_path: Path) -> None:
    keys = loaded(tmp_path / "keys.json", *(entry(f"k{n}", f"h{n}") for n in range(100)))
    presented = [f"hive-{token_urlsafe(32)}" for _ in range(100_000)]
    keys.find(presented[0])

    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for one in presented[:10_000]:
        keys.find(one)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    started = perf_counter()
    found = [one for one in presented if keys.find(one) is not None]
    each = (perf_counter() - started) / len(presented)

    assert found == []
    assert after - before < 2_000
    assert each < 50e-6


@pytest.mark.conformance
def test_the_time_of_a_refusal_does_not_depend_on_the_key(tmp_path: Path) -> None:
    """A key that differs from a true one in a letter takes as long as one that differs in all."""
    true = f"hive-{token_urlsafe(32)}"
    keys = loaded(tmp_path / "keys.json", entry(true, "user"))
    near, far = true[:-1] + ("a" if true[-1] != "a" else "b"), "x" * len(true)

    def block(presented: str) -> float:
        started = perf_counter()
        for _ in range(200):
            keys.find(presented)
        return perf_counter() - started

    # The quickest of many short blocks in turns: a busy machine only ever makes a block slower.
    times = [(block(near), block(far)) for _ in range(2_000)]
    quickest = [min(column) for column in zip(*times, strict=True)]
    assert 0.9 < quickest[0] / quickest[1] < 1.1
