"""Records of the log as JSON: one line a record, with its event, and no secret in it."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider

from hive_resilience.config.values import log_fields
from hive_resilience.config.values.log_fields import log_event
from hive_resilience.errors import ModelUnavailableError
from hive_resilience.runtime.observability.logs.json_lines import JSONLines
from hive_resilience.runtime.observability.telemetry.log_trace import ids_here

Told = dict[str, Any]


def line_of(level: int, message: str, *args: object, **how: Any) -> str:
    """What the formatter makes of a record."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JSONLines())
    log = logging.Logger("hive_resilience.x")
    log.addHandler(handler)
    log.log(level, message, *args, **how)
    return written.getvalue()


def told_of(*args: Any, **how: Any) -> Told:
    found: Told = json.loads(line_of(*args, **how))
    return found


def test_a_record_has_its_event_and_its_fields() -> None:
    extra = log_event("circuit.opened", model="a", seconds=1.5, last=None, left=3)

    told = told_of(logging.WARNING, "circuit opened: model=%s", "a", extra=extra)

    assert told.pop("time").endswith("Z")
    assert told == {
        "level": "warning",
        "logger": "hive_resilience.x",
        "event": "hive.circuit.opened",
        "message": "circuit opened: model=a",
        "model": "a",
        "seconds": 1.5,
        "left": 3,
        "last": None,
    }


def test_a_field_takes_the_place_of_nothing_else() -> None:
    told = told_of(logging.INFO, "m", extra=log_event("e", message="other", level="x"))

    assert (told["message"], told["level"]) == ("m", "info")


def test_an_error_is_its_class_and_its_place_without_its_text() -> None:
    try:
        raise ValueError("sk-c4n4ryQ7x1Zk9W2 why is the sky blue?")
    except ValueError:
        line = line_of(logging.ERROR, "failed", exc_info=sys.exc_info())

    told = json.loads(line)
    assert told["error_type"] == "ValueError"
    assert "error" not in told
    assert any("test_json_lines.py" in frame for frame in told["stack"])
    assert "sky" not in line


def test_an_error_of_ours_has_its_own_words() -> None:
    try:
        raise ModelUnavailableError("the server answered 503", model_id="a")
    except ModelUnavailableError:
        told = told_of(logging.ERROR, "failed", exc_info=sys.exc_info())

    assert told["error"] == "the server answered 503"


@pytest.mark.parametrize(
    "secret",
    ["sk-c4n4ryQ7x1Zk9W2", "Bearer abc.def", "api_key=topsecret", "https://me:pw@host/x?sig=abc"],
)
def test_what_looks_like_a_key_is_hidden_in_every_text(secret: str) -> None:
    line = line_of(logging.INFO, "told %s", secret, extra=log_event("e", about=secret))

    part = secret.split("=")[-1].split(" ")[-1].split("//")[-1].split("@")[0]
    assert part not in line


@given(text=st.text(), name=st.from_regex(r"[a-z_]{1,10}", fullmatch=True))
@settings(max_examples=100)
def test_any_text_is_one_line_of_json(text: str, name: str) -> None:
    line = line_of(logging.INFO, "%s", text, extra=log_event("e", **{name: text}))

    assert line.count("\n") == 1
    assert line.splitlines() == [line[:-1]]
    json.loads(line)


@pytest.mark.parametrize("odd", ["a\nb", "a\u2028b", "a\x85b", "a\ud800b", "a\x00b"])
def test_no_character_breaks_a_line(odd: str) -> None:
    line = line_of(logging.INFO, odd, extra=log_event("e", about=odd))

    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"][0] == "a"


class _Odd:
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("value", [object(), _Odd(), b"x", {"a": 1}, float("nan"), 2**80])
def test_an_odd_value_costs_no_record(value: object) -> None:
    assert json.loads(line_of(logging.INFO, "m", extra=log_event("e", odd=value)))["message"] == "m"


def test_a_record_whose_arguments_do_not_fit_is_written_all_the_same() -> None:
    assert told_of(logging.INFO, "%d of %d", "x")["message"] == "%d of %d"


@pytest.fixture
def tracing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def switch_on() -> None:
        monkeypatch.setattr(log_fields, "_trace_here", ids_here)

    return switch_on


def test_a_record_within_a_span_has_its_ids(tracing: Callable[[], None]) -> None:
    tracing()
    with TracerProvider().get_tracer("t").start_as_current_span("s") as span:
        told = told_of(logging.INFO, "m", extra=log_event("e"))
        context = span.get_span_context()

    assert told["trace_id"] == f"{context.trace_id:032x}"
    assert told["span_id"] == f"{context.span_id:016x}"


def test_a_record_outside_of_spans_and_without_telemetry_has_none(
    tracing: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tracing()
    assert "trace_id" not in told_of(logging.INFO, "m", extra=log_event("e"))
    monkeypatch.setattr(log_fields, "_trace_here", None)
    with TracerProvider().get_tracer("t").start_as_current_span("s"):
        assert "trace_id" not in told_of(logging.INFO, "m", extra=log_event("e"))
