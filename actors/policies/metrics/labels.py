"""What metrics call a model: its id, or for all beyond the first so many one common name."""

from __future__ import annotations

OTHER = "_other"
MOST = 200
"""Models with a name of their own: more would make a metric's store suffer."""


class ModelLabels:
    """Gives each model its label, the first time that it is seen, and never another one.

    A removed model keeps its label for when it comes back; so no series changes its meaning.

    >>> labels = ModelLabels(most=1)
    >>> labels.of("first"), labels.of("second"), labels.of("first")
    ('first', '_other', 'first')
    """

    __slots__ = ("_most", "_named", "full")

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._named: set[str] = set()
        self.full: bool = False
        """Whether a model has had to take the common name."""

    def of(self, model_id: str) -> str:
        """The label of a model."""
        if model_id in self._named:
            return model_id
        if len(self._named) >= self._most:
            self.full = True
            return OTHER
        self._named.add(model_id)
        return model_id

    @property
    def named(self) -> frozenset[str]:
        """The models that have a name of their own."""
        return frozenset(self._named)
