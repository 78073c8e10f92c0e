"""A week of a small fleet, as records: a daily course, incidents, a step, a trend, a full line.

It is made up from a seed, so that each run has the same week. `until` is midnight after seven days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from html.parser import HTMLParser
from math import cos, pi
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.runtime.observability.history.records import (
    AuditRow,
    EventRow,
    Record,
    SeriesPoint,
)
from hive_resilience.runtime.observability.history.store import SqliteStore
from hive_resilience.runtime.observability.history.sums import moment
from tests.runtime.observability.history.history_kit import KEEP, opened

BEGIN = 1_795_392_000
"""Midnight, in seconds since 1970: 2026-11-23."""
DAY, STEP = 86_400, 600
SINCE, UNTIL = moment(BEGIN), moment(BEGIN + 7 * DAY)


class Player(NamedTuple):
    """A model: its part of the tasks, its usual duration, and what its answers cost."""

    name: str
    part: float
    typical: float
    cost: float


PLAYERS = (
    Player("atlas-large", 0.55, 1.6, 0.011),
    Player("borealis-pro", 0.3, 1.1, 0.006),
    Player("cedar-mini", 0.15, 0.45, 0.0008),
)


class Outage(NamedTuple):
    """A model fails from a second on, for so many seconds; tasks go to the next one."""

    model: str
    at: float
    seconds: float
    reason: str = "failure_run"


OUTAGES = (
    Outage("atlas-large", BEGIN + 1.42 * DAY, 560),
    Outage("borealis-pro", BEGIN + 2.9 * DAY, 95, "failure_rate"),
    Outage("atlas-large", BEGIN + 4.65 * DAY, 2_940),
    Outage("cedar-mini", BEGIN + 5.3 * DAY, 41, "unhealthy"),
)
RELOADED = BEGIN + 3.5 * DAY


def write(folder: Path, records: Iterable[Record], name: str = "week") -> Path:
    """A history with these records in a folder, and its hours added up."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"history-host-{name}.db"
    store = opened(path)
    lot = list[Record]()
    for record in records:
        lot.append(record)
        if len(lot) == 5_000:
            store.append(lot)
            lot = []
    store.append(lot)
    tidied(store)
    store.close()
    return path


def tidied(store: SqliteStore) -> None:
    """Add up what is over."""
    assert store.keep is KEEP
    last = store.last_written() or 0.0
    while store.tidy(last + 3 * 3_600, 10.0):
        pass


def week(seed: int = 7, *, days: int = 7) -> Iterator[Record]:
    """All records of the week, or of its first days."""
    chance, until = Random(seed), BEGIN + days * DAY
    for at in range(BEGIN, until, STEP):
        yield from _step(at, chance)
    for outage in OUTAGES:
        if outage.at < until:
            yield from outage_rows(outage)
    if until > RELOADED:
        yield EventRow(moment(RELOADED), "Reloaded", None, {"changed": {"borealis-pro": ["model"]}})
        by = "reload", None, "ada", "new version of borealis"
        yield AuditRow(moment(RELOADED), *by, None, None, False)


def outage_rows(one: Outage) -> Iterator[EventRow]:
    """What the history notes of an outage: to a second what fails, to a thousandth the breaker."""
    opened_at, back = one.at + 4.3, one.at + one.seconds
    told: tuple[tuple[float, str, Mapping[str, object]], ...] = (
        (one.at, "FirstFailure", {}),
        (one.at + 1.0, "FirstDiversion", {}),
        (opened_at, "CircuitChanged", moved("closed", "open", one.reason)),
        (back - 2.0, "CircuitChanged", moved("open", "half_open", "wait_over")),
        (back - 1.0, "FirstSuccess", {}),
        (back, "CircuitChanged", moved("half_open", "closed", "trials_passed")),
    )
    if one.reason == "unhealthy":
        health = {"before": "available", "after": "unavailable", "reason": "3 probes failed"}
        well = {"before": "unavailable", "after": "available", "reason": "a probe passed"}
        told = ((opened_at, "HealthChanged", health), (back, "HealthChanged", well))
    for at, name, fields in told:
        yield EventRow(moment(at), name, one.model, fields)


