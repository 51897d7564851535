"""Takes out of what was recorded what was not yet known to be a secret by then."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.evidence.redaction import Redactor

_OURS = frozenset({"role", "decoded", "http_version"})
"""What no server has a part in, or what has been recognised as one of a few words."""


def cleaned(entry: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return the journal entry of a check or a probe without secrets; who and what it speaks of stays as it is."""
    result = dict(entry)
    if "message" in entry:
        result["message"] = redactor.text(entry["message"])
    for key in ("exchanges", "exchange"):
        if key in entry:
            result[key] = _without(entry[key], redactor)
    if "observed" in entry:
        result["observed"] = {check: _without(seen, redactor) for check, seen in entry["observed"].items()}
    return result


def _without(part: Any, redactor: Redactor) -> Any:  # noqa: ANN401 - JSON
    if isinstance(part, str):
        return redactor.text(part)
    if isinstance(part, list):
        return [_without(each, redactor) for each in part]
    if isinstance(part, dict):
        return {key: value if key in _OURS else _value(key, value, redactor) for key, value in part.items()}
    return part


def _value(key: str, value: Any, redactor: Redactor) -> Any:  # noqa: ANN401 - JSON
    if key == "base64":
        return base64.b64encode(redactor.data(base64.b64decode(value))).decode("ascii")
    return _without(value, redactor)
