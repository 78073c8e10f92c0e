"""Where a secret of a channel is; read at each try, so that a renewed one is used at once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ....actors.alerting.notification import DeliveryError

_MOST_BYTES = 65_536


class Hidden(str):
    """A secret as it is sent. Where tracebacks show local variables, they do not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Hidden(...)"


@dataclass(frozen=True, slots=True)
class Secret:
    """The place of a secret: an environment variable or a file, or a plain value that is none."""

    what: str
    """What is there, for errors."""
    env: str | None = None
    file: str | None = None
    plain: str | None = None

    def read(self) -> Hidden | None:
        """The secret; None: there is no place. Raises `DeliveryError` where nothing is there."""
        if self.plain is not None:
            return Hidden(self.plain)
        if self.env is not None:
            place = f"the environment variable {self.env}"
            return self._checked(os.environ.get(self.env, ""), place)
        if self.file is not None:
            return self._checked(self._content(self.file), f"the file {self.file}")
        return None

    def needed(self) -> Hidden:
        """The secret. Raises `DeliveryError` where nothing is there."""
        found = self.read()
        assert found is not None  # the settings name a place
        return found

    def _content(self, file: str) -> str:
        try:
            with Path(file).open("rb") as opened:
                return opened.read(_MOST_BYTES).decode("utf-8-sig", "replace")
        except OSError as error:
            reason = error.strerror
        raise DeliveryError(f"the file {file} with {self.what} cannot be read: {reason}")

    def _checked(self, found: str, place: str) -> Hidden:
        secret = Hidden(found.strip())
        if not secret:
            raise DeliveryError(f"{place} with {self.what} is not set or empty")
        if not (secret.isascii() and secret.isprintable()):
            raise DeliveryError(f"{self.what} in {place} has characters that cannot be sent")
        return secret
