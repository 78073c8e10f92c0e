"""Fake models: functions that answer at once or after 5 ms, or fail."""

from __future__ import annotations

import asyncio
import time

DELAY = 0.005


async def instant(_prompt: object = None) -> str:
    """Answers at once."""
    return "answer"


async def slow(_prompt: object = None) -> str:
    """Answers after 5 ms."""
    await asyncio.sleep(DELAY)
    return "answer"


async def failing(_prompt: object = None) -> str:
    """Never answers."""
    raise ConnectionError("the model is down")


def instant_blocking(_prompt: object = None) -> str:
    """As `instant`, for callers that block."""
    return "answer"


def slow_blocking(_prompt: object = None) -> str:
    """As `slow`, for callers that block."""
    time.sleep(DELAY)
    return "answer"


def failing_blocking(_prompt: object = None) -> str:
    """As `failing`, for callers that block."""
    raise ConnectionError("the model is down")
