"""What the report of the demonstration judges, by what was heard."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf

import pytest

from hive_resilience.runtime.cli.demo.cluster.account import Account, Tally
from hive_resilience.runtime.cli.demo.cluster.judgement import (
    Move,
    Opening,
    Start,
    bars,
    first_after,
    longest_pause,
    openings,
)
from hive_resilience.runtime.cli.demo.cluster.report import Report, report_of

OPENED = Move(10.0, 1, 5, "m", "open")
HALF_OPEN = Move(12.0, 1, 6, "m", "half_open")
WELL = {"tasks": 1_000, "answered": 1_000, "lost": 0, "opened": (Opening("m", 1.0, 2.0, None, 0),)}


def late(*starts: Start, moves: tuple[Move, ...] = (OPENED, HALF_OPEN)) -> list[int]:
    return [opening.late for opening in openings(moves, starts)]


@pytest.mark.parametrize(
    ("at", "count"),
    [(9.9, 0), (10.019, 0), (10.021, 1), (11.9, 1), (12.1, 0)],
    ids=["before", "within the grace", "after the grace", "at its end", "a trial"],
)
def test_a_call_is_late_while_the_owner_is_open_and_the_grace_is_over(
    at: float, count: int
) -> None:
    assert late(Start(at, "m")) == [count]


def test_calls_of_other_models_are_not_late() -> None:
    assert late(Start(11.0, "n")) == [0]


def test_each_opening_has_a_grace_of_its_own() -> None:
    again = Move(14.0, 1, 7, "m", "open")

    assert late(Start(14.01, "m"), Start(14.5, "m"), moves=(OPENED, HALF_OPEN, again)) == [0, 1]


def test_a_view_that_changes_in_something_else_gives_no_new_grace() -> None:
    parked = OPENED._replace(at=11.0)

    assert late(Start(11.01, "m"), moves=(OPENED, parked, HALF_OPEN)) == [1]


def test_an_opening_lasts_until_the_model_moves_and_not_another() -> None:
    found = openings([OPENED, Move(11.0, 1, 9, "n", "closed"), HALF_OPEN], [])

    assert [(each.at, each.until) for each in found] == [(10.0, 12.0)]
    assert openings([OPENED], [])[0].until == inf


def test_moves_may_be_heard_in_any_order() -> None:
    assert late(Start(11.0, "m"), moves=(HALF_OPEN, OPENED)) == [1]


def test_the_last_start_is_told_from_the_opening_on() -> None:
    found = openings([OPENED, HALF_OPEN], [Start(10.004, "m"), Start(10.001, "m")])

    assert found[0].last == pytest.approx(0.004)


@pytest.mark.parametrize(
    ("change", "verdicts"),
    [
        ({}, ["held", "held", "held"]),
        ({"lost": 1}, ["missed", "held", "held"]),
        ({"answered": 995}, ["held", "held", "held"]),
        ({"answered": 994}, ["held", "missed", "held"]),
        ({"opened": (Opening("m", 1.0, 2.0, 0.5, 1),)}, ["held", "held", "missed"]),
        ({"opened": ()}, ["held", "held", "missed"]),
        ({"tasks": 0, "answered": 0}, ["missed", "missed", "held"]),
    ],
)
def test_a_bar_is_held_or_missed(change: dict[str, object], verdicts: list[str]) -> None:
    given = {**WELL, **change}

    assert [bar.verdict for bar in bars(**given)] == verdicts  # type: ignore[arg-type]


def test_the_longest_pause_begins_with_the_kill() -> None:
    starts = [Start(at, "m") for at in (1.0, 1.4, 1.5)]

    assert longest_pause(starts, 0.1, 2.0) == pytest.approx(0.9)
    assert longest_pause(starts, 1.0, 2.0) == pytest.approx(0.4)
    assert longest_pause(starts, 2.0, 3.0) is None


def test_the_first_after_a_moment_is_not_one_before_it() -> None:
    assert first_after([1.0, 4.0, 3.0], 2.0) == 1.0
    assert first_after([1.0], 2.0) is None
    assert first_after([1.0], None) is None


# The whole report.


def account_of(*tallies: Tally) -> Account:
    account = Account()
    account.lasted = 10.0
    account.tallies = {f"process-{number}": tally for number, tally in enumerate(tallies)}
    account.moves = [OPENED, HALF_OPEN]
    return account


def a_tally(**given: object) -> Tally:
    tally = Tally(1, sent=100, results=100, done=True)
    tally.answers["m"] = 100
    return replace(tally, **given)  # type: ignore[arg-type]


def judged(*tallies: Tally) -> Report:
    return report_of(account_of(*tallies), interrupted=False)


def test_a_run_in_which_all_has_held_has_passed() -> None:
    report = judged(a_tally(), a_tally())

    assert report.passed
    assert (report.tasks, report.answered, report.lost) == (200, 200, 0)


def test_a_task_without_a_result_is_lost() -> None:
    report = judged(a_tally(), a_tally(sent=101))

    assert not report.passed
    assert report.lost == 1


def test_the_tasks_of_a_process_that_was_killed_end_with_it() -> None:
    report = judged(a_tally(), a_tally(sent=107, killed=True, done=False))

    assert report.passed
    assert (report.lost, report.gone) == (0, 7)


def test_a_process_that_ends_by_itself_has_lost_what_it_has_not_told() -> None:
    assert judged(a_tally(), a_tally(done=False)).lost == 1


def test_the_report_says_each_bar_in_a_line() -> None:
    lines = judged(a_tally()).to_text().splitlines()[-3:]

    assert [line.split()[-1] for line in lines] == ["held", "held", "held"]
    assert lines[0].startswith("tasks without a result")


def test_what_a_process_tells_is_kept_by_its_name() -> None:
    account = account_of(a_tally())
    told: dict[str, object] = {
        "kind": "account",
        "sent": 3,
        "results": 2,
        "failovers": 1,
        "answers": {"m": 2},
    }
    told |= {"failures": {}, "starts": [["m", 5.0]], "joined": True, "peers": 1, "models": {}}
    account.hear("process-0", told)
    account.hear("process-0", {"kind": "event", "at": 6.0, "text": "x", "owner_changed": True})

    assert (account.tallies["process-0"].sent, account.starts) == (3, [Start(5.0, "m")])
    assert account.owners_heard == [6.0]
    assert account.happenings[-1].text == "process-0 x"


def test_the_others_miss_a_process_once_they_count_one_fewer() -> None:
    account = account_of(a_tally(), a_tally(), a_tally(killed=True))
    account.marks.peer_killed = 1.0
    told: dict[str, object] = {
        "kind": "account",
        "sent": 0,
        "results": 0,
        "failovers": 0,
        "answers": {},
    }
    told |= {"failures": {}, "starts": [], "joined": True, "models": {}}
    account.hear("process-0", {**told, "peers": 3})
    before = account.marks.peer_missed
    account.hear("process-0", {**told, "peers": 2})

    assert before is None
    assert account.marks.peer_missed is not None


def test_the_report_is_json_too() -> None:
    told = json.loads(
        replace(judged(a_tally()), openings=(Opening("m", 1.0, inf, None, 0),)).to_json()
    )

    assert told["openings"] == [{"model": "m", "at": 1.0, "until": None, "last": None, "late": 0}]
