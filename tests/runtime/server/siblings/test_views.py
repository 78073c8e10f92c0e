"""What operators look at, of all workers at once: nothing is lost, and nothing stands twice."""

from __future__ import annotations

from typing import Any

from hive_resilience.runtime.server.siblings.views import view_of_all

Record = dict[str, Any]


def fired(name: str, **more: Any) -> Record:
    """An alert as `/admin/alerts` has it."""
    found: Record = {"fingerprint": name, "state": "firing", "since": "2026-11-28T10:00:00+00:00"}
    return {**found, "told_on": ["log"], "is_over": False, "told_elsewhere": False, **more}


def test_alerts_of_all_stand_once() -> None:
    said = {
        1: {"alerts": [fired("a", told_elsewhere=True, told_on=[])]},
        2: {"alerts": [fired("a", told_on=["team"]), fired("b", state="pending")]},
    }

    found = view_of_all("alerts", said)["alerts"]

    assert [(one["fingerprint"], one["workers"]) for one in found] == [("a", [1, 2]), ("b", [2])]
    assert (found[0]["told_on"], found[0]["told_elsewhere"]) == (["team"], False)


def test_an_alert_that_is_over_on_one_worker_goes_on_by_the_other() -> None:
    over, firing = fired("a", is_over=True), fired("a", state="acknowledged")

    (found,) = view_of_all("alerts", {1: {"alerts": [over]}, 2: {"alerts": [firing]}})["alerts"]

    assert (found["is_over"], found["state"]) == (False, "acknowledged")


def test_an_alert_is_told_here_where_the_worker_that_tells_it_keeps_it_after_its_own_end() -> None:
    over, firing = fired("a", is_over=True), fired("a", told_elsewhere=True, told_on=[])

    (found,) = view_of_all("alerts", {1: {"alerts": [over]}, 2: {"alerts": [firing]}})["alerts"]

    assert (found["is_over"], found["told_elsewhere"]) == (False, False)


def test_a_silence_says_which_workers_keep_it() -> None:
    one, other = {"id": "s1", "by": "ada"}, {"id": "s2", "by": "ben"}

    said = {1: {"silences": [one]}, 3: {"silences": [one, other]}}

    assert view_of_all("silences", said)["silences"] == [
        {**one, "workers": [1, 3]},
        {**other, "workers": [3]},
    ]


def test_notifications_have_their_worker_and_the_newest_is_first() -> None:
    said = {1: {"deliveries": [{"at": "03"}, {"at": "01"}]}, 2: {"deliveries": [{"at": "02"}]}}

    found = view_of_all("deliveries", said)["deliveries"]

    assert found == [
        {"at": "03", "worker": 1},
        {"at": "02", "worker": 2},
        {"at": "01", "worker": 1},
    ]


def report(since: str, ended: str | None, **more: Any) -> Record:
    found: Record = {"id": "chaos", "since": since, "ended": ended, "aborted": False, "hits": 1}
    found |= {"tasks": 10, "answered": 9, "to_detect": None, "to_divert": None, "to_recover": None}
    return {**found, "recovered": True, "hit_models": {"m": 1}, "reason": "done", **more}


def chaos(*reports: Record, running: list[Record] | None = None) -> Record:
    return {"enabled": True, "experiments": running or [], "reports": list(reports)}


def test_the_reports_of_one_run_are_one_and_a_later_run_is_another() -> None:
    said = {
        1: chaos(report("10", "20"), report("30", None)),
        2: chaos(report("11", "21", to_detect=2.0, recovered=False), report("31", None, hits=4)),
    }

    late, early = view_of_all("chaos", said)["reports"]

    assert (late["since"], late["ended"], late["hits"], late["workers"]) == ("30", None, 5, [1, 2])
    assert (early["since"], early["ended"], early["tasks"]) == ("10", "21", 20)
    assert (early["hit_models"], early["to_detect"], early["recovered"]) == ({"m": 2}, 2.0, False)


def test_a_run_that_is_over_on_one_worker_alone_still_runs() -> None:
    said = {1: chaos(report("10", "20", aborted=True, reason="slow")), 2: chaos(report("11", None))}

    (found,) = view_of_all("chaos", said)["reports"]

    assert (found["ended"], found["aborted"], found["reason"]) == (None, True, "slow")


def test_an_experiment_that_runs_has_the_hits_of_all() -> None:
    one = {"id": "x", "since": "10", "until": "40", "hits": 3, "faults": ["a"], "models": ["m"]}
    late = {**one, "since": "12", "until": "42", "hits": 4, "faults": ["a", "b"]}

    (found,) = view_of_all("chaos", {1: chaos(running=[one]), 2: chaos(running=[late])})[
        "experiments"
    ]

    assert (found["hits"], found["since"], found["until"]) == (7, "10", "42")
    assert (found["faults"], found["workers"]) == (["a", "b"], [1, 2])


def test_the_level_is_that_of_the_worst_worker_and_those_of_all_are_named() -> None:
    said = {n: {"level": name, "reason": name} for n, name in enumerate(("minor", "severe"), 1)}

    found = view_of_all("degradation", said)

    assert (found["level"], found["reason"]) == ("severe", "severe")
    assert found["levels"] == {"1": "minor", "2": "severe"}


def test_remedies_of_all_are_counted_and_listed_with_their_worker() -> None:
    def status(at: str, **more: Any) -> Record:
        quiet: Record = {"enabled": True, "busy": None, "gave_up": [], "counts": {"helped": 1}}
        return {**quiet, "records": [{"at": at, "remedy": "reload"}], **more}

    found = view_of_all("recovery", {1: status("01"), 2: status("02", busy="m", gave_up=["m"])})

    assert (found["busy"], found["gave_up"], found["counts"]) == ("m", ["m"], {"helped": 2})
    assert [(one["at"], one["worker"]) for one in found["records"]] == [("02", 2), ("01", 1)]
