"""The process in its cluster as samples. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from ....actors.policies.metrics.figures import ClusterFigures
from ....actors.policies.metrics.labels import OTHER
from .families import SHORT_BOUNDS
from .samples import Sample, buckets_of, by_name


def of_cluster(
    cluster: ClusterFigures, named: frozenset[str]
) -> Iterator[tuple[str, list[Sample]]]:
    """The samples of each family; `named` models have a label of their own."""
    answered = cluster.exchanges - cluster.failed
    exchanges: list[Sample] = [(("answered",), answered), (("failed",), cluster.failed)]
    yield "hive_cluster_joined", [((), int(cluster.joined))]
    yield "hive_cluster_peers", [((), cluster.peers)]
    yield "hive_cluster_exchanges_total", exchanges
    yield (
        "hive_cluster_exchange_duration_seconds",
        [((), buckets_of(cluster.durations, SHORT_BOUNDS))],
    )
    yield "hive_cluster_share", _by_label(cluster.places, named)
    yield "hive_cluster_owner_changes_total", [((), cluster.owner_changes)]
    yield "hive_cluster_stale_outcomes_total", _by_label(cluster.stale, named)


def _by_label(counts: Mapping[str, int], named: frozenset[str]) -> list[Sample]:
    """By model, those without a name of their own together."""
    found: Counter[str] = Counter()
    for model_id, count in counts.items():
        found[model_id if model_id in named else OTHER] += count
    return by_name(found)
