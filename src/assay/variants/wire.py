"""Freedoms in how an HTTP message is written, which any vendor's server may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from uvicorn.protocols.http.h11_impl import STATUS_PHRASES

from assay.reference.messages import Asked, Reply
from assay.reference.vendor import Vendor
from assay.variants import freedom_of_any

if TYPE_CHECKING:
    from collections.abc import Iterable

_PIECE = 7
"""How much of a body one chunk carries."""

_CHUNKED = ("transfer-encoding", "chunked")


class Written(Vendor):
    """Writes its answers byte by byte, each in front of the end of its connection; by itself in the usual way."""

    between: ClassVar[str] = ": "
    """What stands between a header's name and its value."""
    behind: ClassVar[str] = ""
    """What stands behind a header's value."""

    async def answer(self, asked: Asked) -> Reply:
        """Return the reply as bytes."""
        reply = await super().answer(asked)
        return Reply(reply.status, raw=self.as_bytes(reply))

    def as_bytes(self, reply: Reply) -> bytes:
        """Return a whole message."""
        fields = (*reply.headers, *self.framing_fields(reply), *self.closing_fields())
        head = [self.start_line(reply), *(self.field_line(name, value) for name, value in fields), "", ""]
        return self.interim_bytes() + "\r\n".join(head).encode("latin-1") + self.framed_body(reply)

    def interim_bytes(self) -> bytes:
        """Return what comes before the message."""
        return b""

    def start_line(self, reply: Reply) -> str:
        """Return the first line."""
        return f"HTTP/1.1 {reply.status} {self.reason_phrase(reply)}"

    def reason_phrase(self, reply: Reply) -> str:
        """Return the reason phrase."""
        return STATUS_PHRASES[reply.status].decode("ascii")

    def field_line(self, name: str, value: str) -> str:
        """Return one header line."""
        return f"{name}{self.between}{value}{self.behind}"

    def framing_fields(self, reply: Reply) -> tuple[tuple[str, str], ...]:
        """Return the headers that say where the body ends."""
        without = reply.status == 204 or _CHUNKED in reply.headers  # noqa: PLR2004 - HTTP forbids it there
        return () if without else (("content-length", str(len(reply.body))),)

    def closing_fields(self) -> tuple[tuple[str, str], ...]:
        """Return the header that says that the connection ends."""
        return (("connection", "close"),)

    def framed_body(self, reply: Reply) -> bytes:
        """Return the body as it is framed."""
        return b"".join(self.chunks(reply.body)) if _CHUNKED in reply.headers else reply.body

    def chunks(self, body: bytes) -> Iterable[bytes]:
        """Return a body in chunks."""
        if body:
            yield b"%x\r\n%s\r\n" % (len(body), body)
        yield b"0\r\n\r\n"


def chunked(reply: Reply) -> Reply:
    """Return the reply with its body in chunks, where it may have a body."""
    may_have_a_body = reply.status != 204  # noqa: PLR2004 - HTTP forbids a body there
    return reply.with_headers(_CHUNKED) if may_have_a_body and _CHUNKED not in reply.headers else reply


@freedom_of_any("chunked-bodies")
class ChunkedBodies(Vendor):
    """Bodies come in chunks instead of with a length, the empty body of a 200 too; HTTP/1.1 leaves the choice."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        return chunked(super().finish(asked, reply))


@freedom_of_any("chunk-forms")
class ChunkForms(Written):
    """Chunks are small, carry extensions and leading zeros in their sizes, and end with a trailer field (RFC 9112)."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        return chunked(super().finish(asked, reply))

    def chunks(self, body: bytes) -> Iterable[bytes]:
        for start in range(0, len(body), _PIECE):
            piece = body[start : start + _PIECE]
            yield b'00%X;part="%d"\r\n%s\r\n' % (len(piece), start, piece)
        yield b"000\r\nx-checked: yes\r\n\r\n"


