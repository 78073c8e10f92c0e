"""Where a failure of a command is explained."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress

from ...config.errors import PAGE, page_of

_MOST = 5


def say_where(error: BaseException) -> None:
    """One line on standard error that names the entry of an error of ours."""
    page = page_of(error)
    if page is not None:
        with suppress(OSError):
            print(f"what to do: {page}", file=sys.stderr, flush=True)


def entries(pages: Iterable[str]) -> str:
    """Some entries in one line; the page is named once.

    >>> entries(["docs/errors.md#modeltimeouterror", "docs/errors.md#ratelimitederror"])
    'what to do: docs/errors.md#modeltimeouterror, #ratelimitederror'
    """
    told = ", ".join(page.removeprefix(PAGE) for page in list(pages)[:_MOST])
    return f"what to do: {PAGE}{told}"
