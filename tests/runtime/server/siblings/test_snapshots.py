from __future__ import annotations

from typing import Any

import orjson

from hive_resilience import ModelConfig, Runtime
from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.runtime.server.siblings.sketches import SKETCHES
from hive_resilience.runtime.server.siblings.snapshots import fleet_snapshot


def said(*seconds: float, **sketches: Any) -> dict[str, Any]:
    """What a worker says whose calls of the model `m` have taken so long."""
    with Runtime(models=[ModelConfig(id="m", executor=lambda task: "hello")]) as runtime:
        found: dict[str, Any] = orjson.loads(runtime.snapshot().to_json())
    found["models"]["m"]["metrics"]["latency"] = orjson.loads(
        orjson.dumps(sketch(*seconds).snapshot())
    )
    return {**found, SKETCHES: sketches}


def sketch(*seconds: float) -> LatencySketch:
    found = LatencySketch()
    for one in seconds:
        found.add(one)
    return found


def written(*seconds: float) -> dict[str, str]:
    return {"latency": sketch(*seconds).to_text()}


def test_percentiles_are_those_of_all_calls_where_sketches_are_said() -> None:
    many, few = [0.1] * 99, [9.0]

    found = fleet_snapshot([said(*many, m=written(*many)), said(*few, m=written(*few))])

    latency = found["models"]["m"]["metrics"]["latency"]
    assert latency == orjson.loads(orjson.dumps(sketch(*many, *few).snapshot()))
    assert latency["p95"] < 0.2


def test_percentiles_are_the_worst_where_a_sketch_cannot_be_read() -> None:
    found = fleet_snapshot([said(0.1, m=written(0.1)), said(9.0, m={"latency": "AAAA"})])

    latency = found["models"]["m"]["metrics"]["latency"]
    assert (latency["count"], latency["min"], latency["max"]) == (2, 0.1, 9.0)
    assert latency["p50"] > 8


def test_the_worst_of_what_each_worker_sees_is_told() -> None:
    well, ill = said(), said()
    ill["models"]["m"] |= {"status": "unavailable"}
    ill["models"]["m"]["breaker"]["state"] = "open"
    ill["router"] |= {"usable": 0, "closed": {"m": "circuit_open"}}
    ill["degradation"]["level"] = "severe"
    ill["children"][0]["alive"] = False

    for order in ([well, ill], [ill, well]):
        found = fleet_snapshot(order)

        model, router = found["models"]["m"], found["router"]
        assert (model["status"], model["breaker"]["state"]) == ("unavailable", "open")
        assert (router["models"], router["usable"], router["closed"]) == (
            1,
            0,
            {"m": "circuit_open"},
        )
        assert found["degradation"]["level"] == "severe"
        assert not found["children"][0]["alive"]


def test_the_places_of_a_shared_model_are_counted_once() -> None:
    workers = [said(), said()]
    for one, places in zip(workers, (3, 5), strict=True):
        one["models"]["m"]["bulkhead"] |= {"limit": places, "configured": 8}
    alone = fleet_snapshot(workers)["models"]["m"]["bulkhead"]
    for one in workers:
        one["cluster"] = {"shares": {"m": {}}}

    shared = fleet_snapshot(workers)["models"]["m"]["bulkhead"]

    assert (alone["limit"], alone["configured"]) == (8, 16)
    assert (shared["limit"], shared["configured"]) == (8, 8)
