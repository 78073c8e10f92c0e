"""The registry's questions and orders, as pykka documents them, on both platforms."""

from __future__ import annotations

from typing import Any

import pykka

from .platforms import LIMIT, Behaviour, Platform


class Animal(Behaviour):
    """Counts what it hears; says its farewell."""

    def __init__(self, farewells: list[str] | None = None, name: str = "") -> None:
        super().__init__()
        self.heard: list[Any] = []
        self.farewells = farewells
        self.name = name

    def on_stop(self) -> None:
        if self.farewells is not None:
            self.farewells.append(self.name)

    def on_receive(self, message: Any) -> Any:
        if message == "heard?":
            return self.heard
        self.heard.append(message)
        return None


class Bee(Animal):
    pass


def heard(*refs: pykka.ActorRef[Any]) -> list[Any]:
    return [ref.ask("heard?", timeout=LIMIT) for ref in refs]


def test_a_started_actor_is_registered_until_it_stops(platform: Platform) -> None:
    ref = platform.start(Animal)
    assert platform.registry.get_all() == [ref]
    ref.stop(timeout=LIMIT)
    assert platform.registry.get_all() == []


def test_all_actors_are_listed_in_the_order_of_their_start(platform: Platform) -> None:
    refs = [platform.start(Animal) for _ in range(5)]
    assert platform.registry.get_all() == refs


def test_the_list_of_all_actors_is_a_copy(platform: Platform) -> None:
    ref = platform.start(Animal)
    platform.registry.get_all().clear()
    assert platform.registry.get_all() == [ref]


def test_a_class_finds_its_actors_and_those_of_its_subclasses(platform: Platform) -> None:
    animal, bee = platform.start(Animal), platform.start(Bee)
    assert platform.registry.get_by_class(Animal) == [animal, bee]
    assert platform.registry.get_by_class(platform.kind(Bee)) == [bee]


def test_a_class_name_finds_only_its_own_actors(platform: Platform) -> None:
    animal, bee = platform.start(Animal), platform.start(Bee)
    assert platform.registry.get_by_class_name("Animal") == [animal]
    assert platform.registry.get_by_class_name("Bee") == [bee]
    assert platform.registry.get_by_class_name("Cow") == []


def test_an_urn_finds_its_actor_or_nothing(platform: Platform) -> None:
    ref = platform.start(Animal)
    assert platform.registry.get_by_urn(ref.actor_urn) is ref
    assert platform.registry.get_by_urn("urn:uuid:nobody") is None


def test_a_broadcast_reaches_everyone(platform: Platform) -> None:
    refs = [platform.start(Animal), platform.start(Bee)]
    platform.registry.broadcast("rain")
    assert heard(*refs) == [["rain"], ["rain"]]


def test_a_broadcast_to_a_class_reaches_it_and_its_subclasses(platform: Platform) -> None:
    animal, bee = platform.start(Animal), platform.start(Bee)
    platform.registry.broadcast("flower", target_class=platform.kind(Bee))
    platform.registry.broadcast("rain", target_class=Animal)
    assert heard(animal, bee) == [["rain"], ["flower", "rain"]]


def test_a_broadcast_to_a_class_name_reaches_only_that_class(platform: Platform) -> None:
    animal, bee = platform.start(Animal), platform.start(Bee)
    platform.registry.broadcast("flower", target_class="Animal")
    assert heard(animal, bee) == [["flower"], []]


def test_stop_all_stops_the_youngest_first(platform: Platform) -> None:
    farewells: list[str] = []
    for name in "abc":
        platform.start(Animal, farewells, name)
    assert platform.registry.stop_all(timeout=LIMIT) == [True, True, True]
    assert farewells == ["c", "b", "a"]
    assert platform.registry.get_all() == []


def test_stop_all_without_block_returns_futures(platform: Platform) -> None:
    refs = [platform.start(Animal) for _ in range(3)]
    stops = platform.registry.stop_all(block=False)
    assert pykka.get_all(stops, timeout=LIMIT) == [True, True, True]
    assert not any(ref.is_alive() for ref in refs)


def test_stop_all_without_actors_has_nothing_to_answer(platform: Platform) -> None:
    assert platform.registry.stop_all() == []
