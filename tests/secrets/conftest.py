"""A server that sends back what it should keep to itself, in every way, and a scan that finds it in every form."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
import socket
import threading
import zlib
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, unquote_to_bytes

import pytest

from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Written = Callable[[str], dict[str, bytes]]

    class Scan(Protocol):
        def __call__(self, data: Iterable[bytes], *secrets: str) -> set[str]: ...


JSON = b"Content-Type: application/json"


def forms_of(secret: str) -> dict[str, bytes]:
    """Return a secret in every way in which a server may write it into a body."""
    plain, half = secret.encode(), len(secret) // 2
    mime = base64.encodebytes(b"some text before it " * 4 + plain + b" and some behind it" * 4)
    some = "".join(f"\\u{ord(each):04x}" if place % 3 == 0 else each for place, each in enumerate(secret))
    forms: dict[str, str | bytes] = {
        "as it is": secret,
        "in capitals": secret.upper(),
        "in small letters": secret.lower(),
        "a half alone": f"the token {secret[:half]} is wrong",
        "percent-encoded": quote(secret, safe=""),
        "percent-encoded in capitals": "".join(f"%{byte:02X}" for byte in plain),
        "percent-encoded in part": "".join(
            f"%{byte:02x}" if place % 2 else chr(byte) for place, byte in enumerate(plain)
        ),
        "percent-encoded twice": quote(quote("".join(f"%{byte:02x}" for byte in plain), safe=""), safe=""),
        "escaped throughout": "".join(f"\\u{ord(each):04x}" for each in secret),
        "escaped in part": some,
        "escaped twice": json.dumps(some),
        "with escaped slashes": json.dumps(secret).replace("/", "\\/"),
        "escaped with braces": "".join(f"\\u{{{ord(each):x}}}" for each in secret),
        "escaped as bytes": "".join(f"\\x{byte:02x}" for byte in plain),
        "as entities": "".join(f"&#{ord(each)};" for each in secret),
        "as hexadecimal entities": "".join(f"&#x{ord(each):x};" for each in secret),
        "with named entities": html.escape(html.escape(secret)),
        "split over strings": json.dumps([secret[:half], secret[half:]]),
        "split into letters": json.dumps(list(secret), indent=1),
        "split over members": json.dumps({"first": secret[:half], "second": secret[half:]}),
        "split far apart": json.dumps({"a": secret[:half], "x": {"y": "other text", "n": 5}, "b": secret[half:]}),
        "split by tags": f"<p>{secret[:half]}</p>\n<p>{secret[half:]}</p>",
        "spaced": " ".join(secret),
        "over several lines": "\n".join(secret[start : start + 5] for start in range(0, len(secret), 5)),
        "with invisible characters": "\u200b".join(secret),
        "in hex": plain.hex(),
        "in hex with colons": plain.hex(":").upper(),
        "as hexadecimal numbers": ", ".join(map(hex, plain)),
        "as numbers": str(list(plain)),
        "read from behind": secret[::-1],
        **{f"in base64, {ahead} ahead": base64.b64encode(b"x" * ahead + plain + b"y") for ahead in range(3)},
        "in base64 for URLs": base64.urlsafe_b64encode(b"\xff\xfe" + plain).rstrip(b"="),
        "in base64 over lines": mime,
        "in base64 over lines in JSON": json.dumps(mime.decode()),
        "in base64 twice": base64.b64encode(base64.b64encode(b"x" + plain) + b"\n"),
        "in base64 in a URL": quote(base64.b64encode(b"xy" + plain), safe=""),
        "as basic credentials": b"Basic " + base64.b64encode(b"user:" + plain),
        "compressed in base64": base64.b64encode(gzip.compress(b'{"token": "' + plain + b'"}')),
        "compressed in hex": zlib.compress(plain).hex(),
        "UTF-16 in base64": base64.b64encode(secret.encode("utf-16-le")),
        "UTF-16": secret.encode("utf-16"),
        "UTF-32": secret.encode("utf-32-be"),
        "compressed in a part": b"--part\r\n\r\n" + gzip.compress(plain) + b"\r\n--part--",
    }
    return {name: form.encode() if isinstance(form, str) else form for name, form in forms.items()}


def _response(body: bytes, *lines: bytes, status: bytes = b"200 OK") -> bytes:
    head = [b"HTTP/1.1 " + status, *lines, b"Content-Length: %d" % len(body), b"Connection: close"]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def _chunked(body: bytes, *lines: bytes) -> bytes:
    pieces = [body[start : start + 7] for start in range(0, len(body), 7)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"Transfer-Encoding: chunked", b"", chunks + b"0\r\n\r\n"])


def leaks_of(secret: str) -> dict[str, bytes]:
    """Return responses that give a secret away, each in another place or form."""
    plain = secret.encode()
    body = b'{"token": "' + plain + b'"}'
    lines = {name: form for name, form in forms_of(secret).items() if form.decode("latin-1").isprintable()}
    compressed = gzip.compress(body)
    in_places = {
        "in the reason": _response(b"{}", JSON, status=b"404 Not " + plain),
        "in a cookie": _response(b"{}", JSON, b"Set-Cookie: session=" + plain + b"; HttpOnly"),
        "in a location": _response(b"", b"Location: http://elsewhere.test/?token=" + plain, status=b"302 Found"),
        "in a challenge": _response(b"{}", JSON, b'WWW-Authenticate: Bearer error="' + plain + b'"', status=b"401 No"),
        "as a content type": _response(b"{}", b"Content-Type: " + plain),
        "behind a long content type": _response(b"{}", b"Content-Type: " + b"x" * 80 + plain),
        "as a content coding": _response(b"{}", JSON, b"Content-Encoding: " + plain),
        "as a link of an interim response": b"HTTP/1.1 103 Hints\r\nLink: <"
        + plain
        + b">\r\n\r\n"
        + _response(b"", JSON),
        "as a name twice": _response(b'{"%s": 1, "%s": 2}' % (plain, plain), JSON),
        "as a value of a wrong type": _response(b'{"errorCode": ["' + plain + b'"]}', JSON, status=b"404 No"),
        "in a long value": _response(b'{"errorCode": ["%s%s"]}' % (b"x" * 270, plain), JSON, status=b"409 No"),
        "in no JSON": _response(plain, JSON, status=b"409 Conflict"),
        "behind the end": _response(b"{}", JSON) + plain,
        "over the end": _response(plain[:9], JSON) + plain[9:],
        "behind an empty message": b"HTTP/1.1 204 None\r\n\r\n" + plain,
        "compressed": _response(compressed, JSON, b"Content-Encoding: gzip"),
        "compressed without a word": _response(compressed, JSON),
        "compressed twice": _response(gzip.compress(compressed), JSON, b"Content-Encoding: gzip, gzip"),
        "deflated": _response(zlib.compress(body), JSON, b"Content-Encoding: deflate"),
        "deflated barely": _response(zlib.compress(body, wbits=-15), JSON, b"Content-Encoding: deflate"),
        "compressed and cut": _response(compressed[:-9], JSON, b"Content-Encoding: gzip"),
        "compressed in chunks": _chunked(compressed, JSON, b"Content-Encoding: gzip"),
        "in chunks": _chunked(body, JSON),
        "in a coding that nobody knows": _response(b"\xff\x00" + plain, JSON, b"Content-Encoding: br"),
        "in a status line": b"HTTP/1.1 " + plain + b" OK\r\n\r\n",
        "in no answer": plain + b"\r\n\r\n",
        "in a line without a colon": b"HTTP/1.1 200 OK\r\n" + plain + b"\r\n\r\n",
        "as a length": b"HTTP/1.1 200 OK\r\nContent-Length: " + plain + b"\r\n\r\n",
        "as the size of a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + plain + b"\r\n",
        "in a trailer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + plain + b"\r\n\r\n",
    }
    if re.fullmatch(rb"[A-Za-z0-9._-]+", plain):
        in_places["as the name of a header"] = _response(b"{}", JSON, plain + b": 1")
        in_places["in the name of a header"] = _response(b"{}", JSON, b"X-" + plain.lower() + b": 1")
    in_bodies = {
        f"body: {name}": _response(b'{"echo": ' + form + b"}", JSON) for name, form in forms_of(secret).items()
    }
    in_headers = {f"header: {name}": _response(b"{}", JSON, b"X-Echo: " + form) for name, form in lines.items()}
    # Mixed, so that never so many in a row are no answers at all that the target is given up.
    rows = ([*each.items()] for each in (in_bodies, in_headers, in_places))
    longest = max(len(in_bodies), len(in_headers), len(in_places))
    return dict(chain.from_iterable(zip(*(row * (longest // len(row) + 1) for row in rows), strict=False)))


class LeakyServer:
    """Answers each request with the next of many responses, and looks at the processes of this machine meanwhile."""

    def __init__(self, answers: Sequence[tuple[str, bytes]], folder: Path) -> None:
        self.names = [name for name, _ in answers]
        self.answers = [answer for _, answer in answers]
        self.served = 0
        self.received: list[bytes] = []
        self.seen_beside: set[bytes] = set()
        """Arguments of processes, and files in the folder for temporary ones."""
        self._folder = folder
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        for number in count():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection:
            connection.settimeout(PLENTY_S)
            data = b""
            while b"\r\n\r\n" not in data and (piece := connection.recv(65536)):
                data += piece
            if not data:
                return
            with self._lock:
                answer = self.answers[self.served % len(self.answers)]
                self.served += 1
                self.received.append(data)
                if number % 10 == 0:
                    self.seen_beside |= {*_arguments(), *_contents(self._folder)}
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            # What is still on its way would otherwise make the kernel take the answer back.
            while connection.recv(65536):
                pass

    def stop(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


def _arguments() -> Iterator[bytes]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes()
        except OSError:
            continue


def _contents(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        try:
            yield path.read_bytes()
        except OSError:
            continue


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Callable[..., LeakyServer]]:
    """Start servers that give these answers, one after the other."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    started: list[LeakyServer] = []

    def start(*answers: tuple[str, bytes]) -> LeakyServer:
        started.append(LeakyServer(answers, folder))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def leaky(answering: Callable[..., LeakyServer]) -> Callable[..., LeakyServer]:
    """Start servers that give these secrets away."""
    return lambda *secrets: answering(*(leak for secret in secrets for leak in leaks_of(secret).items()))


