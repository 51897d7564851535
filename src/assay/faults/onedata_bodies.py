"""Faults of Oneprovider's rerun: how its body is read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assay.faults import fault
from assay.faults.onedata import OtherStatus
from assay.reference.messages import Asked, Refused
from assay.reference.onedata import LANES, RUNS, Onedata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INDEX, RUN = "laneIndex", "laneRunNumber"
LAST = {INDEX: LANES, RUN: RUNS}
"""The last run of the last lane."""


class _Lenient(Onedata):
    """A body that is no JSON is read once more, by a careless reader."""

    def mended(self, text: str) -> str:
        """Return the JSON that somebody may have meant."""
        raise NotImplementedError

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        try:
            return super().read_object(asked)
        except Refused as refused:
            if refused.kind != "bad-json":
                raise
            body = self.mended((asked.body or b"").decode("utf-8", "replace"))
            return super().read_object(replace(asked, body=body.encode()))


# Fields that are missing


@fault("lane-index-defaults", violates="lane-index-missing")
class LaneIndexDefaults(Onedata):
    """A body without laneIndex reruns from the first lane."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        return {INDEX: 1, **super().read_object(asked)}


@fault("lane-index-missing-404", violates="lane-index-missing")
class LaneIndexMissing404(Onedata):
    """A body without laneIndex is answered with 404, as there is no lane without a number."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        fields = super().read_object(asked)
        if INDEX not in fields:
            raise Refused(404, "unknown-lane-run", "The workflow execution has no such lane run.")
        return fields


@fault("run-number-defaults", violates="lane-run-number-missing")
class RunNumberDefaults(Onedata):
    """A body without laneRunNumber reruns from the latest run."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        return {RUN: RUNS, **super().read_object(asked)}


@fault("missing-field-422", violates="lane-run-number-missing")
class MissingField422(OtherStatus):
    """A body that lacks a field is answered with 422."""

    kind = "missing-field"
    status = 422


# Fields of another type


@fault("true-is-one", violates="lane-index-type")
class TrueIsOne(Onedata):
    """The laneIndex true is taken for 1, and false for 0."""

    def integer(self, name: str, value: object) -> int | None:
        return int(value) if name == INDEX and isinstance(value, bool) else super().integer(name, value)


@fault("lane-index-cut-off", violates="lane-index-type")
class LaneIndexCutOff(Onedata):
    """The fraction of a laneIndex is cut off."""

    def integer(self, name: str, value: object) -> int | None:
        return int(value) if name == INDEX and isinstance(value, float) else super().integer(name, value)


@fault("lane-index-rounded-from-text", violates="lane-index-type")
class LaneIndexRoundedFromText(Onedata):
    """A laneIndex that is a text with a fraction is cut off to an integer."""

    def integer(self, name: str, value: object) -> int | None:
        if name == INDEX and isinstance(value, str):
            return super().integer(name, value.partition(".")[0])
        return super().integer(name, value)


@fault("lane-index-in-list", violates="lane-index-type")
class LaneIndexInList(Onedata):
    """A laneIndex may stand in a list."""

    def integer(self, name: str, value: object) -> int | None:
        if name == INDEX and isinstance(value, list) and value:
            return super().integer(name, value[0])
        return super().integer(name, value)


@fault("text-up-to-nul", violates="lane-index-type")
class TextUpToNul(Onedata):
    """A laneIndex that is a text ends at a null character, and an empty one stands for the first lane."""

    def integer(self, name: str, value: object) -> int | None:
        if name == INDEX and isinstance(value, str) and "\0" in value:
            return super().integer(name, value.partition("\0")[0] or 1)
        return super().integer(name, value)


@fault("run-number-up-to-letter", violates="lane-run-number-type")
class RunNumberUpToLetter(Onedata):
    """A laneRunNumber that is a text is read up to the first letter."""

    def integer(self, name: str, value: object) -> int | None:
        digits = re.match("[0-9]+", value) if name == RUN and isinstance(value, str) else None
        return int(digits[0][:18]) if digits else super().integer(name, value)


@fault("run-number-null", violates="lane-run-number-type")
class RunNumberNull(Onedata):
    """A laneRunNumber of null stands for the latest run."""

    def integer(self, name: str, value: object) -> int | None:
        return RUNS if name == RUN and value is None else super().integer(name, value)


@fault("wrong-type-422", violates="lane-run-number-type")
class WrongType422(OtherStatus):
    """A number of the wrong type is answered with 422."""

    kind = "not-an-integer"
    status = 422


@fault("collection-500", violates="lane-run-number-type")
class Collection500(Onedata):
    """A laneRunNumber that is a list or an object is answered with 500."""

    def integer(self, name: str, value: object) -> int | None:
        if name == RUN and isinstance(value, list | dict):
            raise Refused(500, "internal", "An unexpected error occurred.")
        return super().integer(name, value)


@fault("quoted-number-404", violates="lenient-numbers")
class QuotedNumber404(Onedata):
    """A laneIndex in quotation marks is compared as a text, so that no lane has it."""

    def integer(self, name: str, value: object) -> int | None:
        if name == INDEX and isinstance(value, str) and value.isdecimal():
            raise Refused(404, "unknown-lane-run", "The workflow execution has no such lane run.")
        return super().integer(name, value)


@fault("zero-fraction-500", violates="lenient-numbers")
class ZeroFraction500(Onedata):
    """A number with a fraction of zero is answered with 500."""

    def integer(self, name: str, value: object) -> int | None:
        if isinstance(value, float) and value.is_integer():
            raise Refused(500, "internal", "An unexpected error occurred.")
        return super().integer(name, value)


