"""Freedoms in what an answer carries besides what is documented, which any vendor's server may take."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assay.reference.messages import Asked, Reply
from assay.reference.vendor import Vendor
from assay.variants import freedom_of_any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.reference.vendor import Values

PAUSE_S = 0.02
OVERLOADED_EVERY = 25
"""Every so many requests a server says that it has too much to do."""

_JSON = "application/json"
_LARGEST_EXACT = 2**53
"""Whole numbers up to here are exact as floats."""

_FIELDS = (
    ("server", "nginx/1.27.0 (Debian)"),
    ("via", "1.1 edge-7, 1.0 inner"),
    ("cache-control", "no-store, max-age=0"),
    ("etag", "W/\"67ab43:'gzip'\""),
    ("x-request-id", "0"),
    ("x-empty", ""),
    ("x-greeting", "gr\xfc\xdfe"),
    ("x-padding", "p" * 8000),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("access-control-allow-origin", "*"),
    ("ratelimit-limit", "1000, 1000;w=60"),
    ("ratelimit-remaining", "0"),
    ("vary", "Accept, Accept-Encoding"),
    ("vary", "Origin"),
    ("content-language", "en"),
    ("keep-alive", "timeout=5, max=3"),
    ("alt-svc", 'h3=":443"; ma=86400'),
)


class Spelling(Vendor):
    """Writes its JSON in another way than the reference server, with the same or with further content."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        """Return the finished reply, its JSON spelt anew before anything else is done to it."""
        if reply.body and ("content-type", _JSON) in reply.headers:
            text = json.dumps(self.respelt(json.loads(reply.body)), **self.spelling_options())
            reply = replace(reply, body=self.with_space_around(text).encode())
        return super().finish(asked, reply)

    def respelt(self, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """Return what the body says."""
        return value

    def spelling_options(self) -> dict[str, Any]:
        """Return how `json.dumps` spells it."""
        return {"ensure_ascii": False, "separators": (",", ":")}

    def with_space_around(self, text: str) -> str:
        """Return the text with what stands around it."""
        return text


def everywhere(change: Callable[[Any], Any], value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Return a document with `change` made to each of its values, from the inside out."""
    if isinstance(value, dict):
        value = {name: everywhere(change, each) for name, each in value.items()}
    elif isinstance(value, list):
        value = [everywhere(change, each) for each in value]
    return change(value)


@freedom_of_any("indented-json")
class IndentedJson(Spelling):
    """JSON comes indented, on several lines, with white space around it, which means nothing in JSON."""

    def spelling_options(self) -> dict[str, Any]:
        return {**super().spelling_options(), "indent": 3, "separators": (" ,", " : ")}

    def with_space_around(self, text: str) -> str:
        return f"\r\n\t {super().with_space_around(text)}\n\n"


@freedom_of_any("escaped-json", of=("vcf", "zuora"))
class EscapedJson(Spelling):
    """JSON strings have escapes for letters beyond US-ASCII and for slashes, which are the same strings."""

    def spelling_options(self) -> dict[str, Any]:
        return {**super().spelling_options(), "ensure_ascii": True}

    def with_space_around(self, text: str) -> str:
        return super().with_space_around(text).replace("/", "\\/")


