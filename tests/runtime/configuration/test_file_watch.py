"""A file that changes under a runtime: real files, a real watcher, waits that have a limit."""

from __future__ import annotations

import asyncio
import os
import queue
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.errors import ConfigurationError
from hive_resilience.events import Event, Reloaded, ReloadRejected
from hive_resilience.runtime.configuration import file_watch as watching

LIMIT = 20.0


class Named:
    """Answers with its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def execute(self, task: Task, context: object) -> str:
        return self.name


EXECUTORS = {name: Named(name) for name in ("a", "b", "c")}


def settings(*models: str, **weights: float) -> str:
    lines = [f"  {name}: {{weight: {weights.get(name, 1.0)}}}" for name in models]
    return "\n".join(["models:", *lines, ""])


class Watched:
    """A runtime whose file is watched, and what it says of reloads."""

    def __init__(self, path: Path, executors: dict[str, Any] | None = None) -> None:
        self.path = path
        wanted = executors or {"a": EXECUTORS["a"]}
        self.runtime = Runtime.from_file(path, executors=wanted, watch=True, environ={})
        self._heard: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.runtime.subscribe(self._heard.put, Reloaded, ReloadRejected)

    def next(self) -> Any:
        """The next reload, good or bad."""
        return self._heard.get(timeout=LIMIT)

    def none_waits(self) -> bool:
        return self._heard.empty()

    def weight(self, model_id: str = "a") -> float:
        return self.runtime._fleet.members[model_id].config.weight


@pytest.fixture(autouse=True)
def often_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written before the system watches is seen at the next look: let that be soon."""
    monkeypatch.setattr(watching, "_LOOK", 0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "resilience.yml"
    found.write_text(settings("a"))
    return found


def by_writing(path: Path, text: str) -> None:
    path.write_text(text)


def by_renaming(path: Path, text: str) -> None:
    other = path.with_name(".resilience.yml.swp")
    other.write_text(text)
    other.replace(path)


def by_moving_the_old_one_away(path: Path, text: str) -> None:
    path.rename(path.with_name("resilience.yml~"))
    path.write_text(text)


def by_turning_a_link(path: Path, text: str) -> None:
    version = path.with_name(f"version-{len(list(path.parent.iterdir()))}.yml")
    version.write_text(text)
    link = path.with_name("link")
    link.symlink_to(version)
    link.replace(path)


def by_turning_a_link_of_its_folder(path: Path, text: str) -> None:
    """As Kubernetes mounts a ConfigMap: the file is a link through another, which is turned."""
    version = path.with_name(f"..{len(list(path.parent.iterdir()))}")
    version.mkdir()
    (version / path.name).write_text(text)
    turned = path.with_name("..data_tmp")
    turned.symlink_to(version.name)
    turned.replace(path.with_name("..data"))
    if not path.is_symlink():
        path.unlink()
        path.symlink_to(f"..data/{path.name}")


@pytest.mark.parametrize(
    "save",
    [
        by_writing,
        by_renaming,
        by_moving_the_old_one_away,
        by_turning_a_link,
        by_turning_a_link_of_its_folder,
    ],
)
def test_a_saved_file_is_taken_up_however_it_is_saved(
    path: Path, save: Callable[[Path, str], None]
) -> None:
    watched = Watched(path)
    with watched.runtime:
        for weight in (2.0, 3.0):
            save(path, settings("a", a=weight))
            assert watched.next().changed == {"a": ("weight",)}
            assert watched.weight() == weight


def test_in_an_asyncio_program_too(path: Path) -> None:
    async def main() -> None:
        watched = Watched(path)
        async with watched.runtime:
            path.write_text(settings("a", a=2.0))
            assert (await asyncio.to_thread(watched.next)).changed == {"a": ("weight",)}
            assert (await watched.runtime.execute(Task("x"))).value == "a"

    asyncio.run(main())


def test_a_change_between_reading_and_watching_is_not_missed(path: Path) -> None:
    watched = Watched(path)
    path.write_text(settings("a", a=2.0))
    with watched.runtime:
        assert watched.next().changed == {"a": ("weight",)}


def test_the_variables_beside_the_file_are_watched_too(path: Path) -> None:
    pytest.importorskip("dotenv")
    watched = Watched(path)
    with watched.runtime:
        path.with_name(".env").write_text("RESILIENCE_A_WEIGHT=4\n")
        assert watched.next().changed == {"a": ("weight",)}
        assert watched.weight() == 4.0


def test_a_file_with_mistakes_is_told_once_and_changes_nothing(path: Path) -> None:
    watched = Watched(path)
    with watched.runtime:
        path.write_text("models:\n  a: {wieght: 2}\n  b: {}\n")
        rejected = watched.next()
        assert isinstance(rejected, ReloadRejected)
        assert [(p.line, p.key) for p in rejected.problems] == [(2, "models.a.wieght")]
        assert watched.weight() == 1.0
        path.write_text(settings("a", a=2.0))
        assert watched.next().changed == {"a": ("weight",)}
        assert watched.none_waits()


def test_a_file_that_is_gone_is_told_and_its_return_is_seen(path: Path) -> None:
    watched = Watched(path)
    with watched.runtime:
        path.unlink()
        assert "cannot be read" in watched.next().problems[0].message
        path.write_text(settings("a", a=2.0))
        assert watched.next().changed == {"a": ("weight",)}


def test_half_of_a_file_is_not_taken_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer pauses in the middle: when the watcher sees the half, it writes the rest."""
    whole = settings("a", a=2.0)
    half = whole[: whole.index("weight")]
    watched = Watched(path)
    usable = watching.FileWatch._is_usable

    async def then_the_rest(self: watching.FileWatch) -> bool:
        found = await usable(self)
        if path.read_text() == half:
            path.write_text(whole)
        return found

    monkeypatch.setattr(watching.FileWatch, "_is_usable", then_the_rest)
    with watched.runtime:
        path.write_text(half)
        assert watched.next().changed == {"a": ("weight",)}
        assert watched.none_waits()


def test_many_saves_in_a_row_end_in_the_last(path: Path) -> None:
    watched = Watched(path)
    with watched.runtime:
        for number in range(2, 200):
            path.write_text(settings("a", a=float(number)))
        reloads = [watched.next()]
        while watched.weight() != 199.0:
            reloads.append(watched.next())
        assert len(reloads) < 20


def test_a_file_that_is_only_touched_or_beside_it_is_not_reloaded(path: Path) -> None:
    watched = Watched(path)
    with watched.runtime:
        os.utime(path, (1.0, 1.0))
        path.with_name("other.yml").write_text("models: nonsense")
        path.write_text(settings("a"))
        path.write_text(settings("a", a=5.0))
        assert watched.next().changed == {"a": ("weight",)}
        assert watched.none_waits()


def test_models_come_and_go_with_the_file_and_keep_their_executors(path: Path) -> None:
    path.write_text(settings("a", "b", "c"))
    watched = Watched(path, EXECUTORS)
    with watched.runtime:
        path.write_text(settings("b"))
        assert watched.next().removed == ("a", "c")
        assert watched.runtime.submit(Task("x")).result(LIMIT).value == "b"
        path.write_text(settings("c", "b"))
        assert watched.next().added == ("c",)
        assert watched.runtime.submit(Task("x")).result(LIMIT).value == "c"


def test_a_watched_runtime_stops_and_leaves_no_watcher(path: Path) -> None:
    watched = Watched(path)
    with watched.runtime:
        pass
    path.write_text(settings("a", a=2.0))
    assert watched.none_waits()
    assert watched.weight() == 1.0


def test_where_the_system_does_not_watch_the_file_is_looked_at(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*args: object, **how: object) -> Any:
        raise OSError("no space left for watches")

    monkeypatch.setattr("watchfiles.awatch", refuses)
    monkeypatch.setattr(watching, "_LOOK", 0.01)
    watched = Watched(path)
    with watched.runtime:
        path.write_text(settings("a", a=2.0))
        assert watched.next().changed == {"a": ("weight",)}


def test_watching_needs_watchfiles_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'hive-resilience\[watch\]'"):
        Watched(path)


def test_a_reload_without_settings_reads_the_file_again(path: Path) -> None:
    with Runtime.from_file(path, executors={"a": EXECUTORS["a"]}, environ={}) as runtime:
        path.write_text(settings("a", a=7.0))
        assert runtime.reload().get(timeout=LIMIT).changed == {"a": ("weight",)}
        other = path.with_name("other.json")
        other.write_text('{"models": {"a": {"weight": 8.0}}}')
        assert runtime.reload(other).get(timeout=LIMIT).changed == {"a": ("weight",)}
