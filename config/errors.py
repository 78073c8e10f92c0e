"""The base of all errors of this library, and the error for settings that cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .values.words import printable

PAGE = "docs/errors.md"
"""Where each public error is explained."""
_OURS = __name__.partition(".")[0]
_INSIDE = (f"{_OURS}.actors.", f"{_OURS}.config.")
"""What is below these is public; other errors have the entry of the class they are derived from."""


def page_of(error: BaseException) -> str | None:
    """Where it is written what has happened and what to do; None: it is no error of this library.

    >>> page_of(ConfigurationError("a mistake")), page_of(KeyError())
    ('docs/errors.md#configurationerror', None)
    """
    kinds = (kind for kind in type(error).__mro__ if kind.__module__.startswith(_INSIDE))
    kind = next((kind for kind in kinds if not kind.__name__.startswith("_")), None)
    return None if kind is None else f"{PAGE}#{kind.__name__.lower()}"


class ErrorAnswer:
    """`status`, `headers` (those that may be passed on) and `body` of a server's error.

    The body may quote what the caller asked, so it is in no `repr` and in no pickle. It is empty
    where a key of the model is in it, or where it is larger than 64 KiB.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status: int = status
        self.headers: Mapping[str, str] = headers
        self.body: bytes = body

    def __repr__(self) -> str:
        return f"ErrorAnswer({self.status})"

    def __reduce__(self) -> tuple[type[ErrorAnswer], tuple[int, Mapping[str, str], bytes]]:
        return ErrorAnswer, (self.status, {}, b"")


class ResilienceError(Exception):
    """The base of all errors of this library.

    `code` is a short constant for programs, `model_id` the model concerned or None, `recoverable`
    whether the same task may succeed later or elsewhere.
    """

    code = "resilience_error"
    recoverable = False
    answer: ErrorAnswer | None = None
    """What a server answered, for programs that pass it on; None: nothing that could be."""

    def __init__(self, message: str, *, model_id: str | None = None) -> None:
        super().__init__(message)
        self.model_id: str | None = model_id

    @property
    def page(self) -> str | None:
        """Where it is written what has happened and what to do."""
        return page_of(self)

    def __reduce__(self) -> tuple[Callable[..., Exception], tuple[object, ...]]:
        # The default calls the class with the message alone; most of ours need more than that.
        return _restored, (type(self), self.args, self.__dict__)


def _restored(
    kind: type[ResilienceError], args: tuple[object, ...], state: dict[str, object]
) -> ResilienceError:
    """An error as it was, for copies and for other processes."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the settings: its place, the value there, and what is allowed.

    `file` is "environment" for a variable and None for a setting from Python. `value` is None
    where it must not be shown.
    """

    file: str | None
    line: int | None
    key: str | None
    value: object
    message: str

    def __str__(self) -> str:
        line = None if self.line is None else f"line {self.line}"
        key = None if self.key is None else printable(self.key)
        return ": ".join(part for part in (self.file, line, key, self.message) if part)


class ConfigurationError(ResilienceError, ValueError):
    """Settings that cannot be used. It names the file, the key, the value and what is allowed.

    `problems` has every mistake of a file, in the order of its lines.
    """

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
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message, model_id=model_id)
        self.file: str | None = file
        self.key: str | None = key
        self.value: object = value
        self.allowed: str | None = allowed
        self.problems: tuple[Problem, ...] = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> ConfigurationError:
        """One error that lists them all; its own attributes are those of the first."""
        first = problems[0]
        return cls(
            "\n".join(str(problem) for problem in problems),
            file=first.file,
            key=first.key,
            value=first.value,
            allowed=first.message,
            problems=problems,
        )
