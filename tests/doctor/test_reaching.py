"""Each thing that can be wrong on the way to a server is told apart, with what to do about it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from assay.doctor import Finding, Standing, Step
from tests.doctor.conftest import NOT_FOUND, REFUSED, TOKEN, of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import trustme

    from tests.doctor.conftest import Examine, Serve

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def ca_bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def last(findings: list[Finding]) -> Finding:
    """Return the last finding, behind which nothing was looked at."""
    return findings[-1]


def test_a_host_without_an_address_is_told_with_where_its_name_stands(examined: Examine) -> None:
    findings = examined("https://no-such-host.invalid")

    assert [(each.step, each.standing) for each in findings] == [(Step.NAME, Standing.WRONG)]
    assert last(findings).said == "no such host: no-such-host.invalid"
    assert "[target] base_url" in last(findings).advice
    assert "HTTPS_PROXY" in last(findings).advice


def test_a_port_on_which_nothing_listens_is_told(examined: Examine, closed_port: int) -> None:
    findings = examined(f"http://127.0.0.1:{closed_port}")

    assert last(findings).step is Step.CONNECTION
    assert last(findings).said == f"127.0.0.1, port {closed_port}: connection refused"
    assert f"Nothing listens there: is the server up, and is port {closed_port}" in last(findings).advice


def test_a_proxy_that_does_not_answer_is_told_as_the_proxy(examined: Examine, closed_port: int) -> None:
    findings = examined("https://sddc.example.test", environ={"HTTPS_PROXY": f"http://127.0.0.1:{closed_port}"})

    assert of(Step.NAME, findings)[0].said == "127.0.0.1 is an address itself, of a proxy"
    assert last(findings).step is Step.CONNECTION
    assert f"The proxy http://127.0.0.1:{closed_port} is named by the environment" in last(findings).advice
    assert "NO_PROXY" in last(findings).advice


def test_a_proxy_that_wants_credentials_is_told(examined: Examine, proxy: Callable[[bytes], str]) -> None:
    url = proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    findings = examined("https://sddc.example.test", environ={"HTTPS_PROXY": url})

    assert last(findings).step is Step.CONNECTION
    assert last(findings).advice.startswith("The proxy wants credentials")


def test_the_way_may_go_through_a_proxy(
    examined: Examine, serve: Serve, proxy: Callable[..., str], authority: trustme.CA, ca_bundle: Path
) -> None:
    certificate = authority.issue_cert("sddc.example.test")
    server = serve(lambda token: NOT_FOUND if token == TOKEN else REFUSED, context_of(certificate))
    url = proxy(b"HTTP/1.1 200 Connected\r\n\r\n", port=int(server.rpartition(":")[2]))

    findings = examined("https://sddc.example.test", environ={"HTTPS_PROXY": url}, ca_bundle=ca_bundle)

    assert {each.standing for each in findings} == {Standing.OK}
    assert f"port 443 through the proxy {url}" in of(Step.CONNECTION, findings)[0].said


def test_a_proxy_that_nobody_can_use_is_told(examined: Examine) -> None:
    findings = examined("https://sddc.example.test", environ={"HTTPS_PROXY": "socks5://127.0.0.1:1080"})

    assert last(findings).step is Step.NAME
    assert last(findings).advice == "Write HTTPS_PROXY as http://host:port, or name the target's host in NO_PROXY."


def test_a_certificate_that_has_expired_is_told(
    examined: Examine, serve: Serve, authority: trustme.CA, ca_bundle: Path
) -> None:
    expired = authority.issue_cert("127.0.0.1", not_before=YESTERDAY - timedelta(days=9), not_after=YESTERDAY)

    findings = examined(serve(lambda _: NOT_FOUND, context_of(expired)), ca_bundle=ca_bundle)

    assert last(findings).step is Step.TLS
    assert last(findings).advice.startswith("The certificate has expired: renew it on the server.")


def test_a_certificate_that_is_not_valid_yet_is_told(
    examined: Examine, serve: Serve, authority: trustme.CA, ca_bundle: Path
) -> None:
    early = authority.issue_cert("127.0.0.1", not_before=YESTERDAY + timedelta(days=9))

    findings = examined(serve(lambda _: NOT_FOUND, context_of(early)), ca_bundle=ca_bundle)

    assert last(findings).advice.startswith("The certificate is not valid yet: look at the clocks")


@pytest.mark.parametrize("host", ["other.example.test", "192.0.2.7"])
def test_a_certificate_for_another_host_is_told(
    examined: Examine, serve: Serve, authority: trustme.CA, ca_bundle: Path, host: str
) -> None:
    other = context_of(authority.issue_cert(host))

    findings = examined(serve(lambda _: NOT_FOUND, other), ca_bundle=ca_bundle)

    assert last(findings).step is Step.TLS
    assert last(findings).advice.startswith("The certificate is for another host.")


def test_a_certificate_that_signed_itself_is_told(
    examined: Examine, serve: Serve, authority: trustme.CA, tmp_path: Path
) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(authority.private_key_pem.bytes() + authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)

    findings = examined(serve(lambda _: NOT_FOUND, context))

    assert last(findings).step is Step.TLS
    assert last(findings).advice.startswith("The certificate is signed by nobody but itself.")
    assert "ca_bundle" in last(findings).advice


def test_an_authority_that_this_machine_does_not_know_is_told(
    examined: Examine, serve: Serve, authority: trustme.CA
) -> None:
    findings = examined(serve(lambda _: NOT_FOUND, context_of(authority.issue_cert("127.0.0.1"))))

    assert last(findings).step is Step.TLS
    assert last(findings).advice.startswith("The certificate comes from an authority that this machine does not know")
    assert "[target] ca_bundle" in last(findings).advice


def test_a_certificate_of_the_named_authority_is_accepted(
    examined: Examine, serve: Serve, authority: trustme.CA, ca_bundle: Path
) -> None:
    findings = examined(serve(lambda _: NOT_FOUND, context_of(authority.issue_cert("127.0.0.1"))), ca_bundle=ca_bundle)

    assert of(Step.TLS, findings) == [
        Finding(Step.TLS, Standing.OK, "the certificate for 127.0.0.1 is accepted"),
    ]
    assert last(findings).step is Step.EXCHANGE


def test_a_certificate_at_which_nobody_looks_is_a_note(examined: Examine, serve: Serve, authority: trustme.CA) -> None:
    findings = examined(
        serve(lambda _: NOT_FOUND, context_of(authority.issue_cert("other.example.test"))), verify_tls=False
    )

    assert [each.standing for each in of(Step.TLS, findings)] == [Standing.NOTE]
    assert last(findings).step is Step.EXCHANGE


def test_a_bundle_without_certificates_is_told(
    examined: Examine, serve: Serve, authority: trustme.CA, tmp_path: Path
) -> None:
    bundle = tmp_path / "empty.pem"
    bundle.write_text("no certificate")

    findings = examined(serve(lambda _: NOT_FOUND, context_of(authority.issue_cert("127.0.0.1"))), ca_bundle=bundle)

    assert last(findings).advice.startswith("[target] ca_bundle must hold certificates in PEM form")


def test_plain_http_where_tls_is_expected_is_told(examined: Examine, lab: str) -> None:
    findings = examined(lab.replace("http://", "https://"))

    assert last(findings).step is Step.TLS
    assert "is it a plain HTTP port (base_url with http://)" in last(findings).advice


def test_a_server_that_never_answers_is_given_up_after_its_time(examined: Examine, silent: int) -> None:
    findings = examined(f"https://127.0.0.1:{silent}", timeout_s=2.0)

    assert last(findings).step is Step.TLS
    assert last(findings).said == "timed out after 2 s in the TLS handshake"
