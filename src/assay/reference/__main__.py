"""`python -m assay.reference`: the child process of `EmbeddedServers`.

Standard input brings one line of JSON, `{name: {"factory": "package.module:Class", "token": "...", "states": {state:
number of sets}}}`; standard output returns `{name: {"port": ..., "states": {state: [values]}}}` once every server
answers, with `{"broken": reason}` for one that cannot be started. The end of standard input, which comes also when the
parent was killed, ends the process.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from typing import Any

from assay.exceptions import AssayError
from assay.reference.listening import bound, listen, run, vendor_class

LOOPBACK = "127.0.0.1"


def main() -> None:
    """Serve until standard input ends."""
    # Ctrl-C reaches the whole process group; the parent decides when it has no more use for the servers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wanted = json.loads(sys.stdin.readline())
    sites = []
    started: dict[str, dict[str, Any]] = {}
    for name, each in wanted.items():
        try:
            vendor = vendor_class(each["factory"])()
            vendor.admit_main_caller(each["token"])
            states = {state: [vendor.states()[state]() for _ in range(sets)] for state, sets in each["states"].items()}
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told and the others are served
            known = isinstance(error, AssayError)
            started[name] = {"broken": str(error) if known else f"{type(error).__name__}: {error}"}
            continue
        sock = bound(LOOPBACK, 0)
        started[name] = {"port": sock.getsockname()[1], "states": states}
        sites.append((vendor, sock))
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    run(listen(sites, lambda: _announce(started), asyncio.Event()))


def _announce(started: dict[str, dict[str, Any]]) -> None:
    sys.stdout.write(json.dumps(started) + "\n")
    sys.stdout.flush()


def _end_with_the_parent() -> None:
    sys.stdin.read()
    # Nothing is worth keeping: the state is in memory, and nobody is left to wait for a reply.
    os._exit(0)


if __name__ == "__main__":
    main()
