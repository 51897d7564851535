"""YAML files of the catalogue: whatever is wrong with one is a `ContractError` that names file and key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from assay.exceptions import ContractError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The C loader reads a spec in a tenth of the time; both are safe loaders.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what the file says."""
    try:
        return yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506 - a safe loader, see above
    except OSError as error:
        raise ContractError(path, "", f"cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ContractError(path, "", f"is not valid YAML: {error}") from error


def mapping(path: Path) -> dict[str, Any]:
    """Return what the file says, which must be a mapping."""
    document = read(path)
    if not isinstance(document, dict):
        raise ContractError(path, "", "expected a mapping")
    return document


def only(path: Path, key: str, item: object, *known: str) -> None:
    """Refuse whatever is no mapping, and one that has an unknown key."""
    if not isinstance(item, dict):
        raise ContractError(path, key, "expected a mapping")
    for name, value in item.items():
        if name not in known:
            # `{gist: this, and that}` has a key `and that`, which nobody has meant.
            torn = "; within {…} a text with a comma stands in quotes" if value is None and " " in str(name) else ""
            problem = f"unknown key{torn or did_you_mean(str(name), known)}"
            raise ContractError(path, f"{key}.{name}" if key else str(name), problem)


def text(path: Path, item: Mapping[str, Any], name: str, prefix: str = "") -> str:
    """Return the text of a key, on one line."""
    value = item.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ContractError(path, prefix + name, "expected a text")
    return " ".join(value.split())
