"""Messages to supervisors and from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...config.settings.restart import RestartConfig
from ..policies.unavailability import Unavailable

if TYPE_CHECKING:
    from .child_spec import Spec


class StartChild(NamedTuple):
    """To the supervisor. Answer: the child's reference. Raises `InvalidRequestError`."""

    spec: Spec


class RestartDue(NamedTuple):
    """To the supervisor, from its timer: the wait before a restart is over."""

    name: str


class RestartTogetherDue(NamedTuple):
    """To the supervisor, from its timer: the same for all children that a crash affected."""


class RestartChild(NamedTuple):
    """To the supervisor, from an operator: restart the child now. Answer: whether it started."""

    name: str


class StopChild(NamedTuple):
    """To the supervisor: stop the child for good. Answer, later: whether there was one."""

    name: str


class ReconfigureChild(NamedTuple):
    """To the supervisor: judge the child's next crash by these settings."""

    name: str
    restart: RestartConfig


class StopDue(NamedTuple):
    """To the supervisor, from its timer: the child has had its time to stop."""

    name: str


class StopAll(NamedTuple):
    """To the supervisor: stop the children, the youngest first. Answer, later: True."""


class ChildDown(NamedTuple):
    """To the spec's `notify`: the child cannot answer until `unavailable` ends."""

    name: str
    unavailable: Unavailable
