"""JSON is read as servers write it, and no step of it takes long."""

from __future__ import annotations

import gc
import json
import math
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.runtime.executors.http.wire import json_reading
from hive_resilience.runtime.executors.http.wire.json_reading import (
    NotJSONError,
    is_light,
    json_steps,
    read_json,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def in_steps(data: bytes) -> tuple[Any, float]:
    """The value, and the longest step by the time that this thread had."""
    steps, longest = json_steps(data), 0.0
    while True:
        began = time.thread_time()
        try:
            next(steps)
        except StopIteration as done:
            return done.value, max(longest, time.thread_time() - began)
        longest = max(longest, time.thread_time() - began)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_what_is_written_is_read(value: Any, ascii_only: bool, indent: int | None) -> None:
    written = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    data = written.encode()

    assert in_steps(data)[0] == read_json(data) == json.loads(written)


@given(VALUES, st.data())
def test_a_part_of_it_is_refused_where_orjson_refuses_it(value: Any, data: st.DataObject) -> None:
    whole = orjson.dumps(value)
    part = whole[: data.draw(st.integers(0, len(whole)))]
    try:
        wanted = orjson.loads(part)
    except orjson.JSONDecodeError:
        with pytest.raises(NotJSONError):
            in_steps(part)
    else:
        assert in_steps(part)[0] == wanted


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (rb'["\ud83d", "\ude00"]', ["\ud83d", "\ude00"]),
        (b'{"logprob": -Infinity, "top": [Infinity]}', {"logprob": -math.inf, "top": [math.inf]}),
        (b'{"text": "two\nlines\tand a tab"}', {"text": "two\nlines\tand a tab"}),
        (b" \t\r\n[1 , 2 ]\n ", [1, 2]),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
    ],
    ids=["halves", "infinities", "control characters", "blanks", "a long number"],
)
def test_what_orjson_does_not_take_is_read_all_the_same(data: bytes, value: Any) -> None:
    assert in_steps(data)[0] == value
    assert read_json(data) == pytest.approx(value) if isinstance(value, int) else value


def test_no_number_is_one() -> None:
    found: Any = read_json(b"[NaN]")

    assert math.isnan(found[0])


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"  ", b"{", b"}", b"[1", b"[1,]", b"{1: 2}", b'{"a" 1}', b'{"a": 1,}', b"[1] 2"),
        *(
            b"tru",
            b"01",
            b"1.",
            b".5",
            b"+1",
            b"-",
            b'"a',
            rb'"\x"',
            rb'"\u12"',
            b"\xff",
            b'"\xff"',
        ),
        *(b'"\xed\xa0\xbd"', b"secret", b"[" * 1000, b'{"a": }', b"[}", b"{]", b":", b","),
    ],
)
def test_what_is_no_json_is_refused_and_not_kept(data: bytes) -> None:
    for read in (read_json, in_steps):
        with pytest.raises(NotJSONError) as caught:
            read(data)
        assert caught.value.__context__ is None
        assert "secret" not in str(caught.value)


def test_a_long_text_is_the_same_wherever_it_is_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'a\\u00e9"\\\\\n\N{HONEY POT}\u20ac' * 40
    for size in range(20, 60):
        monkeypatch.setattr(json_reading, "_PIECE", size)
        for ascii_only in (True, False):
            assert in_steps(json.dumps(text, ensure_ascii=ascii_only).encode())[0] == text


MEGABYTE = 1024 * 1024
NASTY = {
    "a long text": b'"' + b"x" * MEGABYTE * 8 + b'"',
    "lists": b"[" + b"[]," * MEGABYTE + b"[]]",
    "numbers": b"[" + b"1," * MEGABYTE + b"1]",
    "escapes": b'"' + b"\\u0041" * MEGABYTE + b'"',
    "quotes": b'"' + b'\\"' * MEGABYTE + b'"',
    "backslashes": b'"' + b"\\" * MEGABYTE * 2 + b'"',
    "blanks": b"[1" + b" " * MEGABYTE * 8 + b"]",
    "deep": b"[" * MEGABYTE,
    "digits": b"1" * MEGABYTE * 2,
    "keys": b"{" + b",".join(b'"%d":0' % i for i in range(MEGABYTE // 8)) + b"}",
}


@pytest.fixture
def no_collection() -> Iterator[None]:
    """No collection of all objects of this process, which other tests have made."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("data", NASTY.values(), ids=NASTY)
def test_no_step_takes_longer_than_a_turn_may(data: bytes, no_collection: None) -> None:
    assert not is_light(data)
    steps, longest = json_steps(data), 0.0
    for _ in range(200):  # enough to see what one takes
        began = time.thread_time()
        try:
            next(steps)
        except (StopIteration, NotJSONError):
            break
        finally:
            longest = max(longest, time.thread_time() - began)
    assert longest < 1.0  # far above what is promised: other programs run here, too


def test_what_has_too_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reading, "_MOST_CONTAINERS", 100)
    with pytest.raises(NotJSONError, match="more parts"):
        in_steps(b"[" + b"[]," * 100 + b"[]]")


NUMBERS = st.one_of(st.integers(-(10**15), 10**15), st.floats(allow_nan=False, width=32))


@given(st.lists(st.lists(NUMBERS, max_size=60), max_size=3), st.sampled_from(["", " ", "\n  "]))
def test_many_numbers_are_read_as_each_of_them_would_be(
    vectors: list[list[float]], blank: str
) -> None:
    text = json.dumps({"data": vectors}, separators=(f"{blank},{blank}", ":"))
    assert in_steps(text.encode())[0] == {"data": vectors}


@pytest.mark.parametrize("last", ["123", "-1.5e3", " 77", "[]", "{}", '"a"'])
@pytest.mark.parametrize("many", [16, 300])
def test_what_comes_behind_many_numbers_is_read_as_it_is(last: str, many: int) -> None:
    text = f"[{'1,' * many}{last}]"
    assert in_steps(text.encode())[0] == json.loads(text)


@pytest.mark.parametrize("wrong", ["01", "1.", "+1", "1e", "--1", ".5", "1 2", ""])
def test_a_wrong_number_among_many_is_found(wrong: str) -> None:
    numbers = ["0.5"] * 40
    numbers[20] = wrong
    with pytest.raises(NotJSONError):
        in_steps(f"[{','.join(numbers)}]".encode())
    with pytest.raises(NotJSONError):
        in_steps(f"[{','.join(numbers[:20])},]".encode())


def test_many_numbers_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reading, "_MOST_TOKENS", 100)
    with pytest.raises(NotJSONError, match="more parts"):
        in_steps(f"[{','.join(['1'] * 1000)}]".encode())
    assert len(in_steps(f"[{','.join(['1'] * 300)}]".encode())[0]) == 300
