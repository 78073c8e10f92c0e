from __future__ import annotations

import json

import pytest

from hive_resilience.runtime.cli.demo.chat import ChatServer
from hive_resilience.runtime.cli.demo.connection import Reply
from hive_resilience.runtime.cli.demo.markov import MarkovChain

CORPUS = "The bees fly to the field. The field is rich. The hive is well. The bees dance."


def streamed(*, delay: float, pause: float) -> Reply:
    chat = ChatServer("tiny", MarkovChain(CORPUS, order=1), delay=delay, pause=pause)
    request = {"messages": [{"role": "user", "content": "bees"}], "stream": True, "seed": 1}
    return chat.route("POST", "/v1/chat/completions", json.dumps(request).encode())


def test_a_stream_with_a_pace_takes_its_pause_for_each_event() -> None:
    reply = streamed(delay=5.0, pause=0.5)

    assert len(reply.pieces) > 5
    assert reply.delay == pytest.approx(0.5 * len(reply.pieces))


def test_a_stream_without_a_pace_takes_as_long_as_an_answer_in_one_piece() -> None:
    assert 2.0 <= streamed(delay=5.0, pause=0.0).delay <= 9.0
