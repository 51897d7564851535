"""Servers that conform to nothing: the same answer to whatever is asked.

They earn no pass but where that answer happens to be the documented one. Those passes are listed here, each with the
reason why it is right; any other pass is a check that is satisfied by nothing.

Only the provider states are those of the reference servers, so that every check finds what it asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from assay import packs, variants
from assay.exceptions import ContractError, UsageError, did_you_mean
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.servers import factories, server_of
from assay.reference.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.packs import Pack

_JSON = (("content-type", "application/json"),)
_PAGE = b"<!DOCTYPE html><html><head><title>It works!</title></head><body><h1>It works!</h1></body></html>"
_NOT_ECHOED = ("connection", "content-length", "transfer-encoding", "host", "expect", "upgrade")


@dataclass(frozen=True, slots=True)
class Degenerate:
    """One server that conforms to nothing."""

    id: str
    """`degenerate/contract/slug`."""
    sentence: str
    """What it answers."""
    contract: str
    """The contract whose checks it is judged by."""
    server: type[Vendor]

    @property
    def factory(self) -> str:
        """Names the server to `assay.reference.hosting.EmbeddedServers`."""
        return f"{__name__}:server({self.id})"


class Monotonous(Vendor):
    """Gives one answer to whatever is asked."""

    says: ClassVar[Callable[[Vendor, Asked], Reply]]

    async def answer(self, asked: Asked) -> Reply:
        """Return the one answer."""
        return type(self).says(self, asked)


def _echo(_: Vendor, asked: Asked) -> Reply:
    # What a client of HTTP reads itself cannot be sent back as it came.
    headers = tuple((name, value) for name, value in asked.headers if name not in _NOT_ECHOED)
    return Reply(200, asked.body or b"", headers)


def _always(reply: Reply) -> Callable[[Vendor, Asked], Reply]:
    return lambda _server, _asked: reply


def _refusing(status: int) -> Callable[[Vendor, Asked], Reply]:
    def refuse(server: Vendor, asked: Asked) -> Reply:
        return server.finish(asked, server.refusal(Refused(status, "refused", "The request is refused.")))

    return refuse


_ANSWERS: Mapping[str, tuple[str, Callable[[Vendor, Asked], Reply]]] = {
    "200-empty-object": ("an empty object and 200", _always(Reply(200, b"{}", _JSON))),
    "200-empty-list": ("an empty list and 200", _always(Reply(200, b"[]", _JSON))),
    "200-null": ("null and 200", _always(Reply(200, b"null", _JSON))),
    "200-nothing": ("200 without a body", _always(Reply(200))),
    "200-page": ("a page of HTML and 200", _always(Reply(200, _PAGE, (("content-type", "text/html"),)))),
    "204": ("204", _always(Reply(204))),
    "302": ("a redirect to the same place", lambda _, asked: Reply(302, headers=(("location", asked.target),))),
    "404-empty-object": ("an empty object and 404", _always(Reply(404, b"{}", _JSON))),
    "404-nothing": ("404 without a body", _always(Reply(404))),
    "500-empty-object": ("an empty object and 500", _always(Reply(500, b"{}", _JSON))),
    "echo": ("the request's own body and headers, and 200", _echo),
}
"""By slug, what is answered: in words, and made from the request."""


def load() -> Mapping[str, Degenerate]:
    """Return every degenerate server by id."""
    return _loaded(packs.known())


@cache
def _loaded(_known: tuple[Pack, ...]) -> Mapping[str, Degenerate]:
    every = (_of(contract, slug, *each) for contract in factories() for slug, each in _answers_of(contract).items())
    return {each.id: each for each in every}


def _answers_of(contract: str) -> Mapping[str, tuple[str, Callable[[Vendor, Asked], Reply]]]:
    refusals = {
        f"refusal-{status}": (f"{status} in the vendor's shape of an error", _refusing(status))
        for status in server_of(contract).refusals
    }
    return {**_ANSWERS, **refusals}


def _of(contract: str, slug: str, words: str, says: Callable[[Vendor, Asked], Reply]) -> Degenerate:
    made = type("Degenerate", (Monotonous, server_of(contract)), {"says": staticmethod(says)})
    return Degenerate(f"degenerate/{contract}/{slug}", f"Whatever is asked, the answer is {words}.", contract, made)


def server(degenerate_id: str) -> type[Vendor]:
    """Return the server class with this id; raise `UsageError` where there is none."""
    servers = load()
    if degenerate_id not in servers:
        message = f"no degenerate server {degenerate_id!r}{did_you_mean(degenerate_id, servers)}"
        raise UsageError(message)
    return servers[degenerate_id].server


_NO_FIELD_REQUIRED = "Every field of the Error is optional, so that an empty object has its shape."
_HAS_THE_SHAPE = "The refusals have the documented shape of this status, whatever they are about."
_IS_JSON = "The documented errors that came up are announced as JSON; those that did not are not judged."

_EXCUSES: dict[str, dict[str, str]] = {
    "degenerate/vcf/404-empty-object": {"vcf/retry-task/error-shape-404": _NO_FIELD_REQUIRED},
    "degenerate/vcf/500-empty-object": {"vcf/retry-task/error-shape-500": _NO_FIELD_REQUIRED},
    "degenerate/vcf/refusal-404": {"vcf/retry-task/error-shape-404": _HAS_THE_SHAPE},
    "degenerate/vcf/refusal-409": {"vcf/retry-task/error-shape-409": _HAS_THE_SHAPE},
    "degenerate/vcf/refusal-500": {"vcf/retry-task/error-shape-500": _HAS_THE_SHAPE},
    "degenerate/onedata/404-empty-object": {"onedata/rerun-execution/error-content-type": _IS_JSON},
    "degenerate/onedata/refusal-400": {"onedata/rerun-execution/error-shape-400": _HAS_THE_SHAPE},
    "degenerate/onedata/refusal-403": {"onedata/rerun-execution/error-shape-403": _HAS_THE_SHAPE},
    "degenerate/onedata/refusal-404": {
        "onedata/rerun-execution/error-shape-404": _HAS_THE_SHAPE,
        "onedata/rerun-execution/error-content-type": _IS_JSON,
        "onedata/rerun-execution/error-context": "Every error carries ctx, whatever it is about.",
    },
    "degenerate/onedata/refusal-500": {"onedata/rerun-execution/error-shape-500": _HAS_THE_SHAPE},
    "degenerate/zuora/404-empty-object": {"zuora/update-tasks/error-content-type": _IS_JSON},
    "degenerate/zuora/refusal-400": {
        "zuora/update-tasks/error-body": _HAS_THE_SHAPE,
        "zuora/update-tasks/error-content-type": _IS_JSON,
    },
    "degenerate/zuora/refusal-404": {
        "zuora/update-tasks/error-body": _HAS_THE_SHAPE,
        "zuora/update-tasks/error-content-type": _IS_JSON,
    },
}
"""By server, the requirements of level must that it rightly passes, and why."""


def excuse(name: str, requirement: str, because: str) -> None:
    """Say that a server rightly passes a requirement, by their ids, and why; for the variants of a pack."""
    _EXCUSES.setdefault(name, {})[requirement] = because


def excused() -> Mapping[tuple[str, str], str]:
    """Return why it is right that a server passes a requirement, by their ids."""
    # Packs make their excuses beside their variants.
    variants.load()
    servers = load()
    for name in _EXCUSES:
        contract = name.split("/")[1]
        if name not in servers and contract in factories():
            where = packs.of_contract(contract).modules / "variants"
            raise ContractError(where, name, f"there is no such degenerate server{did_you_mean(name, servers)}")
    return {
        (name, each): reason for name, passed in _EXCUSES.items() for each, reason in passed.items() if name in servers
    }
