"""Errors as a user names them: exception classes, and functions that look at an error."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable
from typing import TypeAlias, cast

from ...config.values.log_fields import log_event

ErrorTest: TypeAlias = type[BaseException] | Callable[[BaseException], object]
"""An exception class with its subclasses, or a function that says whether an error is meant."""
ErrorTests: TypeAlias = ErrorTest | Iterable[ErrorTest]
"""One test, or several of which one is enough."""

log: logging.Logger = logging.getLogger(__name__)


def error_test(tests: ErrorTests, option: str) -> Callable[[BaseException], bool]:
    """Whether one of `tests` means an error. Raises `TypeError` for what is no test.

    A function among them that fails is logged, and does not mean the error.
    """
    listed = [tests] if isinstance(tests, type) or callable(tests) else _listed(tests, option)
    classes: list[type[BaseException]] = []
    functions: list[Callable[[BaseException], object]] = []
    for test in listed:
        if isinstance(test, type) and issubclass(test, BaseException):
            classes.append(test)
        elif isinstance(test, type) or not callable(test) or inspect.iscoroutinefunction(test):
            raise _wrong(test, option)
        else:
            functions.append(test)
    kinds = tuple(classes)

    def means(error: BaseException) -> bool:
        return isinstance(error, kinds) or any(_says(test, error, option) for test in functions)

    return means


def _listed(tests: object, option: str) -> list[ErrorTest]:
    if isinstance(tests, str | bytes) or not isinstance(tests, Iterable):
        raise _wrong(tests, option)
    return list(cast("Iterable[ErrorTest]", tests))  # the caller looks at each of them


def _says(test: Callable[[BaseException], object], error: BaseException, option: str) -> bool:
    try:
        return bool(test(error))
    except Exception:
        log.exception(
            "a function of %s failed", option, extra=log_event("error_test.failed", option=option)
        )
        return False


def _wrong(test: object, option: str) -> TypeError:
    return TypeError(
        f"{option} takes exception classes and functions of an error that are not async, "
        f"not {test!r}"
    )
