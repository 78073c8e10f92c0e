"""The errors of injected faults: of their own class, and judged as the failure they stand for."""

from __future__ import annotations

import errno
from collections.abc import Iterable

from ..outcomes.errors import (
    InvalidRequestError,
    ModelAuthenticationError,
    ModelUnavailableError,
    RateLimitedError,
)


class InjectedFault(Exception):
    """The base of every error that a chaos experiment raises in place of a model."""


class InjectedConnectionError(InjectedFault, ConnectionRefusedError):
    """The model refuses connections."""


class InjectedCutError(InjectedFault, ConnectionResetError):
    """The connection ended in the middle of an answer."""


class InjectedStatusError(InjectedFault, ModelUnavailableError):
    """The model's server answers a status that is an error."""


class InjectedRateLimitError(InjectedFault, RateLimitedError):
    """The provider answers 429."""


class InjectedQuotaError(InjectedFault, ModelAuthenticationError):
    """The quota of the account is used up."""


class InjectedActorCrash(InjectedFault, RuntimeError):
    """The crash of an actor."""


class ChaosRefusedError(InvalidRequestError):
    """An experiment is not allowed: chaos is off, it reaches too far, or another one runs."""

    code = "chaos_refused"


def refused_connection(model_id: str, told: str) -> InjectedConnectionError:
    """As the system says it; `told` names the experiment."""
    return InjectedConnectionError(errno.ECONNREFUSED, f"{model_id} refuses connections ({told})")


def cut_connection(model_id: str, told: str) -> InjectedCutError:
    """As the system says it; `told` names the experiment."""
    return InjectedCutError(errno.ECONNRESET, f"the connection to {model_id} ended ({told})")


def another_runs(ids: Iterable[str]) -> ChaosRefusedError:
    """Why no experiment may begin beside these."""
    return ChaosRefusedError(f"another experiment runs: {', '.join(ids)}; stop it first")
