"""The tools of the benchmarks measure what they say."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import pytest

from benchmarks.measuring import load
from benchmarks.outage import faults, timeline
from benchmarks.reporting.report import Part, Table, Target, table_of_targets
from benchmarks.sides.everybody import ALL, missing
from benchmarks.sides.names import BARE, CHAIN, LANGCHAIN, OURS
from benchmarks.sides.side import Breakers, Setting
from benchmarks.watching.part import interval

from ..conftest import Virtual


class Counting:
    """A model that counts its calls; fails where it is told so."""

    def __init__(self, *, fails: bool = False) -> None:
        self.calls = 0
        self._fails = fails

    async def __call__(self, _prompt: object = None) -> str:
        self.calls += 1
        if self._fails:
            raise ConnectionError("down")
        return "answer"


async def called(name: str, breakers: Breakers) -> tuple[int, int]:
    """How often ten calls of a side reached the failing primary, and the fallback."""
    first, second = Counting(fails=True), Counting()
    async with AsyncExitStack() as stack:
        side = await ALL[name](Setting((first, second), breakers=breakers), stack)
        assert side.call is not None
        before = first.calls, second.calls
        for _ in range(10):
            await side.call()
    return first.calls - before[0], second.calls - before[1]


# Sides.


@pytest.mark.parametrize("name", ALL)
def test_a_side_whose_breaker_never_opens_meets_every_failure(name: str) -> None:
    if asyncio.run(missing([name])):
        pytest.skip("its library is not installed")

    assert asyncio.run(called(name, Breakers.NEVER_OPEN)) == (10, 10)


@pytest.mark.parametrize("name", [BARE, OURS, CHAIN, "LiteLLM Router"])
def test_a_side_whose_primary_is_open_does_not_call_it(name: str) -> None:
    if asyncio.run(missing([name])):
        pytest.skip("its library is not installed")

    assert asyncio.run(called(name, Breakers.FIRST_OPEN)) == (0, 10)


def test_a_side_whose_library_is_not_installed_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("tenacity", "purgatory", "langchain_core.language_models"):
        monkeypatch.setitem(sys.modules, module, None)

    found = asyncio.run(missing([OURS, CHAIN, LANGCHAIN]))

    assert set(found) == {CHAIN, LANGCHAIN}
    assert "Error: " in found[CHAIN]


# Load.


def test_a_sample_counts_all_calls_and_keeps_so_many_in_flight() -> None:
    under_way = highest = 0

    async def call() -> None:
        nonlocal under_way, highest
        under_way += 1
        highest = max(highest, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    found = asyncio.run(load.sample(call, in_flight=5, calls=20))

    assert (found.calls, highest) == (20, 5)


def test_a_sample_from_threads_counts_all_calls() -> None:
    assert load.sample_from_threads(lambda: None, in_flight=2, calls=10).calls == 10


def test_a_summary_is_the_median_of_the_rounds() -> None:
    rounds = [load.Sample(10, cpu, 1.0, 0.001, 0.002) for cpu in (1e-5, 3e-5, 9e-5)]

    found = load.summary(rounds)

    assert (round(found.cpu_us, 3), found.rounds, found.per_second) == (3.0, 3, 10.0)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 51), (0.99, 100), (1.0, 100)])
def test_a_quantile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert load.quantile(list(range(1, 101)), share) == value


# Faults and what came of them.


def test_a_dead_model_fails_until_it_is_healed(virtual: Virtual) -> None:
    async def main() -> None:
        model = faults.FaultyModel()
        model.fail("dead")
        with pytest.raises(ConnectionError):
            await model()
        model.heal()
        assert await model() == "answer"
        assert len(model.called_at) == 2

    virtual(main())


def test_a_timeline_tells_when_tasks_left_the_failing_model_and_came_back() -> None:
    model = faults.FaultyModel()
    found = timeline.Timeline(timeline.Phases(1.0, 0.5, 0.5, 1.0), model)
    found.begin(100.0)
    for number in range(300):
        at = number / 100
        found.ended(100.0 + at, 100.1 + at, answered=number != 7)
        if at < 1.2 or at >= 2.3:
            model.called_at.append(100.0 + at)

    assert found.wasted == 20
    assert found.time_to_leave() == pytest.approx(0.2)
    assert found.time_to_return() == pytest.approx(0.3)
    assert found.answered == pytest.approx(299 / 300)


# Reports.


@pytest.mark.parametrize(
    ("figure", "at_least", "verdict"),
    [
        (1.0, False, "met"),
        (3.0, False, "missed"),
        (1.0, True, "missed"),
        (3.0, True, "met"),
        (None, True, "not measured"),
    ],
)
def test_a_target_is_met_missed_or_not_measured(
    figure: float | None, at_least: bool, verdict: str
) -> None:
    assert Target("cost", figure, 2.0, at_least=at_least).verdict == verdict


def test_a_figure_that_could_not_be_taken_is_a_dash_in_its_column() -> None:
    table = Table("Costs", ("", "us"), (("ours", 1.5), ("theirs (missing)", None)))

    assert table.text().splitlines()[1:] == [
        "                    us",
        "ours              1.50",
        "theirs (missing)     -",
    ]


def test_all_targets_of_a_run_are_one_table() -> None:
    parts = [Part("one", targets=[Target("a", 1.0, 2.0, "s")]), Part("two")]

    assert table_of_targets(parts).rows == (("a", "<= 2.00 s", 1.0, "met"),)


def test_plots_are_drawn_for_the_parts_that_were_measured(tmp_path: Path) -> None:
    plots = pytest.importorskip("benchmarks.reporting.plots")
    pytest.importorskip("matplotlib")
    row = ("ours", 1.0, "5%", 1.0, 2.0, 3.0, 7, 1.0, 2.0)
    titles = plots.GROUPS.values()
    tables = [{"title": title, "headings": (), "rows": [row]} for title in titles]

    drawn = plots.draw({"parts": {"peers": {"tables": tables}}}, tmp_path)

    assert [path.name for path in drawn] == ["peers.svg"]
    assert "ours" in drawn[0].read_text(encoding="utf-8")


# Watching.


def test_the_interval_of_a_median_covers_it_as_often_as_it_says() -> None:
    chance = Random(5)
    covered = 0
    for _ in range(400):
        low, high = interval([chance.gauss(0.0, 1.0) for _ in range(21)])
        covered += low <= 0.0 <= high

    assert covered / 400 >= 0.93


def test_the_interval_leaves_out_the_extremes_of_many_rounds() -> None:
    assert interval([float(number) for number in range(1, 10)]) == (2.0, 8.0)
