"""The fleet over HTTP, and the official clients in front of it; see `docs/server.md`.

A name is loaded at its first use.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runtime.server.dashboard.mounting import dashboard as dashboard
    from .runtime.server.in_process.clients import anthropic_client as anthropic_client
    from .runtime.server.in_process.clients import openai_client as openai_client
    from .runtime.server.in_process.mounting import app as app
    from .runtime.server.in_process.service import ServerApp as ServerApp
    from .runtime.server.limits import ServerLimits as ServerLimits
else:
    from ._lazily import lazily as _lazily

    # The same names once more, for the interpreter; a test compares the two.
    __all__, __getattr__, __dir__ = _lazily(
        __name__,
        {
            ".runtime.server.dashboard.mounting": "dashboard",
            ".runtime.server.in_process.clients": "anthropic_client openai_client",
            ".runtime.server.in_process.mounting": "app",
            ".runtime.server.in_process.service": "ServerApp",
            ".runtime.server.limits": "ServerLimits",
        },
    )
