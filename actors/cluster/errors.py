"""What an operator hears where the owners of a fleet do not answer."""

from __future__ import annotations

from ...config.errors import ResilienceError


class ClusterUnreachableError(ResilienceError):
    """The owners of a cluster have not answered; the text says why. It may have arrived."""

    code = "cluster_unreachable"
    recoverable = True
