"""What the end of a stream means, in errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...config.errors import ResilienceError
from ..policies.outcomes.errors import (
    InvalidRequestError,
    ModelTimeoutError,
    StreamInterruptedError,
)
from ..policies.outcomes.foreign_text import described

if TYPE_CHECKING:
    from ..policies.stream_pace import Late
    from .channel import StreamChannel

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
    # What others say of a stream mostly quotes a part of the answer.
    told = described(cause) if isinstance(cause, ResilienceError) else type(cause).__name__
    error = StreamInterruptedError(
        f"the stream of {model_id} was interrupted after {chunks} chunks: {told}",
        partial=partial,
        model_id=model_id,
    )
    error.__cause__ = cause
    return error


def no_quorum_of_streams() -> InvalidRequestError:
    """A stream has one writer, and whole answers alone can be compared."""
    return InvalidRequestError(
        "a stream has no strategy quorum: answers are compared when they are whole; use execute()"
    )


def cut_short(channel: StreamChannel) -> StreamInterruptedError:
    """The reader left before the end."""
    return StreamInterruptedError(
        "the stream was closed before its end", partial=channel.text, model_id=channel.model_id
    )
