"""What can go wrong with a task, one class each, below `ResilienceError`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from ....config.errors import ResilienceError
from .foreign_text import described

if TYPE_CHECKING:
    from .attempt import AttemptRecord
    from .waits import Unusable


AuthenticationReason = Literal["quota", "credit", "key", "permission"]


class _WordsLater:
    """Made for each task that is turned away: its words are made when a program reads them."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class CircuitBreakerError(_WordsLater, ResilienceError):
    """The model's circuit breaker is open. `retry_after`: seconds until it may be tried."""

    code = "circuit_open"
    recoverable = True

    def __init__(
        self, *message: str, state: str, retry_after: float | None, model_id: str | None = None
    ) -> None:
        # `args` are set by now; the way through the bases would cost as much again.
        self.model_id: str | None = model_id
        self.state: str = state
        self.retry_after: float | None = retry_after

    def __str__(self) -> str:
        if self.args:
            return str(self.args[0])
        when = "" if self.retry_after is None else f"; try again in {self.retry_after:.3g} s"
        return f"the circuit breaker of {self.model_id} is {self.state}{when}"


class ModelUnavailableError(ResilienceError):
    """The model is not running, in maintenance, disabled, crashed, unhealthy or unreachable."""

    code = "model_unavailable"
    recoverable = True
    ignored_wait: Unusable | None = None
    """Why what the server said about waiting cannot be used; None: it can, or nothing was said."""

    def __init__(
        self,
        message: str,
        *,
        model_id: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, model_id=model_id)
        self.status: int | None = status
        self.retry_after: float | None = retry_after


class ModelAuthenticationError(ModelUnavailableError):
    """The account does not let the call through; asking again cannot help.

    `reason`: `key` (missing, wrong or expired), `permission` (the key may not do this), `quota` (a
    limit of use or spending is reached), `credit` (nothing is left to pay with), or None.
    """

    code = "model_authentication"
    recoverable = False

    def __init__(
        self,
        message: str,
        *,
        model_id: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        reason: AuthenticationReason | None = None,
    ) -> None:
        super().__init__(message, model_id=model_id, status=status, retry_after=retry_after)
        self.reason: AuthenticationReason | None = reason


class ModelTimeoutError(ResilienceError, TimeoutError):
    """A limit in seconds passed. `kind`: attempt, task, first_chunk, idle, total or throughput.

    Of a model that another one, asked beside it, has overtaken: silence.
    """

    code = "timeout"
    recoverable = True

    def __init__(
        self, message: str, *, kind: str, limit: float, model_id: str | None = None
    ) -> None:
        super().__init__(message, model_id=model_id)
        self.kind: str = kind
        self.limit: float = limit


