"""Tasks of every type in a fleet: who is asked, who is passed over, and what a failure says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hive_resilience import (
    Runtime,
    RuntimeConfig,
    Task,
    TaskResult,
)
from hive_resilience.config import GlobalConfig, GroupConfig
from hive_resilience.errors import (
    AllModelsFailedError,
    ConfigurationError,
    UnsupportedTaskError,
)

from .executors.faulty_server import run
from .families_kit import Calls, asked, embeds, model, passed_over


def test_a_task_goes_to_the_first_model_that_takes_its_type() -> None:
    calls: Calls = []
    fleet = (model("a", calls, families=["chat"]), model("b", calls, families=["rerank"]))
    result = run(asked(*fleet, kind="rerank"))

    assert (result.model_used, result.fallback_used, calls) == ("b", False, ["b"])
    assert passed_over(result) == {"a": "a takes chat, and no tasks of the type rerank"}


def test_models_behind_the_chosen_one_are_named_once_it_fails() -> None:
    calls: Calls = []
    fleet = (
        model("a", calls, families=["chat"], fails=True),
        model("b", calls, families=["rerank"]),
        model("c", calls, families=["chat"]),
    )
    result = run(asked(*fleet, kind="chat"))

    assert (result.model_used, calls) == ("c", ["a", "c"])
    assert list(passed_over(result)) == ["b"]


@pytest.mark.parametrize("rule", ["fail", "wait", "try"])
def test_a_type_that_no_model_takes_is_an_error_that_says_so(rule: str) -> None:
    async def story() -> TaskResult:
        settings = GlobalConfig(when_none_available=rule)
        config = RuntimeConfig(global_=settings, models=[model("a", [], families=["chat"])])
        async with Runtime(config) as runtime:
            return await runtime.execute(Task("Hi", type="rerank"))

    result = run(story())
    assert isinstance(result.error, UnsupportedTaskError)
    assert "no tasks of the type rerank" in str(result.error)
    assert list(passed_over(result)) == ["a"]


def test_one_that_takes_it_and_fails_is_no_lack_of_models() -> None:
    calls: Calls = []
    fleet = (
        model("a", calls, families=["chat"]),
        model("b", calls, families=["rerank"], fails=True),
    )
    error = run(asked(*fleet, kind="rerank")).error

    assert isinstance(error, AllModelsFailedError)
    assert {one.model_id for one in error.attempts} == {"a", "b"}


def test_a_stream_goes_by_its_type_too() -> None:
    async def story() -> TaskResult:
        calls: Calls = []
        fleet = (model("a", calls, families=["chat"]), model("b", calls, families=["response"]))
        async with Runtime(models=fleet) as runtime:
            async with runtime.stream(Task("Hi", type="response")) as stream:
                [chunk async for chunk in stream]
            return stream.result

    assert run(story()).model_used == "b"


@pytest.mark.parametrize("strategy", ["sequential", "random", "weighted", "parallel"])
@pytest.mark.parametrize("kind", ["chat", "embedding", "rerank", "summary"])
def test_functions_without_families_take_every_type(kind: str, strategy: str) -> None:
    calls: Calls = []
    result = run(asked(model("a", calls), kind=kind, strategy=strategy))

    assert (result.model_used, len(result.attempts)) == ("a", 1)


def test_any_function_runs_under_any_model() -> None:
    async def double(number: int) -> int:
        return 2 * number

    async def story() -> int:
        async with Runtime(models=[model("a", [], families=["embedding"])]) as runtime:
            return await runtime.call("a", double, 21)

    assert run(story()) == 42


# Embeddings.


@pytest.mark.parametrize("strategy", ["sequential", "random", "weighted", "parallel"])
def test_an_embedding_fails_over_within_its_space_alone(strategy: str) -> None:
    calls: Calls = []
    fleet = (
        embeds("a", calls, "s", fails=True),
        embeds("b", calls, "l"),
        embeds("c", calls, "s"),
        model("d", calls),
    )
    for _ in range(8):
        result = run(asked(*fleet, kind="embedding", strategy=strategy))
        assert result.model_used == "c"

    assert set(calls) <= {"a", "c"}


def test_without_a_space_it_does_not_fail_over() -> None:
    calls: Calls = []
    result = run(asked(model("a", calls, fails=True), model("b", calls), kind="embedding"))

    assert (result.success, calls) == (False, ["a"])
    assert "embedding_space" in passed_over(result)["b"]


def test_while_the_first_is_out_the_next_task_does_not_go_to_another_space() -> None:
    async def story() -> Calls:
        calls: Calls = []
        fleet = (embeds("a", calls, None), embeds("b", calls, None))
        async with Runtime(models=fleet) as runtime:
            runtime.model("a").force_open()
            result = await runtime.execute(Task("Hi", type="embedding"))
            assert not result.success
        return calls

    assert run(story()) == []


@pytest.mark.parametrize(("named", "used"), [("b", "b"), ("far", "b"), ("text-b", "b"), ("x", "a")])
def test_an_embedding_goes_where_its_payload_says(named: str, used: str) -> None:
    calls: Calls = []
    fleet = (embeds("a", calls, "s"), embeds("b", calls, "l", model="text-b"))
    groups = [GroupConfig(name="far", models=("b",))]
    payload = {"input": "Hi", "model": named}

    assert run(asked(*fleet, kind="embedding", payload=payload, groups=groups)).model_used == used


def test_a_group_that_mixes_spaces_is_refused(tmp_path: Path) -> None:
    far = {"endpoint": "http://host/v1", "embedding_space": "l"}
    models = {"a": {**far, "embedding_space": "s"}, "b": far, "c": {"endpoint": "http://host/v1"}}
    file = tmp_path / "fleet.json"

    file.write_text(json.dumps({"models": models, "groups": {"both": {"models": ["a", "b"]}}}))
    with pytest.raises(ConfigurationError, match="both: mixes the embedding spaces l and s"):
        Runtime.from_file(file)
    file.write_text(json.dumps({"models": models, "groups": {"both": {"models": ["a", "c"]}}}))
    assert Runtime.from_file(file)


def test_a_model_that_joins_in_another_space_gets_no_task_that_waits_for_its_own() -> None:
    async def story() -> tuple[bool, Calls]:
        calls: Calls = []
        async with Runtime(models=[embeds("a", calls, "s", fails=True)]) as runtime:
            runtime.add_model(embeds("b", calls, "l"))
            result = await runtime.execute(Task("Hi", type="embedding"))
        return result.success, calls

    assert run(story()) == (False, ["a"])


# What stays within a group.
