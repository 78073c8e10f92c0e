"""Keys, prompts and answers come through no failure: not in words, frames, causes or logs."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable

import pytest
from openai import AsyncOpenAI

from hive_resilience.actors.policies.outcomes.errors import StreamInterruptedError
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor
from hive_resilience.runtime.executors.openai.client import OpenAIClient

from ..canary import KEYS, disguises, found_in, logged, pickled
from ..canned import DONE, piece
from ..faulty_server import Behaviour, run
from ..pouring import cut, pour
from .canary_kit import (
    OK,
    PATHS,
    PROMPT,
    Path,
    anthropic,
    check,
    compatible,
    failures,
    given,
    raw,
)

ANSWER = "The okapi was seen at BONGO-9942 by three of them"
CONTROL = "\x1b[31mred\x1b]0;title\x07\x9b\x7f\u202e\u2066\x00"


def openai(url: str) -> ChatExecutor:
    return OpenAIClient("tiny", base_url=url, api_key_env="HIVE_KEY")


def given_openai(url: str) -> ChatExecutor:
    client = AsyncOpenAI(api_key=os.environ["HIVE_KEY"], base_url=url)
    return OpenAIClient("tiny", client=client)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("make", [compatible, openai, anthropic, given, given_openai])
def test_no_key_comes_through_a_failure(
    path: Path,
    make: Callable[[str], ChatExecutor],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    for key in KEYS.values() if make is compatible else [KEYS["quotes"]]:
        monkeypatch.setenv("HIVE_KEY", key)
        raised = run(failures(make, path(key)))

        assert raised
        check(raised, key)
        assert found_in(logged(caplog.records), key) is None
        caplog.clear()


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_no_disguise_helps_a_key(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", key)
    for told in disguises(key):
        check(run(failures(compatible, PATHS["401"](told))), key)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_no_prompt_comes_through_a_failure_in_words(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", "sk-any-key-will-do")
    for told in (PROMPT, PROMPT.upper(), json.dumps(PROMPT), PROMPT[8:50]):
        for error in run(failures(compatible, path(told))):
            assert found_in(f"{error} {error!r} {vars(error).get('message')}", PROMPT) is None
            assert error.__cause__ is error.__context__ is None
            assert found_in(pickled(error), PROMPT) is None
    assert found_in(logged(caplog.records), PROMPT) is None


@pytest.mark.parametrize(
    "behaviour",
    [
        pour(piece(ANSWER), cut),
        pour(piece(ANSWER), b'error: {"message": "failed after: ' + ANSWER.encode() + b'"}\n\n'),
        pour(piece(ANSWER), b"data: {nonsense\n\n"),
        pour(piece(ANSWER), piece(None, "error"), DONE),
        raw(OK, ANSWER),
        raw(f"{OK}\r\nContent-Type: application/json", json.dumps({"answer": ANSWER})),
    ],
    ids=["cut", "error", "no JSON", "given up", "no JSON at all", "no completion"],
)
def test_no_answer_comes_through_a_failure_in_words(
    behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", "sk-any-key-will-do")

    for error in run(failures(compatible, behaviour)):
        assert found_in(f"{error} {error!r} {pickled(error)}", ANSWER) is None
        if isinstance(error, StreamInterruptedError):
            assert error.partial == ANSWER
    assert found_in(logged(caplog.records), ANSWER) is None


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_nothing_of_a_server_reaches_a_terminal_that_would_obey_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", "sk-any-key-will-do")

    for error in run(failures(compatible, path(CONTROL))):
        assert str(error).isprintable()
    for line in logged(caplog.records).split("\n"):
        assert line.isprintable()