@freedom_of_any("http-1.0", excludes=("chunked-bodies", "chunk-forms", "continue-first", "early-hints"))
class Http10(Written):
    """Answers are HTTP/1.0, and a body has no length but ends with its connection (RFC 9112)."""

    def start_line(self, reply: Reply) -> str:
        return super().start_line(reply).replace("HTTP/1.1", "HTTP/1.0")

    def framing_fields(self, reply: Reply) -> tuple[tuple[str, str], ...]:  # noqa: ARG002 - whatever the reply is
        return ()

    def closing_fields(self) -> tuple[tuple[str, str], ...]:
        return ()


@freedom_of_any("closing")
class Closing(Vendor):
    """Every answer announces the end of its connection; HTTP obliges no server to keep one."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        return super().finish(asked, reply).with_headers(("connection", "close"))


@freedom_of_any("closing-unannounced", excludes=("closing",))
class ClosingUnannounced(Written):
    """Every connection ends behind its answer without a word; HTTP lets a server close whenever it wants to."""

    def closing_fields(self) -> tuple[tuple[str, str], ...]:
        return ()


@freedom_of_any("length-of-nothing", of=("onedata",), excludes=("http-1.0",))
class LengthOfNothing(Written):
    """A 204 says that its content length is 0, which is true, and which clients bear although RFC 9110 forbids it."""

    def framing_fields(self, reply: Reply) -> tuple[tuple[str, str], ...]:
        return super().framing_fields(reply) or () if reply.status != 204 else (("content-length", "0"),)  # noqa: PLR2004 - as above


@freedom_of_any("upper-case-names", excludes=("title-case-names",))
class UpperCaseNames(Written):
    """Header names are in capitals; HTTP tells no letter case apart in them."""

    def field_line(self, name: str, value: str) -> str:
        return super().field_line(name.upper(), value)


@freedom_of_any("title-case-names")
class TitleCaseNames(Vendor):
    """Header names begin their words with a capital, as many servers write them; HTTP tells no letter case apart."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        finished = super().finish(asked, reply)
        headers = tuple((name.title(), value) for name, value in finished.headers)
        return Reply(finished.status, finished.body, headers)


@freedom_of_any("bare-colons", excludes=("padded-values",))
class BareColons(Written):
    """No space follows the colon of a header, which is optional (RFC 9112)."""

    between = ":"


@freedom_of_any("padded-values")
class PaddedValues(Written):
    """Header values stand between spaces and tabs, which do not belong to them (RFC 9112)."""

    between = ":\t  "
    behind = " \t"


@freedom_of_any("no-reason-phrase", excludes=("odd-reason-phrase",))
class NoReasonPhrase(Written):
    """The reason phrase is empty, as it may be (RFC 9112)."""

    def reason_phrase(self, reply: Reply) -> str:  # noqa: ARG002 - whatever the reply is
        return ""


@freedom_of_any("odd-reason-phrase")
class OddReasonPhrase(Written):
    """The reason phrase is none that HTTP suggests, and goes beyond US-ASCII; clients ignore it (RFC 9112)."""

    def reason_phrase(self, reply: Reply) -> str:
        return f"Sch\xf6n \u00ab{reply.status}\u00bb: OK or not"


@freedom_of_any("continue-first")
class ContinueFirst(Written):
    """A 100 comes before each answer, asked for or not; a client has to read on (RFC 9110)."""

    def interim_bytes(self) -> bytes:
        return b"HTTP/1.1 100 Continue\r\n\r\n" + super().interim_bytes()


@freedom_of_any("early-hints")
class EarlyHints(Written):
    """Two further interim answers with headers of their own come before each answer (RFC 8297)."""

    def interim_bytes(self) -> bytes:
        hint = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\ncontent-type: text/html\r\n\r\n"
        return super().interim_bytes() + b"HTTP/1.1 102 Processing\r\n\r\n" + hint
