"""The runner: steady state, method, steady state, and everything cleared at every end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience.chaos import Journal, journal_text, run_experiment
from hive_resilience.config import ChaosConfig
from hive_resilience.errors import ConfigurationError
from tests.conftest import Virtual

from ..chaos_kit import chaotic
from .experiment_kit import ANSWERED, REFUSED, action, experiment, probe, ran, under_load


def statuses(runs: list[dict[str, Any]]) -> list[str]:
    return [f"{run['activity']['name']} {run['status']}" for run in runs]


def test_an_experiment_that_holds_has_a_journal_in_the_toolkits_form(virtual: Virtual) -> None:
    journal = virtual(ran(experiment()))

    told = journal.as_dict()
    assert (told["status"], told["deviated"], journal.code) == ("completed", False, (0, "held"))
    assert told["steady_states"]["before"]["steady_states_met"]
    assert told["steady_states"]["after"]["steady_states_met"]
    assert statuses(told["run"]) == ["inject succeeded"]
    assert statuses(told["rollbacks"]) == ["clear succeeded"]
    assert told["start"] < told["end"]
    assert {"output", "start", "end", "duration", "status"} <= set(told["run"][0])
    assert told["experiment"]["title"] == "A test"


def test_a_report_says_how_long_it_took_to_detect_divert_and_recover(virtual: Virtual) -> None:
    told = journal_text(virtual(ran(experiment())))

    assert "steady state before: held" in told
    assert "time to detect: 400 ms" in told
    assert "time to divert: 10 ms" in told
    assert "time to recover: " in told
    assert "not seen" not in told
    assert told.endswith("verdict: held")


def test_a_steady_state_that_does_not_hold_afterwards_is_a_deviation(virtual: Virtual) -> None:
    slow = action("inject", 5.0, fault="latency", models=["a"], share=1.0, seconds=1)
    fast = probe("p95", {"type": "range", "range": [0, 0.5]}, window=10)

    journal = virtual(ran(experiment(slow, steady=(ANSWERED, fast))))

    assert journal.code == (1, "deviated")
    assert (journal.status, journal.deviated) == ("completed", True)
    assert "steady state after: not met" in journal_text(journal)
    assert "p95: found 1.0" in journal_text(journal)


def test_nothing_is_done_to_a_fleet_that_is_not_steady_before(virtual: Virtual) -> None:
    three = probe("usable_models", 3)

    journal = virtual(ran(experiment(steady=(three,))))

    assert journal.code == (2, "refused")
    assert (journal.status, journal.run, journal.rollbacks) == ("failed", [], [])


@pytest.mark.parametrize(
    ("chaos", "method", "told"),
    [
        (ChaosConfig(), REFUSED, "chaos is off"),
        (None, action("inject", fault="hang", share=1.0), "every usable model"),
        (None, action("inject", fault="hang", models=["c"]), "no model 'c'"),
    ],
)
def test_what_is_not_allowed_is_refused(
    virtual: Virtual, chaos: Any, method: Any, told: str
) -> None:
    journal = virtual(ran(experiment(method, steady=()), chaotic("a", "b", chaos=chaos)))

    assert journal.code == (2, "refused")
    assert told in journal.reason


def test_an_outage_is_allowed_by_a_word(virtual: Virtual) -> None:
    hang = action("inject", fault="latency", share=1.0)

    journal = virtual(ran(experiment(hang, steady=()), allow_outage=True))

    assert journal.code.word == "held"


def test_the_runtime_ends_what_harms_its_tasks_and_the_runner_says_so(virtual: Virtual) -> None:
    outage = action("inject", 30.0, fault="fault", share=1.0, duration=40)
    clock: list[float] = []

    async def run() -> Journal:
        began = asyncio.get_running_loop().time()
        journal = await ran(experiment(outage, steady=()), chaotic("a"), allow_outage=True)
        clock.append(asyncio.get_running_loop().time() - began)
        return journal

    journal = virtual(run())

    assert journal.code == (3, "aborted")
    assert "tasks were answered" in journal.reason
    assert journal.report is not None
    assert journal.report["aborted"]
    ended = journal.report["tasks"]
    assert ended < 40  # of some 300 in the whole span


def test_the_stop_button_aborts_the_run(virtual: Virtual) -> None:
    async def run() -> Journal:
        async with under_load(chaotic("a", "b")) as runtime:
            work = asyncio.create_task(run_experiment(experiment(), runtime))
            await asyncio.sleep(2.0)
            runtime.chaos.stop(reason="enough", by="an operator")
            return await work

    journal = virtual(run())

    assert journal.code == (3, "aborted")
    assert journal.reason == "an operator has stopped it: enough"


def test_a_cancelled_run_clears_its_faults(virtual: Virtual) -> None:
    async def run() -> None:
        async with under_load(chaotic("a", "b")) as runtime:
            work = asyncio.create_task(run_experiment(experiment(), runtime))
            await asyncio.sleep(2.0)
            assert runtime.chaos.running()
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            assert not runtime.chaos.running()

    virtual(run())


def test_an_action_that_raises_ends_the_run_and_clears_its_faults(virtual: Virtual) -> None:
    wrong = probe("breaker_state", model="nobody")

    journal = virtual(ran(experiment(REFUSED, wrong)))

    assert journal.code == (3, "aborted")
    assert "there is no model 'nobody'" in journal.reason
    assert statuses(journal.run) == ["inject succeeded", "breaker_state failed"]
    assert statuses(journal.rollbacks) == ["clear succeeded"]


def test_a_run_longer_than_its_lease_renews_it(virtual: Virtual) -> None:
    long = action("inject", 50.0, fault="latency", models=["a"], share=1.0, seconds=0.1)

    journal = virtual(ran(experiment(long)))

    assert journal.code.word == "held"
    assert journal.report is not None
    assert journal.report["hits"] == 100
    assert "calls are used up" in journal.report["reason"]


def test_a_background_action_goes_on_beside_the_next(virtual: Virtual) -> None:
    late = {**action("clear"), "background": True, "pauses": {"before": 2.0}}

    journal = virtual(ran(experiment(late, REFUSED)))

    assert statuses(journal.run) == ["inject succeeded", "clear succeeded"]
    assert journal.report is not None
    assert journal.report["reason"] == "cleared"


def test_a_dry_run_asks_probes_and_injects_nothing(virtual: Virtual) -> None:
    async def run() -> tuple[Journal, float]:
        began = asyncio.get_running_loop().time()
        journal = await ran(experiment(), dry_run=True)
        return journal, asyncio.get_running_loop().time() - began

    journal, took = virtual(run())

    assert journal.code.word == "held"
    assert journal.report is None
    assert "action inject: would be done" in journal_text(journal)
    assert took < 1.5


def test_the_same_seed_gives_the_same_hits(virtual: Virtual) -> None:
    some = action("inject", 5.0, fault="latency", models=["a"], share=0.3, seconds=0.1)

    def hits(seed: int) -> object:
        journal = virtual(ran(experiment(some), seed=seed))
        return None if journal.report is None else journal.report["hits"]

    assert hits(1) == hits(1)
    assert len({hits(seed) for seed in range(4)}) > 1


@pytest.mark.parametrize(
    ("method", "told"),
    [
        (action("explode"), "there is no function 'explode'"),
        (action("inject"), "missing a required argument"),
        (probe("breaker_state", modle="a"), "missing a required argument"),
    ],
)
def test_functions_and_their_arguments_are_checked_before_anything_runs(
    virtual: Virtual, method: Any, told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        virtual(ran(experiment(method)))


def test_values_of_the_configuration_stand_in_arguments(virtual: Virtual) -> None:
    named = action("inject", 3.0, fault="fault", models=["${model}"], share="${share}")
    configuration = {"model": "a", "share": {"type": "env", "key": "HIVE_TEST", "default": 1.0}}

    journal = virtual(ran(experiment(named, configuration=configuration)))

    assert journal.report is not None
    assert journal.report["hit_models"].keys() == {"a"}
