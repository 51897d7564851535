"""A request as a line for bash, with the name of an environment variable where a credential was."""

from __future__ import annotations

import base64
import re
import shlex
from typing import TYPE_CHECKING

from assay.evidence.compression import opened
from assay.evidence.redaction import CREDENTIAL_HEADERS, REPLACEMENT

if TYPE_CHECKING:
    from assay.evidence.redaction import Redactor
    from assay.model import SentRequest

MAX_INLINE_BYTES = 65536
_OWN_HEADERS = ("User-Agent", "Accept")
"""What curl adds unless it is told not to."""
_EXPECT_FROM_BYTES = 1024
"""From this size of a body on, some versions of curl ask for leave to send it."""
_DEFAULT_PORT = re.compile(r"(?<=^http)://([^/?]*):80(?=[/?]|$)|(?<=^https)://([^/?]*):443(?=[/?]|$)", re.IGNORECASE)
_CODING = re.compile(r"gzip|deflate|\*", re.IGNORECASE)
_ANSI = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "'": "\\'", "!": "\\x21"}


def curl(request: SentRequest, redactor: Redactor) -> str:
    """Return a line that sends the same request: the same target, headers and body."""
    parts = ["curl -i -sS --http1.1 --globoff --path-as-is"]
    if _asks_for_compression(request):
        # Else a terminal shows nothing of what comes; the headers stay as they came.
        parts.append("--compressed")
    parts.append("--head" if request.method == "HEAD" else f"-X {_word(request.method.encode(), redactor)}")
    parts.append(_word(request.url.encode(), redactor))
    parts += [f"-H {line}" for line in _header_lines(request, redactor)]
    if request.body or request.header("Content-Length") is not None:
        parts.append(_data(request, redactor))
    return " ".join(parts)


def _asks_for_compression(request: SentRequest) -> bool:
    """Whether an answer may come in a coding, of those that curl undoes."""
    return any(name.lower() == "accept-encoding" and _CODING.search(value) for name, value in request.headers)


def _header_lines(request: SentRequest, redactor: Redactor) -> list[str]:
    lines = [
        _header_line(name, value, redactor)
        for name, value in request.headers
        if name.lower() != "content-length" and not (name.lower() == "host" and value == _host(request.url))
    ]
    unwanted = list(_OWN_HEADERS)
    if request.body or request.header("Content-Length") is not None:
        unwanted.append("Content-Type")
    if len(request.body) >= _EXPECT_FROM_BYTES:
        unwanted.append("Expect")
    return lines + [shlex.quote(f"{name}:") for name in unwanted if request.header(name) is None]


def _header_line(name: str, value: str, redactor: Redactor) -> str:
    if name.lower() in CREDENTIAL_HEADERS:
        scheme, variable = redactor.credentials(value)
        line = f"{name}: {scheme}"
        return shlex.quote(line) + _expanded(variable, redactor) if variable else shlex.quote(line + REPLACEMENT)
    # Without the semicolon curl would leave a header without a value out.
    line = f"{name}: {value}" if value else f"{name};"
    return _word(line.encode("latin-1"), redactor)


def _host(url: str) -> str:
    """Return the Host header that curl sends of its own accord."""
    short = _DEFAULT_PORT.sub(lambda match: f"://{match[1] or match[2]}", url)
    return re.split("[/?]", short.partition("://")[2], maxsplit=1)[0]


def _data(request: SentRequest, redactor: Redactor) -> str:
    body = request.body
    if len(body) > MAX_INLINE_BYTES:
        return f"--data-binary @body  # the body of {len(body)} bytes is too long for this line"
    inside = opened(body, request.header("Content-Encoding") or "")
    if inside is not None and redactor.find(inside.data):
        again = "gzip -c" if inside.coding == "gzip" else "cat"
        return f"--data-binary @<(printf %s {_word(inside.data, redactor)} | {again})"
    try:
        is_text = "\0" not in body.decode()
    except UnicodeDecodeError:
        is_text = False
    if is_text:
        return f"--data-raw {_word(body, redactor)}"
    return f"--data-binary @<(printf %s {base64.b64encode(redactor.data(body)).decode()} | base64 -d)"


def _word(data: bytes, redactor: Redactor) -> str:
    """Return one word of a shell line."""
    parts: list[str] = []
    position = 0
    for found in redactor.find(data):
        parts.append(_quoted(data[position : found.start]))
        parts.append(_expanded(found.name, redactor) if found.name else shlex.quote(REPLACEMENT))
        position = found.end
    parts.append(_quoted(data[position:]))
    return "".join(parts) or "''"


def _expanded(variable: str, redactor: Redactor) -> str:
    """Return a variable as a word; one that no user has set before stops the line, and says what it stands for.

    Without it the server would refuse the empty token, which looks as if a mistake were gone.
    """
    meaning = redactor.meaning(variable)
    return f'"${{{variable}:?{meaning}}}"' if meaning else f'"${variable}"'


def _quoted(data: bytes) -> str:
    if not data:
        return ""
    text = data.decode("utf-8", "surrogateescape")
    if text.isprintable():
        return shlex.quote(text)
    # What is not printable, or no UTF-8 at all, goes as escapes that bash turns back into bytes.
    return "$'" + "".join(_ANSI.get(letter) or _escaped(letter) for letter in text) + "'"


def _escaped(letter: str) -> str:
    if letter.isprintable():
        return letter
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))
