"""What differs between two configurations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.config import (
    BulkheadConfig,
    CircuitBreakerConfig,
    GlobalConfig,
    Isolation,
    ModelConfig,
    RetryConfig,
    RuntimeConfig,
    StreamConfig,
)
from hive_resilience.config.diff import (
    Added,
    Changed,
    GlobalChanged,
    GroupsChanged,
    Removed,
    Reordered,
    compare,
    diff,
)
from hive_resilience.config.settings.group import GroupConfig
from hive_resilience.config.values.values import is_mapping


def config(
    *models: ModelConfig, groups: tuple[GroupConfig, ...] = (), **settings: object
) -> RuntimeConfig:
    return RuntimeConfig(global_=GlobalConfig(**settings), models=models, groups=groups)  # type: ignore[arg-type]


A, B, C = (ModelConfig(id=name) for name in "abc")


def test_what_is_the_same_has_no_difference() -> None:
    again = ModelConfig.model_validate({"id": "a", "retry": {"max_retries": 3}})
    assert diff(config(A, task_timeout=120.0), config(again)) == ()


def test_each_kind_of_change_is_named_in_the_order_to_make_it() -> None:
    other = B.model_copy(update={"weight": 2.0, "retry": RetryConfig(max_retries=1)})
    group = GroupConfig(name="fast", models=("b",))
    found = diff(config(A, B), config(C, other, groups=(group,), stop_grace=1.0))
    assert found == (
        GlobalChanged(GlobalConfig(stop_grace=1.0), frozenset({"stop_grace"})),
        Added(C),
        Changed(B, other, frozenset({"weight", "retry"})),
        Removed("a"),
        Reordered(("c", "b")),
        GroupsChanged((group,)),
    )


def test_adding_at_the_end_and_removing_change_no_order() -> None:
    assert diff(config(A, B), config(B, C)) == (Added(C), Removed("a"))


def test_executors_are_compared_by_identity() -> None:
    class Equal:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    first, second = (ModelConfig(id="a", executor=Equal()) for _ in range(2))
    assert compare(first, first.model_copy()) is None
    assert compare(first, second) == Changed(first, second, frozenset({"executor"}))


@pytest.mark.parametrize(
    ("update", "needed"),
    [
        ({"weight": 2.0}, False),
        ({"timeout": 1.0}, False),
        ({"enabled": False}, False),
        ({"bulkhead": BulkheadConfig(max_concurrent=2)}, False),
        ({"circuit_breaker": CircuitBreakerConfig(window=30)}, False),
        ({"endpoint": "https://example.com/v2"}, True),
        ({"model": "other"}, True),
        ({"api_key_env": "OTHER_KEY"}, True),
        ({"provider": "other"}, True),
        ({"isolation": Isolation.PROCESS}, True),
        ({"executor": print}, True),
    ],
    ids=lambda value: ",".join(map(str, value)) if is_mapping(value) else "",
)
def test_only_what_the_executor_is_made_of_asks_for_another(
    update: dict[str, object], needed: bool
) -> None:
    before = ModelConfig(id="a", endpoint="https://example.com/v1", api_key_env="KEY")
    change = compare(before, before.model_copy(update=update))
    assert change is not None
    assert change.needs_executor is needed


def test_an_executor_of_python_does_not_care_for_an_endpoint() -> None:
    before = ModelConfig(id="a", executor=print, endpoint="https://example.com/v1")
    change = compare(before, before.model_copy(update={"endpoint": "https://example.com/v2"}))
    assert change is not None
    assert not change.needs_executor


def test_worker_processes_are_as_many_as_calls_in_flight() -> None:
    before = ModelConfig(id="a", executor=print, isolation=Isolation.PROCESS)
    more = before.model_copy(update={"bulkhead": BulkheadConfig(max_concurrent=9)})
    change = compare(before, more)
    assert change is not None
    assert change.needs_executor


models = st.lists(
    st.builds(ModelConfig, id=st.sampled_from("abcde"), weight=st.sampled_from((1.0, 2.0))),
    unique_by=lambda model: model.id,
)


@given(models, models)
def test_making_the_changes_gives_the_other_configuration(
    old: list[ModelConfig], new: list[ModelConfig]
) -> None:
    fleet = {model.id: model for model in old}
    for change in diff(config(*old), config(*new)):
        match change:
            case Added(model):
                assert model.id not in fleet
                fleet[model.id] = model
            case Changed(before, model):
                assert fleet[model.id] == before
                fleet[model.id] = model
            case Removed(model_id):
                del fleet[model_id]
            case Reordered(ids):
                assert list(fleet) != list(ids)
                fleet = {model_id: fleet[model_id] for model_id in ids}
            case _:
                raise AssertionError(change)
    assert list(fleet.values()) == new


@pytest.mark.parametrize(("setting", "needs"), [("max_bytes", True), ("buffer", False)])
def test_what_is_read_of_a_stream_is_bounded_by_its_executor(setting: str, needs: bool) -> None:
    after = A.model_copy(update={"stream": StreamConfig(**{setting: 70_000})})  # type: ignore[arg-type]
    (changed,) = diff(config(A), config(after))
    assert isinstance(changed, Changed)
    assert changed.needs_executor is needs
