"""The report says what the journal says, check by check, also where the journal breaks off."""

from __future__ import annotations

from typing import Any

import pytest

from assay.journal import Record
from assay.report.build import Judged
from assay.report.schema import find_problems
from tests.report.conftest import figures, source_document, statement

Json = dict[str, Any]

DONE, KIND = "toy/act/done", "toy/act/kind"
SERVED = "every_exchange_shape_200"
WHOLE: Json = {"kind": "end", "interrupted": False, "duration_s": 2.5}
INTERRUPTED: Json = {"kind": "end", "interrupted": True, "duration_s": 1.0}
ENDS = [None, INTERRUPTED]


def requirement(slug: str, **more: object) -> Json:
    return {
        "id": f"toy/act/{slug}",
        "operation": "toy/act",
        "level": "must",
        "statement": "It is done.",
        "source": {"document": "d", "section": "s"},
        "note": "",
        "proven_by": ["vcf/retry-task/a-fault"],
        "selected": True,
        **more,
    }


def check(name: str, of: str = DONE, **more: object) -> Json:
    return {
        "id": f"{of}::{name}",
        "name": name,
        "requirement": of,
        "capability": "",
        "observer": False,
        "not_selected": "",
        **more,
    }


def exchange(status: int | None, label: str = "") -> Json:
    empty = {"bytes": 0, "text": ""}
    answer: Json = {
        "status": status,
        "reason": "",
        "http_version": "HTTP/1.1",
        "headers": [],
        "body": empty,
        "elapsed_s": 0.1,
    }
    return {
        "request": {"method": "POST", "url": "http://toy.test/act", "headers": [], "body": empty},
        "response": answer if status else None,
        "curl": "curl http://toy.test/act",
        **({} if status else {"transport_error": "timed out"}),
        **({"label": label} if label else {}),
    }


def decided(name: str, outcome: str = "passed", message: str = "", *exchanges: Json, **more: object) -> Json:
    return {
        "kind": "check",
        "check": f"{DONE}::{name}",
        "target": "lab",
        "outcome": outcome,
        "message": message,
        "duration_s": 0.25,
        "requests": len(exchanges),
        "exchanges": list(exchanges),
        "observed": {},
        "readings": [],
        **more,
    }


def seen(held: list[int], problems: list[list[object]]) -> Json:
    return {f"{DONE}::{SERVED}": {"held": len(held), "first_held": held[0] if held else None, "problems": problems}}


def probed(status: int) -> Json:
    return {
        "kind": "probe",
        "target": "lab",
        "operation": "toy/act",
        "exchange": exchange(status, "wrong in every way"),
    }


def record(
    *entries: Json,
    requirements: tuple[Json, ...] = (requirement("done"),),
    checks: tuple[Json, ...] = (check("first"),),
    end: Json | None = WHOLE,
    probe: Json | None = None,
    targets: tuple[str, ...] = ("lab",),
    lacks: tuple[str, ...] = (),
    partial: bool = False,
    documents: tuple[Json, ...] = (),
) -> Record:
    """Return the journal of a run that decided `entries`."""
    contract = {
        **({"documents": list(documents)} if documents else {}),
        "requirements": list(requirements),
        "checks": list(checks),
        "ambiguities": [
            {"id": "second", "statement": "And then?", "readings": {"yes": "2xx", "no": "4xx"}, "touches": [DONE]},
            {"id": "third", "statement": "And then?", "readings": {"yes": "2xx"}, "touches": [DONE]},
        ],
    }
    run = {
        "suite_version": "1.0",
        "catalogue_sha256": "0" * 64,
        "proof": "fresh",
        "seed": 7,
        "started": "2026-03-01T09:30:00+00:00",
        "partial": partial,
    }
    lab = {"contract": "toy", "base_url": "http://toy.test", "lacks": list(lacks)}
    head = {"run": run, "contracts": {"toy": contract}, "targets": [{"name": name, **lab} for name in targets]}
    made = Record(head)
    for entry in [*entries, *([probe] if probe else []), *([end] if end else [])]:
        made.add(entry)
    return made


def built(*entries: Json, **journal: Any) -> Json:
    """Return the report of a run; each is held against the published schema on the way."""
    document = Judged(record(*entries, **journal)).document()
    assert list(find_problems(document)) == []
    return document