class RateLimitedError(ResilienceError):
    """Too many requests. `retry_after`: seconds to wait, None where the provider did not say."""

    code = "rate_limited"
    recoverable = True
    ignored_wait: Unusable | None = None
    """Why what the server said about waiting cannot be used; None: it can, or nothing was said."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, model_id: str | None = None
    ) -> None:
        super().__init__(message, model_id=model_id)
        self.retry_after: float | None = retry_after


class BulkheadFullError(ResilienceError):
    """`limit` calls are in flight and `waiting` tasks wait already.

    `retry_after`: about how many seconds the wait would have been, where that is known.
    """

    code = "bulkhead_full"
    recoverable = True

    def __init__(
        self,
        message: str,
        *,
        limit: int,
        waiting: int,
        model_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, model_id=model_id)
        self.limit: int = limit
        self.waiting: int = waiting
        self.retry_after: float | None = retry_after


class RetryBudgetError(ResilienceError):
    """No repetition and no hedge: the retry budget of the model, or of all models, is used up."""

    code = "retry_budget"
    recoverable = True


class RetryExhaustedError(ResilienceError):
    """The last of 1 + `max_retries` attempts failed with `last_error`."""

    code = "retry_exhausted"

    def __init__(
        self,
        message: str,
        *,
        max_retries: int,
        last_error: BaseException,
        model_id: str | None = None,
    ) -> None:
        super().__init__(message, model_id=model_id)
        self.max_retries: int = max_retries
        self.last_error: BaseException = last_error


class AllModelsFailedError(_WordsLater, ResilienceError):
    """No model answered. `attempts` names each with its error or why it was passed over.

    Without a message it has words of its own.
    """

    code = "all_models_failed"
    recoverable = True

    def __init__(
        self,
        *message: str,
        attempts: Sequence[AttemptRecord] = (),
        retry_after: float | None = None,
    ) -> None:
        self.attempts: tuple[AttemptRecord, ...] = tuple(attempts)
        self.retry_after: float | None = retry_after

    def __str__(self) -> str:
        if self.args:
            return str(self.args[0])
        told = [f"{record.model_id}: {described(record.error)}" for record in self.attempts]
        return f"no model answered: {'; '.join(told)}"


class InvalidRequestError(ResilienceError):
    """The request itself is wrong; the next model is asked only where the plan says so."""

    code = "invalid_request"

    def __init__(
        self, message: str, *, model_id: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(message, model_id=model_id)
        self.status: int | None = status


class ModelLimitError(InvalidRequestError):
    """The request is fine, but this model cannot take it; the next one is asked.

    Too long, too large, an unknown parameter or modality; or the server does not have the model,
    or not for this account. `lasting`: no request that leaves the model's name to the settings can
    succeed there, so the model is not called for `max_parking`.
    """

    code = "model_limit"

    def __init__(
        self,
        message: str,
        *,
        model_id: str | None = None,
        status: int | None = None,
        lasting: bool = False,
    ) -> None:
        super().__init__(message, model_id=model_id, status=status)
        self.lasting: bool = lasting


class UnsupportedTaskError(ModelLimitError):
    """The model does not take tasks of this type."""

    code = "unsupported_task"


class UntranslatableRequestError(ModelLimitError):
    """The payload has what the model's family of calls has no counterpart for; it names that."""

    code = "untranslatable_request"


class AnswerRejectedError(ResilienceError):
    """An answer came, and `failure_if` calls it a failure."""

    code = "answer_rejected"
    recoverable = True


class EmptyAnswerError(AnswerRejectedError):
    """An answer came with nothing in it: no text, tool call, reasoning or refusal."""

    code = "empty_answer"


class ContentRefusedError(ResilienceError):
    """The model refused the content; not routed round unless the plan says so."""

    code = "content_refused"


class StreamInterruptedError(ResilienceError):
    """A stream ended before its end. `partial`: what had come; it stays out of pickles."""

    code = "stream_interrupted"
    recoverable = True

    def __init__(self, message: str, *, partial: str = "", model_id: str | None = None) -> None:
        super().__init__(message, model_id=model_id)
        self.partial: str = partial

    def __reduce__(self) -> tuple[Callable[..., Exception], tuple[object, ...]]:
        # Pickles are stored and sent: no reader expects answers of models in those of errors.
        restored, (kind, args, _) = super().__reduce__()
        return restored, (kind, args, {**vars(self), "partial": ""})


class RuntimeClosedError(ResilienceError):
    """The runtime has not started, is stopping or has stopped."""

    code = "runtime_closed"


class OverloadedError(ResilienceError):
    """A queue is full; nothing was started. Send less, or later."""

    code = "overloaded"
    recoverable = True


class ModelCrashedError(ModelUnavailableError):
    """The model's actor crashed; the attempt is over, and so is trying this model."""


def crashed(model_id: str, cause: BaseException | None) -> ModelCrashedError:
    """The model's actor failed while it was asked, or while it cancels its calls then."""
    error = ModelCrashedError(f"the actor of {model_id} crashed", model_id=model_id)
    error.__cause__ = cause
    return error
