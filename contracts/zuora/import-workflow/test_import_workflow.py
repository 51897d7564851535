"""Importing a workflow as a new definition: what is accepted, and what the answer shows."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

from assay.bench import Inapplicable, quoted, requirement
from assay.fuzz import fuzz

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call
    from assay.fuzz import Generated

OK = 200
REFUSED = 400
ROUND_ONE = "\u2460"
"""One in a circle: whoever looks for compatible characters makes a plain 1 of it."""
TWO_PART_E = "e\u0301"
"""An e with its accent apart: whoever composes characters makes one of the two."""
A_MINUTE = timedelta(minutes=1)
TWO_DAYS = timedelta(days=2)

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

    def accepted(self, call: Call, control: Call | None = None) -> Answer:
        """Send an import and demand that it succeeds, as the plain one does, or the one passed as `control`."""


@requirement("success")
def test_an_import_without_parameters_succeeds(exports: Exports) -> None:
    with_parameters = exports.call(exports.plain(), version="1.0.0", activate="false").labelled("with parameters")

    exports.accepted(exports.call(exports.plain()), with_parameters).must_be(OK)


@requirement("success-body")
def test_the_answer_has_the_documented_shape(bench: Bench, plain_answer: Answer) -> None:
    plain_answer.must_match_its_schema()

    # No field is required; an object with none of them is something else all the same, or has the workflow inside.
    shown = workflow(plain_answer)
    known = shown.keys() & bench.contract.spec["components"]["schemas"]["Workflow"]["properties"].keys()
    plain_answer.must(bool(known), "the fields of a workflow", f"an object with only {quoted(sorted(shown))}")


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

    # A whole number may be written with a fraction of zero.
    number = workflow(answer).get("id")
    answer.must(isinstance(number, int | float) and number > 0, "a positive id", number)


@requirement("distinct-ids")
def test_every_import_has_an_id_of_its_own(bench: Bench, exports: Exports) -> None:
    same = exports.call(exports.plain())
    answers = [exports.accepted(same.labelled("first"))]
    answers += [exports.accepted(exports.call(exports.plain()).labelled(label)) for label in ("second", "third")]
    # Nothing says that a server takes a name twice, or several imports at once.
    others = [bench.send(same.labelled("the first again"))]
    others += bench.send_together([exports.call(exports.plain()).labelled(f"side by side {n}") for n in (1, 2, 3)])
    answers += [answer for answer in others if answer.status == OK]

    seen: list[object] = []
    for answer in answers:
        number = workflow(answer).get("id")
        if number is None:
            message = "the answer carries no id, so it does not show which workflow it speaks of"
            raise Inapplicable(message)
        answer.must(number not in seen, "the id of another workflow", f"{number} again")
        seen.append(number)


@requirement("name")
def test_the_name_is_the_one_sent(bench: Bench, exports: Exports, unique_name: str) -> None:
    # Long enough to show a name that is cut, short enough for any column.
    for name in (f"{unique_name} Short", f"{unique_name} with a name of some length, as people give to workflows"):
        call = exports.call(exports.workflow(name=name))
        must_show(exports.accepted(call), name=name)

    # It may be refused to give a name again, or one that is too long; what is taken comes back.
    must_show_if_taken(bench.send(call.labelled("a name again")), name=name)
    long = f"{unique_name} {'and so on, ' * 25}to the end"
    must_show_if_taken(bench.send(exports.call(exports.workflow(name=long))), name=long)
    # A text that looks like something else is a text.
    for text in ("null", "007", "2024-03-01T09:30:00Z"):
        must_show_if_taken(bench.send(exports.call(exports.workflow(name=text))), name=text)


@requirement("description")
def test_the_description_is_the_one_sent(bench: Bench, exports: Exports) -> None:
    for description in ("Collects open invoices.", 'One line.\nAnd another, with "quotes"; and more.', "d" * 200):
        must_show(exports.accepted(exports.call(exports.workflow(description=description))), description=description)

    long = "Collects what the day has left open, and so on. " * 100 + "The end."
    for text in (long, "null", "007", "0"):
        must_show_if_taken(bench.send(exports.call(exports.workflow(description=text))), description=text)


@requirement("outer-spaces")
def test_spaces_in_texts_come_back(bench: Bench, exports: Exports, unique_name: str) -> None:
    bench.control(exports.call(exports.plain()))

    around = {"name": f"  {unique_name} ", "description": "\n  Indented.\n"}
    inside = {"name": f"{unique_name}\u00a0two  three", "description": "One\u2028two.\r\n\tThree,\u00a0and four."}
    answers = [bench.send(exports.call(exports.workflow(**texts))) for texts in (around, inside)]
    if all(answer.status >= REFUSED for answer in answers):
        message = f"texts with such spaces are refused ({answers[0].status}), so none comes back"
        raise Inapplicable(message)
    for answer, texts in zip(answers, (around, inside), strict=True):
        must_show_if_taken(answer, **texts)


@requirement("no-description")
def test_a_workflow_without_a_description_comes_back_without(bench: Bench, exports: Exports) -> None:
    without = exports.plain()
    del without["workflow"]["description"]

    must_have_no_description(exports.accepted(exports.call(without)))
    # The page has no null here, so it may be refused.
    answer = bench.send(exports.call(exports.workflow(description=None)).labelled("null sent"))
    if answer.status < REFUSED:
        must_have_no_description(answer)


@requirement("unicode-text")
def test_texts_keep_their_characters(bench: Bench, exports: Exports) -> None:
    letters = "Prüfung für Łódź, Ελλάδα, Київ, 東京"
    signs = (
        "The \"first\" \\ 'last' / workflow",
        "a < b && b > a &amp; %41",
        "${total} of #{count} + {{ Data.Account }} {% if a %} %s",
        f"Caf{TWO_PART_E}",
        f"{ROUND_ONE} invoice 🧾 paid",
    )

    export = exports.workflow(name=letters, description=letters)
    must_show(exports.accepted(exports.call(export).labelled("letters")), name=letters, description=letters)
    calls = {
        text: exports.call(exports.workflow(name=text, description=text)).labelled(f"text {text!a}") for text in signs
    }
    answers = [(bench.send(call), text) for text, call in calls.items()]
    # As many a client writes what US-ASCII does not have.
    escaped = json.dumps(exports.workflow(name=signs[-1], description=signs[-1])).encode()
    answers.append((bench.send(calls[signs[-1]].with_body(escaped).labelled("escapes")), signs[-1]))
    for answer, text in answers:
        must_show_if_taken(answer, name=text, description=text)
    for answer, _ in answers:
        # A server error leaves open what becomes of the text.
        if answer.status >= REFUSED:
            answer.must_be_refused()


@requirement("triggers")
def test_the_triggers_are_those_sent(bench: Bench, exports: Exports) -> None:
    for callout, ondemand in ((True, True), (True, False), (False, True)):
        triggers = {"calloutTrigger": callout, "ondemandTrigger": ondemand, "scheduledTrigger": False}
        must_show(exports.accepted(exports.call(exports.workflow(**triggers))), **triggers)
    # Nothing says that a workflow is taken which nothing can start.
    none = dict.fromkeys(("calloutTrigger", "ondemandTrigger", "scheduledTrigger"), False)
    must_show_if_taken(bench.send(exports.call(exports.workflow(**none)).labelled("no trigger")), **none)
    schedule = {"scheduledTrigger": True, "interval": "0 6 * * 1", "timezone": "UTC"}
    must_show(exports.accepted(exports.call(exports.workflow(**schedule))), scheduledTrigger=True)
    idle = exports.call(exports.workflow(**schedule | {"scheduledTrigger": False}))
    must_show_if_taken(bench.send(idle.labelled("a schedule that is off")), scheduledTrigger=False)


@requirement("schedule")
def test_the_schedule_is_the_one_sent(bench: Bench, exports: Exports) -> None:
    for interval in ("0 6 * * 1", "30 4 1 * *"):
        schedule = {"scheduledTrigger": True, "interval": interval, "timezone": "UTC"}
        must_show(exports.accepted(exports.call(exports.workflow(**schedule)).labelled(interval)), **schedule)

    # Zones have several names and a server may know others, but not this one as UTC.
    zone = "America/New_York"
    elsewhere = exports.workflow(scheduledTrigger=True, interval="0 6 * * 1", timezone=zone)
    answer = bench.send(exports.call(elsewhere).labelled(zone))
    if answer.status < REFUSED:
        shown = workflow(answer).get("timezone")
        answer.must(shown not in (None, "", "UTC", "Etc/UTC"), f"timezone {quoted(zone)}", quoted(shown))


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

    # Without the trigger it is the answer that says whether it is off.
    del idle["workflow"]["scheduledTrigger"]
    answer = bench.send(exports.call(idle).labelled("a schedule sent without its trigger"))
    if answer.status < REFUSED and workflow(answer).get("scheduledTrigger") is False:
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


@requirement("time-of-import")
def test_the_creation_is_that_of_the_import(plain_answer: Answer) -> None:
    shown = workflow(plain_answer).get("createdAt")
    created = moment(shown)
    if created is None:
        message = "the answer does not show a time of creation that can be read"
        raise Inapplicable(message)

    clocks = [datetime.now(UTC), *date_of(plain_answer)]
    near = any(abs(in_some_zone(created) - clock) < TWO_DAYS for clock in clocks)
    plain_answer.must(near, f"createdAt within two days of {clocks[-1]:%Y-%m-%d %H:%M:%S}", shown)


@requirement("time-order")
def test_the_last_update_is_not_before_the_creation(plain_answer: Answer) -> None:
    shown = workflow(plain_answer)
    created, updated = (moment(shown.get(field)) for field in ("createdAt", "updatedAt"))
    if created is None or updated is None or (created.tzinfo is None) is not (updated.tzinfo is None):
        message = "the answer does not show two times that can be compared"
        raise Inapplicable(message)

    # The export has neither of them. They may come from two clocks.
    holds = updated > created - A_MINUTE
    plain_answer.must(holds, f"updatedAt not before createdAt {shown['createdAt']}", shown["updatedAt"])


@requirement("version")
def test_the_version_is_the_one_asked_for(exports: Exports) -> None:
    # The export says another version: that of the workflow that it was taken from.
    for version in ("3.12.4", "0.9.0", "10.0.1"):
        call = exports.call(exports.workflow(version="1.0.0"), version=version)
        must_show(exports.accepted(call.labelled(f"version {version}")), version=version)


@requirement("activate")
def test_activate_is_accepted(exports: Exports) -> None:
    for activate in ("true", "false"):
        exports.accepted(exports.call(exports.plain(), activate=activate).labelled(f"activate={activate}"))
    exports.accepted(exports.call(exports.plain(), version="2.0.0", activate="false").labelled("with a version"))


@requirement("activate-spelling")
def test_activate_is_answered_with_a_capital_letter(bench: Bench, exports: Exports) -> None:
    bench.control(exports.call(exports.plain(), activate="true"))

    for activate in ("True", "False"):
        answer = bench.send(exports.call(exports.plain(), activate=activate).labelled(f"activate={activate}"))
        answer.must_not_be_a_server_error()
        bench.reading("activate-spelling", "taken" if answer.status < REFUSED else "refused")


@requirement("charset-parameter")
def test_a_charset_parameter_is_understood(exports: Exports) -> None:
    for content_type in ("application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"):
        exports.accepted(exports.call(exports.plain()).with_content_type(content_type).labelled(content_type))


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
        answer.must(shown.get(field) == value, f"{field} {told(value)}", told(shown.get(field)))


def told(value: object) -> str:
    """Return a value as messages show it: of a long text its beginning and its length."""
    if isinstance(value, str) and len(value) > 150:
        return f"{quoted(value, 50)} of {len(value)} characters"
    return quoted(value)


def must_show_if_taken(answer: Answer, **wanted: object) -> None:
    """Demand that the workflow in the answer has these values, unless they are refused."""
    if answer.status < REFUSED:
        must_show(answer, **wanted)


def must_have_no_description(answer: Answer) -> None:
    """Demand that the description is null, empty or left out."""
    description = workflow(answer).get("description")
    answer.must(description in (None, ""), "a description that is null or empty", quoted(description))


def moment(text: object) -> datetime | None:
    """Return the time that a text says, or `None` where it says none that can be read."""
    try:
        return datetime.fromisoformat(text.upper()) if isinstance(text, str) else None
    except ValueError:
        return None


def in_some_zone(time: datetime) -> datetime:
    """Return a time that can be compared: one without a zone is taken for one of Greenwich."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def date_of(answer: Answer) -> list[datetime]:
    """Return the time that the answer's own header says, if it says one."""
    try:
        return [in_some_zone(parsedate_to_datetime(answer.header("Date") or ""))]
    except ValueError:
        return []


def must_have_no_schedule(answer: Answer) -> None:
    """Demand that interval and timezone are null or left out."""
    for field in ("interval", "timezone"):
        answer.must(workflow(answer).get(field) is None, f"{field} null", quoted(workflow(answer).get(field)))