def the_target(document: Json) -> Json:
    target: Json = document["targets"][0]
    return target


def the_requirement(document: Json) -> Json:
    found: Json = the_target(document)["requirements"][0]
    return found


def outcome(document: Json, number: int = 0) -> tuple[str, str]:
    """Return outcome and message of one check of the first requirement."""
    found = the_requirement(document)["checks"][number]
    return found["outcome"], found.get("message", "")


def test_a_run_is_described_by_its_first_and_last_lines() -> None:
    document = built(decided("first", "passed", "", exchange(200), exchange(409)), probe=probed(404))

    assert document["format"] == "assay-report/1"
    assert document["run"] == {
        "suite_version": "1.0",
        "catalogue_sha256": "0" * 64,
        "proof": "fresh",
        "seed": 7,
        "started": "2026-03-01T09:30:00+00:00",
        "duration_s": 2.5,
        "requests": 3,
        "complete": True,
        "partial": False,
    }


def test_a_decided_check_keeps_what_was_decided() -> None:
    asked = exchange(200, "first call")
    document = built(decided("first", "failed", "expected 409, got 200", asked))

    assert the_requirement(document)["checks"] == [
        {
            "name": "first",
            "kind": "case",
            "outcome": "failed",
            "message": "expected 409, got 200",
            "duration_s": 0.25,
            "exchanges": [asked],
        }
    ]


def test_a_requirement_takes_the_worst_outcome_and_its_message() -> None:
    document = built(
        decided("first", "untestable", "no task"),
        decided("second", "failed", "expected 404, got 200"),
        decided("third", "failed", "expected 404, got 500"),
        checks=(check("first"), check("second"), check("third"), check("fourth")),
        end=INTERRUPTED,
    )

    found = the_requirement(document)
    assert (found["outcome"], found["message"]) == ("failed", "expected 404, got 200")
    assert [each["outcome"] for each in found["checks"]] == ["untestable", "failed", "failed", "not_run"]


def test_what_has_passed_needs_no_message() -> None:
    assert "message" not in the_requirement(built(decided("first")))


def test_a_note_of_the_requirement_stands_in_the_report() -> None:
    document = built(decided("first"), requirements=(requirement("done", note="Only the status is looked at."),))

    assert the_requirement(document)["note"] == "Only the status is looked at."


def test_a_check_that_was_left_out_says_why() -> None:
    document = built(checks=(check("first", not_selected="generated checks are switched off by --fuzz-examples 0"),))

    assert outcome(document) == ("not_run", "generated checks are switched off by --fuzz-examples 0")
    assert document["verdict"] == "not-fully-verified"


def test_a_capability_that_the_target_lacks_makes_its_checks_inapplicable() -> None:
    document = built(checks=(check("first", capability="multi_org"),), lacks=("multi_org",))

    assert outcome(document) == ("inapplicable", "the target declares that it lacks multi_org")
    assert document["verdict"] == "conformant"


def test_a_check_that_a_whole_run_lost_is_an_error_of_the_suite() -> None:
    document = built()

    assert outcome(document) == ("error", "the suite lost this check; its worker process may have crashed")
    assert document["verdict"] == "not-fully-verified"


def test_what_pytest_said_of_a_lost_check_is_told() -> None:
    end = {**WHOLE, "problems": ["", "Traceback …\nE   ImportError: no such module\n"]}

    assert outcome(built(end=end)) == ("error", "the suite failed: E   ImportError: no such module")


@pytest.mark.parametrize("end", ENDS)
def test_what_a_run_did_not_come_to_is_not_run(end: Json | None) -> None:
    document = built(decided("first"), checks=(check("first"), check("second")), end=end)

    assert outcome(document, 1) == ("not_run", "the run ended before it")
    assert not document["run"]["complete"]


def test_a_killed_run_took_no_known_time() -> None:
    assert built(end=None)["run"]["duration_s"] == 0.0


OBSERVING = (check("first"), check("second"), check(SERVED, observer=True))


