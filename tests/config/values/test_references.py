"""Models that name each other, in fallbacks, groups and weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from hive_resilience.config import GroupConfig, ModelConfig, RuntimeConfig
from hive_resilience.config.loading.load import read
from hive_resilience.errors import ConfigurationError

Write = Callable[[str, str], Path]

FLEET = """
models:
  large: {fallbacks: [small]}
  small: {fallbacks: [large]}
groups:
  fast: {models: [small, large], timeout: 3000, strategy: parallel, maxConcurrent: 2}
  shares: {models: [large, small], weights: {large: 3}, routeRefusals: true}
"""


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(path, environ={})
    return [str(problem) for problem in caught.value.problems]


def test_groups_are_read_in_their_order(write: Write) -> None:
    fast, shares = read(write("a.yml", FLEET), environ={}).groups

    assert (fast.name, fast.models, fast.timeout) == ("fast", ("small", "large"), 3.0)
    assert (fast.strategy, fast.max_concurrent) == ("parallel", 2)
    assert (shares.weights, shares.route_refusals) == ({"large": 3.0}, True)


def test_groups_may_be_a_list(write: Write) -> None:
    path = write("a.yml", "models: {a: }\ngroups: [{name: g, models: [a]}]")

    assert read(path, environ={}).groups == (GroupConfig(name="g", models=("a",)),)


def test_every_name_that_fits_nothing_is_told_with_its_line(write: Write) -> None:
    path = write(
        "a.yml",
        """
models:
  gpt-5:
    fallbacks:
      - gpt-5
      - claud
      - claude
      - claude
  claude:
groups:
  g:
    models:
      - gpt5
      - claude
    weights:
      claude: 1
      gpt-5: 2
""",
    )

    assert problems(path) == [
        "a.yml: line 5: models.gpt-5.fallbacks: 'gpt-5' is not its own fallback",
        "a.yml: line 6: models.gpt-5.fallbacks: "
        "no model has the id 'claud'; did you mean 'claude'?",
        "a.yml: line 8: models.gpt-5.fallbacks: 'claude' is named twice",
        "a.yml: line 13: groups.g.models: no model has the id 'gpt5'; did you mean 'gpt-5'?",
        "a.yml: line 17: groups.g.weights: "
        "'gpt-5' is not among the models of its group: gpt5, claude",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("groups: {g: {models: []}}", "groups.g.models: should have at least 1 item"),
        ("groups: {g: {}}", "groups.g.models: is missing"),
        ("groups: {g: {models: a}}", "groups.g.models: 'a' does not fit"),
        ("groups: [{models: [a]}]", "groups.0.name: is missing"),
        ("groups: [{name: g, models: [a]}, {name: g, models: [a]}]", "a second group with the"),
        ("groups: {g: {models: [a], weights: {a: 1}, strategy: random}}", "strategy weighted"),
        ("groups: {g: {modles: [a], models: [a]}}", "did you mean models?"),
        ("groups: {g: {models: [a], weights: {a: -1}}}", "-1 does not fit"),
    ],
)
def test_a_group_that_cannot_work_is_an_error(write: Write, text: str, told: str) -> None:
    (problem,) = problems(write("a.yml", f"models: {{a: }}\n{text}"))

    assert problem.startswith("a.yml: line 2: ")
    assert told in problem


def test_two_ids_that_are_one_in_the_environment_are_an_error(write: Write) -> None:
    path = write("a.yml", "models:\n  gpt-5:\n  gpt_5:\n")

    assert problems(path) == [
        "a.yml: line 3: models.gpt_5: 'gpt-5' and 'gpt_5' are both RESILIENCE_GPT_5_... "
        "in the environment; rename one"
    ]


@pytest.mark.parametrize(
    ("models", "groups", "told"),
    [
        ([ModelConfig(id="a", fallbacks=("b",))], [], "models.a.fallbacks: no model has the id"),
        ([ModelConfig(id="a", fallbacks=("a",))], [], "'a' is not its own fallback"),
        ([ModelConfig(id="a")], [GroupConfig(name="g", models=("b",))], "groups.g.models: no"),
        ([ModelConfig(id="a")], [GroupConfig(name="g", models=("a",))] * 2, "two groups have"),
        ([ModelConfig(id="a")] * 2, [], "two models have the id 'a'"),
    ],
)
def test_settings_from_python_are_held_to_the_same(
    models: list[ModelConfig], groups: list[GroupConfig], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        RuntimeConfig(models=tuple(models), groups=tuple(groups))
