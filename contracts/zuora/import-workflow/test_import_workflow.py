"""Importing a workflow as a new definition: what is accepted, and what the answer shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from assay.bench import Inapplicable, requirement
from assay.fuzz import fuzz

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call
    from assay.fuzz import Generated

OK = 200
REFUSED = 400

Export = dict[str, Any]


class Exports(Protocol):
    """The fixture `exports`: exports to vary, and the calls that import them."""

    def plain(self) -> Export:
        """Return a small export, to be changed at will."""

    def workflow(self, **fields: object) -> Export:
        """Return a small export whose workflow has these fields too."""

    def tasks(self, tasks: list[Export], linkages: list[Export]) -> Export:
        """Return an export with these tasks and linkages, as changes to the plain ones."""

    def call(self, export: object, **query: str | int) -> Call:
        """Return the import of an export; without a query, as a new definition."""

    def accepted(self, call: Call) -> Answer:
        """Send an import and demand that it succeeds, as the plain one does."""


@requirement("success")
def test_an_import_without_parameters_succeeds(exports: Exports) -> None:
    exports.accepted(exports.call(exports.plain())).must_be(OK)


@requirement("success-body")
def test_the_answer_has_the_documented_shape(plain_answer: Answer) -> None:
    plain_answer.must_match_its_schema()


@requirement("success-body", fuzz=True)
def test_the_answers_to_generated_imports_have_the_documented_shape(
    bench: Bench, baseline: Call, careful: Callable[[Generated, Call], Call]
) -> None:
    def judge(_: Generated, answer: Answer) -> None:
        # A rule that the document does not name may refuse what its schema allows.
        if answer.status == OK:
            answer.must_match_its_schema()

    fuzz(bench, mode="positive", base=baseline, vary=("body", "query"), judge=judge, prepare=careful)


@requirement("success-content-type")
def test_the_answer_is_sent_as_json(plain_answer: Answer) -> None:
    plain_answer.must_be_json()


@requirement("usable-workflow")
def test_the_workflow_has_an_id(exports: Exports) -> None:
    answer = exports.accepted(exports.call(exports.plain()))

    number = workflow(answer).get("id")
    answer.must(isinstance(number, int) and number > 0, "a positive id", number)


@requirement("distinct-ids")
def test_every_import_has_an_id_of_its_own(bench: Bench, exports: Exports) -> None:
    call = exports.call(exports.plain())
    answers = [exports.accepted(call.labelled(label)) for label in ("first", "second", "third")]
    together = bench.send_together([call.labelled(label) for label in ("side by side", "at its side", "with them")])
    # Nothing says that a server takes them all at once.
    answers += [answer for answer in together if answer.status == OK]

    seen: list[object] = []
    for answer in answers:
        number = workflow(answer).get("id")
        if number is None:
            message = "the answer carries no id, so it does not show which workflow it speaks of"
            raise Inapplicable(message)
        answer.must(number not in seen, "the id of another workflow", f"{number} again")
        seen.append(number)


@requirement("name")
def test_the_name_is_the_one_sent(exports: Exports, unique_name: str) -> None:
    # Long enough to show a name that is cut, short enough for any column.
    for name in (f"{unique_name} short", f"{unique_name} with a name of some length, as people give to workflows"):
        must_show(exports.accepted(exports.call(exports.workflow(name=name))), name=name)


@requirement("description")
def test_the_description_is_the_one_sent(exports: Exports) -> None:
    for description in ("Collects open invoices.", 'One line.\nAnd another, with "quotes"; and more.', "d" * 200):
        must_show(exports.accepted(exports.call(exports.workflow(description=description))), description=description)


@requirement("no-description")
def test_a_workflow_without_a_description_comes_back_without(exports: Exports) -> None:
    export = exports.plain()
    del export["workflow"]["description"]

    answer = exports.accepted(exports.call(export))

    description = workflow(answer).get("description")
    answer.must(description in (None, ""), "a description that is null or empty", description)


@requirement("unicode-text")
def test_texts_keep_their_characters(bench: Bench, exports: Exports) -> None:
    letters = "Prüfung für Łódź, Ελλάδα, Київ, 東京"
    signs = ("The \"first\" \\ 'last' / workflow", "a < b && b > a &amp; %41", "invoice 🧾 paid")

    export = exports.workflow(name=letters, description=letters)
    must_show(exports.accepted(exports.call(export).labelled("letters")), name=letters, description=letters)
    for text in signs:
        answer = bench.send(exports.call(exports.workflow(name=text, description=text)).labelled(f"text {text!r}"))
        if answer.status < REFUSED:
            must_show(answer, name=text, description=text)


@requirement("triggers")
def test_the_triggers_are_those_sent(exports: Exports) -> None:
    for callout, ondemand in ((True, True), (True, False), (False, True), (False, False)):
        triggers = {"calloutTrigger": callout, "ondemandTrigger": ondemand, "scheduledTrigger": False}
        must_show(exports.accepted(exports.call(exports.workflow(**triggers))), **triggers)
    schedule = {"scheduledTrigger": True, "interval": "0 6 * * 1", "timezone": "UTC"}
    must_show(exports.accepted(exports.call(exports.workflow(**schedule))), scheduledTrigger=True)


@requirement("schedule")
def test_the_schedule_is_the_one_sent(exports: Exports) -> None:
    for interval in ("0 6 * * 1", "30 4 1 * *"):
        schedule = {"scheduledTrigger": True, "interval": interval, "timezone": "UTC"}
        must_show(exports.accepted(exports.call(exports.workflow(**schedule)).labelled(interval)), **schedule)


@requirement("schedule-null-when-off")
def test_a_workflow_without_a_schedule_has_neither_interval_nor_timezone(bench: Bench, exports: Exports) -> None:
    off = exports.workflow(scheduledTrigger=False)
    must_have_no_schedule(exports.accepted(exports.call(off).labelled("none sent")))

    nulls = exports.workflow(scheduledTrigger=False, interval=None, timezone=None)
    must_have_no_schedule(exports.accepted(exports.call(nulls).labelled("nulls sent")))

    idle = exports.workflow(scheduledTrigger=False, interval="0 6 * * 1", timezone="UTC")
    answer = bench.send(exports.call(idle).labelled("a schedule sent that is off"))
    # The contradiction may be refused; where it is taken, the answer does not repeat it.
    if answer.status < REFUSED and workflow(answer).get("scheduledTrigger") is not True:
        must_have_no_schedule(answer)


@requirement("time-format")
def test_times_have_the_documented_format(bench: Bench, plain_answer: Answer) -> None:
    shown = workflow(plain_answer)
    schemas = bench.contract.spec["components"]["schemas"]
    formats = [re.compile(schemas[name]["pattern"]) for name in ("PlainTime", "IsoTime")]

    times = [field for field in ("createdAt", "updatedAt") if field in shown]
    if not times:
        message = "the answer names neither the time of creation nor that of the last update"
        raise Inapplicable(message)
    for field in times:
        fits = isinstance(shown[field], str) and any(each.search(shown[field]) for each in formats)
        plain_answer.must(fits, f"{field} as YYYY-MM-DD HH:MM:SS or in ISO 8601", shown[field])


@requirement("version")
def test_the_version_is_the_one_asked_for(exports: Exports) -> None:
    # The export says another version: that of the workflow that it was taken from.
    export = exports.workflow(version="1.0.0")

    for version in ("3.12.4", "0.9.0", "10.0.1"):
        call = exports.call(export, version=version)
        must_show(exports.accepted(call.labelled(f"version {version}")), version=version)


@requirement("activate")
def test_activate_is_accepted(exports: Exports) -> None:
    for activate in ("true", "false"):
        exports.accepted(exports.call(exports.plain(), activate=activate).labelled(f"activate={activate}"))
    exports.accepted(exports.call(exports.plain(), version="2.0.0", activate="false").labelled("with a version"))


@requirement("activate-spelling")
def test_activate_is_accepted_with_a_capital_letter(exports: Exports) -> None:
    for activate in ("True", "False"):
        exports.accepted(exports.call(exports.plain(), activate=activate).labelled(f"activate={activate}"))


@requirement("charset-parameter")
def test_a_charset_parameter_is_understood(exports: Exports) -> None:
    call = exports.call(exports.plain())

    for content_type in ("application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"):
        exports.accepted(call.with_content_type(content_type).labelled(content_type))


def workflow(answer: Answer) -> Export:
    """Return the workflow in an answer."""
    body = answer.json
    if not isinstance(body, dict):
        expected = "a workflow"
        raise answer.violation(expected, "a body that is no object")
    return body


def must_show(answer: Answer, **wanted: object) -> None:
    """Demand that the workflow in the answer has these values."""
    shown = workflow(answer)
    for field, value in wanted.items():
        answer.must(shown.get(field) == value, f"{field} {value!r}", repr(shown.get(field))[:300])


def must_have_no_schedule(answer: Answer) -> None:
    """Demand that interval and timezone are null or left out."""
    for field in ("interval", "timezone"):
        answer.must(workflow(answer).get(field) is None, f"{field} null", workflow(answer).get(field))
