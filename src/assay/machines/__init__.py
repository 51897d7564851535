"""Workers on other machines: pytest-xdist's own, named in its own words (`--tx ssh=user@host//python=python3.12`).

What such a worker has of its own is its installation, which must be the same as the controller's, its clock, and its
folders. Everything else comes through its connection: the plan, with its tokens, and the decisions on their way back.

    Machine, parse    what `--tx` says
    installation      what there is on a machine; its source runs there
    fitness           whether a machine can take part
    parcel            a plan on its way to another machine
    worker            one worker process; its source runs there
    decided           a decision on its way back
    secrets           tokens of state handlers on their way to all others
    prober            the probes at the end of a run, where only other machines reach the targets; its source runs there
    dispatch          the controller's side of a session
    crew              the sessions of a run, each without the machines that were lost in the one before
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from execnet import XSpec

from assay.exceptions import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ("popen", "ssh", "socket", "vagrant_ssh")
_KEYS = (*KINDS, "python", "chdir", "nice", "ssh_config", "dont_write_bytecode")
_HOST_AND_PORT = 2


@dataclass(frozen=True, slots=True)
class Machine:
    """Where one worker process runs."""

    spec: str
    """In the words of execnet."""

    @property
    def name(self) -> str:
        """What messages call it; the values of environment variables are left out."""
        return "//".join(part for part in self.spec.split("//") if not part.startswith("env:"))

    @property
    def is_own(self) -> bool:
        """Whether it is a process of this machine and this installation, as `--workers` starts it."""
        return not {"ssh", "socket", "vagrant_ssh", "python", "chdir"} & {*vars(XSpec(self.spec))}

    @property
    def tx(self) -> str:
        """Return what xdist is told."""
        # xdist would make a folder in the worker's home for what it copies; nothing is copied.
        elsewhere = {"ssh", "socket", "vagrant_ssh"} & {*vars(XSpec(self.spec))} and "chdir=" not in self.spec
        return f"{self.spec}//chdir=." if elsewhere else self.spec


OWN = Machine("popen")


def parse(texts: Sequence[str]) -> tuple[Machine, ...]:
    """Return the machines that `--tx` names, `3*popen` being three; raise `UsageError` for what cannot be one."""
    machines: list[Machine] = []
    for text in texts:
        number, star, spec = text.partition("*")
        times = int(number) if star and number.isascii() and number.isdecimal() else 1
        machine = _machine(text, spec if star and number.isascii() and number.isdecimal() else text)
        machines += [machine] * times
    _each_socket_once(machines)
    return tuple(machines)


def _machine(text: str, spec: str) -> Machine:
    try:
        keys = {name: value for name, value in vars(XSpec(spec)).items() if name not in ("_spec", "env")}
    except IndexError:
        # execnet's, for an empty key.
        keys = {}
    except (ValueError, AttributeError) as error:
        message = f"--tx {text}: {error}"
        raise UsageError(message) from error
    for key in keys:
        if key not in _KEYS:
            message = f"--tx {text}: unknown key {key!r}{did_you_mean(key, _KEYS)}"
            raise UsageError(message)
    if len([key for key in keys if key in KINDS]) != 1:
        message = f"--tx {text}: expected one of popen, ssh=[USER@]HOST, socket=HOST:PORT, as in 2*popen"
        raise UsageError(message)
    if "socket" in keys:
        _is_host_and_port(text, str(keys["socket"]), keys)
    return Machine(spec)


def _is_host_and_port(text: str, address: str, keys: dict[str, object]) -> None:
    host, colon, port = address.partition(":")
    if not (host and colon and port.isascii() and port.isdecimal()):
        message = f"--tx {text}: expected socket=HOST:PORT"
        raise UsageError(message)
    if "python" in keys:
        message = f"--tx {text}: a socket server runs in its own Python; leave python= out"
        raise UsageError(message)


def _each_socket_once(machines: Sequence[Machine]) -> None:
    """Raise `UsageError` where two workers share a socket server: it serves one at a time, and the other would wait."""
    sockets = [machine.spec for machine in machines if "socket=" in machine.spec]
    for spec in sockets:
        if sockets.count(spec) > 1:
            message = f"--tx {spec}: a socket server is one worker; start one more on another port"
            raise UsageError(message)
