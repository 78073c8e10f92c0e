from itertools import pairwise
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hive_resilience.actors.policies.routing import Routing
from hive_resilience.config import Strategy


class FleetMachine(RuleBasedStateMachine):
    """Against a plain list: never a tried or unusable one, and each usable one exactly once."""

    @initialize(seed=st.integers(0, 1000))
    def begin(self, seed: int) -> None:
        self.routing = Routing()
        self.expected: dict[str, bool] = {}
        self.weights: dict[str, float] = {}
        self.draw = Random(seed).random

    @rule(name=st.integers(0, 30), usable=st.booleans(), weight=st.sampled_from([0.0, 1.0, 50.0]))
    def add_or_remove(self, name: int, usable: bool, weight: float) -> None:
        model_id = f"m{name}"
        if model_id in self.expected:
            self.routing.remove(model_id)
            del self.expected[model_id]
            return
        self.routing.add(model_id, weight=weight, usable=usable)
        self.expected[model_id] = usable
        self.weights[model_id] = weight

    @rule(name=st.integers(0, 30), usable=st.booleans())
    def set_usable(self, name: int, usable: bool) -> None:
        model_id = f"m{name}"
        self.routing.set_usable(model_id, usable)
        if model_id in self.expected:
            self.expected[model_id] = usable

    @rule(name=st.integers(0, 30), weight=st.sampled_from([0.0, 2.0, 1e9]))
    def set_weight(self, name: int, weight: float) -> None:
        if (model_id := f"m{name}") in self.expected:
            self.routing.set_weight(model_id, weight)
            self.weights[model_id] = weight

    @rule(strategy=st.sampled_from(Strategy), tried=st.sets(st.integers(0, 30), max_size=5))
    def exhaust(self, strategy: Strategy, tried: set[int]) -> None:
        before = {f"m{number}" for number in tried}
        found = self.exhausted(strategy, set(before))
        left = [i for i, usable in self.expected.items() if usable and i not in before]
        assert sorted(found) == sorted(left)
        if strategy in (Strategy.SEQUENTIAL, Strategy.PARALLEL):
            assert found == left
        if strategy is Strategy.WEIGHTED:
            heavy = [self.weights[i] > 0 for i in found]
            assert all(first >= second for first, second in pairwise(heavy))

    def exhausted(self, strategy: Strategy, tried: set[str]) -> list[str]:
        found: list[str] = []
        while (model_id := self.routing.choose(strategy, tried, self.draw)) is not None:
            tried.add(model_id)
            found.append(model_id)
        return found

    @rule(tried=st.sets(st.integers(0, 30), max_size=5))
    def look_at_candidates(self, tried: set[int]) -> None:
        before = {f"m{number}" for number in tried}
        found = self.routing.candidates(before, self.draw, ["m1", "m2"])
        left = {i for i, usable in self.expected.items() if usable and i not in before}
        assert set(found) <= left
        assert len(set(found)) == len(found)
        assert bool(found) == bool(left)

    @invariant()
    def counts_agree(self) -> None:
        assert len(self.routing) == len(self.expected)
        assert self.routing.usable_count == sum(self.expected.values())


FleetMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestFleetMachine = FleetMachine.TestCase
