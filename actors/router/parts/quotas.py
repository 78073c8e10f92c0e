"""Which models share a quota of their provider."""

from __future__ import annotations

from collections.abc import Mapping

from ...fleet_messages import Park, QuotaParked
from ...messages import Candidate


class Quotas(dict[str, list[str]]):
    """The models of each shared quota."""

    def join(self, model_id: str, quota: str | None) -> None:
        """The model shares this quota, and no other; None: none."""
        for models in self.values():
            if model_id in models:
                models.remove(model_id)
        if quota is not None:
            self.setdefault(quota, []).append(model_id)

    def park(self, message: QuotaParked, candidates: Mapping[str, Candidate]) -> None:
        """Park the other models of a quota that its provider has parked."""
        for model_id in self.get(message.quota, ()):
            if model_id != message.model_id:
                candidates[model_id].ref.send(Park(message.seconds))
