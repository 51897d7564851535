"""The members of Zuora's objects: which there are, and what may stand in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.reference.messages import Refused, as_integer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST_INTEGER = 2**63 - 1
LARGEST_CONCURRENCY = 9_999_999

STATUSES = ("Queued", "Processing", "Pending", "Success", "Stopped", "Error")

# `Finish` is what the document's own example uses, `For Each` what the official SDK adds.
LINKAGE_TYPES = (
    *("Start", "Success", "Failure", "Iterate", "True", "False", "Approve", "Reject"),
    *("Finish", "For Each"),
)

WORKFLOW_TYPES = ("Workflow::Setup", "Workflow::Instance")

ACTION_TYPES = (
    *("Approval", "Attachment", "Billing::BillRun", "Billing::CurrencyConversion", "Billing::CustomInvoice"),
    *("Callout", "Cancel", "Create", "CustomObject::Create", "CustomObject::Delete", "CustomObject::Query"),
    *("CustomObject::Update", "Data::BillingPreviewRun", "Data::Link", "Delay", "Delete", "Download::SFTP", "Email"),
    *("Export", "File::CustomPDF::CustomDocument", "If", "InvoiceGenerate", "Iterate", "Logic::CSVTranslator"),
    *("Logic::Case", "Logic::CustomCode", "Logic::JSONTransform", "Logic::Lambda", "Logic::ResponseFormatter"),
    *("Logic::XMLTransform", "NewProduct", "Notifications::GoogleCloudPrint", "Notifications::PhoneCall"),
    *("Notifications::SMS", "Payment::GatewayReconciliation", "Payment::PaymentRun", "Query", "RemoveProduct"),
    *("Reporting::ReportData", "Reporting::RunReport", "Resume", "Suspend", "UI::Page", "UI::Stop", "Update"),
    *("Upload::FTP", "Upload::SFTP", "WriteOff"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """What may stand in one member."""

    expected: str
    fits: Callable[[object], bool]
    nullable: bool = False

    def or_null(self) -> Field:
        """Return the same field, which may also be null."""
        return Field(f"{self.expected} or null", self.fits, nullable=True)


def _integer(low: int, high: int) -> Field:
    def fits(value: object) -> bool:
        number = as_integer(value)
        return number is not None and low <= number <= high

    return Field(f"an integer from {low} to {high}", fits)


def _one_of(choices: tuple[str, ...]) -> Field:
    return Field(f"one of {', '.join(choices)}", lambda value: isinstance(value, str) and value in choices)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


TEXT = Field("a string", lambda value: isinstance(value, str))
BOOLEAN = Field("a boolean", lambda value: isinstance(value, bool))
OBJECT = Field("an object", lambda value: isinstance(value, dict))
TEXTS = Field("an array of strings", _is_texts)
ID = _integer(0, LARGEST_INTEGER)
CONCURRENCY = _integer(1, LARGEST_CONCURRENCY)
STATUS = _one_of(STATUSES)
ACTION_TYPE = _one_of(ACTION_TYPES)

UPDATABLE: Mapping[str, Field] = {
    "action_type": ACTION_TYPE,
    "call_type": TEXT.or_null(),
    "concurrent_limit": CONCURRENCY.or_null(),
    "name": TEXT,
    "object": TEXT.or_null(),
    "object_id": TEXT.or_null(),
    "status": STATUS,
    "tags": TEXTS,
    "workflow_id": ID,
}
"""What an update may change; null where an answer may hold null, so that an answer can be sent back."""


def _optional(fields: Mapping[str, Field]) -> Mapping[str, Field]:
    return {name: field.or_null() for name, field in fields.items()}


# An exported workflow holds null for whatever was not set, so null means the same as nothing at all.
IMPORTED_TASK = _optional(
    {
        **UPDATABLE,
        **dict.fromkeys(("data", "parameters"), OBJECT),
        **dict.fromkeys(("end_time", "error", "error_class", "error_details", "start_time"), TEXT),
        **dict.fromkeys(("id", "original_task_id", "original_workflow_id", "task_id"), ID),
        "instance": BOOLEAN,
    }
)

IMPORTED_LINKAGE = _optional(
    {
        "linkage_type": _one_of(LINKAGE_TYPES),
        **dict.fromkeys(("source_task_id", "source_workflow_id", "target_task_id"), ID),
    }
)

IMPORTED_WORKFLOW = _optional(
    {
        **dict.fromkeys(("calloutTrigger", "ondemandTrigger", "scheduledTrigger"), BOOLEAN),
        **dict.fromkeys(("createdAt", "description", "interval", "name", "timezone", "updatedAt", "version"), TEXT),
        "id": ID,
        "type": _one_of(WORKFLOW_TYPES),
    }
)


def read_members(source: object, fields: Mapping[str, Field], where: str) -> dict[str, Any]:
    """Return the known members of an object, integers as such; refuse what does not fit, ignore what is unknown."""
    if not isinstance(source, dict):
        raise Refused(400, "bad-value", f"{where} is not an object.")
    members = {}
    for name in source.keys() & fields.keys():
        value, field = source[name], fields[name]
        if not (field.fits(value) or (value is None and field.nullable)):
            raise Refused(400, "bad-value", f"{where}.{name} is not {field.expected}.")
        members[name] = int(value) if isinstance(value, float) else value
    return members
