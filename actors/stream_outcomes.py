"""What the end of a stream means, in errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .messages import Told
from .outcomes import told_by, told_of
from .policies.errors import ModelTimeoutError, StreamInterruptedError

if TYPE_CHECKING:
    from .flow import Flow
    from .policies.pace import Late

_TELLS = {
    "first_chunk": "sent no content within {:.3g} s",
    "idle": "has sent no more content for {:.3g} s",
    "total": "was not done after {:.3g} s",
    "throughput": "sent too little content in {:.3g} s",
}


def late(model_id: str, passed: Late) -> ModelTimeoutError:
    """A stream's own limit passed."""
    told = _TELLS[passed.kind].format(passed.limit)
    return ModelTimeoutError(
        f"{model_id} {told}", kind=passed.kind, limit=passed.limit, model_id=model_id
    )


def interrupted(
    model_id: str, chunks: int, partial: str, cause: BaseException
) -> StreamInterruptedError:
    """A stream that the reader has had some of ended before its end."""
    error = StreamInterruptedError(
        f"the stream of {model_id} was interrupted after {chunks} chunks: {told_of(cause)}",
        partial=partial,
        model_id=model_id,
    )
    error.__cause__ = cause
    return error


def cut_short(flow: Flow) -> StreamInterruptedError:
    """The reader left before the end."""
    return StreamInterruptedError(
        "the stream was closed before its end", partial=flow.text, model_id=flow.model_id
    )


def heard(told: Told | None, chunk: object) -> Told | None:
    """What the chunks so far tell of the provider's limits: headers in one, tokens in another."""
    more = told_by(chunk)
    if more is None or not (more.rate_limits or more.tokens):
        return told
    if told is None:
        return more
    return Told(more.rate_limits or told.rate_limits, more.tokens or told.tokens)
