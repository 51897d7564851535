"""`python -m assay.worker`: judges one part of a target after the other, as the controller of a run hands them out.

Standard input brings what is to be done; standard output returns which check begins, what was decided, and that a part
is done. A decision is answered when it is in the journal, and only then the next check begins.
"""

from __future__ import annotations

import os
import signal
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.plan import Plan


def main() -> None:
    """Work until the controller has no more to do."""
    # Whatever a case or a state handler prints must not get between the messages.
    controller = Link(Connection(os.dup(0), writable=False), Connection(os.dup(1), readable=False))
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - it is about the number of the file
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    try:
        _work(controller)
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        # The controller has ended, or has told this process to.
        return


class Link:
    """The way to the controller of the run."""

    def __init__(self, orders: Connection, replies: Connection) -> None:
        self._orders = orders
        self._replies = replies

    def order(self) -> Any:  # noqa: ANN401 - see `assay.pool`
        """Wait for what is to be done next."""
        return self._orders.recv()

    def tell(self, *message: object) -> None:
        """Tell the controller something."""
        self._replies.send(message)

    def hand_over(self, entry: dict[str, Any]) -> None:
        """Tell the controller a decision, and wait until it is in the journal."""
        from assay.interrupts import put_off  # noqa: PLC0415 - as in `_work`

        with put_off():
            self.tell("decided", entry)
            self.order()


def _work(controller: Link) -> None:
    # Loaded late: until the first order has come, Ctrl-C must find a process that is deaf to it.
    from assay.interrupts import follow  # noqa: PLC0415 - as above
    from assay.state_handlers import end_commands  # noqa: PLC0415 - as above

    order: Callable[..., None]
    task, plan, *rest = controller.order()
    follow(plan.controller, plan.folder, end_commands)
    while True:
        order = _probe if task == "probe" else _check
        order(controller, plan, *rest)
        task, plan, *rest = controller.order()


def _check(controller: Link, plan: Plan) -> None:
    from assay import catalogue  # noqa: PLC0415 - as in `_work`
    from assay.decisions import Decisions  # noqa: PLC0415 - as in `_work`
    from assay.runner import run_checks  # noqa: PLC0415 - as in `_work`

    decisions = Decisions(controller.hand_over)
    interrupted = run_checks(plan, catalogue.load(), decisions, lambda check: controller.tell("begins", check))
    for problem in decisions.problems:
        controller.tell("problem", problem)
    if interrupted:
        controller.tell("interrupted")
        raise KeyboardInterrupt
    controller.tell("done")


def _probe(controller: Link, plan: Plan, accepted: set[tuple[str, str]]) -> None:
    from assay import catalogue, probe  # noqa: PLC0415 - as in `_work`

    for entry in probe.entries(plan, catalogue.load(), accepted):
        controller.hand_over(entry)
    controller.tell("done")


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    main()