# Bodies that are no JSON, and JSON that is no object


@fault("trailing-comma-taken", violates="body-not-json")
class TrailingCommaTaken(_Lenient):
    """A comma behind the last field is overlooked."""

    def mended(self, text: str) -> str:
        return re.sub(r",\s*}", "}", text)


@fault("rest-overlooked", violates="body-not-json")
class RestOverlooked(_Lenient):
    """Whatever follows the object is overlooked."""

    def mended(self, text: str) -> str:
        return text[: text.find("}") + 1]


@fault("truncated-object-taken", violates="body-not-json")
class TruncatedObjectTaken(_Lenient):
    """An object that is not closed is closed."""

    def mended(self, text: str) -> str:
        return text + "}"


@fault("nan-taken", violates="body-not-json")
class NanTaken(_Lenient):
    """A laneIndex of NaN stands for the first lane."""

    def mended(self, text: str) -> str:
        return text.replace("NaN", "1")


@fault("nan-404", violates="body-not-json")
class Nan404(Onedata):
    """A laneIndex of NaN is answered with 404, as no lane has it."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        if b"NaN" in (asked.body or b""):
            raise Refused(404, "unknown-lane-run", "The workflow execution has no such lane run.")
        return super().read_object(asked)


@fault("leading-zeros-taken", violates="body-not-json")
class LeadingZerosTaken(_Lenient):
    """Zeros in front of a number are overlooked."""

    def mended(self, text: str) -> str:
        return re.sub(r":\s*0+(?=[1-9])", ":", text)


@fault("malformed-body-422", violates="body-not-json")
class MalformedBody422(OtherStatus):
    """A body that is no JSON is answered with 422."""

    kind = "bad-json"
    status = 422


@fault("malformed-body-500", violates="body-not-json")
class MalformedBody500(OtherStatus):
    """A body that is no JSON is answered with 500."""

    kind = "bad-json"
    status = 500


@fault("object-in-list-taken", violates="body-not-an-object")
class ObjectInListTaken(Onedata):
    """The object may stand in a list."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        listed = re.fullmatch(rb"\s*\[(.*)\]\s*", asked.body or b"", re.DOTALL)
        return super().read_object(replace(asked, body=listed[1]) if listed else asked)


@fault("object-in-text-taken", violates="body-not-an-object")
class ObjectInTextTaken(Onedata):
    """The object may stand in a JSON string."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        if (asked.body or b"")[:2] == b'"{':
            asked = replace(asked, body=json.loads(asked.body or b"").encode())
        return super().read_object(asked)


@fault("no-object-500", violates="body-not-an-object")
class NoObject500(OtherStatus):
    """A body that is JSON and no object is answered with 500."""

    kind = "no-object"
    status = 500


@fault("empty-body-taken", violates="body-absent")
class EmptyBodyTaken(Onedata):
    """An empty body reruns from the last lane run."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        return super().read_object(asked) if asked.body else LAST


@fault("empty-body-411", violates="body-absent")
class EmptyBody411(Onedata):
    """An empty body is answered with 411."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        if not asked.body:
            raise Refused(411, "no-length", "A body is required.")
        return super().read_object(asked)


@fault("absent-body-500", violates="body-absent")
class AbsentBody500(Onedata):
    """A request without a body and a content type is answered with 500."""

    def check_content_type(self, asked: Asked) -> None:
        if asked.media_type is None:
            raise Refused(500, "internal", "An unexpected error occurred.")
        super().check_content_type(asked)


@fault("empty-object-taken", violates="body-schema")
class EmptyObjectTaken(Onedata):
    """An empty object reruns from the last lane run."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        return super().read_object(asked) or LAST


@fault("names-in-any-style", violates="body-schema")
class NamesInAnyStyle(Onedata):
    """The fields of a body may be written in snake case."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        fields = super().read_object(asked)
        return {"".join(_capitalised(name.split("_"))): value for name, value in fields.items()}


def _capitalised(words: Sequence[str]) -> list[str]:
    return [words[0], *(word.capitalize() for word in words[1:])]


@fault("deep-nesting-taken", violates="body-schema")
class DeepNestingTaken(Onedata):
    """A body that is nested too deeply to be read reruns from the last lane run."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        deep = (asked.body or b"").count(b"[") >= 1000  # noqa: PLR2004 - what many parsers' recursion ends at
        return LAST if deep else super().read_object(asked)


@fault("small-fraction-raised", violates="body-schema", generated=True)
class SmallFractionRaised(Onedata):
    """A number between 0 and 1 is raised to 1, the smallest that there is."""

    def integer(self, name: str, value: object) -> int | None:
        return 1 if isinstance(value, float) and 0 < value < 1 else super().integer(name, value)


# Bodies that are to be understood


@fault("line-breaks-refused", violates="documented-example")
class LineBreaksRefused(Onedata):
    """A body of several lines is answered with 400."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        if b"\n" in (asked.body or b""):
            raise Refused(400, "bad-json", "The body is not valid JSON.")
        return super().read_object(asked)


@fault("fields-by-position", violates="field-order")
class FieldsByPosition(Onedata):
    """The first field is taken for the laneIndex, whatever its name."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        fields = super().read_object(asked)
        return dict(zip(LAST, fields.values(), strict=True)) if fields.keys() == LAST.keys() else fields
