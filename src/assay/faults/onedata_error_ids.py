"""Faults of Oneprovider's rerun: ids of errors that change between instances of one kind of error."""

from __future__ import annotations

from typing import Any, ClassVar

from assay.faults import fault
from assay.faults.onedata_errors import Changed
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.onedata import Onedata


@fault("id-per-instance", violates="error-id")
class IdPerInstance(Changed):
    """The id of a 404 is a new one each time."""

    of: ClassVar[int | str] = 404

    def error(self, refused: Refused) -> dict[str, Any]:
        error = super().error(refused)
        return {**error, "id": self.unique()} if self.concerns(refused) else error


@fault("id-with-execution", violates="error-id")
class IdWithExecution(Onedata):
    """The id of the error for an unknown execution names the execution."""

    async def handle(self, asked: Asked) -> Reply:
        try:
            return await super().handle(asked)
        except Refused as refused:
            if refused.kind == "unknown-execution":
                raise Refused(404, f"notFound:{(asked.path or {})['wid']}", refused.message) from None
            raise


@fault("malformed-body-id-per-instance", violates="error-id")
class MalformedBodyIdPerInstance(IdPerInstance):
    """The id of the 400 for a body that is no JSON is a new one each time."""

    of = "bad-json"


@fault("forbidden-id-per-instance", violates="error-id")
class ForbiddenIdPerInstance(IdPerInstance):
    """The id of a 403 is a new one each time."""

    of = 403


@fault("missing-field-id-per-instance", violates="error-id")
class MissingFieldIdPerInstance(IdPerInstance):
    """The id of the 400 for a missing field is a new one each time."""

    of = "missing-field"


@fault("unknown-lane-id-per-instance", violates="error-id")
class UnknownLaneIdPerInstance(IdPerInstance):
    """The id of the 404 for a lane run that the execution lacks is a new one each time."""

    of = "unknown-lane-run"


@fault("not-ended-id-per-instance", violates="error-id")
class NotEndedIdPerInstance(IdPerInstance):
    """The id of the 400 for an execution that has not ended is a new one each time."""

    of = "not-ended"
