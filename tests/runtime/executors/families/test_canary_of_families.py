"""Keys, prompts, headers and answers come through no failure, whatever the type of the task."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from hive_resilience import AnthropicClient, OpenAIClient, OpenAICompatible, Task
from hive_resilience.actors.policies.outcomes.errors import StreamInterruptedError
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor
from hive_resilience.runtime.executors.openai.azure import AzureDeployment

from ....sampling import sampled
from ..canary import KEYS, carried_by, found_in, logged, pickled
from ..canned import MESSAGE_START, data, named, piece, said
from ..faulty_server import Behaviour, run
from ..http.canary_kit import OK, PATHS, PROMPT, check, failures, raw
from ..pouring import cut, pour
from .calls_kit import EVERY_AND_MORE, Make
from .test_calls import event

ANSWER = "The okapi was seen at BONGO-9942 by three of them"
HEADER = "numbat-header-value-QX-5512"
JSON_TYPE = f"{OK}\r\nContent-Type: application/json"
SOME_PATHS = ("401", "400", "a body that is no JSON", "a header", "an event that is an error")
STREAMED = ("chat", "text_completion", "response", "message")


def compatible(url: str, *families: str) -> ChatExecutor:
    spoken = families or EVERY_AND_MORE
    return OpenAICompatible(url, "tiny", api_key_env="HIVE_KEY", families=spoken)


def chats(url: str) -> ChatExecutor:
    return compatible(url, "chat")


def messages(url: str) -> ChatExecutor:
    return compatible(url, "message")


def openai(url: str) -> ChatExecutor:
    families = EVERY_AND_MORE
    return OpenAIClient("tiny", base_url=url, api_key_env="HIVE_KEY", families=families)


def claude(url: str) -> ChatExecutor:
    return AnthropicClient("tiny", base_url=url.removesuffix("/v1"), api_key_env="HIVE_KEY")


def azure(url: str) -> ChatExecutor:
    return AzureDeployment(url, "tiny", api_version="2024-10-21", api_key_env="HIVE_KEY")


class Asking(NamedTuple):
    """A type of task, and an executor that takes it."""

    kind: str
    make: Make


ASKINGS = (
    *(Asking(kind, compatible) for kind in EVERY_AND_MORE),
    *(Asking(kind, openai) for kind in EVERY_AND_MORE if "message" not in kind),
    *(Asking(kind, claude) for kind in ("chat", "message", "message_tokens")),
    *(Asking(kind, azure) for kind in ("chat", "embedding", "response", "response_compact")),
    Asking("chat", messages),
    Asking("message", chats),
)
IDS = [f"{asking.make.__name__} {asking.kind}" for asking in ASKINGS]
each = pytest.mark.parametrize("asking", ASKINGS, ids=IDS)
over_paths = pytest.mark.parametrize(
    ("asking", "name"),
    sampled(
        [
            pytest.param(asking, name, id=f"{told}: {name}")
            for told, asking in zip(IDS, ASKINGS, strict=True)
            for name in (PATHS if asking.make is compatible else SOME_PATHS)
        ],
        3,
    ),
)


def task_of(kind: str) -> Task:
    payload: dict[str, Any] = {"prompt": PROMPT, "max_tokens": 9}
    if kind == "message_tokens":
        payload = {"messages": [{"role": "user", "content": PROMPT}]}
    elif kind == "rerank":
        payload = {"query": PROMPT, "documents": [PROMPT]}
    elif kind not in STREAMED or kind == "response":
        payload = {"input": PROMPT}
    headers = {name: HEADER for name in ("anthropic-beta", "openai-beta", "tracestate")}
    return Task(payload, type=kind, headers=headers)


def raised_by(asking: Asking, behaviour: Behaviour) -> list[BaseException]:
    return run(failures(asking.make, behaviour, task_of(asking.kind)))


@over_paths
def test_no_key_comes_through_a_failure(
    asking: Asking, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    keys = (
        list(KEYS.values())
        if name in SOME_PATHS and asking.make is compatible
        else [KEYS["quotes"]]
    )
    for key in keys:
        monkeypatch.setenv("HIVE_KEY", key)
        raised = raised_by(asking, PATHS[name](key))

        assert raised
        check(raised, key)
        assert found_in(logged(caplog.records), key) is None
        caplog.clear()


@over_paths
def test_no_prompt_and_no_header_comes_through_a_failure_in_words(
    asking: Asking, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", "sk-any-key-will-do")
    for secret in (PROMPT, HEADER):
        for error in raised_by(asking, PATHS[name](secret)):
            assert error.__cause__ is error.__context__ is None
            for place, text in carried_by(error):
                assert found_in(text, secret) is None, (place, text[:500])
            assert found_in(pickled(error), secret) is None
        assert found_in(logged(caplog.records), secret) is None


def content(kind: str, text: str) -> bytes:
    """An event that brings a piece of an answer."""
    return {
        "chat": piece(text),
        "text_completion": data({"choices": [{"index": 0, "text": text}]}),
        "response": event("output_text.delta", delta=text),
        "message": said(text),
    }[kind]


ENDS: dict[str, Callable[[str], tuple[Any, ...]]] = {
    "cut": lambda told: (cut,),
    "too early an end": lambda told: (),
    "an error": lambda told: (named("error", error={"message": told, "type": "api_error"}),),
    "an error of a response": lambda told: (named("error", message=told, code="server_error"),),
    "a failed response": lambda told: (
        event("failed", response={"status": "failed", "error": {"code": "x", "message": told}}),
    ),
    "an error field": lambda told: (b"error: " + json.dumps({"message": told}).encode() + b"\n\n",),
    "no JSON": lambda told: (b"data: {" + told.encode() + b"\n\n",),
    "no object": lambda told: (data([told, told]),),
    "an end of another form": lambda told: (event("completed", response=told), cut),
    "an unknown event": lambda told: (named(told, what=told), cut),
    "a choice of another form": lambda told: (data({"choices": told, "delta": told}), cut),
    "given up": lambda told: (piece(None, f"error: {told}"), cut),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("begins", [True, False], ids=["after content", "before"])
@pytest.mark.parametrize(
    ("kind", "spoken"),
    [*((kind, kind) for kind in STREAMED), ("chat", "message"), ("message", "chat")],
    ids=[*STREAMED, "chat to messages", "message to chats"],
)
def test_no_answer_of_any_family_comes_through_a_cut_stream_in_words(
    kind: str,
    spoken: str,
    begins: bool,
    end: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", "sk-any-key-will-do")
    start = MESSAGE_START if spoken == "message" else b""
    begun = start + (content(spoken, ANSWER) if begins else b"")
    told = ANSWER if begins else PROMPT

    def make(url: str) -> ChatExecutor:
        return compatible(url, spoken)

    raised = raised_by(Asking(kind, make), pour(*filter(None, (begun,)), *ENDS[end](told)))

    assert raised
    for error in raised:
        for secret in (ANSWER, PROMPT, HEADER):
            for place, text in carried_by(error):
                assert found_in(text, secret) is None, (place, text[:500])
            assert found_in(pickled(error), secret) is None
        if isinstance(error, StreamInterruptedError):
            assert error.partial in ("", ANSWER)
    for secret in (ANSWER, PROMPT, HEADER):
        assert found_in(logged(caplog.records), secret) is None


WHOLE: dict[str, Any] = {
    "a text": {"choices": ANSWER, "output": ANSWER, "content": ANSWER, "data": ANSWER},
    "an object": {name: {"a": ANSWER} for name in ("choices", "output", "content", "results")},
    "a list": [ANSWER],
    "a status": {"status": ANSWER, "output": [], "content": None, "choices": [ANSWER]},
    "a number": {"input_tokens": ANSWER, "data": None, "results": None},
}


@each
@pytest.mark.parametrize("name", WHOLE)
def test_no_answer_that_is_none_comes_through_in_words(
    asking: Asking, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", "sk-any-key-will-do")

    for error in raised_by(asking, raw(JSON_TYPE, json.dumps(WHOLE[name]))):
        for place, text in carried_by(error):
            assert found_in(text, ANSWER) is None, (place, text[:500])
        assert found_in(pickled(error), ANSWER) is None
    assert found_in(logged(caplog.records), ANSWER) is None
