"""Settings for what a model costs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..base import Settings
from ..values.values import NUMBER

Price = Annotated[float, Field(ge=0, le=1_000_000), NUMBER]


class PricesConfig(Settings):
    """What a million tokens cost, in a currency of your choice, for `TaskResult.cost`.

    >>> PricesConfig(input=3.0, output=15.0).are_known
    True
    """

    input: Price | None = None
    """Of a million tokens of the input; None: nothing, or not known without `output`, too."""
    output: Price | None = None
    """Of a million tokens of the output; None: nothing, or not known without `input`, too."""
    cached: Price | None = None
    """Of a million tokens of the input that the provider had in its cache; None: as `input`."""

    @property
    def are_known(self) -> bool:
        """Whether costs can be told; embeddings have no price of the output."""
        return self.input is not None or self.output is not None
