"""The root of every error of this library, and the one for settings that cannot be used."""

from __future__ import annotations


class ResilienceError(Exception):
    """Base of all errors.

    `code` is a short constant for programs, `model_id` the model concerned or None, `recoverable`
    whether the same task may succeed later or elsewhere.
    """

    code = "resilience_error"
    recoverable = False

    def __init__(self, message: str, *, model_id: str | None = None) -> None:
        super().__init__(message)
        self.model_id = model_id


class ConfigurationError(ResilienceError, ValueError):
    """Settings that cannot be used: names the file, the key, the value and what is allowed."""

    code = "configuration_error"

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        key: str | None = None,
        value: object = None,
        allowed: str | None = None,
        model_id: str | None = None,
    ) -> None:
        super().__init__(message, model_id=model_id)
        self.file = file
        self.key = key
        self.value = value
        self.allowed = allowed
