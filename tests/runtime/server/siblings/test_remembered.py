"""What a worker remembers reaches the report of another one as it is."""

from __future__ import annotations

from dataclasses import replace

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.runtime.observability.history.records import RecordKind, SeriesPoint
from hive_resilience.runtime.observability.reports.source import Remembered
from hive_resilience.runtime.reporting import source_of
from hive_resilience.runtime.server.siblings.remembered import decoded, encoded

from ..site_kit import story


async def books(tasks: int) -> Remembered:
    """Those of a fleet that has answered so many tasks."""
    async with Runtime(models=[ModelConfig(id="m", executor=lambda task: "hello")]) as runtime:
        for _ in range(tasks):
            await runtime.execute(Task("hi"))
        found = await source_of(runtime)
    assert isinstance(found, Remembered)
    return found


def plain(point: SeriesPoint) -> SeriesPoint:
    return replace(point, durations=None, other_durations=None, first_contents=None)


def counts(sketch: LatencySketch | None) -> list[tuple[int, int]]:
    return [] if sketch is None else list(sketch.buckets())


def test_points_come_back_as_they_were() -> None:
    points = story(books(3)).points

    found = decoded(encoded(points).decode())

    assert [plain(one) for one in found] == [plain(one) for one in points]
    assert [counts(one.durations) for one in found] == [counts(one.durations) for one in points]
    assert any(counts(one.durations) for one in found)


def test_the_books_of_two_are_one_point_for_each_model_and_say_so() -> None:
    one, other = story(books(2)), story(books(3))

    one.add(other.points, "2 of 2 workers have told theirs")

    series = [point for point in one.read(RecordKind.SERIES) if isinstance(point, SeriesPoint)]
    assert {point.model_id: point.successes for point in series} == {None: 5, "m": 5}
    assert len(series) == 2
    assert one.remarks == ("2 of 2 workers have told theirs",)
