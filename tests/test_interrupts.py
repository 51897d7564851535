"""An interrupt waits for what must not be left half done, but no second one does."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import pytest

from assay.interrupts import SIGNALS, put_off, raise_them

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _raised() -> Iterator[None]:
    """Have signals raised, and put back what there was."""
    usual = {number: signal.getsignal(number) for number in SIGNALS}
    raise_them()
    yield
    for number, handler in usual.items():
        signal.signal(number, handler)


def work(done: list[str], *interrupts: int) -> None:
    """Do what must not be left half done, while these interrupts come."""
    with put_off():
        for number in interrupts:
            signal.raise_signal(number)
        done.append("the rest")


@pytest.mark.usefixtures("_raised")
@pytest.mark.parametrize("number", SIGNALS)
def test_what_is_under_way_comes_to_its_end_before_an_interrupt_is_raised(number: int) -> None:
    done: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        work(done, number)

    assert done == ["the rest"]


@pytest.mark.usefixtures("_raised")
def test_a_second_interrupt_is_raised_at_once() -> None:
    done: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        work(done, signal.SIGINT, signal.SIGTERM)

    assert done == []


@pytest.mark.usefixtures("_raised")
def test_the_second_interrupt_of_a_run_is_raised_at_once_although_it_is_the_first_one_here() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        work(done, signal.SIGINT)

    assert done == []


@pytest.mark.usefixtures("_raised")
def test_without_an_interrupt_everything_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)

    with put_off():
        pass

    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_than_the_main_one_get_no_interrupts_anyway() -> None:
    done: list[str] = []
    thread = threading.Thread(target=work, args=[done])

    thread.start()
    thread.join()

    assert done == ["the rest"]


@pytest.mark.usefixtures("_raised")
def test_what_the_caller_has_had_ignored_stays_so() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    raise_them()

    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
