"""A bench before a server that is no more than a list of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from assay.bench import Bench
from assay.expect import Expectations
from assay.model import Ambiguity, Check, Contract, Exchange, Operation, ReceivedResponse
from assay.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.model import SentRequest
    from assay.transport import Transport

    Scripted = int | tuple[int, bytes] | ReceivedResponse | str
    """A status, one with a JSON body, a whole response, or what happened instead of one."""
    Script = Callable[..., Bench]

PATH = "/tasks/{id}/runs/{run}"
SPEC: dict[str, Any] = {
    "paths": {
        PATH: {
            "post": {
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}}},
                    "204": {"description": "Nothing."},
                }
            }
        }
    }
}
ACT = Operation("toy/act", "POST", PATH, SPEC["paths"][PATH]["post"])
REGISTER = (Ambiguity("second-call", "What does a second call get?", {"accepted": "2xx", "refused": "4xx"}, ()),)
CONTRACT = Contract("toy", "Toy", SPEC, "Authorization", "Bearer", {}, {}, REGISTER, {"toy/act": ACT}, {}, ())


class ScriptedTransport:
    """Answers one request after the other as it is written."""

    def __init__(self, answers: Sequence[Scripted]) -> None:
        self._answers = iter(answers)

    def exchange(self, request: SentRequest) -> Exchange:
        answer = next(self._answers)
        if isinstance(answer, str):
            return Exchange(request, None, answer)
        if isinstance(answer, ReceivedResponse):
            return Exchange(request, answer)
        status, body = answer if isinstance(answer, tuple) else (answer, b"")
        headers = (("Content-Type", "application/json"),) if body else ()
        return Exchange(request, ReceivedResponse(status, "", "HTTP/1.1", headers, body, 0.0))

    def exchange_together(self, requests: Sequence[SentRequest]) -> list[Exchange]:
        return [self.exchange(request) for request in requests]


@pytest.fixture
def script() -> Script:
    """Make a bench whose calls are answered by these answers, in this order."""

    def write(*answers: Scripted, **target: Any) -> Bench:
        return Bench(
            check=Check("toy/act/done", "it_is_done"),
            contract=CONTRACT,
            target=Target(**{"name": "lab", "contract": "toy", "base_url": "http://toy.test", "token": "t0", **target}),
            transport=cast("Transport", ScriptedTransport(answers)),
            expectations=Expectations(CONTRACT, 1000),
            provide=pytest.fail,
            seed=1,
            fuzz_examples=5,
        )

    return write