def test_an_observer_passes_with_the_first_exchange_that_showed_it() -> None:
    first = decided("first", "passed", "", exchange(409), exchange(200, "shows it"), observed=seen([1], []))
    document = built(first, decided("second"), checks=OBSERVING, probe=probed(404))

    assert outcome(document, 2) == ("passed", "")
    assert the_requirement(document)["checks"][2]["exchanges"] == [exchange(200, "shows it")]


def test_an_observer_fails_by_one_exchange_of_any_check() -> None:
    first = decided("first", "passed", "", exchange(200), observed=seen([0], []))
    second = decided("second", "passed", "", exchange(200, "odd"), observed=seen([], [[0, "expected an id"]]))
    document = built(first, second, checks=OBSERVING)

    assert outcome(document, 2) == ("failed", 'request "odd": expected an id')
    assert the_requirement(document)["checks"][2]["exchanges"] == [exchange(200, "odd")]
    assert document["verdict"] == "non-conformant"


def test_an_observer_of_what_should_be_deviates() -> None:
    entry = decided("first", "passed", "", exchange(200), observed=seen([], [[0, "$: no id"]]))
    document = built(entry, decided("second"), checks=OBSERVING, requirements=(requirement("done", level="should"),))

    assert outcome(document, 2) == ("deviation", "$: no id")
    assert document["verdict"] == "conformant-with-deviations"


def test_an_observer_keeps_a_few_exchanges_and_the_one_of_its_message_last() -> None:
    odd = [exchange(200, f"odd {number}") for number in range(5)]
    entry = decided("first", "passed", "", *odd, observed=seen([], [[number, f"${number}"] for number in range(5)]))
    document = built(entry, decided("second"), checks=OBSERVING)

    assert outcome(document, 2) == ("failed", 'request "odd 0": $0 (on 5 exchanges)')
    assert the_requirement(document)["checks"][2]["exchanges"] == [odd[2], odd[1], odd[0]]


def test_an_observer_of_no_answer_at_all_is_not_run() -> None:
    document = built(decided("first", "untestable", "no task"), decided("second"), checks=OBSERVING)

    assert outcome(document, 2) == (
        "not_run",
        "this check only looks at the answers to other checks, and none of those got one",
    )


def test_an_observer_of_a_target_that_answers_nothing_is_inconclusive() -> None:
    entry = decided("first", "inconclusive", "timed out", exchange(None))
    document = built(entry, decided("second"), checks=OBSERVING)

    message = "the answers that this check looks at did not come: timed out"
    assert outcome(document, 2) == ("inconclusive", message)


def test_an_observer_of_a_target_that_was_given_up_is_inconclusive_though_it_has_answered_before() -> None:
    given_up = "request 2: given up after 5 exchanges without an answer"
    entries = decided("first", "passed", "", exchange(409)), decided("second", "inconclusive", given_up)
    document = built(*entries, checks=OBSERVING)

    assert outcome(document, 2) == ("inconclusive", f"the answers that this check looks at did not come: {given_up}")


@pytest.mark.parametrize("end", ENDS)
def test_an_observer_of_a_target_that_answers_nothing_is_not_run_where_the_run_broke_off(end: Json | None) -> None:
    document = built(decided("first", "inconclusive", "timed out", exchange(None)), checks=OBSERVING, end=end)

    assert outcome(document, 2) == ("not_run", "the run ended before an exchange could show it")


def test_an_observer_that_saw_nothing_is_inapplicable() -> None:
    document = built(decided("first", "passed", "", exchange(409)), decided("second"), checks=OBSERVING)

    assert outcome(document, 2) == ("inapplicable", "no answer of this run was of the kind that this check looks at")
    assert the_requirement(document)["outcome"] == "passed"


def test_an_observer_that_saw_nothing_names_the_statuses_that_it_waited_for() -> None:
    checks = (check("first"), check("second"), check(SERVED, observer=True, statuses=[403, 500]))
    document = built(decided("first", "passed", "", exchange(409)), decided("second"), checks=checks)

    assert outcome(document, 2)[1] == "no answer of this run with the status 403 or 500 could be looked at"


@pytest.mark.parametrize("end", ENDS)
def test_an_observer_that_saw_nothing_before_the_run_broke_off_is_not_run(end: Json | None) -> None:
    document = built(decided("first"), decided("second"), checks=OBSERVING, end=end)

    assert outcome(document, 2) == ("not_run", "the run ended before an exchange could show it")