def moved(before: str, after: str, reason: str) -> Mapping[str, object]:
    """The fields of a breaker that moved."""
    return {"before": before, "after": after, "reason": reason, "open_for": None}


def load(at: float) -> float:
    """Tasks in ten minutes: few at night, many at two in the afternoon."""
    hour = (at - BEGIN) / 3_600 % 24
    weekend = 0.45 if (at - BEGIN) // DAY >= 5 else 1.0
    return weekend * (60 - 45 * cos(2 * pi * (hour - 2) / 24))


def _out(name: str, at: float) -> float:
    """The share of ten minutes in which a model was out."""
    found = (one for one in OUTAGES if one.model == name)
    spans = (min(at + STEP, one.at + one.seconds) - max(at, one.at) for one in found)
    return sum(max(0.0, span) for span in spans) / STEP


def _step(at: int, chance: Random) -> Iterator[Record]:
    tasks = max(1, round(chance.gauss(load(at), load(at) ** 0.5)))
    fallbacks, failed = dict[str, int](), 0
    answers, all_durations = 0, LatencySketch()
    for place, player in enumerate(PLAYERS):
        mine = round(tasks * player.part)
        out = _out(player.name, at)
        diverted = round(mine * out)
        following = PLAYERS[(place + 1) % len(PLAYERS)].name
        if diverted:
            fallbacks[f'["{player.name}","{following}"]'] = diverted
        good = (
            mine
            - diverted
            + sum(
                round(tasks * other.part * _out(other.name, at))
                for other in PLAYERS
                if PLAYERS[(PLAYERS.index(other) + 1) % len(PLAYERS)] is player
            )
        )
        flaky = sum(chance.random() < 0.012 for _ in range(mine))
        failed += sum(chance.random() < 0.002 for _ in range(mine)) if out else 0
        answers += good
        yield _point(at, player, good, flaky + min(5, diverted), flaky, chance, all_durations)
    yield SeriesPoint(
        moment(at),
        None,
        successes=answers - failed,
        failures=failed,
        under_way=6,
        durations=all_durations,
        details={"fallbacks": fallbacks} if fallbacks else {},
    )


def _point(
    at: int,
    player: Player,
    good: int,
    bad: int,
    retries: int,
    chance: Random,
    all_durations: LatencySketch,
) -> SeriesPoint:
    days, typical = (at - BEGIN) / DAY, player.typical
    if player.name == "atlas-large":
        typical *= 1 + 0.07 * days
    if player.name == "borealis-pro" and at >= RELOADED:
        typical *= 1.35
    durations = LatencySketch()
    for _ in range(good):
        durations.add(chance.lognormvariate(0, 0.45) * typical)
    all_durations.merge(durations)
    details: dict[str, Mapping[str, int]] = {}
    if bad:
        details["faults"] = {"transient": bad}
        lost = round(bad * player.cost * 1e6 * 0.3)
        details["unanswered"] = {"input": 90 * bad, "output": 20 * bad, "cost": lost}
        details["retries"] = {"won": retries}
    if _out(player.name, at):
        details["transitions"] = {"open": 1}
    full = player.name == "cedar-mini" and good > 12
    if full:
        details["rejections"] = {"bulkhead_full": 3}
    fields: dict[str, Any] = {
        "input_tokens": 900 * good + 90 * bad,
        "output_tokens": 310 * good + 20 * bad,
        "cached_tokens": 200 * good,
        "cost": player.cost * (good + 0.3 * bad),
        "under_way": 8 if full else min(7, 1 + good // 6),
        "limit": 8,
    }
    return SeriesPoint(
        moment(at),
        player.name,
        successes=good,
        failures=bad,
        retries=retries,
        durations=durations,
        status="available",
        breaker="closed",
        details=details,
        **fields,
    )


def hours(number: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=number)


class Cells(HTMLParser):
    """The texts of the cells of all tables, in their order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._in = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag in ("td", "th"):
            self._in = True
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = self._in and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._in:
            self.cells[-1] += data
