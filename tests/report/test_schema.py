from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from jsonschema import Draft202012Validator

from assay.exceptions import ReportError
from assay.model import Outcome, Verdict
from assay.report.schema import SCHEMA_FILE, find_problems, validate
from assay.report.statements import Standing
from assay.sources.account import COUNTED
from assay.sources.ledger import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def first_target(document: Json) -> Json:
    return cast("Json", document["targets"][0])


def first_requirement(document: Json) -> Json:
    return cast("Json", first_target(document)["requirements"][0])


def first_check(document: Json) -> Json:
    return cast("Json", first_requirement(document)["checks"][0])


def first_exchange(document: Json) -> Json:
    return cast("Json", first_check(document)["exchanges"][0])


def requirement_of_level_should(document: Json) -> Json:
    return next(each for each in first_target(document)["requirements"] if each["level"] == "should")


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_knows_the_outcomes_of_the_model() -> None:
    assert set(SCHEMA["$defs"]["outcome"]["enum"]) == set(Outcome)


def test_the_schema_knows_the_verdicts_of_the_model() -> None:
    assert set(SCHEMA["$defs"]["verdict"]["enum"]) == set(Verdict)


def test_the_schema_counts_every_outcome() -> None:
    assert set(SCHEMA["$defs"]["counts"]["required"]) == set(Outcome)


def test_a_report_with_every_outcome_is_valid(document: Json) -> None:
    assert {each["outcome"] for target in document["targets"] for each in target["requirements"]} == set(Outcome)
    assert list(find_problems(document)) == []


def test_a_report_survives_a_round_trip_through_a_file(document: Json) -> None:
    assert list(find_problems(json.loads(json.dumps(document)))) == []


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        pytest.param(lambda d: d.update(format="assay-report/2"), "$.format", id="another format"),
        pytest.param(lambda d: d.update(extra=1), "$", id="an unknown key"),
        pytest.param(lambda d: d["run"].update(extra=1), "$.run", id="an unknown key of the run"),
        pytest.param(lambda d: d["run"].pop("seed"), "$.run", id="no seed"),
        pytest.param(lambda d: d["run"].update(exit_code=2), "$.run.exit_code", id="a report where none is written"),
        pytest.param(
            lambda d: d["run"].update(started="yesterday"), "$.run.started", id="a start that is no date-time"
        ),
        pytest.param(lambda d: d["run"].update(requests=-1), "$.run.requests", id="fewer than no requests"),
        pytest.param(lambda d: d.update(verdict="fine"), "$.verdict", id="an unknown verdict"),
        pytest.param(lambda d: d.update(targets=[]), "$.targets", id="no target"),
        pytest.param(lambda d: first_target(d).update(extra=1), "$.targets[0]", id="an unknown key of a target"),
        pytest.param(lambda d: first_target(d).pop("readings"), "$.targets[0]", id="no readings"),
        pytest.param(lambda d: first_target(d).update(problem=""), "$.targets[0].problem", id="an empty problem"),
        pytest.param(lambda d: first_target(d).update(requirements=[]), ".requirements", id="no requirement"),
        pytest.param(lambda d: first_target(d)["counts"].pop("not_run"), ".counts", id="an outcome not counted"),
        pytest.param(lambda d: first_target(d)["counts"].update(fine=1), ".counts", id="an unknown outcome counted"),
        pytest.param(lambda d: first_target(d)["readings"][0].pop("observed"), ".readings[0]", id="half a reading"),
        pytest.param(lambda d: first_requirement(d).update(extra=1), ".requirements[0]", id="an unknown key of one"),
        pytest.param(lambda d: first_requirement(d).update(level="may"), ".level", id="an unknown level"),
        pytest.param(lambda d: first_requirement(d).update(id="vcf/unknown"), ".id", id="an id of two parts"),
        pytest.param(lambda d: first_requirement(d).update(checks=[]), ".checks", id="a requirement without a check"),
        pytest.param(lambda d: first_requirement(d).pop("message"), ".requirements[0]", id="a requirement without one"),
        pytest.param(lambda d: first_check(d).pop("message"), ".checks[0]", id="a check without a message"),
        pytest.param(
            lambda d: first_requirement(d).update(message=""), ".message", id="a requirement without a reason"
        ),
        pytest.param(lambda d: first_requirement(d)["source"].pop("section"), ".source", id="no section"),
        pytest.param(lambda d: first_requirement(d).update(outcome="skipped"), ".outcome", id="an unknown outcome"),
        pytest.param(lambda d: first_requirement(d).update(outcome="deviation"), ".outcome", id="a must that deviates"),
        pytest.param(
            lambda d: requirement_of_level_should(d).update(outcome="failed"), ".outcome", id="a failed should"
        ),
        pytest.param(
            lambda d: first_check(d).update(outcome="deviation"), ".outcome", id="a must's check that deviates"
        ),
        pytest.param(
            lambda d: requirement_of_level_should(d)["checks"][0].update(outcome="failed"),
            ".outcome",
            id="a should's failed",
        ),
        pytest.param(lambda d: first_check(d).update(message=" "), ".message", id="a check without a reason"),
        pytest.param(lambda d: first_check(d).pop("exchanges"), ".checks[0]", id="a check without exchanges"),
        pytest.param(lambda d: first_exchange(d).update(role="main"), ".role", id="an unknown role"),
        pytest.param(lambda d: first_exchange(d).update(response=None), ".exchanges[0]", id="no answer and no error"),
        pytest.param(
            lambda d: first_exchange(d).update(transport_error="x"), ".exchanges[0]", id="an answer and an error"
        ),
        pytest.param(lambda d: first_exchange(d).update(curl="curl x\nrm y"), ".curl", id="a curl line of two lines"),
        pytest.param(lambda d: first_exchange(d)["response"].update(status=99), ".response", id="an impossible status"),
        pytest.param(
            lambda d: first_exchange(d)["request"]["headers"].append(["Host"]), ".headers", id="half a header"
        ),
        pytest.param(
            lambda d: first_exchange(d)["request"].update(headers_left_out=0), ".headers_left_out", id="none left out"
        ),
        pytest.param(
            lambda d: first_exchange(d)["request"].update(body={"bytes": 0}), ".body", id="a body without content"
        ),
        pytest.param(
            lambda d: first_exchange(d)["request"].update(body={"bytes": 1, "text": "a", "base64": "YQ=="}),
            ".body",
            id="a body in two forms",
        ),
        pytest.param(
            lambda d: first_exchange(d)["request"].update(body={"bytes": 1, "base64": "?"}), ".body", id="no base64"
        ),
        pytest.param(lambda d: d.update(verdict="conformant"), "$.verdict", id="not the worst verdict"),
        pytest.param(
            lambda d: first_target(d).update(verdict="not-fully-verified"),
            "targets[0].verdict",
            id="a verdict too mild",
        ),
        pytest.param(lambda d: d["run"].update(proof_sha256="aa"), "$.run.proof_sha256", id="no digest of a proof"),
        pytest.param(lambda d: first_target(d)["counts"].update(passed=7), ".counts", id="counts that do not count"),
        pytest.param(
            lambda d: d["targets"][1].update(name=d["targets"][0]["name"]), "$.targets", id="a name used twice"
        ),
        pytest.param(
            lambda d: first_requirement(d).update(id=first_target(d)["requirements"][1]["id"]),
            ".requirements",
            id="an id twice",
        ),
        pytest.param(
            lambda d: first_requirement(d).update(operation="vcf/other"), ".operation", id="another operation"
        ),
        pytest.param(
            lambda d: [each.update(outcome="passed") for each in first_requirement(d)["checks"]],
            ".outcome",
            id="not the worst",
        ),
    ],
)
def test_a_broken_report_is_rejected_with_the_place(
    document: Json, damage: Callable[[Json], object], place: str
) -> None:
    damage(document)

    with pytest.raises(ReportError, match="not a valid report") as caught:
        validate(document)

    assert place in str(caught.value)


