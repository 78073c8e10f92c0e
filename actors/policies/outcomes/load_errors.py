"""Why a call is not made although a model is well: it has too much to do."""

from __future__ import annotations

from .errors import OverloadedError


class LoadShedError(OverloadedError):
    """The task has too low a priority for the load that there is; nothing was started."""

    code = "load_shed"


class ThrottledError(OverloadedError):
    """The model has refused so many calls lately that this one was not made."""

    code = "throttled"
