"""Degenerate servers say one thing to everybody, and provide states all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assay import catalogue
from assay.exceptions import UsageError
from assay.model import Level
from assay.variants import degenerate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.variants.conftest import Site

EVERY = list(degenerate.load())


@pytest.fixture
def start(site: Callable[[str], Site]) -> Callable[[str], Site]:
    """Start a degenerate server, with the calls of its contract."""

    def of(name: str) -> Site:
        made = site(name.split("/")[1])
        made.server = degenerate.server(name)(store=made.server.store)
        return made

    return of


def calls(site: Site) -> list[Any]:
    endpoint = site.server.endpoints[-1]
    place = endpoint.path.replace("{", "").replace("}", "")
    return [site.send(endpoint.method, place, body) for body in (b"", b"{}", b"no json")]


@pytest.mark.parametrize("name", EVERY)
def test_every_request_gets_the_same_status(start: Callable[[str], Site], name: str) -> None:
    statuses = {reply.status for reply in calls(start(name))}

    assert len(statuses) == 1


@pytest.mark.parametrize("name", EVERY)
def test_it_provides_the_states_of_its_contract(start: Callable[[str], Site], name: str) -> None:
    contract = catalogue.load()[degenerate.load()[name].contract]

    assert set(start(name).server.states()) == set(contract.states)


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("degenerate/vcf/200-empty-object", 200, b"{}"),
        ("degenerate/onedata/204", 204, b""),
        ("degenerate/zuora/404-nothing", 404, b""),
    ],
)
def test_a_constant_answer_is_constant(start: Callable[[str], Site], name: str, status: int, body: bytes) -> None:
    assert {(reply.status, reply.body) for reply in calls(start(name))} == {(status, body)}


def test_the_echo_sends_back_what_came(start: Callable[[str], Site]) -> None:
    reply = start("degenerate/zuora/echo").send("POST", "/workflows/import", b"[1]", zuora_track_id="t", host="h")

    assert (reply.status, reply.body) == (200, b"[1]")
    assert ("zuora-track-id", "t") in reply.headers
    assert ("host", "h") not in reply.headers


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("degenerate/vcf/refusal-409", b'"errorCode":"REFUSED"'),
        ("degenerate/onedata/refusal-403", b'"ctx":{"timestamp":'),
        ("degenerate/zuora/refusal-404", b'{"Errors":[{"code":"REFUSED"'),
    ],
)
def test_a_refusal_has_the_shape_of_the_vendor(start: Callable[[str], Site], name: str, piece: bytes) -> None:
    assert all(piece in reply.body for reply in calls(start(name)))


def test_what_is_excused_exists_and_is_demanded_by_a_document() -> None:
    contracts = catalogue.load()
    levels = {each.id: each.level for contract in contracts.values() for each in contract.requirements.values()}

    for name, requirement in degenerate.excused():
        assert name in EVERY
        assert requirement.startswith(f"{degenerate.load()[name].contract}/")
        assert levels[requirement] is Level.MUST


def test_every_excuse_has_a_reason() -> None:
    assert all(len(reason) > 20 and reason.endswith(".") for reason in degenerate.excused().values())


def test_an_unknown_server_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        degenerate.server("degenerate/vcf/205")

    assert str(refused.value) == "no degenerate server 'degenerate/vcf/205'; did you mean 'degenerate/vcf/204'?"