@pytest.mark.parametrize("end", ENDS)
def test_an_observer_keeps_what_it_saw_before_the_run_broke_off(end: Json | None) -> None:
    entry = decided("first", "passed", "", exchange(200), observed=seen([], [[0, "$: no id"]]))

    assert outcome(built(entry, checks=OBSERVING, end=end), 2) == ("failed", "$: no id")


def test_an_observer_that_was_left_out_says_why() -> None:
    entry = decided("first", "passed", "", exchange(200), observed=seen([0], []))
    checks = (check("first"), check(SERVED, observer=True, not_selected="not selected by --only x"))

    assert outcome(built(entry, checks=checks), 1) == ("not_run", "not selected by --only x")


DISCOUNTED = (
    "the target also accepts a request without credentials, for an object that does not exist and with a body that "
    "is no JSON, so that its acceptance says nothing"
)


def test_a_pass_that_rests_on_acceptance_is_taken_back_where_anything_is_accepted() -> None:
    entry = decided("first", "passed", "", exchange(200), observed=seen([0], []))
    document = built(entry, checks=(check("first"), check(SERVED, observer=True)), probe=probed(200))

    for found in the_requirement(document)["checks"]:
        assert (found["outcome"], found["message"]) == ("inconclusive", DISCOUNTED)
        assert [each.get("label") for each in found["exchanges"]] == [None, "wrong in every way"]


@pytest.mark.parametrize(
    ("entry", "probe"),
    [
        (decided("first", "passed", "", exchange(200)), probed(404)),
        (decided("first", "passed", "", exchange(200)), {**probed(200), "exchange": exchange(None)}),
        (decided("first", "passed", "", exchange(404)), None),
        (decided("first", "passed", "", exchange(404)), probed(200)),
    ],
)
def test_every_other_pass_stands(entry: Json, probe: Json | None) -> None:
    assert outcome(built(entry, probe=probe)) == ("passed", "")


UNPROBED = "the run ended before the target was asked for what it must not accept, so that its acceptance says nothing"


@pytest.mark.parametrize("probe", [None, {**probed(404), "operation": "toy/other"}, {**probed(404), "target": "other"}])
def test_a_pass_that_rests_on_acceptance_is_taken_back_where_the_run_did_not_come_to_ask(probe: Json | None) -> None:
    entry = decided("first", "passed", "", exchange(200), observed=seen([0], []))
    document = built(entry, checks=(check("first"), check(SERVED, observer=True)), probe=probe)

    assert [outcome(document, number) for number in range(2)] == [("inconclusive", UNPROBED)] * 2
    assert document["verdict"] == "not-fully-verified"


@pytest.mark.parametrize("left", [[], [decided("second", "not_run", "the run's deadline has passed")]])
def test_what_was_accepted_stands_where_the_run_did_not_even_come_to_all_checks(left: list[Json]) -> None:
    entry = decided("first", "passed", "", exchange(200))
    document = built(entry, *left, checks=(check("first"), check("second")), end=INTERRUPTED)

    assert [outcome(document, number)[0] for number in range(2)] == ["passed", "not_run"]
    assert document["verdict"] == "not-fully-verified"


@pytest.mark.parametrize("kind", ["failed", "untestable", "inconclusive", "error"])
def test_only_a_pass_is_taken_back(kind: str) -> None:
    document = built(decided("first", kind, "as it was", exchange(200)), probe=probed(200))

    assert outcome(document) == (kind, "as it was")


def test_readings_are_reported_once_and_in_order() -> None:
    first = decided("first", readings=[["second", "yes"], ["second", "no"]])
    document = built(first, decided("second", readings=[["second", "yes"]]), checks=(check("first"), check("second")))

    second, third = the_target(document)["readings"]
    assert second == {
        "ambiguity": "second",
        "statement": "And then?",
        "touches": [DONE],
        "observed": [{"reading": "no", "meaning": "4xx"}, {"reading": "yes", "meaning": "2xx"}],
    }
    assert third["observed"] == []


TWO = {
    "requirements": (requirement("done"), requirement("kind")),
    "checks": (check("first"), check("other", KIND)),
}


