"""What looks at a runtime from outside; see `docs/observability.md`.

A name is loaded at its first use.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runtime.instrumenting import instrument as instrument
else:
    from ._lazily import lazily as _lazily

    # The same names once more, for the interpreter; a test compares the two.
    __all__, __getattr__, __dir__ = _lazily(
        __name__,
        {
            ".runtime.instrumenting": "instrument",
        },
    )
