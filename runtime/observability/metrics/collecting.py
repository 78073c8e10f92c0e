"""Measured families as those of `prometheus_client`, which is imported here alone."""

from __future__ import annotations

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from .families import Kind
from .measured import Measured
from .samples import Buckets


def metric_of(measured: Measured) -> Metric:
    """One family with its samples."""
    family = measured.family
    if family.kind is Kind.HISTOGRAM:
        return _histogram(measured)
    made = CounterMetricFamily if family.kind is Kind.COUNTER else GaugeMetricFamily
    metric = made(family.name, family.about, labels=family.labels)
    for labels, value in measured.samples:
        assert not isinstance(value, Buckets)
        metric.add_metric([encodable(label) for label in labels], value)
    return metric


def _histogram(measured: Measured) -> HistogramMetricFamily:
    family = measured.family
    metric = HistogramMetricFamily(family.name, family.about, labels=family.labels)
    for labels, value in measured.samples:
        assert isinstance(value, Buckets)
        bounds = [f"{bound:g}" for bound in value.bounds]
        buckets = list(zip(bounds, map(float, value.counts), strict=True))
        buckets.append(("+Inf", float(value.total)))
        metric.add_metric([encodable(label) for label in labels], buckets, value.sum)
    return metric


def encodable(label: str) -> str:
    """The label without halves of character pairs, which no registry can write."""
    return label if label.isascii() else label.encode("utf-8", "replace").decode("utf-8")
