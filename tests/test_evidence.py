"""What an exchange looks like in the report, and what never gets there."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import json
import lzma
import os
import shutil
import socket
import subprocess
import threading
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from assay.evidence import MAX_BODY_BYTES, Redactor, curl, record
from assay.model import Exchange, ReceivedResponse, SentRequest
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.model import Headers

TOKEN = "tok-4711/abc+XYZ=="
AWKWARD = 's3cr&t<"\\tök en>\u20ac\U0001f600'
JSON = (("Content-Type", "application/json"),)


def redactor(*secrets: str) -> Redactor:
    return Redactor([("VCF_TOKEN", secret) for secret in secrets or (TOKEN,)])


def sent(headers: Headers = (), body: bytes = b"", url: str = "http://lab.test/v1/tasks/a") -> SentRequest:
    return SentRequest("PATCH", url, (("Host", "lab.test"), *headers, ("Content-Length", str(len(body)))), body)


def answered(body: bytes = b"{}", headers: Headers = JSON, surplus: bytes = b"") -> Exchange:
    return Exchange(sent(), ReceivedResponse(200, "OK", "1.1", headers, body, 0.0123456789, surplus))


# The form


def test_an_exchange_has_the_form_of_the_report() -> None:
    request = sent((("Accept", "a/b"), ("X", "1"), ("x", "2")), b'{"a": "\xc3\xa9"}')
    response = ReceivedResponse(404, "Not Found", "1.1", (("ETag", "x"),), b"\xff\x00", 0.0123456789, b"more")

    recorded = record(Exchange(request, response, role="control", label="the task that failed"), redactor())

    assert recorded == {
        "request": {
            "method": "PATCH",
            "url": "http://lab.test/v1/tasks/a",
            "headers": [["Host", "lab.test"], ["Accept", "a/b"], ["X", "1"], ["x", "2"], ["Content-Length", "11"]],
            "body": {"bytes": 11, "text": '{"a": "é"}'},
        },
        "response": {
            "status": 404,
            "reason": "Not Found",
            "http_version": "1.1",
            "headers": [["ETag", "x"]],
            "body": {"bytes": 2, "base64": "/wA="},
            "elapsed_s": 0.012346,
            "surplus": {"bytes": 4, "text": "more"},
        },
        "role": "control",
        "label": "the task that failed",
        "curl": curl(request, redactor()),
    }


def test_no_response_is_null_with_what_happened() -> None:
    recorded = record(Exchange(sent(), None, f"something about {TOKEN}"), redactor())

    assert recorded["response"] is None
    assert recorded["transport_error"] == "something about [redacted]"
    assert recorded.keys() == {"request", "response", "transport_error", "curl"}


def test_an_empty_body_is_an_empty_text() -> None:
    recorded = record(answered(b""), redactor())

    assert recorded["response"]["body"] == {"bytes": 0, "text": ""}
    assert "surplus" not in recorded["response"]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"x" * MAX_BODY_BYTES, {"text": "x" * MAX_BODY_BYTES}),
        (b"x" * (MAX_BODY_BYTES + 1), {"text": "x" * MAX_BODY_BYTES, "truncated": True}),
        ("é".encode() * MAX_BODY_BYTES, {"text": "é" * (MAX_BODY_BYTES // 2), "truncated": True}),
        (b"x" + "é".encode() * MAX_BODY_BYTES, {"text": "x" + "é" * (MAX_BODY_BYTES // 2 - 1), "truncated": True}),
        (
            b"\xff" * (MAX_BODY_BYTES + 1),
            {"base64": base64.b64encode(b"\xff" * MAX_BODY_BYTES).decode(), "truncated": True},
        ),
        (b"abc\xc3", {"base64": "YWJjww=="}),
    ],
)
def test_a_body_is_cut_at_64_kib(body: bytes, shown: dict[str, object]) -> None:
    assert record(answered(body), redactor())["response"]["body"] == {"bytes": len(body), **shown}


@pytest.mark.parametrize("ahead", range(1, len(TOKEN) + 1))
def test_a_cut_never_leaves_half_a_secret(ahead: int) -> None:
    body = b"." * (MAX_BODY_BYTES - ahead) + TOKEN.encode() + b"." * 99

    shown = record(answered(body), redactor())["response"]["body"]

    assert shown["truncated"]
    assert shown["bytes"] == len(body)
    assert shown["text"].strip(".") in "[redacted]"


def test_many_secrets_do_not_pull_half_of_one_into_sight() -> None:
    body = (TOKEN.encode() * 6000)[: MAX_BODY_BYTES + 5000]

    shown = record(answered(body), redactor())["response"]["body"]

    assert set(shown["text"].split("[redacted]")) == {""}


def test_a_secret_that_the_end_of_a_message_cuts_in_two_is_redacted_on_both_sides() -> None:
    half = len(TOKEN) // 2
    response = record(
        answered(b'{"echo":"' + TOKEN[:half].encode(), surplus=TOKEN[half:].encode() + b'"}'), redactor()
    )["response"]

    assert response["body"]["text"] == '{"echo":"[redacted]'
    assert response["surplus"]["text"] == '[redacted]"}'


# Secrets


def encodings(secret: str) -> dict[str, bytes]:
    plain = secret.encode()
    utf16 = secret.encode("utf-16-be")
    units = [utf16[index : index + 2].hex() for index in range(0, len(utf16), 2)]
    return {
        "plain": plain,
        "percent": quote(secret, safe="").encode(),
        "percent, lower case": b"".join(b"%%%02x" % byte for byte in plain),
        "percent, twice": quote(quote(secret, safe=""), safe="").encode(),
        "form": quote_plus(secret).encode(),
        "JSON": json.dumps(secret)[1:-1].encode(),
        "JSON in JSON": json.dumps(json.dumps(secret))[3:-3].encode(),
        "JSON with slashes escaped": json.dumps(secret)[1:-1].replace("/", "\\/").encode(),
        "JSON escapes throughout": "".join(f"\\u{unit}" for unit in units).encode(),
        "JSON escapes, upper case": "".join(f"\\u{unit.upper()}" for unit in units).encode(),
        "JSON escapes here and there": f"{secret[:3]}\\u{ord(secret[3]):04x}{secret[4:]}".encode(),
        "several kinds at once": f"{secret[:2]}%{ord(secret[2]):02X}&#{ord(secret[3])};{secret[4:]}".encode(),
        "entities": html.escape(secret).encode(),
        "decimal entities": "".join(f"&#{ord(letter)};" for letter in secret).encode(),
        "hexadecimal entities": "".join(f"&#x{ord(letter):X};" for letter in secret).encode(),
        "hex": plain.hex().encode(),
        "hex, upper case": plain.hex().upper().encode(),
        "UTF-16": secret.encode("utf-16-le"),
        **{f"base64, {ahead} ahead": base64.b64encode(b"x" * ahead + plain + b"yz") for ahead in range(7)},
        **{f"base64url, {ahead} ahead": base64.urlsafe_b64encode(b"x" * ahead + plain) for ahead in range(3)},
        **{
            f"base64 in a URL, {ahead}": quote(base64.b64encode(b"x" * ahead + plain), safe="").encode()
            for ahead in range(3)
        },
        "basic credentials": base64.b64encode(b"user:" + plain),
    }


@pytest.mark.parametrize(
    "secret", [TOKEN, AWKWARD, "a%41b%2Fc", "abcd", "eyJ.eyJ_-.x" * 90, "nul\0 and \n newline", "no &such; entity"]
)
@pytest.mark.parametrize("encoding", encodings(TOKEN))
def test_a_secret_goes_in_every_encoding(secret: str, encoding: str) -> None:
    form = encodings(secret)[encoding]

    kept = redactor(secret).data(b"<<" + form + b">>")

    assert b"[redacted]" in kept
    # At most what stands beside the secret in base64 is left.
    assert len(kept) <= len(b"<<[redacted]>>") + 12


@pytest.mark.parametrize("secret", [TOKEN, AWKWARD])
def test_a_secret_reaches_no_part_of_a_record(secret: str) -> None:
    everywhere = (
        ("X-Echo", quote(secret, safe="")),
        (quote(secret, safe=""), "x"),
        ("X-Raw", secret.encode().decode("latin-1")),
    )
    exchange = Exchange(
        sent(everywhere, secret.encode(), f"http://lab.test/{quote(secret, safe='')}"),
        ReceivedResponse(200, secret, "1.1", everywhere, json.dumps(secret).encode(), 0.1, secret.encode()),
        label=secret,
    )

    recorded = record(exchange, redactor(secret))

    leaks = [form for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]) if form in str(recorded)]
    assert leaks == []


@pytest.mark.parametrize("name", ["Authorization", "x-auth-TOKEN", "Proxy-Authorization", "Cookie", "Set-Cookie"])
def test_a_header_that_carries_credentials_is_always_replaced(name: str) -> None:
    recorded = record(answered(headers=((name, "unknown to anybody"),)), redactor())

    assert recorded["response"]["headers"] == [[name, "[redacted]"]]


@pytest.mark.parametrize(("value", "shown"), [("Bearer x", "Bearer [redacted]"), ("BEARER  x y", "BEARER  [redacted]")])
def test_the_scheme_of_credentials_stays_in_sight(value: str, shown: str) -> None:
    recorded = record(Exchange(sent((("Authorization", value),)), None, "connection refused"), redactor())

    assert recorded["request"]["headers"][1] == ["Authorization", shown]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Bearer abc", "Bearer [redacted]"),
        ("is abc here", "is abc here"),
        ("abc", "[redacted]"),
        ('{"a":"abc"}', '{"a":"[redacted]"}'),
        ("abcdef xabc abc_ 1abc", "abcdef xabc abc_ 1abc"),
    ],
)
def test_a_very_short_secret_goes_only_as_a_whole_value(text: str, kept: str) -> None:
    assert redactor("abc").text(text) == kept


def test_what_would_take_too_long_to_be_looked_into_is_not_kept() -> None:
    bomb = base64.b64encode(gzip.compress(bytes(1_000_000))).decode()

    kept = redactor().text(f"before {' '.join([bomb] * 20)} behind")

    assert kept.startswith(f"before {bomb} ")
    assert kept.endswith("[redacted] behind")


def test_a_secret_that_begins_with_another_goes_whole() -> None:
    assert redactor("abcdef", "abcdefghi").text("abcdefghi abcdef") == "[redacted] [redacted]"


def test_secrets_that_overlap_go_together() -> None:
    assert redactor("abc4ef", "4efghi").text("<abc4efghi>") == "<[redacted]>"


@pytest.mark.parametrize("text", ["", "plain", "50% of \\x &amp; \\u12 %zz &nosuch; é\u20ac"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert redactor().text(text) == text


def test_without_secrets_nothing_changes() -> None:
    assert Redactor([("X", "")]).text("anything %41") == "anything %41"


@pytest.mark.parametrize(
    ("compress", "coding"),
    [
        (gzip.compress, "gzip"),
        (zlib.compress, "deflate"),
        (lambda data: zlib.compress(data, wbits=-15), "deflate"),
        (lambda data: gzip.compress(gzip.compress(data)), "gzip, gzip"),
        (lambda data: gzip.compress(b"x") + gzip.compress(data), "gzip"),
        (lambda data: gzip.compress(data)[:-8], "gzip"),
        (lambda data: gzip.compress(data)[:-8] + b"\0" * 8, "gzip"),
    ],
)
def test_a_secret_in_a_compressed_body_is_shown_decoded_and_redacted(
    compress: Callable[[bytes], bytes], coding: str
) -> None:
    body = compress(f'{{"echo": "{TOKEN}"}}'.encode())

    shown = record(answered(body, (("Content-Encoding", coding),)), redactor())["response"]["body"]

    assert shown["text"].removeprefix("x") == '{"echo": "[redacted]"}'
    assert (shown["bytes"], shown["decoded"]) == (len(body), coding)


def test_compression_that_no_header_announces_is_found_too() -> None:
    shown = record(answered(gzip.compress(TOKEN.encode())), redactor())["response"]["body"]

    assert shown["text"] == "[redacted]"


def test_a_compressed_body_without_secrets_stays_as_it_came() -> None:
    body = gzip.compress(b"harmless")

    shown = record(answered(body, (("Content-Encoding", "gzip"),)), redactor())["response"]["body"]

    assert shown == {"bytes": len(body), "base64": base64.b64encode(body).decode()}


def test_a_body_that_grows_without_end_is_not_decoded_to_its_end() -> None:
    body = gzip.compress(b"\0" * 50_000_000)

    shown = record(answered(body), redactor())["response"]["body"]

    assert (shown["text"], shown["truncated"], shown["decoded"]) == ("\0" * MAX_BODY_BYTES, True, "gzip")


@pytest.mark.parametrize("body", [b"\x1f\x8bnot gzip", b"x\x9cnot zlib", b"x"])
def test_what_only_looks_compressed_stays_as_it_is(body: bytes) -> None:
    shown = record(answered(body, (("Content-Encoding", "deflate"),)), redactor())["response"]["body"]

    assert base64.b64decode(shown["base64"]) == body if "base64" in shown else shown["text"].encode() == body


def test_a_coding_that_cannot_be_looked_into_is_withheld() -> None:
    shown = record(answered(b"\x0b\x02\x80\xff", (("Content-Encoding", "br"),)), redactor())["response"]["body"]

    assert shown == {"bytes": 4, "base64": "", "truncated": True}


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress, lambda data: b"\x28\xb5\x2f\xfd" + data])
def test_compression_that_is_known_by_its_beginning_alone_is_withheld(compress: Callable[[bytes], bytes]) -> None:
    body = compress(b"\xff" + TOKEN.encode())

    shown = record(answered(body), redactor())["response"]["body"]

    assert shown == {"bytes": len(body), "base64": "", "truncated": True}


def test_text_under_a_wrong_coding_is_shown() -> None:
    shown = record(answered(b"text", (("Content-Encoding", "br"),)), redactor())["response"]["body"]

    assert shown == {"bytes": 4, "text": "text"}


# curl lines


class Recorder:
    """A server that keeps the bytes of the requests it gets."""

    def __init__(self, body: bytes = b"", headers: bytes = b"") -> None:
        self.received: list[bytes] = []
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%bConnection: close\r\n\r\n" % (len(body), headers)
        self._answer = head + body
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(PLENTY_S)
                self.received.append(self._read(connection))
                connection.sendall(self._answer)

    def _read(self, connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [
            line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        ]
        while len(body) < int(lengths[0] if lengths else 0):
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def stop(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.stop()


@pytest.fixture
def compressing() -> Iterator[Recorder]:
    recorder = Recorder(gzip.compress(b'{"id":7}', mtime=0), b"Content-Encoding: gzip\r\n")
    yield recorder
    recorder.stop()


def pasted(line: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line as if pasted into bash."""
    bash = shutil.which("bash") or "bash"
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **variables}
    return subprocess.run([bash, "-c", line], env=environ, capture_output=True, timeout=PLENTY_S, check=True)