# The scan knows nothing of how secrets are taken out: it decodes whatever it meets, and looks.

_DEEPEST = 3
_RUN = re.compile(rb"[A-Za-z0-9+/_-]{12,}(?:\s{1,2}[A-Za-z0-9+/_-]{4,})*")
_ESCAPE = re.compile(rb"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\"\\/n]))")
_NAMES_AND_TAGS = re.compile(rb"""[{,]\s*["'][^"']*["']\s*:|<[^<>]*>""")


def found(data: Iterable[bytes], *secrets: str) -> set[str]:
    """Return the ways in which secrets, or halves of them, can be read out of some bytes."""
    ways: set[str] = set()
    for reading in set(chain.from_iterable(_readings(each) for each in data)):
        lower, letters = reading.lower(), _letters(reading)
        alone = _letters(_NAMES_AND_TAGS.sub(b"", reading))
        for secret in secrets:
            plain, half = secret.encode(), len(secret) // 2
            whole = {"as it is": plain, "its first half": plain[:half], "its second half": plain[half:]}
            written = {
                "by its letters": _letters(plain),
                "from behind": _letters(plain)[::-1],
                "in hex": plain.hex().encode(),
                "as numbers": "".join(map(str, plain)).encode(),
                "as hexadecimal numbers": "".join(map(hex, plain)).encode(),
            }
            ways |= {how for how, form in whole.items() if form.lower() in lower}
            ways |= {how for how, form in written.items() if form in letters or form in alone}
    return ways


