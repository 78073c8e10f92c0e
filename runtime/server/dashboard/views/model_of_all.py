"""What a page shows of a model: of this process, or of all workers of the server."""

from __future__ import annotations

from typing import Any, TypeAlias

import orjson

from ....observability.live.live_feed import LiveFeed
from ....operations import books_of
from ....runtime import Runtime
from ...siblings.points import points_of_all
from ...siblings.siblings import Siblings
from ...siblings.sketches import all_written
from ...siblings.snapshots import fleet_model
from ...siblings.words import MODEL

Record: TypeAlias = dict[str, Any]


class ModelOfAll:
    """Asks the siblings, and answers them."""

    def __init__(self, runtime: Runtime, feed: LiveFeed, siblings: Siblings | None) -> None:
        self._runtime = runtime
        self._feed = feed
        self._siblings = siblings
        if siblings is not None:
            siblings.on(MODEL, self._told)

    async def look(self, name: str) -> Record | None:
        """`snapshot` and `points` of the last 15 minutes; None: there is no such model.

        With several workers `workers` says how many of how many have answered.
        """
        found = self._here(name)
        if found is None or self._siblings is None:
            return found
        own = orjson.loads(await self._told(name.encode()))
        others = [orjson.loads(one.body) for one in await self._siblings.others(MODEL, name)]
        told = [own, *(one for one in others if one is not None)]
        return {
            "snapshot": fleet_model(
                [one["snapshot"] for one in told],
                [one["sketches"] for one in told],
                is_shared=self._is_shared(name),
            ),
            "points": points_of_all([one["points"] for one in told]),
            "workers": self._siblings.counted(len(told)),
        }

    def _here(self, name: str) -> Record | None:
        model = self._runtime.snapshot().models.get(name)
        return None if model is None else {"snapshot": model, "points": self._feed.points(name)}

    async def _told(self, name: bytes) -> bytes:
        model_id, books = name.decode(), books_of(self._runtime)
        found = None if books is None else self._here(model_id)
        if found is None or books is None:
            return orjson.dumps(None)
        sketches = books.portal.do(lambda: books.sketches_of(model_id))
        return orjson.dumps({**found, "sketches": all_written(sketches)}, default=str)

    def _is_shared(self, name: str) -> bool:
        cluster = self._runtime.snapshot().cluster
        return cluster is not None and name in cluster.shares
