"""TOML files of users: whatever is wrong with one is a `FileError` that names file and key."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import TYPE_CHECKING, Any, cast

from assay.exceptions import TargetError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from assay.exceptions import FileError


GREATEST = 1_000_000
"""The greatest number that any setting makes sense with, and that every wait takes."""

MOST_BYTES = 10_000_000_000
"""The same of a number of bytes."""


def loads(text: str) -> dict[str, Any]:
    """Return what a TOML document says; raise `ValueError` with what is wrong with it."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"is not valid TOML: {error}"
    except ValueError:
        message = "has a number that is too long to be read"
    except RecursionError:
        message = "is nested too deep to be read"
    raise ValueError(message)


class Table:
    """One table with its place in the file, so that a mistake can be named."""

    def __init__(self, path: Path, key: str, values: dict[str, Any], error: type[FileError] = TargetError) -> None:
        self.path = path
        self.key = key
        self.values = values
        self._error = error

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def keys(self) -> list[str]:
        """Return the keys in the order of the file."""
        return list(self.values)

    def wrong(self, key: str, problem: str) -> FileError:
        """Return the mistake of a key, to be raised."""
        return self._error(self.path, self._place(key), problem)

    def _place(self, key: str) -> str:
        return ".".join(filter(None, (self.key, key)))

    def only(self, *known: str) -> None:
        """Refuse every other key."""
        for key in self.values:
            if key not in known:
                raise self.wrong(key, f"unknown key{did_you_mean(key, known)}")

    def table(self, key: str, *, required: bool = False) -> Table:
        """Return a table inside this one; one that is left out is empty."""
        value = self._get(key, dict, "a table", {}, required=required)
        return Table(self.path, self._place(key), value, self._error)

    def tables(self, key: str) -> list[Table]:
        """Return the tables of an array; none where it is left out."""
        items = self._get(key, list, "a list of tables", [])
        for number, item in enumerate(items):
            if not isinstance(item, dict):
                raise self.wrong(f"{key}[{number}]", f"expected a table, got {_kind(item)}")
        place = self._place(key)
        return [Table(self.path, f"{place}[{number}]", item, self._error) for number, item in enumerate(items)]

    def text(self, key: str, *, default: str = "", required: bool = False, empty: bool = False) -> str:
        """Return a string."""
        value = self._get(key, str, "a string", default, required=required)
        if key in self.values and not value and not empty:
            raise self.wrong(key, "expected a string that is not empty")
        return cast("str", value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings, which is not empty where it stands there."""
        items = self._get(key, list, "a list of strings", [])
        if key in self.values and (not items or not all(isinstance(item, str) and item for item in items)):
            raise self.wrong(key, "expected a list of strings that is not empty")
        return tuple(items)

    def date(self, key: str) -> dt.date:
        """Return a date, which must stand there."""
        value = self._get(key, dt.date, "a date such as 2027-03-31", None, required=True)
        if isinstance(value, dt.datetime):
            raise self.wrong(key, "expected a date without a time, such as 2027-03-31")
        return cast("dt.date", value)

    def boolean(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        return cast("bool", self._get(key, bool, "true or false", default))

    def integer(self, key: str, default: int) -> int:
        """Return a whole number above 0."""
        value = self._get(key, int, "a whole number", default)
        if isinstance(value, bool) or value <= 0:
            raise self.wrong(key, "expected a whole number above 0")
        if value > MOST_BYTES:
            raise self.wrong(key, f"expected a whole number up to {MOST_BYTES:,}")
        return cast("int", value)

    def number(self, key: str, default: float | None) -> Any:  # noqa: ANN401 - None only where the default is
        """Return a number above 0."""
        value = self._get(key, (int, float), "a number", default)
        # `not value > 0` and not `value <= 0`: TOML has nan.
        if value is not default and (isinstance(value, bool) or not value > 0 or value == float("inf")):
            raise self.wrong(key, "expected a number above 0")
        if value is not None and value > GREATEST:
            raise self.wrong(key, f"expected a number up to {GREATEST:,}")
        return value

    def _get(
        self, key: str, types: type | tuple[type, ...], expected: str, default: object, *, required: bool = False
    ) -> Any:  # noqa: ANN401 - callers name the type that they asked for
        if key not in self.values:
            if required:
                raise self.wrong(key, f"is missing; expected {expected}")
            return default
        value = self.values[key]
        if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
            raise self.wrong(key, f"expected {expected}, got {_kind(value)}")
        return value


def _kind(value: object) -> str:
    names = {
        str: "a string",
        bool: "a boolean",
        int: "a whole number",
        float: "a number",
        list: "a list",
        dict: "a table",
        dt.date: "a date",
        dt.datetime: "a date and time",
        dt.time: "a time",
    }
    return names.get(type(value), type(value).__name__)
