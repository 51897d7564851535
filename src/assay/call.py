"""A request to be made, and the bytes that it becomes for one target."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlencode

from assay.address import Address
from assay.model import SentRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.model import Headers, Operation
    from assay.target import Target

_AS_IT_IS = "surrogatepass"
"""How text is encoded: what a server has said is said to it again, even where it is no text."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be made, as changes to the plain call of an operation; every method returns a new call.

    Headers are sent in the order given, behind `Host`, `User-Agent`, `Accept` and the credentials.
    """

    method: str
    path: str
    """The documented path with the parameters filled in, percent-encoded."""
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = ()
    body: bytes = b""
    content_type: str | None = None
    token: str | None = None
    """`None` sends no credentials."""
    accept: str = "application/json"
    label: str = ""

    @classmethod
    def plain(cls, operation: Operation, path: Mapping[str, str | int], token: str | None) -> Self:
        """Return the call of an operation with these path parameters and without a body."""
        filled = operation.path
        known = set(re.findall(r"\{([^}]*)\}", filled))
        # What a case gives may be meant for another operation too.
        if not known <= path.keys():
            message = (
                f"{operation.id}: the path {filled} has the parameters {sorted(known)}, and is given {sorted(path)}"
            )
            raise LookupError(message)
        for name, value in path.items():
            filled = filled.replace("{" + name + "}", quote(str(value), safe="", errors=_AS_IT_IS))
        return cls(method=operation.method, path=filled, token=token)

    def with_headers(self, headers: Mapping[str, str]) -> Self:
        """Add header lines."""
        return replace(self, headers=(*self.headers, *headers.items()))

    def with_query(self, **parameters: str | int) -> Self:
        """Add query parameters; names and values are percent-encoded when sent."""
        return replace(self, query=(*self.query, *((name, str(value)) for name, value in parameters.items())))

    def with_json(self, value: object) -> Self:
        """Send `value` as JSON with the content type `application/json`."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return replace(self, body=text.encode(errors=_AS_IT_IS), content_type="application/json")

    def with_body(self, body: bytes, content_type: str | None = "application/json") -> Self:
        """Send these bytes; a content type of `None` sends no such header."""
        return replace(self, body=body, content_type=content_type)

    def with_content_type(self, content_type: str | None) -> Self:
        """Send another content type, or none."""
        return replace(self, content_type=content_type)

    def without_credentials(self) -> Self:
        """Send no credentials."""
        return replace(self, token=None)

    def with_token(self, token: str) -> Self:
        """Send the credentials of another caller."""
        return replace(self, token=token)

    def accepting(self, media_range: str) -> Self:
        """Say in place of `application/json` which media types the client takes."""
        return replace(self, accept=media_range)

    def labelled(self, label: str) -> Self:
        """Name the call; the name stands in the message of a violation and in the evidence."""
        return replace(self, label=label)


def request_of(target: Target, call: Call) -> SentRequest:
    """Return the request that a call makes of a target, exactly as it goes out."""
    base = target.base_url.rstrip("/")
    url = base + call.path + (f"?{urlencode(call.query, errors=_AS_IT_IS)}" if call.query else "")
    headers = [("Host", Address.of(base).authority), ("User-Agent", target.user_agent), ("Accept", call.accept)]
    if call.token is not None:
        headers.append(target.credentials(call.token))
    if call.content_type is not None:
        headers.append(("Content-Type", call.content_type))
    # RFC 9110, 8.6: a method that anticipates content says so even when there is none.
    if call.body or call.method in ("POST", "PUT", "PATCH"):
        headers.append(("Content-Length", str(len(call.body))))
    return SentRequest(call.method, url, (*headers, *call.headers), call.body)
