"""Whether a failed call may have reached its model: what runs at most once must know."""

from __future__ import annotations

from .classify import classify
from .fault import Fault

_BEFORE_ANY_REQUEST = frozenset(
    {
        "ClientConnectorError",
        "ConnectError",
        "ConnectTimeout",
        "ConnectionRefusedError",
        "gaierror",
    }
)
"""Names of the errors of clients that never had a connection."""


def may_have_reached(error: BaseException) -> bool:
    """Whether the model may have seen the request; False only where it certainly has not.

    An error can say so itself by an attribute `reached`.

    >>> may_have_reached(ConnectionRefusedError()), may_have_reached(ConnectionResetError())
    (False, True)
    """
    seen: BaseException | None = error
    while seen is not None:
        if getattr(seen, "reached", None) is False or classify(seen) is Fault.NOT_ASKED:
            return False
        if not _BEFORE_ANY_REQUEST.isdisjoint(kind.__name__ for kind in type(seen).__mro__):
            return False
        seen = seen.__cause__
    return True
