"""What is recorded of a fleet: every change once, in its minute, whatever becomes of the models."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hive_resilience.actors.policies.health.alerts import AlertCondition
from hive_resilience.actors.policies.metrics.figures import ModelFigures
from hive_resilience.config import GlobalConfig, HistoryConfig, RuntimeConfig
from hive_resilience.events import AlertRaised, AlertResolved, Event, ModelAdded
from hive_resilience.runtime.observability.event_bus import EventBus
from hive_resilience.runtime.observability.history.deltas import Deltas
from hive_resilience.runtime.observability.history.recorder import Recorder
from hive_resilience.runtime.observability.history.records import RecordKind, SeriesPoint
from hive_resilience.runtime.observability.history.store import SqliteStore
from hive_resilience.runtime.observability.history.sums import in_steps, moment

from .history_kit import KEEP, NOON, Books, Clock, opened, point, rows, successes

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), st.sampled_from("abc")),
        st.tuples(st.just("remove"), st.sampled_from("abc")),
        st.tuples(st.just("look"), st.integers(-200, 200)),
        st.tuples(st.just("crash"), st.just("")),
    ),
    max_size=60,
)


def config(folder: Path | None = None, **settings: object) -> RuntimeConfig:
    history = HistoryConfig(folder=None if folder is None else str(folder), **settings)  # type: ignore[arg-type]
    return RuntimeConfig(global_=GlobalConfig(history=history))


@settings(max_examples=25)
@given(steps=STEPS)
def test_the_sums_of_a_history_are_those_of_the_books(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, object]]
) -> None:
    """Looks come at any time, clocks leap, models come and go, and the writer starts again."""
    store = opened(tmp_path_factory.mktemp("h") / "h.db")
    books, deltas, wall = Books(config()), Deltas(), float(NOON)
    counted: Counter[str] = Counter()

    def look() -> None:
        at = int(wall) // 60 * 60
        store.append(deltas.of_models(books.models(books.done), at))

    for step, what in steps:
        if step == "answer":
            books.answer(str(what), 0.1)
            counted[str(what)] += 1
        elif step == "remove":
            look()
            books.remove(str(what))
            deltas.forget([str(what)])
        elif step == "crash":
            store.close()
            store = opened(store.path)
        else:
            wall += int(str(what))
            look()
    look()

    found: Counter[str] = Counter()
    measured: Counter[str] = Counter()
    for one in store.read(RecordKind.SERIES):
        assert isinstance(one, SeriesPoint)
        assert one.model_id is not None
        found[one.model_id] += one.successes
        measured[one.model_id] += 0 if one.durations is None else one.durations.count
    assert found == counted
    assert measured == counted
    store.close()


def test_what_stands_still_gives_no_point() -> None:
    books, deltas = Books(config()), Deltas()
    books.answer("a")
    first = deltas.of_models(books.models("a"), NOON)

    assert [one.successes for one in first] == [1]
    assert deltas.of_models(books.models("a"), NOON) == []


def test_counting_begins_where_the_history_is_switched_on() -> None:
    books = Books(config())
    books.answer("a")
    deltas = Deltas(books.figures())
    books.answer("a", 0.5)

    (found,) = deltas.of_models(books.models("a"), NOON)
    assert (found.successes, found.durations and found.durations.count) == (1, 1)


def test_a_model_of_the_same_name_begins_at_nothing() -> None:
    books, deltas = Books(config()), Deltas()
    for _ in range(3):
        books.answer("a")
    deltas.of_models(books.models("a"), NOON)
    books.remove("a")
    books.answer("a")

    (found,) = deltas.of_models(books.models("a"), NOON)
    assert (found.successes, found.durations and found.durations.count) == (1, 1)


def test_a_recorder_writes_each_minute_apart_and_ends_with_a_last_look(tmp_path: Path) -> None:
    books, clock = Books(config(tmp_path, name="x")), Clock(NOON + 59)

    async def main() -> None:
        recorder, bus = Recorder(clock), EventBus()
        await recorder.start(books, bus)
        books.answer("a")
        await recorder._look()
        clock.now += 1
        books.answer("a")
        books.answer("a")
        bus.publish(ModelAdded, model_id="a")
        await recorder.stop(5.0)

    asyncio.run(main())
    (path,) = tmp_path.glob("*.db")
    store = SqliteStore(path, KEEP)
    assert successes(store.read(RecordKind.SERIES, model="a")) == {
        moment(NOON): 1,
        moment(NOON + 60): 2,
    }
    assert successes(store.read(RecordKind.SERIES, model="")) == {
        moment(NOON): 1,
        moment(NOON + 60): 2,
    }
    assert rows(path, "SELECT event, model FROM events") == [("ModelAdded", "a")]


def test_a_reload_moves_the_history_to_another_folder_and_ends_it(tmp_path: Path) -> None:
    books, clock = Books(config(tmp_path / "one")), Clock()

    async def main() -> None:
        recorder = Recorder(clock)
        await recorder.start(books, EventBus())
        for folder in (tmp_path / "two", None):
            books.answer("a")
            await recorder._look()
            await recorder.adopt(config(folder))
        books.answer("a")
        await recorder.stop(5.0)

    asyncio.run(main())
    found = {path.parent.name: path for path in tmp_path.glob("*/*.db")}
    query = "SELECT sum(successes) FROM minutes WHERE model = 'a'"
    assert {name: rows(path, query)[0][0] for name, path in found.items()} == {"one": 1, "two": 1}


def test_a_failing_disk_is_an_alert_that_ends(tmp_path: Path) -> None:
    books, told = Books(config(tmp_path)), list[Event]()

    async def main() -> None:
        recorder, bus = Recorder(Clock()), EventBus()
        bus.tap(told.append, (AlertRaised, AlertResolved), lambda: None)
        await recorder.start(books, bus)
        for failing in ("SQLITE_FULL", "SQLITE_FULL", None, None):
            recorder._tell_health(failing)
            await asyncio.sleep(0)
        await recorder.stop(5.0)

    asyncio.run(main())
    assert [(type(one), getattr(one, "condition", None)) for one in told] == [
        (AlertRaised, AlertCondition.HISTORY_FAILING),
        (AlertResolved, AlertCondition.HISTORY_FAILING),
    ]


def test_an_idle_fleet_is_only_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    books = Books(config())
    for number in range(100):
        books.answer(f"m{number}")
    read: list[str] = []
    models = books.models

    def noted(ids: Iterable[str]) -> list[ModelFigures]:
        read.extend(ids)
        return models(ids)

    monkeypatch.setattr(books, "models", noted)

    async def main() -> None:
        recorder = Recorder(Clock())
        await recorder.start(books, EventBus())
        await recorder._look()
        read.clear()
        await recorder._look()
        assert read == []
        books.answer("m7")
        await recorder._look()
        assert read == ["m7"]
        await recorder.stop(1.0)

    asyncio.run(main())


def test_points_of_several_files_add_up_to_steps() -> None:
    points = [point(NOON + 60 * at, successes=1) for at in range(10) for _ in range(2)]

    found = list(in_steps(points, 300))

    assert [(one.at, one.span, one.successes) for one in found] == [
        (moment(NOON), 300, 10),
        (moment(NOON + 300), 300, 10),
    ]
