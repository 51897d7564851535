"""The controller's side of a session with workers on other machines: what they are sent, and whether they live."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from assay.evidence import SharedSecrets
from assay.exceptions import UnwritableError
from assay.journal import append
from assay.machines import parcel, prober, worker
from assay.machines.connection import ANSWERS_WITHIN_S, asked, close, cut_off, running
from assay.machines.secrets import ADD, LOOK, answer
from assay.session import arguments
from assay.transport.pacing import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from types import ModuleType

    from assay.machines import Machine
    from assay.plan import Plan

SILENT_FOR_S = 30.0
"""A worker that says nothing for so long is lost: its machine is off, or the way to it."""
_BEATS_MEANWHILE = 6


def session_arguments(machines: Sequence[Machine]) -> list[str]:
    """Return the arguments of the controller, which collects nothing itself."""
    return [
        *arguments(()), "--noconftest", *worker.PLUGINS, "--dist=worksteal",
        # A machine that is lost may be gone for good. The session ends with what the others have; see `assay.runner`.
        "--max-worker-restart=0",
        *(f"--tx={machine.tx}" for machine in machines),
    ]  # fmt: skip


@dataclass(eq=False)
class Dispatch:
    """A pytest plugin: gives each worker the plan as it can use it, and cuts off one that says nothing any more."""

    plan: Plan
    machines: Sequence[Machine]
    share: int | None
    """How many requests each worker may send."""
    lost: list[tuple[Machine, str]] = field(default_factory=list)
    """Machines whose worker did not come to its end, and what is known of it."""
    taken: list[dict[str, Any]] = field(default_factory=list)
    """The journal entries of the listed sets that workers took."""

    def __post_init__(self) -> None:
        self._secrets = SharedSecrets(self.plan.folder, self.plan.key)
        self._asked_for = threading.Lock()
        self._heard: dict[Any, float] = {}
        self._gateways: list[Any] = []
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._cut_off_the_silent, daemon=True, name="watch")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, config: pytest.Config) -> None:
        """Copy nothing to other machines, which have their own installation."""
        session: Any = config.pluginmanager.get_plugin("dsession")
        session.nodemanager.roots = []
        self._watch.start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_getremotemodule(self) -> ModuleType:
        """Return what runs in a worker."""
        return worker

    @pytest.hookimpl(optionalhook=True, trylast=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - xdist's controller of a worker
        """Send the plan through the connection of the worker, in the place of what a local one would get."""
        # Also a process of this machine gets a parcel: what a target bears is divided in one way among all of them.
        node.workerinput[worker.PARCEL] = parcel.packed(self.plan, time.time(), self.share)
        node.workerinput[worker.OWN] = self._machine(node).is_own
        notes = node.gateway.newchannel()
        notes.setcallback(lambda question: notes.send(json.dumps(self._answer(json.loads(question)))))
        node.workerinput[worker.NOTES] = notes
        beat = node.gateway.newchannel()
        self._gateways.append(node.gateway)
        # It is heard of only when Python has started there and has imported Assay.
        self._heard[node.gateway] = time.monotonic() + ANSWERS_WITHIN_S
        beat.setcallback(lambda _: self._hear(node.gateway))
        node.workerinput[worker.BEAT] = beat, SILENT_FOR_S / _BEATS_MEANWHILE

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ANN401 - as above
        """Take note of a worker that is gone before its time."""
        self._heard.pop(node.gateway, None)
        if error:
            self.lost.append((self._machine(node), str(error).strip().rpartition("\n")[2]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Watch no more."""
        self._over.set()

    def pytest_unconfigure(self) -> None:
        """Let go of the connections."""
        for gateway in self._gateways:
            close(gateway)

    def _machine(self, node: Any) -> Machine:  # noqa: ANN401 - as above
        # xdist numbers its workers in the order of --tx, and none is started anew.
        return self.machines[int(node.gateway.id.removeprefix("gw"))]

    def _answer(self, question: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Do what a worker waits for: share a secret, tell it those of others, or note that it takes a listed set."""
        if question["kind"] in (ADD, LOOK):
            # Each connection has a thread of its own.
            with self._asked_for:
                return answer(question, self._secrets)
        self.taken.append(question)
        try:
            if self.plan.journal is not None:
                append(self.plan.journal, question)
        except UnwritableError as error:
            return error.args
        return None

    def _hear(self, gateway: Any) -> None:  # noqa: ANN401 - execnet's
        if gateway in self._heard:
            self._heard[gateway] = time.monotonic()

    def _cut_off_the_silent(self) -> None:
        while not self._over.wait(1.0):
            for gateway, heard in list(self._heard.items()):
                if time.monotonic() - heard > SILENT_FOR_S:
                    self._heard.pop(gateway, None)
                    cut_off(gateway)


def probes(
    machine: Machine, plan: Plan, share: int | None, accepted: Collection[tuple[str, str]]
) -> list[dict[str, Any]] | BaseException:
    """Return the journal entries of the probes, made on `machine`, or why there are none."""
    secrets = SharedSecrets(plan.folder, plan.key).look()
    longest = max(target.timeout_s for target in plan.targets) + PATIENCE_S + SILENT_FOR_S

    def ask() -> list[dict[str, Any]]:
        with running(prober, machine) as channel:
            operations = [list(each) for each in sorted(accepted)]
            channel.send((parcel.packed(plan, time.time(), share), operations, json.dumps(secrets)))
            return [json.loads(entry) for entry in iter(lambda: channel.receive(longest), "")]

    return asked([ask], max(plan.deadline - time.time(), 0.0) + longest)[0]