def _readings(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield everything that can be read out of some bytes by undoing escapes, encodings and compression."""
    yield data
    if depth < _DEEPEST:
        for inside in {*_decoded(data), *_inflated(data)}:
            yield from _readings(inside, depth + 1)
    for _ in range(3):
        before = data
        for undo in (_unescaped, unquote_to_bytes, _without_entities):
            fewer = undo(data)
            if fewer != data:
                data = fewer
                yield data
                for inside in _decoded(data) if depth < _DEEPEST else ():
                    yield from _readings(inside, depth + 1)
        if data == before:
            return


def _letters(data: bytes) -> bytes:
    return re.sub(rb"[^a-z0-9]", b"", data.lower())


def _unescaped(data: bytes) -> bytes:
    def meant(match: re.Match[bytes]) -> bytes:
        if match[4]:
            return b"\n" if match[4] == b"n" else match[4]
        return chr(min(int(match[1] or match[2] or match[3], 16), 0x10FFFF)).encode("utf-8", "replace")

    return _ESCAPE.sub(meant, data)


def _without_entities(data: bytes) -> bytes:
    return html.unescape(data.decode("utf-8", "surrogateescape")).encode("utf-8", "replace")


def _inflated(data: bytes) -> Iterator[bytes]:
    for start, bits in ((data.find(b"\x1f\x8b\x08"), 31), (data.find(b"x\x9c"), 15), (0, -15)):
        if start >= 0:
            try:
                yield zlib.decompressobj(bits).decompress(data[start:])
            except zlib.error:
                continue


def _decoded(data: bytes) -> Iterator[bytes]:
    for run in set(_RUN.findall(data)):
        if re.fullmatch(rb"(?:[0-9a-fA-F]{2})+", run):
            yield bytes.fromhex(run.decode())
        if run.lower() != run:
            text = re.sub(rb"\s", b"", run).translate(bytes.maketrans(b"-_", b"+/"))
            for rest in (text[skipped:] for skipped in range(4)):
                yield base64.b64decode(rest[: len(rest) // 4 * 4])
                yield base64.b64decode(rest + b"A" * (-len(rest) % 4))


@pytest.fixture
def written() -> Written:
    """Write a secret in every way."""
    return forms_of


@pytest.fixture
def scan() -> Scan:
    """Look for secrets in the contents of files."""
    return found
