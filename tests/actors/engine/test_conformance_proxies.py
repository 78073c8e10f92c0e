"""Proxies, as pykka documents them, on both platforms."""

from __future__ import annotations

import threading
from typing import Any

import pykka
import pytest
from pykka import messages

from .platforms import LIMIT, Behaviour, Platform


@pykka.traversable
class Engine:
    """A part of the car that may be reached through it."""

    def __init__(self) -> None:
        self.power = 90

    def double(self, times: int = 1) -> int:
        self.power *= 2**times
        return self.power


class Radio:
    """A part of the car that may not."""

    station = "one"


class Car(Behaviour):
    wheels = 4

    def __init__(self) -> None:
        super().__init__()
        self.colour = "red"
        self.motor = Engine()
        self.radio = Radio()
        self.marked = pykka.traversable(Radio())
        self._secret = "key"

    @property
    def broken(self) -> str:
        raise LookupError("no such part")

    @property
    def owner(self) -> str:
        return "nobody"

    @owner.setter
    def owner(self, name: str) -> None:
        raise PermissionError(name)

    def drive(self, place: str, *, speed: int = 50) -> tuple[str, int]:
        return place, speed

    def crash(self) -> None:
        raise ArithmeticError("into a wall")

    def wait(self, event: threading.Event) -> bool:
        return event.wait(LIMIT)

    def build(self) -> None:
        self.roof = "glass"
        self.raise_roof = lambda: "up"

    def _hidden(self) -> None: ...


@pytest.fixture
def car(platform: Platform) -> Any:
    return platform.start(Car).proxy()


def test_an_attribute_is_read_through_a_future(platform: Platform, car: Any) -> None:
    answer = car.colour
    assert isinstance(answer, platform.future)
    assert answer.get(timeout=LIMIT) == "red"


def test_attributes_of_the_class_are_read_too(car: Any) -> None:
    assert car.wheels.get(timeout=LIMIT) == 4


def test_a_property_is_read_in_the_actor_and_fails_for_the_reader(car: Any) -> None:
    with pytest.raises(LookupError, match="no such part"):
        car.broken.get(timeout=LIMIT)
    assert car.colour.get(timeout=LIMIT) == "red"


def test_a_method_is_called_with_its_arguments(platform: Platform, car: Any) -> None:
    answer = car.drive("home", speed=80)
    assert isinstance(answer, platform.future)
    assert answer.get(timeout=LIMIT) == ("home", 80)


def test_a_method_that_fails_fails_its_future_and_the_actor_lives_on(car: Any) -> None:
    with pytest.raises(ArithmeticError, match="wall"):
        car.crash().get(timeout=LIMIT)
    assert car.actor_ref.is_alive()
    assert car.drive("on").get(timeout=LIMIT) == ("on", 50)


def test_wrong_arguments_fail_in_the_future(car: Any) -> None:
    answer = car.drive()
    with pytest.raises(TypeError):
        answer.get(timeout=LIMIT)


def test_a_method_that_is_not_called_is_a_callable_proxy(car: Any) -> None:
    drive = car.drive
    assert isinstance(drive, pykka.CallableProxy)
    assert drive("there").get(timeout=LIMIT) == ("there", 50)
    assert car.drive is drive


def test_a_deferred_call_returns_nothing_and_happens(car: Any) -> None:
    assert car.build.defer() is None
    assert car.drive("away").get(timeout=LIMIT) == ("away", 50)
    assert car.roof.get(timeout=LIMIT) == "glass"


def test_a_deferred_call_that_fails_stops_the_actor(car: Any) -> None:
    car.crash.defer()
    assert car.actor_ref.actor_stopped.wait(LIMIT)


def test_calls_are_handled_in_order_with_messages(car: Any) -> None:
    release = threading.Event()
    blocked = car.wait(release)
    before, after = car.motor.double(), car.motor.double()
    release.set()
    assert blocked.get(timeout=LIMIT) is True
    assert (before.get(timeout=LIMIT), after.get(timeout=LIMIT)) == (180, 360)


def test_an_attribute_is_set_when_the_assignment_returns(car: Any) -> None:
    same: Any = car
    car.colour = "blue"
    assert same.colour.get(timeout=LIMIT) == "blue"


def test_a_setter_that_fails_fails_the_assignment(car: Any) -> None:
    same: Any = car
    with pytest.raises(PermissionError, match="me"):
        car.owner = "me"
    assert same.owner.get(timeout=LIMIT) == "nobody"


def test_attributes_made_later_are_found(car: Any) -> None:
    car.build().get(timeout=LIMIT)
    assert car.roof.get(timeout=LIMIT) == "glass"
    assert car.raise_roof().get(timeout=LIMIT) == "up"


