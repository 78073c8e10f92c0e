"""What stands in public signatures and only annotations name: protocols, and groups of options."""

from .runtime.executors.http.call import CallContext, HasPayload
from .runtime.executors.http.call_options import CallSettings

__all__ = [
    "CallContext",
    "CallSettings",
    "HasPayload",
]
