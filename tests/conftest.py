"""A toy contract, and a bench before a server that is no more than a list of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assay.bench import Bench
from assay.expect import Expectations
from assay.model import Ambiguity, Check, Contract, Exchange, Operation, ReceivedResponse
from assay.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assay.model import SentRequest
    from assay.transport import Transport

    Scripted = int | str | ReceivedResponse

SPEC: dict[str, Any] = {
    "paths": {
        "/tasks/{id}/runs/{run}": {
            "post": {
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}}},
                    "204": {"description": "nothing"},
                }
            }
        }
    }
}
OPERATION = Operation(
    "toy/act", "POST", "/tasks/{id}/runs/{run}", SPEC["paths"]["/tasks/{id}/runs/{run}"]["post"]
)  # fmt: skip
REGISTER = (Ambiguity("second", "What does a second call get?", {"accepted": "2xx", "refused": "4xx"}, ()),)
CONTRACT = Contract("toy", "Toy", SPEC, "Authorization", "Bearer", {}, {}, REGISTER, {"toy/act": OPERATION}, {}, ())
TARGET = Target("lab", "toy", "http://toy.test:8080/prefix/", token="secret")


class Script:
    """A transport whose answers are written down: a status, the text of a transport error, or a whole response."""

    def __init__(self, answers: Sequence[Scripted]) -> None:
        self._answers = iter(answers)

    def exchange(self, request: SentRequest) -> Exchange:
        answer = next(self._answers)
        if isinstance(answer, str):
            return Exchange(request, None, answer)
        return Exchange(request, response(answer) if isinstance(answer, int) else answer)

    def exchange_together(self, requests: Sequence[SentRequest]) -> list[Exchange]:
        return [self.exchange(request) for request in requests]


def response(status: int, body: bytes = b"", **headers: str) -> ReceivedResponse:
    lines = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return ReceivedResponse(status, "", "HTTP/1.1", lines, body, 0.0)


@pytest.fixture
def answered() -> type[ReceivedResponse]:
    return ReceivedResponse
