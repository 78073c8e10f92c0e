"""The table of burn rates: false pages of a model that is exactly on budget, minutes to a page.

`python -m tests.actors.policies.alerting.burn_table` prints it. The rules are evaluated once a
minute; all chance comes from seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from statistics import mean

from hive_resilience.actors.policies.alerting.burn_rate import (
    BURN_RULES,
    FEWEST_FAILURES,
    BurnRule,
    Within,
    burning,
)
from hive_resilience.actors.policies.alerting.running_sums import RunningSums

TARGET = 0.999
MINUTE, DAY = 60.0, 86_400.0
RATES = (0.2, 1.0, 5.0, 20.0)
"""Calls a minute."""
PAGE = BURN_RULES[0]
LONGEST_SHORT = max(pair.short for pair in PAGE.pairs) / MINUTE

Judge = Callable[[BurnRule, Within], bool]


def plain(rule: BurnRule, within: Within) -> bool:
    """As textbooks have it: both shares above the threshold."""
    return any(
        (within(pair.long).share or 0.0) > pair.factor * (1 - TARGET)
        and (within(pair.short).share or 0.0) > pair.factor * (1 - TARGET)
        for pair in rule.pairs
    )


def at_least_three(rule: BurnRule, within: Within) -> bool:
    """As the plain one, with three failures in the long window."""
    return any(
        within(pair.long).part >= FEWEST_FAILURES
        and plain(BurnRule(rule.name, rule.severity, (pair,)), within)
        for pair in rule.pairs
    )


def ours(rule: BurnRule, within: Within) -> bool:
    """The rule of the library."""
    return burning(rule, within, TARGET) is not None


JUDGES: dict[str, Judge] = {"plain": plain, "3 failures": at_least_three, "ours": ours}


def minutes(random: Random, rate: float, share: float) -> Iterator[tuple[int, int]]:
    """Calls and failures, minute by minute."""
    while True:
        calls, spent = 0, random.expovariate(rate)
        while spent < 1.0:
            calls += 1
            spent += random.expovariate(rate)
        yield calls, sum(random.random() < share for _ in range(calls))


def false_pages(rate: float, seed: int, days: float, judges: dict[str, Judge]) -> dict[str, int]:
    """Pages within so many days, of a model that fails exactly as often as it may."""
    sums, calls, failed = RunningSums(), 0, 0
    pages, fires = dict.fromkeys(judges, 0), dict.fromkeys(judges, False)
    failed_at = -LONGEST_SHORT
    source = minutes(Random(f"budget {rate} {seed}"), rate, 1 - TARGET)
    for minute in range(int(days * DAY / MINUTE)):
        more, worse = next(source)
        calls, failed = calls + more, failed + worse
        sums.record(minute * MINUTE, calls, failed)
        if worse:
            failed_at = minute
        if minute - failed_at > LONGEST_SHORT and not any(fires.values()):
            continue  # no short window has a failure
        for name, judge in judges.items():
            now = judge(PAGE, sums.within)
            pages[name] += now and not fires[name]
            fires[name] = now
    return pages


def minutes_to_page(rate: float, seed: int, share: float, judge: Judge) -> int:
    """From the minute in which so many calls begin to fail, after a day on budget."""
    sums, calls, failed = RunningSums(), 0, 0
    random = Random(f"outage {rate} {seed} {share}")
    before, after = minutes(random, rate, 1 - TARGET), minutes(random, rate, share)
    start = int(DAY / MINUTE)
    for minute in range(4 * start):
        more, worse = next(before if minute < start else after)
        calls, failed = calls + more, failed + worse
        sums.record(minute * MINUTE, calls, failed)
        if minute >= start and judge(PAGE, sums.within):
            return minute - start + 1
    raise AssertionError("no page in three days")


def row(rate: float, seeds: int = 3, days: float = 30.0) -> list[str]:
    """One line of the table."""
    pages = [false_pages(rate, seed, days, JUDGES) for seed in range(seeds)]
    cells = [f"{rate:g}"]
    cells += [f"{mean(one[name] for one in pages) * 30 / days:.1f}" for name in JUDGES]
    for share in (1.0, 0.1):
        times = [minutes_to_page(rate, seed, share, ours) for seed in range(5)]
        cells.append(f"{min(times)} to {max(times)}")
    return cells


def table() -> Iterator[list[str]]:
    """The whole table, with its head."""
    yield ["calls a minute", *JUDGES, "all fail", "10 % fail"]
    yield from map(row, RATES)


if __name__ == "__main__":
    for cells in table():
        print(f"| {' | '.join(cells)} |")
