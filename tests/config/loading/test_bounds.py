"""Settings from others: nothing that stands in a file takes long, or raises another error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hive_resilience.config.loading.load import read
from hive_resilience.config.values.units import Positive
from hive_resilience.errors import ConfigurationError

Write = Callable[[str, str], Path]
ENOUGH = 5.0
"""Seconds of this process: far more than any of these takes, and far less than they took."""
MB = 1_000_000


class Quick:
    """A block that may use `ENOUGH` time of the processor."""

    def __enter__(self) -> None:
        self._began = time.process_time()

    def __exit__(self, *_: object) -> None:
        assert time.process_time() - self._began < ENOUGH


def refusal(path: Path, environ: dict[str, str] | None = None) -> str:
    with Quick(), pytest.raises(ConfigurationError) as caught:
        read(path, environ=environ or {})
    assert len(caught.value.problems) <= 100
    return str(caught.value)


@pytest.mark.parametrize("name", ["a.yml", "a.json", "a.toml"])
def test_a_file_of_more_than_four_mebibytes_is_refused_unread(write: Write, name: str) -> None:
    assert "is too long: 4,194,304 bytes" in refusal(write(name, "#" * 5 * MB))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", "a" + ".a" * 400_000 + " = 1"),
        ("a.toml", ("a" + ".a" * 250 + " = 1\n") * 1_800),
        ("a.toml", "[a" + ".a" * 1_900 + "]\n" + "b = 1\n" * 100_000),
        ("a.toml", "x = [" + "1," * 450_000 + "]"),
        ("a.toml", "x = " + "[" * 450_000),
        ("a.yml", "- " * 3_000 + "x"),
        ("a.yml", "[" * 3_000 + "]" * 3_000),
        ("a.yml", "{a: " * 3_000 + "1" + "}" * 3_000),
        ("a.yml", "".join(" " * n + "a:\n" for n in range(1_000))),
        ("a.yml", "a0: &a0 {k: 1}\n" + "".join(
            f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 30)
        )),
        ("a.yml", "a: &a {<<: *a}"),
        ("a.yml", "models: {m: {params: &p {a: *p}}}"),
        ("a.yml", "a0: &a0 [x]\n" + "".join(
            f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
        ) + "? *a29\n: 1"),
        ("a.json", '{"' + "k" * 2 * MB + '": [' + "0," * 200_000 + "0]}"),
        ("a.json", '{"models": {"m": {' + ",".join(f'"k{n}": 1' for n in range(100_000)) + "}}}"),
        ("a.json", '{"models": [' + ",".join(['{"id": "m"}'] * 50_000) + "]}"),
        ("a.json", '{"models": {"m": {"' + "timeout" * 400_000 + '": 1}}}'),
        ("a.json", '{"models": {"m": {"timeout": "1' + " " * 100_000 + 'x"}}}'),
        ("a.json", '{"models": {"m": {"fallbacks": ["' + "m" * MB + '"]}}}'),
    ],
)  # fmt: skip
def test_what_would_keep_a_parser_busy_is_refused_soon(write: Write, name: str, text: str) -> None:
    assert refusal(write(name, text))


@pytest.mark.parametrize("value", ["!!int ''", "!!bool x", "!!float ''", "!!timestamp x",
    '"\\U99999999"', "2001-99-99", "0x" + "f" * 9_000, "9" * 9_000, "[!!set {a}]", "!!binary é",
    "? [a]\n: 1"])  # fmt: skip
def test_a_yaml_value_that_its_tag_does_not_fit_is_an_error_of_ours(
    write: Write, value: str
) -> None:
    assert refusal(write("a.yml", f"models: {{m: {{timeout: {value}, weight: {value}}}}}"))


@pytest.mark.parametrize("name", ["a.json", "a.toml"])
def test_a_number_that_is_too_long_is_an_error_of_ours(write: Write, name: str) -> None:
    digits = "9" * 9_000
    text = f'{{"models": {{"m": {{"timeout": {digits}, "weight": {digits}}}}}}}'

    assert refusal(write(name, text if name == "a.json" else f"[models.m]\ntimeout = {digits}"))
    if name == "a.toml":
        assert refusal(write(name, f"[models.m]\nid = 0x{digits}"))


def test_twenty_thousand_models_are_read_soon(write: Write) -> None:
    models = ",".join(f'"m{n}": {{"timeout": "7s"}}' for n in range(20_000))

    with Quick():
        config = read(write("a.json", f'{{"models": {{{models}}}}}'), environ={})

    assert len(config.models) == 20_000


@pytest.mark.parametrize("rest", ["_" * 100_000, "M_" * 50_000, "M_TIMEOUT" * 10_000])
def test_a_variable_with_a_long_name_is_refused_soon(write: Write, rest: str) -> None:
    assert "unknown variable" in refusal(write("a.json", '{"models": {"m": {}}}'), {
        f"RESILIENCE_{rest}": "1"
    })  # fmt: skip


def test_a_thousand_wrong_variables_are_refused_soon(write: Write) -> None:
    models = ",".join(f'"model-{n}": {{}}' for n in range(2_000))
    environ = {f"RESILIENCE_MODEL_{n}_TIMOUT": "1" for n in range(1_000)}

    assert refusal(write("a.json", f'{{"models": {{{models}}}}}'), environ)


@pytest.mark.parametrize("line", ["RESILIENCE_A='" + "\\" * MB, "RESILIENCE_A=1\n" * 100_000,
    "RESILIENCE_A=1\n" * 9_999,
    "export " * 100_000 + "RESILIENCE_", "RESILIENCE_" + "=" * MB])  # fmt: skip
def test_an_env_file_that_would_take_long_is_refused_soon(write: Write, line: str) -> None:
    write(".env", line)

    assert refusal(write("a.json", '{"models": {"m": {}}}'))


# Fuzzed: whatever stands there is read, or refused by our own error.

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.just("1 ") | st.integers(min_value=10**400, max_value=10**401),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(
        ["global", "models", "groups", "routing", "m", "id", "timeout", "retry", "weights",
         "fallbacks", "modelWeights", "params", "headers", "healthCheck", "x-a", "<<", "1"]
    ), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def written(value: object) -> Iterator[str]:
    """A value in YAML's flow style, which has most of JSON."""
    match value:
        case dict():
            inner = (f"{key}: {''.join(written(one))}" for key, one in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            yield "{" + ", ".join(inner) + "}"
        case list():
            yield "[" + ", ".join("".join(written(one)) for one in value) + "]"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case str():
            yield repr(value)
        case _ if isinstance(value, int) and abs(value) > 10**300:
            yield hex(value)
        case _:
            yield {None: "null", True: "true", False: "false"}.get(value, str(value))  # type: ignore[call-overload]


FUZZED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUZZED
@given(text=st.dictionaries(st.sampled_from(["global", "models", "groups", "routing"]), VALUES))
def test_any_content_is_settings_or_an_error_of_ours(write: Write, text: object) -> None:
    try_to_read(write("a.yml", "".join(written(text))))


@FUZZED
@given(name=st.sampled_from(["a.yml", "a.toml", "a.json", ".env"]), text=st.text(max_size=60))
@example(name="a.yml", text="!!int ''")
@example(name=".env", text="RESILIENCE_M_TIMEOUT='")
def test_any_text_is_settings_or_an_error_of_ours(write: Write, name: str, text: str) -> None:
    path = write("b.json", '{"models": {"m": {}}}') if name == ".env" else None
    found = write(name, "RESILIENCE_" + text if path else text)

    try_to_read(path or found)
    (found.parent / ".env").unlink(missing_ok=True)


@FUZZED
@given(
    field=st.sampled_from(["TIMEOUT", "WEIGHT", "ENABLED", "HEADERS", "FALLBACKS", "RETRY_JITTER",
        "RETRYABLE_ERRORS", "HEALTH_CHECK_EXPECTED_RESPONSE", "ENDPOINT", "PARAMS", "CA_FILE"]),
    value=st.text(max_size=20)
    | st.sampled_from(["{}", "[", "1e999", "9" * 5_000, '{"a": "b"}']),
)  # fmt: skip
def test_any_value_of_a_variable_is_a_setting_or_an_error_of_ours(
    write: Write, field: str, value: str
) -> None:
    path = write("a.json", '{"models": {"m": {}}}')

    try_to_read(path, {f"RESILIENCE_M_{field}": value})


def try_to_read(path: Path, environ: dict[str, str] | None = None) -> None:
    with Quick(), suppress(ConfigurationError):
        read(path, environ=environ or {})


@FUZZED
@given(
    st.text(max_size=20)
    | st.from_regex(r"[0-9. ]{0,9}(ms|s|m|h|d|x)?")
    | st.integers()
    | st.floats()
)
@example("1" + " " * 100_000 + "x")
@example(10**400)
def test_any_span_is_seconds_or_a_validation_error(value: object) -> None:  # fmt: skip
    adapter: TypeAdapter[float] = TypeAdapter(Positive)
    with Quick(), suppress(ValidationError):
        assert adapter.validate_python(value) > 0
