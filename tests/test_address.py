"""A URL is taken apart in one way, and one that cannot be sent says why."""

from __future__ import annotations

import pytest

from assay.address import Address, NoAddressError, Origin


@pytest.mark.parametrize(
    ("url", "origin", "authority", "target"),
    [
        ("http://lab.test", Origin("http", "lab.test", 80), "lab.test", "/"),
        ("HTTPS://Lab.Test:8443/Front?q=1", Origin("https", "lab.test", 8443), "Lab.Test:8443", "/Front?q=1"),
        ("https://lab.test?q", Origin("https", "lab.test", 443), "lab.test", "/?q"),
        ("http://lab.test.:080/", Origin("http", "lab.test.", 80), "lab.test.:080", "/"),
        ("http://sddc_1.lab/", Origin("http", "sddc_1.lab", 80), "sddc_1.lab", "/"),
        ("http://xn--bcher-kva.test/", Origin("http", "xn--bcher-kva.test", 80), "xn--bcher-kva.test", "/"),
        ("http://[::1]:65535/", Origin("http", "::1", 65535), "[::1]:65535", "/"),
        ("http://[2001:DB8::7]", Origin("http", "2001:db8::7", 80), "[2001:DB8::7]", "/"),
        ("http://10.0.0.1/@me", Origin("http", "10.0.0.1", 80), "10.0.0.1", "/@me"),
        ("http://10.in-addr.test", Origin("http", "10.in-addr.test", 80), "10.in-addr.test", "/"),
        ("http://lab.test/a%20b\\c", Origin("http", "lab.test", 80), "lab.test", "/a%20b\\c"),
    ],
)
def test_a_url_that_can_be_sent_is_taken_apart(url: str, origin: Origin, authority: str, target: str) -> None:
    assert Address.of(url) == Address(origin, authority, target)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "does not begin with http"),
        ("lab.test", "does not begin with http"),
        ("//lab.test", "does not begin with http"),
        ("http:/lab.test", "does not begin with http"),
        ("http:\\\\lab.test", "does not begin with http"),
        ("http://", "names no host"),
        ("http:///v1", "names no host"),
        ("http://:80", "names no host"),
        ("http://u:p@lab.test", "holds credentials"),
        ("http://@lab.test", "holds credentials"),
        ("http://lab.test#", "fragment"),
        ("http://lab.test/a#b", "fragment"),
        ("http://lab.test:", "port is no number from 1 to 65535"),
        ("http://lab.test:0", "port is no number from 1 to 65535"),
        ("http://lab.test:65536", "port is no number from 1 to 65535"),
        ("http://lab.test:99999", "port is no number from 1 to 65535"),
        ("http://lab.test:+80", "port is no number from 1 to 65535"),
        ("http://lab.test:http", "port is no number from 1 to 65535"),
        ("http://lab.test:80:80", "followed by something that is no port"),
        ("http://::1/", "an IPv6 address stands in brackets"),
        ("http://fe80::1/", "an IPv6 address stands in brackets"),
        ("http://[::1", "followed by something that is no port"),
        ("http://[::1]x", "followed by something that is no port"),
        ("http://[]", "an IPv6 address, without a zone"),
        ("http://[v1.x]", "an IPv6 address, without a zone"),
        ("http://[127.0.0.1]", "an IPv6 address, without a zone"),
        ("http://[lab.test]", "an IPv6 address, without a zone"),
        ("http://[::1%25lo]", "an IPv6 address, without a zone"),
        ("http://[fe80::1%eth0]", "an IPv6 address, without a zone"),
        ("http://lab%2etest", "host is no name"),
        ("http://lab.test\\x", "host is no name"),
        ("http://lab..test", "host is no name"),
        ("http://.lab.test", "host is no name"),
        ("http://lab.test..", "host is no name"),
        ("http://.", "host is no name"),
        ("http://*.test", "host is no name"),
        ("http://lab,test", "host is no name"),
        (f"http://{'a' * 64}.test", "host is no name"),
        (f"http://{'a.' * 127}test", "host is no name"),
        ("http://127.1", "no IPv4 address of four numbers"),
        ("http://010.0.0.1", "no IPv4 address of four numbers"),
        ("http://256.0.0.1", "no IPv4 address of four numbers"),
        ("http://0x7f000001", "no IPv4 address of four numbers"),
        ("http://2130706433", "no IPv4 address of four numbers"),
        ("http://127.0.0.1.", "no IPv4 address of four numbers"),
        ("http://b\u00fccher.test", "xn--"),
        ("http://lab.test/b\u00fccher", "xn--"),
        ("http://lab test", "holds blanks"),
        ("http://lab.test/a b", "holds blanks"),
        (" http://lab.test", "does not begin with http"),
        ("http://lab.test\n", "holds blanks"),
        ("http://lab.test/#a\nb", "holds blanks"),
        ("http://lab\0.test", "holds blanks"),
    ],
)
def test_a_url_that_cannot_be_sent_says_why(url: str, why: str) -> None:
    with pytest.raises(NoAddressError, match=why):
        Address.of(url)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "lab.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "[::]"]
)
def test_this_machine_is_known_as_such(host: str) -> None:
    assert Address.of(f"http://{host}").origin.is_loopback


@pytest.mark.parametrize("host", ["lab.test", "localhost.test", "10.0.0.1", "127.0.0.1.test", "[2001:db8::1]"])
def test_another_machine_is_not_taken_for_this_one(host: str) -> None:
    assert not Address.of(f"http://{host}").origin.is_loopback
