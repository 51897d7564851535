"""A decision comes through the connection as it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import execnet
import pytest

from assay.machines import decided

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def hook(pytestconfig: pytest.Config) -> Iterator[Any]:
    """Return pytest's own hooks, with the plugin among them."""
    pytestconfig.pluginmanager.register(decided)
    yield pytestconfig.hook
    pytestconfig.pluginmanager.unregister(decided)


def test_half_a_surrogate_pair_gets_through(hook: Any, pytestconfig: pytest.Config) -> None:
    decision = {"kind": "check", "message": "the name is \ud800", "exchanges": [{"response": None}]}
    report = pytest.TestReport(
        "test_a.py::test_a", ("test_a.py", 1, "test_a"), {}, "failed", "a trace \ud800", "call", assay=decision
    )

    sent = execnet.dumps(hook.pytest_report_to_serializable(config=pytestconfig, report=report))
    received = hook.pytest_report_from_serializable(config=pytestconfig, data=execnet.loads(sent))

    assert received.assay == decision
