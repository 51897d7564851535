"""Faults of Zuora: the texts, triggers and schedule in the answer to an import."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from assay.faults import fault
from assay.reference.zuora import IMPORT, Zuora

if TYPE_CHECKING:
    from assay.reference.zuora_imports import Workflow

# Name and description


@fault("name-of-255-characters", violates="name", on=IMPORT)
class NameOf255Characters(Zuora):
    """A name is cut after 255 characters."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        made = super().imported(workflow, version)
        return {**made, "name": made["name"][:255]}


@fault("name-with-an-addition", violates="name", on=IMPORT)
class NameWithAnAddition(Zuora):
    """A note that the workflow was imported is added to its name."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        made = super().imported(workflow, version)
        return {**made, "name": f"{made['name']} (imported)"}


@fault("name-trimmed", violates="outer-spaces", on=IMPORT)
class NameTrimmed(Zuora):
    """Spaces around a name are lost."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        made = super().imported(workflow, version)
        return {**made, "name": made["name"].strip()}


@fault("description-lost", violates="description", on=IMPORT)
class DescriptionLost(Zuora):
    """The description is null whatever was sent."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        return {**super().imported(workflow, version), "description": None}


@fault("description-on-one-line", violates="description", on=IMPORT)
class DescriptionOnOneLine(Zuora):
    """The lines of a description come back as one."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        return super().imported({**workflow, "description": " ".join(_description(workflow).splitlines())}, version)


@fault("description-of-zero-lost", violates="description", on=IMPORT)
class DescriptionOfZeroLost(Zuora):
    """A description that is the digit 0 is taken for none."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        kept = None if workflow.get("description") == "0" else workflow.get("description")
        return super().imported({**workflow, "description": kept}, version)


@fault("description-written-null", violates="no-description", on=IMPORT)
class DescriptionWrittenNull(Zuora):
    """A description that was not sent comes back as the string null."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        return super().imported({**workflow, "description": _description(workflow) or "null"}, version)


@fault("text-in-ascii", violates="unicode-text", on=IMPORT)
class TextInAscii(Zuora):
    """Characters beyond US-ASCII come back as question marks."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        made = super().imported(workflow, version)
        return {**made, "name": made["name"].encode("ascii", "replace").decode()}


@fault("text-in-compatible-characters", violates="unicode-text", on=IMPORT)
class TextInCompatibleCharacters(Zuora):
    """A character for which there is a plainer one becomes that one, such as a 1 in a circle a 1."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        made = super().imported(workflow, version)
        return {**made, "name": unicodedata.normalize("NFKC", made["name"])}


@fault("text-composed", violates="unicode-text", on=IMPORT)
class TextComposed(Zuora):
    """A letter whose accent is a character of its own becomes one character."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        made = super().imported(workflow, version)
        return {**made, "name": unicodedata.normalize("NFC", made["name"])}


# Triggers and schedule


@fault("triggers-swapped", violates="triggers", on=IMPORT)
class TriggersSwapped(Zuora):
    """The callout trigger and the ondemand trigger change places."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        swapped = {"calloutTrigger": workflow["ondemandTrigger"], "ondemandTrigger": workflow["calloutTrigger"]}
        return {**workflow, **swapped}


@fault("schedule-always-off", violates="triggers", on=IMPORT)
class ScheduleAlwaysOff(Zuora):
    """An imported workflow has its scheduled trigger disabled."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        return super().imported({**workflow, "scheduledTrigger": False}, version)


@fault("interval-lost", violates="schedule", on=IMPORT)
class IntervalLost(Zuora):
    """The interval of a schedule is null."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        return {**workflow, "interval": None}


@fault("interval-kept-unless-off", violates="schedule-null-when-off", on=IMPORT)
class IntervalKeptUnlessOff(Zuora):
    """The interval comes back where the scheduled trigger is disabled by being left out."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        made = super().imported(workflow, version)
        return made if "scheduledTrigger" in workflow else {**made, "interval": workflow.get("interval")}


def _description(workflow: Workflow) -> str:
    return workflow.get("description") or ""
