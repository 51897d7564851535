"""Asking another machine something, without ever waiting for it longer than one wants."""

from __future__ import annotations

import threading
import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import execnet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from assay.machines import Machine

ANSWERS_WITHIN_S = 30.0
"""To be reached, start Python and import Assay."""

THREAD = "asks another machine"

Told = TypeVar("Told")


@contextmanager
def running(module: ModuleType, machine: Machine) -> Iterator[Any]:
    """Run the source of a module on a machine, and yield the channel to it."""
    group = execnet.Group()
    gateway = _connected(group, machine)
    try:
        yield gateway.remote_exec(module)
    finally:
        group.terminate(1)
        close(gateway)


def _connected(group: execnet.Group, machine: Machine) -> execnet.Gateway:
    try:
        return group.makegateway(machine.tx)
    except SystemError as error:
        # CPython 3.11 counts the depth of `ast.parse` for all threads together (gh-106905), and may lose count where
        # several read the source of their first words at the same time. That says nothing of the machine.
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if hasattr(frame.f_locals.get("io"), "sock"):
                frame.f_locals["io"].sock.close()
        return group.makegateway(machine.tx)


def asked(questions: Sequence[Callable[[], Told]], seconds: float) -> list[Told | BaseException]:
    """Return what each question is answered with, or why it is not; all are asked at the same time."""
    answers: dict[int, Told | BaseException] = {}

    def ask(number: int, question: Callable[[], Told]) -> None:
        try:
            answers[number] = question()
        except BaseException as error:  # noqa: BLE001 - execnet raises what a machine makes of its first words, also SystemExit
            # Without its frames, which would keep the connection open.
            answers[number] = error.with_traceback(None)

    # In threads that may be left behind, because execnet never gives up waiting for a connection.
    threads = [threading.Thread(target=ask, args=each, daemon=True, name=THREAD) for each in enumerate(questions)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    late = TimeoutError(f"gives no answer after {seconds:g} s; is it busy with another run?")
    return [answers.get(number, late) for number in range(len(questions))]


def cut_off(gateway: Any) -> None:  # noqa: ANN401 - execnet's, whose end of the connection has no public name
    """End a connection from this side, so that who waits for the other side waits no more."""
    gateway._io.kill()  # noqa: SLF001 - see above
    if hasattr(gateway._io, "sock"):  # noqa: SLF001 - see above
        gateway._io.close_read()  # noqa: SLF001 - see above


def close(gateway: Any) -> None:  # noqa: ANN401 - as above
    """Close the socket of a gateway that has ended, which execnet leaves open."""
    if hasattr(gateway._io, "sock"):  # noqa: SLF001 - as above
        gateway._io.sock.close()  # noqa: SLF001 - as above


def reason(error: BaseException) -> str:
    """Return what a user can make of an error of execnet's."""
    if isinstance(error, execnet.HostNotFound):
        return "the host is not found or refuses the connection"
    if isinstance(error, EOFError | AssertionError):
        return "what answers there is no Python that execnet can talk to"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip().rpartition("\n")[2] or type(error).__name__
