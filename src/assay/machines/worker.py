"""One worker process of a run with `--tx`, on whatever machine: xdist's own, started on this machine's catalogue.

The source of this module runs in the worker, where xdist's would. It takes what xdist's controller sends, puts what is
right on this machine in the place of what is right on the controller's, and goes on with xdist's.
"""

from __future__ import annotations

import json
import pickle
import runpy
import signal
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xdist.remote  # type: ignore[import-untyped]  # says nothing of its types

from assay import catalogue, plugin
from assay.exceptions import UnwritableError
from assay.interrupts import SIGNALS
from assay.machines.parcel import unpacked
from assay.machines.secrets import SecretsElsewhere
from assay.session import arguments, clean_environment, sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.model import Contract
    from assay.plan import Plan

PARCEL = "assay-parcel"
OWN = "assay-own"
NOTES = "assay-notes"
BEAT = "assay-beat"
PLUGINS = ("-pxdist.plugin", "-passay.machines.decided")
"""Of both ends of a connection."""


class _Channel:
    """The channel to the controller, whose first message has been changed; it tells when it has ended."""

    def __init__(self, channel: Any, first: tuple[object, ...], gone: threading.Event) -> None:  # noqa: ANN401 - execnet's, untyped in a worker
        self._channel = channel
        self._first = [first]
        self._gone = gone

    def receive(self) -> object:
        return self._first.pop() if self._first else self._channel.receive()

    def setcallback(self, callback: Callable[[object], None], endmarker: object) -> None:
        def pass_on(message: object) -> None:
            if message is endmarker:
                self._gone.set()
            callback(message)

        self._channel.setcallback(pass_on, endmarker)

    def __getattr__(self, name: str) -> object:
        return getattr(self._channel, name)


def work(channel: Any) -> None:  # noqa: ANN401 - as above
    """Run checks until the controller has no more."""
    worker_input, _, options, search_path = channel.receive()
    now = time.time()
    parcel, (beat, interval) = worker_input.pop(PARCEL), worker_input.pop(BEAT)
    notes = worker_input.pop(NOTES)
    gone = threading.Event()
    worker_input[plugin.GONE] = gone.is_set
    worker_input[plugin.NOTE] = partial(_note, notes)
    if worker_input.pop(OWN):
        # The controller's; another installation has its own.
        sys.path[:] = search_path
        # Ctrl-C in a terminal, or the end of one, comes to all processes; a worker leaves it to the controller.
        for number in SIGNALS:
            signal.signal(number, lambda *_: None)
    else:
        options = {}
    over = threading.Event()
    threading.Thread(target=_beat, args=(beat, interval, over), daemon=True, name="beat").start()
    with tempfile.TemporaryDirectory(prefix="assay-") as folder, clean_environment():
        plan = unpacked(parcel, Path(folder), now)
        worker_input[plugin.WORKER_INPUT] = pickle.dumps(plan)
        if any(target.state_handler is not None for target in plan.targets):
            # Others have all their secrets from the target files, and need not wait for an answer at each check.
            worker_input[plugin.SECRETS] = partial(SecretsElsewhere, partial(_ask, notes))
        words = [*arguments(first_session(plan, catalogue.load())), *PLUGINS]
        first = (worker_input, words, options, list(sys.path))
        try:
            runpy.run_path(xdist.remote.__file__, {"channel": _Channel(channel, first, gone)}, "__channelexec__")
        finally:
            over.set()


def first_session(plan: Plan, contracts: Mapping[str, Contract]) -> list[Path]:
    """Return the case files of one session, which all workers must have in common; there may be more behind it."""
    files = sessions(job.check.file for job in plan.jobs(contracts) if job.check.file is not None)
    return files[0] if files else []


def _ask(channel: Any, question: dict[str, Any]) -> Any:  # noqa: ANN401 - as above
    """Have something written into the journal, or shared with the other workers, and wait until it is."""
    channel.send(json.dumps(question))
    return json.loads(channel.receive())


def _note(channel: Any, entry: dict[str, Any]) -> None:  # noqa: ANN401 - as above
    if problem := _ask(channel, entry):
        raise UnwritableError(*problem)


def _beat(channel: Any, interval: float, over: threading.Event) -> None:  # noqa: ANN401 - as above
    """Tell the controller that this process is alive, also in the middle of a long check."""
    try:
        while not over.wait(interval):
            channel.send(None)
    except OSError:
        # The controller is gone, and so is this process in a moment.
        return


if __name__ == "__channelexec__":
    work(channel)  # type: ignore[name-defined]  # noqa: F821 - execnet puts it there
