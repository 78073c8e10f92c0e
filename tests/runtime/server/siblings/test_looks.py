"""The looks of several workers are one picture of one fleet."""

from __future__ import annotations

from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.runtime.server.siblings.looks import fleet_look
from hive_resilience.runtime.server.siblings.sketches import SKETCHES

from .looks_kit import Record, a_cluster, a_look, a_model, an_alert


def told(*seconds: float) -> dict[str, str]:
    """What a worker says of the calls that took so long."""
    sketch = LatencySketch()
    for one in seconds:
        sketch.add(one)
    return {"m": sketch.to_text()}


def test_calls_are_added_and_shares_are_those_of_all_calls() -> None:
    one = a_model(calls=30, errors=0.1, rate=0.5, busy=2, waiting=1, totals={"successes": 27})
    other = a_model(calls=10, errors=0.5, rate=0.25, busy=1, totals={"successes": 5})

    found = fleet_look({1: a_look(one), 2: a_look(other)})

    model = found["models"]["m"]
    assert (model["calls"], model["errors"], model["rate"]) == (40, 0.2, 0.75)
    assert (model["busy"], model["waiting"], model["totals"]) == (3, 1, {"successes": 32})
    assert (model["share"], found["order"], found["fleet"]["models"]) == (1.0, ["m"], 1)


def test_a_fleet_without_answers_has_no_shares() -> None:
    found = fleet_look({1: a_look(), 2: a_look()})

    assert found["models"]["m"]["share"] is None
    assert found["models"]["m"]["errors"] is None


def test_percentiles_are_those_of_the_calls_of_all_workers() -> None:
    many, few = [0.1] * 99, [9.0]
    looks = {1: a_look(a_model(p95=0.1)), 2: a_look(a_model(p95=9.0))}
    looks[1][SKETCHES], looks[2][SKETCHES] = told(*many), told(*few)

    model = fleet_look(looks)["models"]["m"]

    assert model["p95"] < 0.2
    assert SKETCHES not in fleet_look(looks)


def test_without_the_sketch_of_a_worker_a_percentile_is_the_highest_of_any() -> None:
    looks = {1: a_look(a_model(p95=0.1)), 2: a_look(a_model(p95=9.0)), 3: a_look()}
    looks[1][SKETCHES] = told(0.1)

    assert fleet_look(looks)["models"]["m"]["p95"] == 9.0


def test_a_model_is_as_the_worst_worker_sees_it() -> None:
    ill = a_model(status="unavailable", breaker="open", out="circuit_open", retry_in=4.0)

    for looks in ({1: a_look(), 2: a_look(ill)}, {1: a_look(ill), 2: a_look()}):
        model = fleet_look(looks)["models"]["m"]

        assert (model["status"], model["breaker"], model["retry_in"]) == (
            "unavailable",
            "open",
            4.0,
        )


def test_the_places_of_a_shared_model_are_counted_once_and_its_quota_is_what_is_left() -> None:
    def looks(cluster: Record | None) -> dict[int, Record]:
        quotas = ({"requests_left": n, "requests_limit": 60} for n in (9, 7))
        names = ("tokens_left", "tokens_limit")
        return {
            number: a_look(a_model(quota={**one, **dict.fromkeys(names)}), cluster=cluster)
            for number, one in enumerate(quotas, 1)
        }

    shared = fleet_look(looks(a_cluster()))["models"]["m"]
    apart = fleet_look(looks(None))["models"]["m"]

    assert (shared["limit"], shared["configured"]) == (8, 8)
    assert (shared["quota"]["requests_left"], shared["quota"]["requests_limit"]) == (7, 60)
    assert (apart["configured"], apart["quota"]["requests_left"]) == (16, 16)


def test_the_last_steps_stand_above_each_other() -> None:
    one, other = a_model(spark=[[1, 0], [2, 1]]), a_model(spark=[[5, 5]])

    model = fleet_look({1: a_look(one), 2: a_look(other)})["models"]["m"]

    assert model["spark"] == [(1, 0), (7, 6)]


def test_an_alert_stands_once_with_its_workers_as_the_one_that_tells_it() -> None:
    silent = an_alert(told_elsewhere=True, told_on=[], since=40)
    speaker = an_alert(state="acknowledged", acknowledged_by="ada")
    alone = an_alert(fingerprint=None, condition="queue_full", model=None, since=10)

    found = fleet_look({2: a_look(alerts=[silent]), 1: a_look(alerts=[speaker, alone])})["alerts"]

    assert [(one["condition"], one["workers"]) for one in found] == [
        ("queue_full", [1]),
        ("slow", [1, 2]),
    ]
    assert (found[1]["acknowledged_by"], found[1]["told_on"]) == ("ada", ["log"])
    assert (found[1]["since"], found[1]["told_elsewhere"]) == (40, False)


def test_an_alert_that_still_fires_on_one_worker_is_not_acknowledged() -> None:
    known = an_alert(state="acknowledged", acknowledged_by="ada")

    for looks in (
        {1: a_look(alerts=[known]), 2: a_look(alerts=[an_alert()])},
        {1: a_look(alerts=[an_alert()]), 2: a_look(alerts=[known])},
    ):
        assert fleet_look(looks)["alerts"][0]["acknowledged_by"] is None


def test_a_worker_that_is_alone_is_named() -> None:
    lost = a_cluster(joined=False, error="the link is away")

    found = fleet_look({1: a_look(cluster=a_cluster()), 2: a_look(cluster=lost)})["cluster"]
    well = fleet_look({n: a_look(cluster=a_cluster()) for n in (1, 2)})["cluster"]

    assert (found["joined"], found["alone"], found["error"]) == (False, [2], "the link is away")
    assert (well["joined"], well["alone"]) == (True, [])


def test_the_level_is_the_worst_of_any() -> None:
    minor, severe = ({"level": name, "reason": name} for name in ("minor", "severe"))

    found = fleet_look({n: a_look(degradation=one) for n, one in enumerate((minor, severe, None))})

    assert found["degradation"] == severe
