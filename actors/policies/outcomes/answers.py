"""Which answers are failures: those with nothing in them, and what the settings name.

Chat answers are read in the forms of OpenAI and of Anthropic, as mappings or as objects; so is what
an adapter keeps of them in `raw`. A text is a chat answer without more to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ....config.settings.failure_if import FailureIfConfig
from .errors import AnswerRejectedError, EmptyAnswerError
from .foreign import as_mapping, as_sequence

_ENDED_BY_ITSELF = frozenset({"stop", "end_turn"})
_CONTENT = (
    *("tool_calls", "function_call", "refusal", "audio", "images"),
    *("reasoning", "reasoning_content", "reasoning_details", "thinking"),
)
"""What may be in a message of OpenAI's form besides its text."""
_TEXTS = frozenset({None, "text", "output_text", "thinking"})
_STOPS = ("stop", "stop_sequences")
_TOOL_ROLES = frozenset({"tool", "function"})


class ChatAnswer(NamedTuple):
    """What matters of a chat answer here: whether anything is in it, and how it ended."""

    has_content: bool
    finish_reasons: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing in it, and not because something cut it."""
        if self.has_content:
            return False
        return all(reason.lower() in _ENDED_BY_ITSELF for reason in self.finish_reasons)


def rules_of(config: FailureIfConfig, params: Mapping[str, object] | None) -> FailureIfConfig:
    """The rules for a model whose settings send `params` along, which may have stop sequences.

    >>> rules_of(FailureIfConfig(), {"stop": ["END"]})
    FailureIfConfig(empty=False, finish_reasons=())
    """
    stops = params is not None and any(params.get(name) for name in _STOPS)
    return config.model_copy(update={"empty": False}) if stops else config


def rejection(
    rules: FailureIfConfig, answer: object, payload: object, model_id: str
) -> AnswerRejectedError | None:
    """Why an answer is a failure by the rules; None: it is none. Raises no `Exception`.

    >>> rejection(FailureIfConfig(), "", "Hi", "a")
    EmptyAnswerError('a answered with nothing')
    """
    # Most answers have a text, and most models only the usual rules.
    if rules.predicate is None and not rules.finish_reasons and _has_text(answer):
        return None
    chat = chat_answer(answer)
    if chat is not None:
        found = judged(rules, chat, payload, model_id)
        if found is not None:
            return found
    return _by_predicate(rules, answer, model_id)


def rejected_stream(
    rules: FailureIfConfig, chunks: Iterable[object], payload: object, model_id: str
) -> AnswerRejectedError | None:
    """As `rejection`, for a stream that has ended without content and has brought these chunks."""
    reasons = tuple(reason for chunk in chunks for reason in _reasons_of_chunk(chunk))
    chat = ChatAnswer(has_content=False, finish_reasons=reasons)
    return judged(rules, chat, payload, model_id) or _by_predicate(rules, "", model_id)


def judged(
    rules: FailureIfConfig, chat: ChatAnswer, payload: object, model_id: str
) -> AnswerRejectedError | None:
    """Why a chat answer is a failure by the rules but the predicate."""
    if rules.empty and chat.is_empty and not may_be_empty(payload):
        return EmptyAnswerError(f"{model_id} answered with nothing", model_id=model_id)
    ended = next((one for one in chat.finish_reasons if one in rules.finish_reasons), None)
    if ended is None:
        return None
    message = f"the answer of {model_id} ended with {ended!r}, which failure_if names"
    return AnswerRejectedError(message, model_id=model_id)


def may_be_empty(payload: object) -> bool:
    """Whether an answer to this may have nothing in it: stop sequences, or after a tool."""
    try:
        asked = as_mapping(payload)
        return asked is not None and _may_be_empty(asked)
    except Exception:  # a payload is the user's own, and may fail at being looked at
        return True


def chat_answer(answer: object) -> ChatAnswer | None:
    """What is in an answer; None: it is no chat answer, or cannot be read as one."""
    if isinstance(answer, str):
        return ChatAnswer(has_content=len(answer) > 0, finish_reasons=())
    try:
        return _read(as_mapping(getattr(answer, "raw", None)) or answer)
    except Exception:  # an answer is the user's own, and may fail at being looked at
        return None


def _has_text(answer: object) -> bool:
    try:
        text = getattr(answer, "text", None)
    except Exception:  # an answer is the user's own, and may fail at being looked at
        return False
    return isinstance(text, str) and len(text) > 0


def _by_predicate(
    rules: FailureIfConfig, answer: object, model_id: str
) -> AnswerRejectedError | None:
    if rules.predicate is None:
        return None
    message = f"failure_if rejects the answer of {model_id}"
    try:
        if not rules.predicate(answer):
            return None
    except Exception as error:
        message = f"failure_if of {model_id} raised {type(error).__name__}"
        failed = AnswerRejectedError(message, model_id=model_id)
        failed.__cause__ = error
        return failed
    return AnswerRejectedError(message, model_id=model_id)


def _may_be_empty(payload: Mapping[object, object]) -> bool:
    if any(payload.get(name) for name in _STOPS):
        return True
    messages = as_sequence(payload.get("messages"))
    last = messages[-1] if messages else None
    if _field(last, "role") in _TOOL_ROLES:
        return True
    parts = as_sequence(_field(last, "content")) or ()
    return any(_field(part, "type") == "tool_result" for part in parts)


def _read(answer: object) -> ChatAnswer | None:
    choices = as_sequence(_field(answer, "choices"))
    if choices is not None:
        return _of_choices(choices)
    if _field(answer, "type") == "message":
        content, reason = _field(answer, "content"), _field(answer, "stop_reason")
        return ChatAnswer(_has_content(content), _words(reason))
    return None


def _of_choices(choices: Iterable[object]) -> ChatAnswer | None:
    messages = [_field(choice, "message") for choice in choices]
    if None in messages:  # not the answer to a chat
        return None
    reasons = [_field(choice, "finish_reason") for choice in choices]
    filled = any(
        _has_content(_field(message, "content")) or any(_field(message, one) for one in _CONTENT)
        for message in messages
    )
    return ChatAnswer(filled, _words(*reasons))


def _has_content(content: object) -> bool:
    parts = as_sequence(content)
    if parts is not None:
        return any(_part_has_content(part) for part in parts)
    return bool(content)


def _part_has_content(part: object) -> bool:
    if isinstance(part, str):
        return len(part) > 0
    if _field(part, "type") not in _TEXTS:
        return True
    return any(_field(part, name) for name in ("text", "thinking", "content"))


def _reasons_of_chunk(chunk: object) -> tuple[str, ...]:
    try:
        reason = _field(chunk, "finish_reason")
    except Exception:  # a chunk is the user's own, and may fail at being looked at
        return ()
    return _words(reason)


def _words(*reasons: object) -> tuple[str, ...]:
    return tuple(reason for reason in reasons if isinstance(reason, str) and len(reason) > 0)


def _field(holder: object, name: str) -> object:
    record = as_mapping(holder)
    return getattr(holder, name, None) if record is None else record.get(name)
