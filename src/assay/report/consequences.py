"""Which checks could decide nothing because they met what a finding is about, as far as the evidence shows.

A server that is wrong in one point leaves other checks without the answer that they need. A reader is told that once,
with the name of the finding, and not in as many ways as there are checks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.model import Outcome
from assay.report import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node, Untested

_PROBLEM = re.compile(r"(?:answered \d+ with|got) (a body that .*?)(?:, so nothing can be concluded| \(on \d+ .*)?$")
_STATUS = re.compile(r"\b(?:got|answered) (\d{3})\b(?! with)")
_SUCCESS = re.compile(r"2\d\d$")
_NUMBER = re.compile(r"\d+")
_VARIABLE = re.compile(r'"\$\{?([A-Za-z_]\w*?)(?:_\d+)?(?::\?[^}"]*\}|\}?)"')
"""The variable of a curl line that stands for a token, of several sets of a state the same."""


@dataclass(frozen=True, slots=True)
class _Met:
    """What a check met: as much of it as another check may have met too."""

    operation: str
    problem: str
    """What is wrong with a body, without numbers; an empty text where nothing is."""
    exchange: tuple[object, ...]
    """Request and status, without what differs by the sets of a state; empty where the status is not what is wrong."""
    caller: tuple[object, ...]
    """Who was let in by the token of a state; empty where nobody was."""

    def is_that_of(self, other: _Met) -> bool:
        """Whether the other check has met the same."""
        if self.operation != other.operation:
            return False
        ours, theirs = (self.problem, self.exchange, self.caller), (other.problem, other.exchange, other.caller)
        return any(one and one == another for one, another in zip(ours, theirs, strict=True))


def gaps(target: Node) -> list[Untested]:
    """Return what was not tested by its reasons; where that is a finding of the target, the finding is the reason."""
    found = list(_findings(target))
    return digest.untested(target, lambda requirement, check: _reason(requirement, check, found))


def _findings(target: Node) -> Iterator[tuple[str, _Met]]:
    for requirement in target["requirements"]:
        if requirement["outcome"] in (Outcome.FAILED, Outcome.DEVIATION):
            for check in digest.deciding_checks(requirement):
                yield requirement["id"], _met(requirement, check)


def _reason(requirement: Node, check: Node, found: list[tuple[str, _Met]]) -> str:
    if not found or check["outcome"] != Outcome.INCONCLUSIVE:
        return str(check["message"])
    met = _met(requirement, check)
    cause = next((id_ for id_, theirs in found if met.is_that_of(theirs)), "")
    return f"it met what the finding {cause} is about, so nothing can be concluded" if cause else str(check["message"])


def _met(requirement: Node, check: Node) -> _Met:
    problem = _PROBLEM.search(check["message"])
    kernel = _NUMBER.sub("0", problem[1]) if problem else ""
    exchange = _spoken_of(check)
    if exchange is None:
        return _Met(requirement["operation"], kernel, (), ())
    status, tokens = exchange["response"]["status"], tuple(_VARIABLE.findall(exchange["curl"]))
    asked = (*_request(exchange, check), status, *tokens)
    return _Met(requirement["operation"], kernel, asked, _let_in(check, tokens) if _SUCCESS.match(str(status)) else ())


def _spoken_of(check: Node) -> Node | None:
    """Return the exchange whose status a message says to be wrong; `None` where it speaks of something else."""
    if check["message"].startswith("the control request "):
        exchange = next((each for each in reversed(check["exchanges"]) if each.get("role") == "control"), None)
    else:
        exchange = digest.deciding_exchange(check)
    told = _STATUS.search(check["message"])
    response = exchange["response"] if exchange else None
    return exchange if told and response and int(told[1]) == response["status"] else None


def _let_in(check: Node, tokens: tuple[str, ...]) -> tuple[str, ...]:
    states = tuple(f"{each['state']}_".upper() for each in check.get("given", ()))
    return tuple(name for name in tokens if name.startswith(states))


def _request(exchange: Node, check: Node) -> tuple[str, ...]:
    """Return a request without what differs by the sets of a state."""
    request = exchange["request"]
    texts = (request["method"], request["url"], str(request["body"].get("text", request["body"].get("base64"))))
    objects = {digest.object_of(each): each["state"] for each in check.get("given", ()) if each["values"]}
    if not objects:
        return texts
    known = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, objects))})(?![\w-])")
    return tuple(known.sub(lambda found: f"{{{objects[found[0]]}}}", text) for text in texts)
