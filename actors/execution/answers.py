"""Answers that are failures: the model's settings say so, before a caller gets them."""

from __future__ import annotations

from typing import NamedTuple

from ...config.settings.failure_if import FailureIfConfig
from ..messages import ProviderFeedback
from ..permit import CallPermit
from ..policies.outcomes.answers import rejection
from ..policies.outcomes.errors import AnswerRejectedError
from ..policies.outcomes.usage import Usage
from ..task import Task
from .provider_feedback import feedback_of

USUAL_RULES = FailureIfConfig()


class EmptyAnswer(NamedTuple):
    """An answer with nothing in it, which is the result if no model has more."""

    model_id: str
    value: object
    degraded: bool
    usage: Usage | None = None
    cost: float | None = None


class RejectedAnswer(Exception):
    """Ends an attempt whose answer is a failure; the answer itself goes into no error."""

    def __init__(
        self, error: AnswerRejectedError, answer: object, feedback: ProviderFeedback | None
    ) -> None:
        super().__init__("the answer is a failure")
        self.error: AnswerRejectedError = error
        self.answer: object = answer
        self.feedback: ProviderFeedback | None = feedback


def check_answer(task: Task, permit: CallPermit, answer: object) -> None:
    """Raises `RejectedAnswer` where the settings of the model call the answer a failure."""
    rules = permit.failure_if or USUAL_RULES
    error = rejection(rules, answer, task.payload, permit.model_id)
    if error is not None:
        raise RejectedAnswer(error, answer, feedback_of(answer))
