"""Where a model's key is: an environment variable or a file, never the settings themselves."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ....actors.policies.outcomes.errors import ModelAuthenticationError
from ....config.errors import ConfigurationError
from ....config.values.secrets import variable_name
from ..transport.key import Key as Key

_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Reads the key each time it is asked, so that one that is renewed is used at once.

    >>> ApiKey(None, None).read("gpt-5") is None
    True
    """

    env: str | None
    file: str | None = None
    what: str = "the API key"
    """What is there, for messages."""

    def __post_init__(self) -> None:
        """Raises `ConfigurationError` for a key in place of its variable's name; not quoted."""
        if self.file is not None:
            # A program may change its directory before the file is read.
            object.__setattr__(self, "file", os.path.abspath(self.file))
        if self.env is None:
            return
        try:
            variable_name(self.env)
        except ValueError as error:
            raise ConfigurationError(f"api_key_env {error}", key="api_key_env") from error

    def read(self, model_id: str | None) -> Key | None:
        """The key, or None where none is wanted; raises `ModelAuthenticationError` without it."""
        if self.env is not None:
            place = f"the environment variable {self.env}"
            return self._checked(Key(os.environ.get(self.env, "")), place, model_id)
        if self.file is not None:
            place = f"the file {self.file}"
            return self._checked(self._content(self.file, place, model_id), place, model_id)
        return None

    def _content(self, file: str, place: str, model_id: str | None) -> Key:
        try:
            with Path(file).open("rb") as opened:
                return Key(opened.read(_MOST_BYTES).decode("utf-8-sig", "replace"))
        except OSError as error:
            message = f"{place} with {self.what} cannot be read: {error.strerror}"
            raise ModelAuthenticationError(message, model_id=model_id, reason="key") from error

    def _checked(self, key: Key, place: str, model_id: str | None) -> Key:
        key = Key(key.strip())
        if not key:
            message = f"{place} with {self.what} is not set or empty"
            raise ModelAuthenticationError(message, model_id=model_id, reason="key")
        if not (key.isascii() and key.isprintable()):
            # An HTTP client would refuse it too, and quote it in its error.
            message = f"{self.what} in {place} has characters that no header can carry"
            raise ModelAuthenticationError(message, model_id=model_id, reason="key")
        return key
