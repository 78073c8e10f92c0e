"""Which models share a quota of their provider."""

from __future__ import annotations


class Quotas(dict[str, list[str]]):
    """The models of each shared quota."""

    def join(self, model_id: str, quota: str | None) -> None:
        """The model shares this quota, and no other; None: none."""
        for models in self.values():
            if model_id in models:
                models.remove(model_id)
        if quota is not None:
            self.setdefault(quota, []).append(model_id)
