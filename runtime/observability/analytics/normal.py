"""The normal distribution, as far as the tests here need it. Pure."""

from __future__ import annotations

from math import erfc, sqrt
from statistics import NormalDist

_STANDARD = NormalDist()


def two_sided(z: float) -> float:
    """How likely a standard normal value is as far from 0 as `z`, on either side."""
    return erfc(abs(z) / sqrt(2))


def quantile(p: float) -> float:
    """The standard normal value below which a share `p` lies."""
    return _STANDARD.inv_cdf(p)
