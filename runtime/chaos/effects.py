"""What a fault does to one call: the error that it raises, or the answer that it gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from ...actors.policies.chaos.errors import (
    InjectedQuotaError,
    InjectedRateLimitError,
    InjectedStatusError,
    cut_connection,
    refused_connection,
)
from ...actors.policies.chaos.experiments import Hit
from ...actors.policies.chaos.kinds import FaultKind

GARBAGE = {"garbage": "\ufffd\ufffd\ufffd"}
"""An answer without any field of an answer."""


def error_of(hit: Hit, model_id: str) -> Exception | None:
    """The error that a call raises in place of asking the model; None: it raises none."""
    make = _ERRORS.get(hit.injection.kind)
    return None if make is None else make(hit, model_id)


def cut_of(hit: Hit, model_id: str) -> Exception:
    """The connection ends in the middle of an answer."""
    return cut_connection(model_id, _told(hit))


async def wait_as(hit: Hit) -> None:
    """Wait before the model is asked, as long as the fault says; for ever where it hangs."""
    spec = hit.injection.spec
    if hit.injection.kind is FaultKind.HANG:
        await asyncio.Event().wait()
    if hit.injection.kind in _LATE and spec.times is None:
        await asyncio.sleep(spec.seconds)


def answer_of(hit: Hit) -> tuple[object, ...] | None:
    """The one chunk of the answer in place of the model's, or none; None: the model is asked."""
    match hit.injection.kind:
        case FaultKind.OUTCOME:
            return (hit.injection.spec.value,)
        case FaultKind.GARBAGE:
            return (dict(GARBAGE),)
        case FaultKind.EMPTY:
            return ()
        case _:
            return None


def slow_down(hit: Hit, began: float, now: float) -> float:
    """Seconds to wait after a model has taken its time, so that it has taken `times` as long."""
    times = hit.injection.spec.times
    return 0.0 if times is None else (now - began) * (times - 1.0)


async def fail_probe(hit: Hit, model_id: str) -> None:
    """What a health check meets: it fails, hangs or is late as a call is."""
    error = error_of(hit, model_id)
    if error is not None:
        raise error
    await wait_as(hit)


def _fault(hit: Hit, model_id: str) -> Exception:
    status, told = hit.injection.spec.status, _told(hit)
    if status is None:
        return refused_connection(model_id, told)
    text = f"{model_id} answers {status} ({told})"
    return InjectedStatusError(text, model_id=model_id, status=status)


def _rate_limited(hit: Hit, model_id: str) -> Exception:
    text, wait = f"{model_id} answers 429 ({_told(hit)})", hit.injection.spec.retry_after
    return InjectedRateLimitError(text, model_id=model_id, retry_after=wait)


def _quota(hit: Hit, model_id: str) -> Exception:
    text = f"the quota of {model_id} is used up ({_told(hit)})"
    return InjectedQuotaError(text, model_id=model_id, status=429, reason="quota")


_LATE = frozenset({FaultKind.LATENCY, FaultKind.SLOW_FIRST_CHUNK})
_ERRORS: Mapping[FaultKind, Callable[[Hit, str], Exception]] = {
    FaultKind.FAULT: _fault,
    FaultKind.RATE_LIMITED: _rate_limited,
    FaultKind.QUOTA: _quota,
}


def _told(hit: Hit) -> str:
    return f"injected by the experiment {hit.experiment}"
