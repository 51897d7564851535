"""How a finding is seen again: by its curl line, or by a run of the requirement alone where that does not show it.

A request may speak of an object that its check has used up, so that the server refuses it now for good reason; that
must not look as if the finding could not be reproduced.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from assay.report import digest
from assay.report.remedies import command_of, file_of, selection
from assay.report.steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node

_SUCCESS = re.compile(r"2\d\d\b")
_REFUSAL = re.compile(r"4\d\d\b")


def finding(requirement: Node, target: Node) -> Node:
    """Return a requirement without its evidence, but with all that a reader needs to see the finding again."""
    found = digest.finding(requirement)
    check = next(iter(digest.deciding_checks(requirement)), None)
    exchange = digest.deciding_exchange(check) if check else None
    return {
        **found,
        "check": check["name"] if check else "",
        "steps": steps(check) if check else "",
        "notes": notes(check, exchange) if check and exchange else (),
        "file": file_of(target),
        "selected": selection(requirement),
    }


def command(found: Node, seed: int) -> str:
    """Return the command line that judges the requirement of a finding alone."""
    return command_of(found["file"], found["selected"], seed)


def notes(check: Node, exchange: Node) -> tuple[str, ...]:
    """Return what keeps the curl line of an exchange from showing the same again, one sentence each."""
    return tuple(_notes(check, exchange))


def _notes(check: Node, exchange: Node) -> Iterator[str]:
    proof = digest.evidence(check)
    if len(proof) > 1 and any(each is exchange for each in proof):
        yield "Alone it shows nothing: several such requests have to meet, so only the run repeats it."
    given = spent(check, exchange)
    if given is None:
        return
    state, object_ = given["state"], digest.object_of(given)
    was = "was" if _was_accepted(check, given) else "may have been"
    fresh = f"a fresh {state} ({object_} {was} used by this run)"
    if given["by"] == "handler":
        yield f"The curl line needs {fresh}: ask the state handler for one."
        return
    found = digest.expectation(check.get("message", ""))
    if found and _SUCCESS.match(found.expected) and _REFUSAL.match(found.got):
        yield f"If {object_} was no {state} any more when the run began, that is why: each set serves one run."
    yield f"The curl line needs {fresh}, and so does the run: list one in [states.{state}] in its place."


def spent(check: Node, exchange: Node) -> Node | None:
    """Return the set of a state that a check uses up and of which a request speaks; `None` where there is none."""
    used_up = [each for each in check.get("given", ()) if each["used_up"]]
    return next((each for each in used_up if _speaks_of(exchange, digest.object_of(each))), None)


def _speaks_of(exchange: Node, object_: str) -> bool:
    if not object_:
        return False
    request = exchange["request"]
    alone = rf"(?<![\w-])(?:{re.escape(object_)}|{re.escape(quote(object_, safe=''))})(?![\w-])"
    return any(re.search(alone, text) for text in (request["url"], request["body"].get("text", "")))


def _was_accepted(check: Node, given: Node) -> bool:
    asked = [each for each in check["exchanges"] if _speaks_of(each, digest.object_of(given))]
    return any(each["response"] and _SUCCESS.match(str(each["response"]["status"])) for each in asked)
