"""When a maker of pictures is asked, waited for, passed over, or given up."""

from __future__ import annotations

import pytest

from sahne.providers.exchange import NotTaken, ProviderFault, Unanswered
from sahne.providers.images.circuit import FAILURES_MAX, OPEN_SECONDS, STOPPED_SECONDS, Circuit
from sahne.providers.images.provider import ProviderStopped, Rejected


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit(clock)


@pytest.mark.parametrize("fault", [NotTaken("500"), Unanswered("half")])
def test_failures_in_a_row_open_it_and_one_is_enough_afterwards(
    circuit: Circuit, clock: Clock, fault: ProviderFault
) -> None:
    for _ in range(FAILURES_MAX - 1):
        circuit.heed(fault)
        assert circuit.state == "ask"
    circuit.heed(fault)
    assert (circuit.state, circuit.seconds_left) == ("turn", OPEN_SECONDS)
    clock.now += OPEN_SECONDS
    assert circuit.state == "ask"
    circuit.heed(fault)
    assert circuit.state == "turn"


def test_one_that_works_in_between_closes_it(circuit: Circuit) -> None:
    for _ in range(3):
        for _ in range(FAILURES_MAX - 1):
            circuit.heed(NotTaken("500"))
        circuit.works()
    assert circuit.state == "ask"


def test_busy_is_waited_for_and_no_failure(circuit: Circuit, clock: Clock) -> None:
    for _ in range(2 * FAILURES_MAX):
        circuit.heed(NotTaken("429", 7.0))
        assert (circuit.state, circuit.seconds_left) == ("wait", 7.0)
    clock.now += 7
    assert circuit.state == "ask"


def test_without_credit_it_is_left_alone_for_long(circuit: Circuit, clock: Clock) -> None:
    circuit.heed(ProviderStopped("402"))
    assert circuit.state == "stop"
    clock.now += STOPPED_SECONDS
    assert circuit.state == "ask"


def test_what_it_does_not_take_says_nothing_of_it(circuit: Circuit) -> None:
    for _ in range(2 * FAILURES_MAX):
        circuit.heed(Rejected("422"))
    assert circuit.state == "ask"
