"""Secrets that come up during a run, as a worker elsewhere shares them: by asking the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.evidence import Given

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.evidence import Secrets

ADD = "secret"
LOOK = "secrets"
"""The kinds of questions, beside the entries of a journal that go the same way."""


class SecretsElsewhere:
    """The secrets of a run that the controller keeps; it answers before one is sent to anybody."""

    def __init__(self, ask: Callable[[dict[str, Any]], Any]) -> None:
        self.known: list[Given] = []
        self._ask = ask

    def add(self, given: Given) -> None:
        """Make a secret known to all workers."""
        self._ask({"kind": ADD, "given": given})

    def look(self) -> list[Given]:
        """Return the secrets that came up anywhere since the last look."""
        came = [Given(*each) for each in self._ask({"kind": LOOK, "behind": len(self.known)})]
        self.known += came
        return came


def answer(question: Mapping[str, Any], secrets: Secrets) -> Any:  # noqa: ANN401 - JSON
    """Return the controller's answer."""
    if question["kind"] == ADD:
        secrets.add(Given(*question["given"]))
        return None
    secrets.look()
    return secrets.known[question["behind"] :]