def test_an_attribute_that_does_not_exist_is_an_error_at_once(car: Any) -> None:
    with pytest.raises(AttributeError, match="no attribute 'wings'"):
        _ = car.wings


@pytest.mark.parametrize("name", ["_hidden", "_secret"])
def test_private_names_are_not_shown(car: Any, name: str) -> None:
    with pytest.raises(AttributeError):
        getattr(car, name)
    assert name not in dir(car)


def test_a_private_name_set_on_the_proxy_stays_there(platform: Platform) -> None:
    class Safe(Behaviour):
        def __init__(self) -> None:
            super().__init__()
            self._code = 1

        def code(self) -> int:
            return self._code

    safe: Any = platform.start(Safe).proxy()
    safe._code = 2
    assert safe.code().get(timeout=LIMIT) == 1


def test_the_names_of_the_actor_are_listed(car: Any) -> None:
    assert {"colour", "drive", "motor", "wheels", "actor_ref"} <= set(dir(car))


def test_a_traversable_attribute_is_a_proxy_of_its_own(car: Any) -> None:
    motor, same = car.motor, car.motor
    assert motor.power.get(timeout=LIMIT) == 90
    assert motor.double(times=3).get(timeout=LIMIT) == 720
    motor.power = 1
    assert same.power.get(timeout=LIMIT) == 1
    assert isinstance(motor, pykka.ActorProxy)


def test_one_object_can_be_marked_traversable(car: Any) -> None:
    assert car.marked.station.get(timeout=LIMIT) == "one"


def test_an_attribute_without_the_mark_is_a_future_of_the_object(car: Any) -> None:
    assert isinstance(car.radio.get(timeout=LIMIT), Radio)


def test_proxies_are_equal_when_actor_and_path_are(platform: Platform, car: Any) -> None:
    other = platform.start(Car).proxy()
    again = car.actor_ref.proxy()
    assert car == again
    assert hash(car) == hash(again)
    assert car != other
    assert car.motor == again.motor
    assert car != car.motor
    assert car != "car"


def test_a_proxy_shows_its_reference(car: Any) -> None:
    assert repr(car) == f"<ActorProxy for {car.actor_ref}, attr_path=()>"


def test_a_dead_actor_gets_no_proxy(platform: Platform) -> None:
    ref = platform.start(Car)
    ref.stop(timeout=LIMIT)
    with pytest.raises(pykka.ActorDeadError, match="not found"):
        ref.proxy()


def test_a_proxy_of_an_actor_that_died_answers_with_errors(car: Any) -> None:
    car.actor_ref.stop(timeout=LIMIT)
    call, read = car.drive("home"), car.colour
    for answer in (call, read):
        with pytest.raises(pykka.ActorDeadError):
            answer.get(timeout=LIMIT)
    with pytest.raises(pykka.ActorDeadError):
        car.colour = "blue"
    with pytest.raises(pykka.ActorDeadError):
        car.drive.defer("home")


def test_an_actor_works_in_steps_through_a_proxy_to_itself(platform: Platform) -> None:
    class Counter(Behaviour):
        def __init__(self, done: threading.Event) -> None:
            super().__init__()
            self._me: Any = None
            self.left = 3
            self.done = done

        def on_start(self) -> None:
            self._me = self.actor_ref.proxy()

        def step(self) -> None:
            self.left -= 1
            if self.left:
                self._me.step.defer()
            else:
                self.done.set()

    done = threading.Event()
    counter: Any = platform.start(Counter, done).proxy()
    counter.step()
    assert done.wait(LIMIT)
    assert counter.left.get(timeout=LIMIT) == 0


def test_a_public_proxy_to_itself_is_left_out_with_a_warning(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    class Narcissus(Behaviour):
        def on_start(self) -> None:
            self.mirror = self.actor_ref.proxy()

        def ready(self) -> bool:
            return True

    proxy: Any = platform.start(Narcissus).proxy()
    assert proxy.ready().get(timeout=LIMIT) is True
    again: Any = proxy.actor_ref.proxy()
    assert "mirror" not in dir(again)
    assert "proxy to itself" in caplog.text


def test_pykkas_messages_work_without_a_proxy(platform: Platform) -> None:
    ref = platform.start(Car)
    call = messages.ProxyCall(("motor", "double"), (2,), {})
    assert ref.ask(call, timeout=LIMIT) == 360
    ref.tell(messages.ProxySetAttr(("motor", "power"), 7))
    assert ref.ask(messages.ProxyGetAttr(("motor", "power")), timeout=LIMIT) == 7
