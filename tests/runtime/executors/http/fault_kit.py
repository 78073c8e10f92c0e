"""Refusals as the providers write them."""

from __future__ import annotations

import json
from typing import Any

from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.families.chat.faults import OPENAI_FAULTS
from hive_resilience.runtime.executors.http.faults.errors import status_error
from hive_resilience.runtime.executors.http.faults.exchange import Exchange

URL = "https://me:pw@api.example.com/v1/chat/completions?key=hunter2"
OPENAI = Exchange("tiny", "m1", URL, OPENAI_FAULTS)


def refused(status: int, body: Any, exchange: Exchange = OPENAI) -> ResilienceError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return status_error(status, content, exchange)


def openai(message: str = "", **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}