def test_the_verdict_of_a_selection_speaks_of_nothing_else(conforming: Json) -> None:
    requirement = next(each for each in conforming["targets"][0]["requirements"] if "statements" not in each)
    requirement |= {"outcome": "not_run", "message": "not selected"}
    requirement["checks"][0] |= {"outcome": "not_run", "message": "not selected"}
    conforming["targets"][0]["counts"] |= {"passed": 4, "not_run": 1}

    as_a_whole = list(find_problems(conforming))
    conforming["run"]["partial"] = True

    assert as_a_whole == ["$.targets[0].verdict: 'conformant' is not what the outcomes of its requirements come to"]
    assert list(find_problems(conforming)) == []


def test_a_report_of_an_earlier_version_has_no_documents(undocumented: Json) -> None:
    assert list(find_problems(undocumented)) == []


def test_requirements_name_the_statements_that_name_them(conforming: Json) -> None:
    conforming["targets"][0]["requirements"][0]["statements"] = {"onedata/rerun-execution": [1, 2]}

    (problem,) = find_problems(conforming)

    assert problem == (
        "$.targets[0].requirements[0].statements: they are not those that name 'onedata/rerun-execution/rerun'"
    )


def test_no_requirement_names_a_statement_that_is_not_there(undocumented: Json) -> None:
    undocumented["targets"][0]["requirements"][0]["statements"] = {"vcf/retry-task": [1]}

    (problem,) = find_problems(undocumented)

    assert problem.startswith("$.targets[0].requirements[0].statements: they are not those that name ")


@pytest.mark.parametrize("change", [{"verified": 3, "inapplicable": 0}, {"of": 4}])
def test_the_figures_of_a_target_are_added_up(conforming: Json, change: Json) -> None:
    conforming["targets"][0]["statements"] |= change

    (problem,) = find_problems(conforming)

    assert problem == "$.targets[0].statements: they do not count the statements by what rests on them"


def test_a_target_has_figures_where_its_contract_has_documents(conforming: Json) -> None:
    del conforming["targets"][0]["statements"]

    (problem,) = find_problems(conforming)

    assert problem == "$.targets[0].statements: they do not count the statements by what rests on them"


def test_an_operation_has_one_document(conforming: Json) -> None:
    conforming["documents"].append({**conforming["documents"][0], "statements": []})

    (problem,) = find_problems(conforming)

    assert problem == "$.documents: the operation 'onedata/rerun-execution' stands 2 times"


def test_statements_are_numbered_from_1(conforming: Json) -> None:
    conforming["documents"][0]["statements"][3]["number"] = 5

    (problem,) = find_problems(conforming)

    assert problem == "$.documents[0].statements: they are not numbered from 1"


def test_the_schema_knows_kinds_and_fates_of_statements() -> None:
    statement = SCHEMA["$defs"]["document_statement"]["properties"]

    assert set(statement["kind"]["enum"]) == set(Kind)
    assert set(statement["fate"]["enum"]) == {*COUNTED.values(), "open"}


def test_the_schema_counts_every_standing_of_a_statement() -> None:
    assert set(SCHEMA["$defs"]["figures"]["required"]) == {"of", *Standing}


@pytest.mark.parametrize("value", [None, [], "text", {}])
def test_anything_else_is_rejected(value: object) -> None:
    with pytest.raises(ReportError):
        validate(value)
