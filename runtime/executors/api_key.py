"""Where a model's key is: an environment variable or a file, never the settings themselves."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ...actors.policies.errors import ModelAuthenticationError

_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Reads the key each time it is asked, so that one that is renewed is used at once.

    >>> ApiKey(None, None).read("gpt-5") is None
    True
    """

    env: str | None
    file: str | None = None

    def read(self, model_id: str | None) -> str | None:
        """The key, or None where none is wanted; raises `ModelAuthenticationError` without it."""
        if self.env is not None:
            place = f"the environment variable {self.env}"
            return _checked(os.environ.get(self.env, ""), place, model_id)
        if self.file is not None:
            place = f"the file {self.file}"
            return _checked(_content(self.file, place, model_id), place, model_id)
        return None


def _content(file: str, place: str, model_id: str | None) -> str:
    try:
        with Path(file).open("rb") as opened:
            return opened.read(_MOST_BYTES).decode("utf-8-sig", "replace")
    except OSError as error:
        message = f"{place} with the API key cannot be read: {error.strerror}"
        raise ModelAuthenticationError(message, model_id=model_id) from error


def _checked(key: str, place: str, model_id: str | None) -> str:
    key = key.strip()
    if not key:
        message = f"{place} with the API key is not set or empty"
        raise ModelAuthenticationError(message, model_id=model_id)
    if not (key.isascii() and key.isprintable()):
        # An HTTP client would refuse it too, and quote it in its error.
        message = f"the API key in {place} has characters that no header can carry"
        raise ModelAuthenticationError(message, model_id=model_id)
    return key
