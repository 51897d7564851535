"""Says in one line where a body breaks its schema: what is expected, at which place, and what came there.

The messages of jsonschema quote whole values, spell them as Python does, and say of alternatives only that none fits.
Here each alternative says what it would have wanted. Only bodies with errors come here, so nothing of this is done for
the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.evidence import brief, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jsonschema.exceptions import ValidationError

_SIDE_LENGTH = 300
"""Characters on each side of a message, of what is expected and of what came."""
_VALUE_LENGTH = 60
_NAME_LENGTH = 40
_SHORT_PATTERN = 60
_LONGEST_PATTERN = 200
_MOST_LISTED = 8
_FIRST_LISTED = 5
_NEAR = 1
"""How many levels less deep than the deepest alternative another one may break off, and still be worth naming."""

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TYPES = {
    "array": "an array",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}
_BOUNDS = {
    "minimum": "a number of at least {0}",
    "maximum": "a number of at most {0}",
    "exclusiveMinimum": "a number above {0}",
    "exclusiveMaximum": "a number below {0}",
    "multipleOf": "a multiple of {0}",
    "minLength": "a string of at least {0} character{1}",
    "maxLength": "a string of at most {0} character{1}",
    "minItems": "an array of at least {0} item{1}",
    "maxItems": "an array of at most {0} item{1}",
    "minProperties": "an object of at least {0} field{1}",
    "maxProperties": "an object of at most {0} field{1}",
    "format": "a string in the format {0}",
    "uniqueItems": "an array without equal items",
    "additionalProperties": "no other fields than the documented ones",
    "unevaluatedProperties": "no other fields than the documented ones",
}
_ORDER = ("type", "required", "enum", "const")
"""Of several errors of one value, the first of these says most; alternatives come last."""
_ALTERNATIVES = ("anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class _Demand:
    """What one error would have wanted; `wanted` may be any of several things."""

    wanted: tuple[str, ...]
    where: str
    got: str
    is_missing: bool = False
    """A field is wanted, and what came is what there is instead."""


def describe(errors: Sequence[ValidationError]) -> str:
    """Return what is wrong with a body, in the form `expected …, got …`; of several errors the shallowest."""
    if not errors:
        return ""
    first = min(errors, key=_rank)
    said = _sentence(_demands(first, errors))
    more = len({_subject(error) for error in errors}) - 1
    return said + (f" (and {more} more {'problem' if more == 1 else 'problems'} in the body)" if more else "")


def place(path: Iterable[str | int]) -> str:
    """Return a place in a body, such as `$.data[0].id`."""
    return "$" + "".join(_step(each) for each in path)


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _PLAIN_NAME.fullmatch(key) and len(key) <= _NAME_LENGTH else f"[{quoted(key, _NAME_LENGTH)}]"


def _rank(error: ValidationError) -> tuple[Any, ...]:
    """Order errors by what they say; the same for the same body, whatever the order in which they were found."""
    path = list(error.absolute_path)
    keyword = str(error.validator)
    order = _ORDER.index(keyword) if keyword in _ORDER else len(_ORDER) + (keyword in _ALTERNATIVES)
    where = [(isinstance(key, str), key) for key in path]
    return len(path), order, where, keyword, [str(key) for key in error.absolute_schema_path]


def _subject(error: ValidationError) -> tuple[object, ...]:
    """Return what an error is about: fields that are missing somewhere are one thing, a wrong value is another."""
    return error.validator == "required", *error.absolute_path


def _demands(error: ValidationError, beside: Sequence[ValidationError]) -> list[_Demand]:
    """Return what an error wants, or the nearest of its alternatives; `beside` are all errors that count with it."""
    if error.validator in _ALTERNATIVES and error.context:
        return [each for first, branch in _nearest(error.context) for each in _demands(first, branch)]
    if error.validator == "required":
        return [_missing([each for each in beside if _subject(each) == _subject(error)])]
    where = f"at {place(error.absolute_path)}" if error.absolute_path else "as the body"
    return [_Demand(_wanted(error), where, _short(error.instance))]


def _nearest(context: Sequence[ValidationError]) -> list[tuple[ValidationError, list[ValidationError]]]:
    """Return of each alternative its first error, and all, where it breaks off about as deep in the body as the others.

    What breaks off long before is not what the server meant.
    """
    branches: dict[Any, list[ValidationError]] = {}
    for error in context:
        branches.setdefault(error.schema_path[0], []).append(error)
    firsts = [(min(errors, key=_rank), errors) for errors in branches.values()]
    deepest = max(len(error.absolute_path) for error, _ in firsts)
    return [(error, errors) for error, errors in firsts if len(error.absolute_path) >= deepest - _NEAR]


def _missing(errors: Sequence[ValidationError]) -> _Demand:
    """Return what errors of one object want that lacks fields."""
    present: Any = errors[0].instance
    required = dict.fromkeys(name for each in errors for name in _values(each))
    names = [quoted(name, _NAME_LENGTH) for name in required if name not in present]
    wanted = f"the {'field' if len(names) == 1 else 'fields'} {_listed(names, 'and')}"
    path = errors[0].absolute_path
    where = f"in {place(path)}" if path else "in the body"
    return _Demand((wanted,), where, f"only {_names(present)}" if present else "{}", is_missing=True)


def _values(error: ValidationError) -> list[Any]:
    """Return the value of a keyword that takes one or several."""
    value: Any = error.validator_value
    return value if isinstance(value, list) else [value]


def _names(present: Mapping[str, Any]) -> str:
    # As a part of an array, so that what is cut is marked.
    return _short(list(present))[1:].removesuffix("]")


def _wanted(error: ValidationError) -> tuple[str, ...]:
    """Return what an error wants in place of the value that came, as one or several alternatives."""
    keyword = str(error.validator)
    value: Any = error.validator_value
    schema: Any = error.schema
    match keyword:
        case "type":
            return tuple(_TYPES.get(name, name) for name in _values(error))
        case "enum":
            return tuple(_short(each) for each in value)
        case "const":
            wanted = _short(value)
        case "pattern":
            wanted = _matching(value, schema.get("examples", []))
        case "not":
            wanted = _negated(value)
        case _ if keyword in _BOUNDS:
            wanted = _BOUNDS[keyword].format(value, "" if value == 1 else "s")
        case _:
            # A schema that is just `false` has no keyword.
            wanted = f"what its schema allows by {keyword} {_short(value)}" if error.validator else "nothing"
    return (wanted,)


def _matching(pattern: str, examples: Sequence[object]) -> str:
    """Return what a pattern wants; an example tells people more than a long pattern."""
    if not examples:
        return f"a string that matches {brief(pattern, _LONGEST_PATTERN)}"
    shown = f" (pattern {pattern})" if len(pattern) <= _SHORT_PATTERN else ""
    return f"a string such as {_short(examples[0])}{shown}"


def _negated(schema: Any) -> str:  # noqa: ANN401 - a JSON document has no narrower type
    """Return what `not` wants."""
    match schema:
        case {"enum": values}:
            return f"anything but {_listed([_short(each) for each in values], 'or')}"
        case {"const": value}:
            return f"anything but {_short(value)}"
        case {"type": str(name)}:
            return f"anything but {_TYPES.get(name, name)}"
        case {"required": [name]}:
            return f"an object without the field {_short(name)}"
    return f"anything but what the schema {_short(schema)} allows"


def _sentence(demands: Sequence[_Demand]) -> str:
    """Join what several alternatives want, those of one place together."""
    wanted: dict[str, dict[str, None]] = {}
    for each in demands:
        wanted.setdefault(each.where, {}).update(dict.fromkeys(each.wanted))
    places: dict[str, list[str]] = {}
    for where, words in wanted.items():
        places.setdefault(_listed(list(words), "or"), []).append(where)
    expected = " or ".join(f"{words} {' or '.join(named)}" for words, named in places.items())
    # Beside a wrong value, that a field is missing says itself.
    told = [each for each in demands if not each.is_missing] or demands
    came = dict.fromkeys(f"{each.got} {each.where}" if len(wanted) > 1 else each.got for each in told)
    return f"expected {brief(expected, _SIDE_LENGTH)}, got {brief(' and '.join(came), _SIDE_LENGTH)}"


def _listed(words: Sequence[str], conjunction: str) -> str:
    """Return `a`, `a or b`, `a, b or c`, or the first ones and how many others there are."""
    if len(words) > _MOST_LISTED:
        words = [*words[:_FIRST_LISTED], f"{len(words) - _FIRST_LISTED} others"]
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def _short(value: object) -> str:
    return quoted(value, _VALUE_LENGTH)