@freedom_of_any("reordered-members")
class ReorderedMembers(Spelling):
    """The members of objects come in another order, which means nothing in JSON."""

    def respelt(self, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        def turned(each: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
            return dict(reversed(each.items())) if isinstance(each, dict) else each

        return everywhere(turned, super().respelt(value))


@freedom_of_any("further-members")
class FurtherMembers(Spelling):
    """Every object has further members, and no document says that its list of members is closed."""

    def respelt(self, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        def extended(each: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
            further = {"": "", "$schema": "v2", "x-further": {"since": 7, "by": None}, "Data": [[]], "ID": "0"}
            return {**each, **further} if isinstance(each, dict) else each

        return everywhere(extended, super().respelt(value))


@freedom_of_any("zero-fractions", of=("onedata", "zuora"))
class ZeroFractions(Spelling):
    """Integers are written with a fraction of zero, which JSON Schema takes for the same numbers."""

    def respelt(self, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        def with_fraction(each: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
            is_exact = type(each) is int and abs(each) < _LARGEST_EXACT
            return float(each) if is_exact else each

        return everywhere(with_fraction, super().respelt(value))


class _MediaType(Vendor):
    """Announces JSON in another spelling of its media type."""

    spelling: str

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        finished = super().finish(asked, reply)
        headers = ((name, self.spelling if value == _JSON else value) for name, value in finished.headers)
        return replace(finished, headers=tuple(headers))


@freedom_of_any("media-type-case", excludes=("charset", "quoted-charset"))
class MediaTypeCase(_MediaType):
    """The media type is Application/JSON; HTTP tells no letter case apart in it."""

    spelling = "Application/JSON"


@freedom_of_any("charset", excludes=("quoted-charset",))
class Charset(_MediaType):
    """The media type has a charset parameter, which changes nothing about JSON."""

    spelling = "application/json; charset=utf-8"


@freedom_of_any("quoted-charset")
class QuotedCharset(_MediaType):
    """The media type has parameters in capitals and quotation marks, with spaces around the semicolon (RFC 9110)."""

    spelling = 'application/json ; CHARSET="UTF-8" ;version=2'


@freedom_of_any("type-of-nothing", of=("onedata", "vcf"))
class TypeOfNothing(Vendor):
    """An answer without a body has a media type all the same, and no document forbids it."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        finished = super().finish(asked, reply)
        return finished if finished.body else finished.with_headers(("content-type", "text/html;charset=UTF-8"))


@freedom_of_any("further-headers")
class FurtherHeaders(Vendor):
    """Answers have headers that no document names: repeated, empty, long ones, and one beyond US-ASCII."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        return super().finish(asked, reply).with_headers(*_FIELDS, ("x-request-id", self.unique()))


@freedom_of_any("cookies")
class Cookies(Vendor):
    """Every answer sets cookies, new ones each time, which nobody has to send back."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        session = f"session={self.unique()}; Path=/; HttpOnly; SameSite=Lax"
        cookies = (("set-cookie", session), ("set-cookie", "route=; Max-Age=0"))
        return super().finish(asked, reply).with_headers(*cookies)


@freedom_of_any("slow")
class Slow(Vendor):
    """Every answer takes 20 ms, so that requests overlap; no document promises a speed."""

    async def answer(self, asked: Asked) -> Reply:
        await asyncio.sleep(PAUSE_S)
        return await super().answer(asked)


@freedom_of_any("length-demanded")
class LengthDemanded(Vendor):
    """A POST, PUT or PATCH that does not say how long its body is gets a 411, also without one, as RFC 9110 allows."""

    async def answer(self, asked: Asked) -> Reply:
        told = asked.header("content-length") is not None or asked.header("transfer-encoding") is not None
        # Of other methods nobody expects a body.
        return Reply(411) if asked.method in ("POST", "PUT", "PATCH") and not told else await super().answer(asked)


class _Overloaded(Vendor):
    """Puts some requests off."""

    status: int
    until: str
    requests = 0

    async def answer(self, asked: Asked) -> Reply:
        self.requests += 1
        if self.requests % OVERLOADED_EVERY:
            return await super().answer(asked)
        headers = (("content-type", "text/html"), ("retry-after", self.until))
        return Reply(self.status, b"<h1>Not now</h1>", headers)


@freedom_of_any("too-many-requests", excludes=("unavailable",))
class TooManyRequests(_Overloaded):
    """Now and then a 429 asks for patience, which HTTP allows in place of any answer."""

    status = 429
    until = "0"


@freedom_of_any("unavailable")
class Unavailable(_Overloaded):
    """Now and then a 503 asks for patience until a time that has passed, as HTTP allows in place of any answer."""

    status = 503
    until = "Sun, 06 Nov 1994 08:49:37 GMT"


@freedom_of_any("states-as-text")
class StatesAsText(Vendor):
    """The values of provider states are text where they can be, and there are more of them than asked for."""

    def states(self) -> Mapping[str, Callable[[], Values]]:
        return {name: _as_text(provide) for name, provide in super().states().items()}


def _as_text(provide: Callable[[], Values]) -> Callable[[], Values]:
    return lambda: {**{name: str(value) for name, value in provide().items()}, "note": "made for one check"}
