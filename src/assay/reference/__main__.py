"""`python -m assay.reference`: the child process of `EmbeddedServers`.

Standard input brings one line of JSON, `{name: {"factory": "package.module:Class", "token": "..."}}`; standard output
returns `{name: port}` once every server answers, with the reason in place of the port where one cannot be started. The
end of standard input, which comes also when the parent was killed, ends the process.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading

from assay.reference.listening import bound, listen, vendor_class

LOOPBACK = "127.0.0.1"


def main() -> None:
    """Serve until standard input ends."""
    # Ctrl-C reaches the whole process group; the parent decides when it has no more use for the servers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wanted = json.loads(sys.stdin.readline())
    sites = []
    ports: dict[str, int | str] = {}
    for name, each in wanted.items():
        try:
            vendor = vendor_class(each["factory"])()
            vendor.admit_main_caller(each["token"])
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told and the others are served
            ports[name] = f"{type(error).__name__}: {error}"
            continue
        sock = bound(LOOPBACK, 0)
        ports[name] = sock.getsockname()[1]
        sites.append((vendor, sock))
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    asyncio.run(listen(sites, lambda: _announce(ports), asyncio.Event()))


def _announce(ports: dict[str, int | str]) -> None:
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()


def _end_with_the_parent() -> None:
    sys.stdin.read()
    # Nothing is worth keeping: the state is in memory, and nobody is left to wait for a reply.
    os._exit(0)


if __name__ == "__main__":
    main()
