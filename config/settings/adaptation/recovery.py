"""Settings of recovery: which remedies the runtime takes by itself, and how often."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ...base import Settings
from ...values.accepts import default
from ...values.units import Duration
from ...values.values import NUMBER, SWITCH


class RecoveryConfig(Settings):
    """What the runtime does by itself for a model that cannot serve. Spans are seconds.

    What breakers, probes and supervisors do is done in any case, and gets its record where this is
    enabled; each other remedy has a switch of its own.
    """

    enabled: Annotated[bool, SWITCH] = True
    """Whether remedies are taken and recorded."""
    dry_run: Annotated[bool, SWITCH] = False
    """Whether remedies are only told, and not taken."""
    probe_now: Annotated[bool, SWITCH] = False
    """Probe a model that its provider or its breaker keeps out, before its wait ends."""
    reset_breaker: Annotated[bool, SWITCH] = False
    """Close the breaker of a model whose probes pass three times."""
    restart_actor: Annotated[bool, SWITCH] = False
    """Start a quarantined actor of a model before its trial is due."""
    restart_worker: Annotated[bool, SWITCH] = False
    """The same for a model's worker processes."""
    half_limit: Annotated[bool, SWITCH] = False
    """Halve the calls at once of a model that fails too often while others serve."""
    take_out: Annotated[bool, SWITCH] = False
    """Send no tasks to a model that fails too often while others serve, until its probes pass."""
    reload: Annotated[bool, SWITCH] = False
    """Read the settings file again where a provider refuses a key."""
    patience: Duration = default(5.0)
    """How long a model is out before a remedy is taken."""
    timeout: Duration = default(10.0)
    """Limit of one remedy."""
    verify_within: Duration = default(30.0)
    """Within this span, three good probes or calls have to show that a remedy has helped."""
    max_per_model: Annotated[int, Field(ge=1, le=1_000), NUMBER] = 3
    """Remedies of a model within `period`; then an alert is raised and the model is left alone."""
    period: Duration = default(600.0)
    """Span in which the remedies of a model are counted."""