def taken_apart(data: bytes) -> tuple[bytes, list[tuple[bytes, bytes]], bytes]:
    """Return the request line, the headers without regard to their order, and the body."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    pairs = [line.partition(b":") for line in lines]
    return first, sorted((name, value.strip()) for name, _, value in pairs), body


needs_curl = pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="runs curl lines in bash")


@needs_curl
@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("POST", "/plain", JSON, b'{"a": 1}'),
        ("POST", "/no-content-type", (), b"x=1&y=@z"),
        ("PATCH", "/empty", JSON, b""),
        ("PUT", "/empty-without-type", (("Accept", "a/b"), ("User-Agent", "assay/1")), b""),
        ("DELETE", "/a/../b/./c%2f?x=[1-3]&y={a,b}&z=*'\"$(id)`id`;!!", (), b""),
        ("POST", "/quotes", (("X-Q", 'it\'s "$HOME" `id` \\n !x %'),), b'it\'s "$HOME" `id` \\n !x %'),
        ("POST", "/file", (), b"@/etc/hostname"),
        ("POST", "/lines", (), b"a\r\nb\n\tc\\n'd'!e\x7f"),
        ("POST", "/end", (), b"ends with a newline\n"),
        ("POST", "/text", (), "é\u20ac\U0001f600\u202e".encode()),
        ("POST", "/bytes", (("Content-Type", "x/y"),), bytes(range(256))),
        ("POST", "/nul", (), b"a\0b"),
        ("POST", "/no-value", (("X-Empty", ""), ("Accept", "")), b"x"),
        ("POST", "/twice", (("X-A", "1"), ("x-a", "2")), b"x"),
        ("POST", "/latin-1", (("X-L", "\xe9\xff1"),), b"x"),
        ("POST", "/gzip", (("Content-Encoding", "gzip"),), gzip.compress(b"{}", mtime=0)),
        ("POST", "/large", JSON, b"y" * 60_000),
        ("POST", "/expect", JSON, b"z" * 2000),
    ],
)
def test_a_pasted_line_sends_the_same_request(
    recorder: Recorder, method: str, target: str, headers: Headers, body: bytes
) -> None:
    host = f"127.0.0.1:{recorder.port}"
    lines = (("Host", host), *headers, ("Content-Length", str(len(body))))

    pasted(curl(SentRequest(method, f"http://{host}{target}", lines, body), redactor()))

    first, received, sent_body = taken_apart(recorder.received[0])
    wanted = sorted((name.encode(), value.encode("latin-1")) for name, value in lines)
    assert (first, sent_body) == (f"{method} {target} HTTP/1.1".encode(), body)
    assert received == wanted


@needs_curl
def test_a_pasted_line_without_a_body_sends_none(recorder: Recorder) -> None:
    host = f"127.0.0.1:{recorder.port}"

    pasted(curl(SentRequest("GET", f"http://{host}/", (("Host", "odd.test"),)), redactor()))

    assert recorder.received == [b"GET / HTTP/1.1\r\nHost: odd.test\r\n\r\n"]


@needs_curl
@pytest.mark.parametrize(
    ("header", "body"),
    [
        (("Authorization", f"Bearer {AWKWARD[:2]}'$x"), b"{}"),
        (("X-Auth-Token", f"{AWKWARD[:2]}'$x"), b"{}"),
        (("X-Copy", f"a{AWKWARD[:2]}'$xb"), b"{}"),
        (("X-Other", "1"), f"before {AWKWARD[:2]}'$x after".encode()),
        (("Content-Encoding", "gzip"), gzip.compress(f"before {AWKWARD[:2]}'$x after".encode(), mtime=0)),
    ],
)
def test_a_variable_stands_for_the_token(recorder: Recorder, header: tuple[str, str], body: bytes) -> None:
    secret = f"{AWKWARD[:2]}'$x"
    host = f"127.0.0.1:{recorder.port}"
    request = SentRequest("POST", f"http://{host}/", (("Host", host), header, ("Content-Length", str(len(body)))), body)

    line = curl(request, redactor(secret))
    pasted(line, VCF_TOKEN=secret)

    _, received, sent_body = taken_apart(recorder.received[0])
    assert '"$VCF_TOKEN"' in line
    assert secret not in line
    assert (header[0].encode(), header[1].encode()) in received
    assert sent_body == body or gzip.decompress(sent_body) == gzip.decompress(body)


@pytest.mark.parametrize(
    ("name", "variable"),
    [("VCF_TOKEN", "VCF_TOKEN"), ("lower", "lower"), ("no name", "ASSAY_TOKEN"), ("", "ASSAY_TOKEN")],
)
def test_a_variable_has_a_name_that_bash_takes(name: str, variable: str) -> None:
    line = curl(sent((("Authorization", f"Bearer {TOKEN}"),)), Redactor([(name, TOKEN)]))

    assert f"'Authorization: Bearer '\"${variable}\"" in line


STATE_TOKEN_MEANINGS = {"NO_ACCESS_TOKEN": "the token of the state no_access"}


@needs_curl
@pytest.mark.parametrize("name", ["NO_ACCESS_TOKEN", "NO_ACCESS_TOKEN_12"])
def test_a_line_with_the_token_of_a_state_stops_where_nobody_has_set_its_variable(
    recorder: Recorder, name: str
) -> None:
    host = f"127.0.0.1:{recorder.port}"
    request = SentRequest("GET", f"http://{host}/", (("Host", host), ("Authorization", f"Bearer {TOKEN}")))
    line = curl(request, Redactor([(name, TOKEN)], STATE_TOKEN_MEANINGS))

    with pytest.raises(subprocess.CalledProcessError) as stopped:
        pasted(line)
    pasted(line, **{name: TOKEN})

    assert f"{name}: the token of the state no_access" in stopped.value.stderr.decode()
    assert len(recorder.received) == 1
    assert f"Authorization: Bearer {TOKEN}".encode() in recorder.received[0]


def test_what_almost_is_the_token_of_the_target_file_is_described_where_its_variable_is_not_set() -> None:
    near = Redactor([("ASSAY_TOKEN_WITH_ONE_CHARACTER_MORE", f"{TOKEN}x")])

    line = curl(sent((("Authorization", f"Bearer {TOKEN}x"),)), near)

    assert '"${ASSAY_TOKEN_WITH_ONE_CHARACTER_MORE:?the token of the target file with one character more}"' in line


@needs_curl
def test_a_pasted_line_that_asks_for_compression_prints_what_came(compressing: Recorder) -> None:
    host = f"127.0.0.1:{compressing.port}"
    request = SentRequest("GET", f"http://{host}/", (("Host", host), ("Accept-Encoding", "gzip;q=0.5")))

    printed = pasted(curl(request, redactor())).stdout

    assert b"Content-Encoding: gzip\r\n" in printed
    assert printed.endswith(b'{"id":7}')
    assert compressing.received[0].count(b"Accept-Encoding: gzip;q=0.5\r\n") == 1


def test_credentials_that_nobody_named_are_not_shown() -> None:
    line = curl(sent((("Authorization", "Bearer made-up"),)), redactor())

    assert "'Authorization: Bearer [redacted]'" in line


@pytest.mark.parametrize(("scheme", "shown"), [("ApiKey ", "ApiKey "), ("", ""), ("X-Custom  ", "X-Custom  ")])
def test_a_scheme_of_ones_own_stays_in_sight(scheme: str, shown: str) -> None:
    request = sent((("Authorization", scheme + TOKEN),))

    recorded = record(Exchange(request, None, "connection refused"), redactor())

    assert recorded["request"]["headers"][1] == ["Authorization", f"{shown}[redacted]"]
    assert f"'Authorization: {shown}'\"$VCF_TOKEN\"" in recorded["curl"]


def test_an_encoded_secret_is_not_shown() -> None:
    line = curl(sent(url=f"http://lab.test/{quote(TOKEN, safe='')}", body=TOKEN.encode() + b"\xff"), redactor())

    assert "http://lab.test/'[redacted]'" in line
    assert base64.b64encode(b"[redacted]\xff").decode() in line


@pytest.mark.parametrize("body", [b"\n\r\x1b[31m\x9b", b"x" * 100_000, "\u2028\u202e".encode(), bytes(range(256))])
def test_a_line_is_one_line_of_printable_characters(body: bytes) -> None:
    line = curl(sent(body=body), redactor())

    assert line.startswith("curl ")
    assert line.isprintable()


def test_a_body_that_is_too_long_for_a_line_is_named() -> None:
    line = curl(sent(body=b"x" * (MAX_BODY_BYTES + 1)), redactor())

    assert line.endswith("--data-binary @body  # the body of 65537 bytes is too long for this line")


@pytest.mark.parametrize(
    ("url", "host", "is_named"),
    [
        ("http://lab.test/", "lab.test", False),
        ("http://lab.test:80/", "lab.test", False),
        ("http://lab.test:80/", "lab.test:80", True),
        ("https://lab.test:443/", "lab.test", False),
        ("http://lab.test:443/", "lab.test:443", False),
        ("http://lab.test:8080/", "lab.test:8080", False),
        ("http://lab.test:8080/", "lab.test", True),
        ("http://lab.test?a=b:80/", "lab.test", False),
    ],
)
def test_a_host_is_named_only_where_curl_would_send_another(url: str, host: str, is_named: bool) -> None:  # noqa: FBT001 - a parameter of a table
    line = curl(SentRequest("GET", url, (("Host", host),)), redactor())

    assert ("Host:" in line) == is_named


def test_a_head_request_waits_for_no_body() -> None:
    assert " --head " in curl(SentRequest("HEAD", "http://lab.test/", (("Host", "lab.test"),)), redactor())


def test_of_very_many_header_lines_the_first_are_kept_and_the_others_counted() -> None:
    recorded = record(answered(headers=(("a", ""),) * 60_000), redactor())["response"]

    assert recorded["headers"] == [["a", ""]] * 200
    assert recorded["headers_left_out"] == 59_800


def test_header_lines_that_are_too_long_together_are_left_out_whole() -> None:
    lines = (("A", "x" * 10_000), ("B", TOKEN + "x" * 10_000), ("C", ""))
    recorded = record(answered(headers=lines), redactor())["response"]

    assert recorded["headers"] == [["A", "x" * 10_000]]
    assert recorded["headers_left_out"] == 2
