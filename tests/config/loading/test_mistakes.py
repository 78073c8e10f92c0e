"""What is said of a settings file that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hive_resilience.config.loading.load import read
from hive_resilience.errors import ConfigurationError

Write = Callable[[str, str], Path]


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(path, environ={})
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return [str(problem) for problem in caught.value.problems]


def test_all_mistakes_are_told_at_once_in_the_order_of_lines(write: Write) -> None:
    path = write(
        "resilience.yml",
        """
global:
  defaultTimeout: soon
models:
  gpt-5:
    circuitBreaker:
      failureTreshold: 3
    retry:
      max_retrys: 3
      jitter: some
  claude:
    timeout: -5
    halfOpenMaxCall: 3
    retry: {retryableErrors: [1.5]}
""",
    )

    assert problems_of(path) == [
        "resilience.yml: line 3: global.defaultTimeout: 'soon' does not fit: "
        'write a span of time as "500ms", "30s", "2m" or "1h"',
        "resilience.yml: line 7: models.gpt-5.circuitBreaker.failureTreshold: "
        "unknown key; did you mean failureThreshold?",
        "resilience.yml: line 9: models.gpt-5.retry.max_retrys: "
        "unknown key; did you mean max_retries?",
        "resilience.yml: line 10: models.gpt-5.retry.jitter: 'some' does not fit: "
        "should be 'none', 'full', 'equal', 'decorrelated' or 'proportional'",
        "resilience.yml: line 12: models.claude.timeout: -5 does not fit: should be greater than 0",
        "resilience.yml: line 13: models.claude.halfOpenMaxCall: "
        "unknown key; did you mean circuitBreaker.halfOpenMaxCalls?",
        "resilience.yml: line 14: models.claude.retry.retryableErrors: 1.5 does not fit: "
        "should be a valid string or should be a valid integer, "
        "got a number with a fractional part",
    ]


def test_a_problem_says_where_it_stands_and_what_stands_there(write: Write) -> None:
    path = write("a.yml", "models:\n  gpt-5:\n    weight: -2\n")

    with pytest.raises(ConfigurationError) as caught:
        read(path, environ={})

    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.value) == ("a.yml", 3, -2)
    assert (caught.value.key, caught.value.value) == ("models.gpt-5.weight", -2)
    assert caught.value.allowed is not None
    assert "greater than or equal to 0" in caught.value.allowed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("modles: {}", "modles: unknown key; did you mean models?"),
        ("defaultTimeout: 3", "defaultTimeout: unknown key; did you mean global.defaultTimeout?"),
        (
            "zzz: 3",
            "zzz: unknown key; allowed here: global, models, groups, aliases, alerts, history",
        ),
        ("models: 3", "models: should be a mapping of keys to values"),
        ("- a", "should be a mapping of keys to values"),
        ("models: {a: {retry: [1]}}", "models.a.retry: should be a mapping of keys to values"),
        ("models: {5: {}}", "models.5: a key is text: write it in quotes"),
        ("models: {a: {id: b}}", "models.a: has another id inside: 'b'"),
        ("models: [{id: a}, {id: a}]", "models.a: a second model with the id 'a'"),
        ("models: [{weight: 1}]", "models.0.id: is missing"),
        ("models: {a: {executor: x}}", "models.a.executor: unknown key; an executor is given in"),
        ("models: {a: {retry: {maxRetries: 1, max_retries: 2}}}", "written twice"),
        ("models: {a: {weight: 1, weight: 2}}", "models.a.weight: written twice, first on line 1"),
        (
            "models: {a-b: , a_b: }",
            "'a-b' and 'a_b' are both RESILIENCE_A_B_... in the environment",
        ),
        ("models: {a: {circuitBreaker: {minCalls: 9, window: 3}}}", "min_calls (9) is more than"),
        ("models: {a: {fallbacks: b}}", "'b' does not fit: should be a list"),
        (
            "global: {degradation: {when: {minor: {features_off: [x, x]}}}}",
            "features_off: 'x' is named twice",
        ),
        ("models: {a: {maxRetries: true}}", "true does not fit: should be a number"),
        ("models: {a: {weight: '2'}}", "'2' does not fit: should be a number"),
        ("models: {a: {enabled: 1}}", "1 does not fit: should be true or false"),
        ("models: {a: {timeout: 400d}}", "'400d' does not fit: should be a year (365d) at most"),
        ("models: {a: {timeout: .nan}}", "nan does not fit: should be a year (365d) at most"),
        ("models: {a: {rateLimit: {requestsPerMinute: .inf}}}", "inf does not fit"),
        ("models: {a: {retry: {baseDelay: -1}}}", "-1 does not fit: should be 0 or more"),
        ("models: {a: {retry: {retryableErrors: [1301]}}}", "less than or equal to 599"),
        # YAML 1.1 takes it for 90.
        ("models: {a: {timeout: 1:30}}", "'1:30' does not fit: write a span of time"),
        ("models: {a: {weight: 1:30.5}}", "'1:30.5' does not fit: should be a number"),
        ('"\\e[2Jx\\n": 1', r"a.yml: line 1: \x1b[2Jx\n: unknown key"),
        ("models: {a: {healthCheck: {endpoint: 'localhost:80/'}}}", "should be a whole URL: http"),
    ],
)
def test_a_wrong_shape_is_named_with_its_line(write: Write, text: str, said: str) -> None:
    (problem,) = problems_of(write("a.yml", text))

    assert problem.startswith("a.yml: ")
    assert said in problem


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.yml", "models:\n  a: [", 2),
        ("a.yml", "a: 1\nb: !!python/object:os.system x", 2),
        ("a.yml", "a: *nowhere", 1),
        ("a.toml", "[models]\na = ", 2),
        ("a.toml", "a = '", 1),
        ("a.json", '{"models":\n nothing}', 2),
    ],
)
def test_text_that_is_not_its_format_is_an_error_with_its_line(
    write: Write, name: str, text: str, line: int
) -> None:
    (problem,) = problems_of(write(name, text))

    assert problem.startswith(f"{name}: line {line}: is not ")


def test_json_that_is_just_too_deep_for_python_is_an_error(write: Write) -> None:
    path = write("a.json", "[" * 1010 + "]" * 1010)

    assert problems_of(path) == ["a.json: is nested too deeply: 64 levels are allowed"]


@pytest.mark.parametrize("name", ["a.yml", "a.toml", "a.json"])
def test_text_nested_without_end_is_an_error(write: Write, name: str) -> None:
    start = "a = " if name == "a.toml" else ""

    assert problems_of(write(name, start + "[" * 100_000))


def test_a_key_written_twice_in_json_is_an_error(write: Write) -> None:
    path = write("a.json", '{"models": {"a": {"weight": 1, "weight": 2}}}')

    assert problems_of(path) == ["a.json: models.a.weight: written twice in one object"]


def test_a_few_aliases_that_spell_millions_of_paths_are_read_quickly(write: Write) -> None:
    levels = "\n".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 30))

    assert problems_of(write("a.yml", f"a0: &a0 x\n{levels}")) == [
        "a.yml: has too many keys and values: 250,000 are allowed"
    ]


def test_a_file_in_another_encoding_is_an_error_with_its_line(write: Write) -> None:
    path = write("a.yml", "")
    path.write_bytes("models:\n  café:\n".encode("latin-1"))

    with pytest.raises(ConfigurationError, match=r"line 2: is not UTF-8 text") as caught:
        read(path, environ={})
    assert caught.value.__context__ is None


def test_a_file_that_is_missing_or_unnamed_is_a_configuration_error(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in problems_of(tmp_path / "none.yml")[0]
    assert "ends in .yml, .yaml, .toml, .json" in problems_of(tmp_path / "settings.ini")[0]


def test_no_secret_is_ever_shown(write: Write) -> None:
    path = write(
        "a.yml",
        """
models:
  a: {apiKeyEnv: [hunter2], api_key: hunter2, password: hunter2, retry: {token: hunter2}}
  b: {circuitBreaker: [{secret: hunter2}], endpoint: {apiKey: hunter2}}
""",
    )

    with pytest.raises(ConfigurationError) as caught:
        read(path, environ={"RESILIENCE_A_API_KEY": "hunter2"})

    assert len(caught.value.problems) == 7
    assert "hunter2" not in str(caught.value) + repr(caught.value.problems)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_text_around_a_mistake_is_not_quoted(write: Write) -> None:
    for name, text in [("a.yml", "key: [hunter2"), ("a.json", '{"k": "hunter2"')]:
        assert "hunter2" not in problems_of(write(name, text))[0]