def test_every_outcome_is_counted_by_requirement() -> None:
    counts = the_target(built(decided("first"), **TWO))["counts"]

    assert counts == {
        "passed": 1,
        "error": 1,
        **dict.fromkeys(("failed", "deviation", "untestable", "inconclusive", "inapplicable", "not_run"), 0),
    }


def test_the_verdict_speaks_of_what_was_selected() -> None:
    left_out = requirement("kind", selected=False)
    document = built(
        decided("first"),
        requirements=(requirement("done"), left_out),
        checks=(check("first"), check("other", KIND, not_selected="not selected by --only x")),
        partial=True,
    )

    assert document["run"]["partial"]
    assert document["verdict"] == the_target(document)["verdict"] == "conformant"
    assert the_target(document)["counts"]["not_run"] == 1


def test_targets_are_judged_apart_and_the_worst_verdict_is_that_of_the_run() -> None:
    good = decided("first")
    bad = decided("first", "failed", "expected 404, got 200", target="other")
    document = built(good, bad, targets=("lab", "other"))

    assert [each["verdict"] for each in document["targets"]] == ["conformant", "non-conformant"]
    assert document["verdict"] == "non-conformant"


def test_a_check_says_which_states_it_was_given_and_what_proves_it() -> None:
    handed_out = {"state": "task", "by": "handler", "values": {"task_id": "a1"}}
    raced = decided("first", "failed", "no", exchange(200), exchange(200), given=[handed_out], evidence=[1])
    journal = record(raced)
    journal.run["contracts"]["toy"]["states"] = {"task": {"description": "d", "values": {}, "used_up": True}}

    document = Judged(journal).document()

    made = document["targets"][0]["requirements"][0]["checks"][0]
    assert (made["given"], made["evidence"]) == ([{**handed_out, "used_up": True}], [1])
    assert not list(find_problems(document))


BOTH = (requirement("done"), requirement("kind"))
THEIR_CHECKS = (check("first"), check("first", of=KIND))
ACT = source_document(
    "toy/act",
    "Act",
    statement("Overview", "a title", fate="informative", reason="a heading"),
    statement("Responses", "200", "done", "kind"),
    statement("Responses", "404", "done"),
)


def test_the_documents_stand_once_whatever_the_number_of_targets() -> None:
    document = built(documents=(ACT,), requirements=BOTH, checks=THEIR_CHECKS, targets=("lab", "den"))

    assert document["documents"] == [ACT]


def test_a_requirement_names_the_statements_on_which_it_rests() -> None:
    document = built(documents=(ACT,), requirements=BOTH, checks=THEIR_CHECKS)

    assert [each["statements"] for each in the_target(document)["requirements"]] == [
        {"toy/act": [2, 3]},
        {"toy/act": [2]},
    ]


def test_a_requirement_on_no_statement_says_what_it_rests_on() -> None:
    odd = requirement("odd", rests_on="RFC 9110, section 15.6: 5xx")

    document = built(
        documents=(ACT,), requirements=(*BOTH, odd), checks=(*THEIR_CHECKS, check("first", of="toy/act/odd"))
    )

    assert the_target(document)["requirements"][2]["rests_on"] == "RFC 9110, section 15.6: 5xx"


def test_of_each_target_it_is_counted_how_many_statements_are_verified() -> None:
    document = built(decided("first"), documents=(ACT,), requirements=BOTH, checks=THEIR_CHECKS, end=INTERRUPTED)

    assert the_target(document)["statements"] == figures(verified=1, unverified=1)


def test_what_is_not_selected_leaves_its_statements_unverified() -> None:
    left_out = check("first", of=KIND, not_selected="not selected by --only */done")
    chosen = (BOTH[0], requirement("kind", selected=False))

    document = built(
        decided("first"), documents=(ACT,), requirements=chosen, checks=(check("first"), left_out), partial=True
    )

    assert document["verdict"] == "conformant"
    assert the_target(document)["statements"] == figures(verified=1, unverified=1)


def test_a_journal_of_an_earlier_version_knows_of_no_documents() -> None:
    document = built(decided("first"))

    assert "documents" not in document
    assert "statements" not in the_target(document)
