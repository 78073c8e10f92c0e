"""Halves of characters are put together, within a text and over events."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.runtime.executors.http.wire.json_reading import read_json
from hive_resilience.runtime.executors.http.wire.json_value import JsonObject, object_of
from hive_resilience.runtime.executors.http.wire.surrogates import Halves, has_halves, mended, whole

TEXTS = st.text(st.sampled_from("aé€\N{HONEY POT}\N{GRINNING FACE}"), min_size=1)


def units(text: str) -> list[str]:
    """The text as UTF-16 has it: characters beyond the first 65,536 in two halves."""
    encoded = text.encode("utf-16-be")
    pairs = (encoded[start : start + 2] for start in range(0, len(encoded), 2))
    return [pair.decode("utf-16-be", "surrogatepass") for pair in pairs]


def content_of(event: JsonObject) -> str:
    return str(object_of(event["delta"])["content"])


@given(TEXTS, st.data())
def test_a_text_cut_anywhere_is_the_same_in_the_end(text: str, data: st.DataObject) -> None:
    found = units(text)
    cut = data.draw(st.integers(0, len(found)))
    halves = Halves()
    read: list[str] = []
    for part in (found[:cut], found[cut:]):
        written = json.dumps({"delta": {"content": "".join(part)}}).encode()
        read.append(content_of(halves.joined(object_of(read_json(written)))))

    assert "".join(read) == text
    assert not halves.waiting


def test_each_place_has_its_own_half() -> None:
    halves = Halves()
    first: Any = halves.joined({"a": "\ud83c", "b": ["\ud83d"]})
    second: Any = halves.joined({"a": "\udf6f", "b": ["\ude00"]})

    assert (first, second) == (
        {"a": "", "b": [""]},
        {"a": "\N{HONEY POT}", "b": ["\N{GRINNING FACE}"]},
    )


def test_a_half_that_stays_alone_becomes_a_mark() -> None:
    halves = Halves()
    halves.joined({"a": "x\ud83d"})

    assert halves.joined({"a": "y"}) == {"a": "\ufffdy"}
    assert mended({"a": ["\ude00x"], "\ud83d": 1}) == {"a": ["\ufffdx"], "\ufffd": 1}
    assert whole("plain") == "plain"


def test_what_may_have_halves_is_looked_at() -> None:
    assert has_halves(rb'"\ud83d"')
    assert has_halves(rb'"\uDE00"')
    assert not has_halves(rb'"\u00e9"')
    assert not has_halves('"\ud55c\uae00"'.encode())
