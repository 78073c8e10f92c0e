"""What the owner's process hosts: an engine of ours, a supervisor, an owner for each model."""

from __future__ import annotations

import random
import secrets

from ...actors.cluster.owners import Owners
from ...actors.engine.engine import Engine
from ...actors.supervision.child_spec import SupervisorSpec
from ...actors.supervision.state import SupervisorState
from ...actors.supervision.supervisor import SupervisorActor

_EPOCHS = 2**53
"""JSON's readers agree on whole numbers below this."""


def host_owners(share_time: float, *, learns: bool) -> Owners:
    """The owners of a fleet, on the running loop. They lend for `share_time` seconds.

    `learns`: there may be shares of an earlier life.
    """
    engine = Engine()
    engine.attach()
    state = SupervisorState(SupervisorSpec("owners", prefix=""))
    supervisor = engine.start_from(
        lambda: SupervisorActor(state, _publish, random.random), is_root=True
    )
    return Owners(
        supervisor,
        # By chance: the clocks of two nodes may differ.
        epoch=1 + secrets.randbelow(_EPOCHS),
        draw=random.random,
        share_time=share_time,
        learns=learns,
        fence=share_time,
    )


def _publish(_event: object, /, **_fields: object) -> None:
    """No listener lives in the owner's process; the peers tell what they see."""
