"""A report as it might come from a bad day: three targets, every outcome, and a server that attacks its readers."""

from __future__ import annotations

import base64
import copy
import gzip
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from assay.model import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

HOSTILE = (
    "<script>alert('owned')</script>]]>\x1b[31mred\x1b[0m"
    "\u202eesrever\u2028::error ::line\n::error ::injected\u200b\x9b2J"
)
"""Markup, the end of CDATA, escape sequences, bidi, every kind of line break, a CI command, a C1 control."""


def text_body(text: str) -> Json:
    """Return a body that is text, cut as the recorder cuts it."""
    cut = text[: 64 * 1024]
    return {"bytes": len(text.encode()), "text": cut, **({"truncated": True} if len(cut) < len(text) else {})}


def binary_body(content: bytes) -> Json:
    """Return a body that is no text."""
    return {"bytes": len(content), "base64": base64.b64encode(content).decode()}


def exchange(
    method: str,
    url: str,
    status: int | None,
    body: Json | None = None,
    *,
    sent: str = "",
    headers: tuple[tuple[str, str], ...] = (),
    **more: object,
) -> Json:
    """Return one exchange; a status of `None` is one that brought no answer."""
    request_headers = [
        ["Host", url.split("/")[2]],
        ["User-Agent", "assay/0.1.0"],
        ["Authorization", "Bearer [redacted]"],
    ]
    media_type = "application/json" if body and body.get("text", "").startswith(("{", "[")) else "text/html"
    response = {
        "status": status,
        "reason": "OK" if status == 200 else "",
        "http_version": "HTTP/1.1",
        "headers": [["Date", "Sun, 01 Mar 2026 09:30:00 GMT"], ["Content-Type", media_type], *map(list, headers)],
        "body": body or text_body(""),
        "elapsed_s": 0.0123,
    }
    data = f" --data-raw '{sent}'" if sent else ""
    return {
        "request": {"method": method, "url": url, "headers": request_headers, "body": text_body(sent)},
        "response": response if status else None,
        "curl": f"curl -sS -i -X {method} -H 'Authorization: Bearer '\"$TOKEN\"{data} '{url}'",
        **more,
    }


def check(name: str, outcome: str = "passed", message: str = "", *exchanges: Json) -> Json:
    """Return one check."""
    result = {"name": name, "outcome": outcome, "duration_s": 0.018, "exchanges": list(exchanges)}
    return {**result, "message": message} if message else result


def requirement(id_: str, statement: str, *checks: Json, level: str = "must", **more: object) -> Json:
    """Return one requirement with the worst outcome of its checks."""
    worst = Outcome.worst(Outcome(each["outcome"]) for each in checks)
    messages = [each["message"] for each in checks if each["outcome"] == worst and "message" in each]
    return {
        "id": id_,
        "operation": id_.rpartition("/")[0],
        "level": level,
        "statement": statement,
        "source": {"document": "002_7e067a1c7b8f46e8.txt", "section": "Responses 404"},
        "outcome": worst.value,
        **({"message": messages[0]} if messages else {}),
        "proven_by": ["unknown-task-accepted"],
        "checks": list(checks),
        **more,
    }


def target(name: str, contract: str, *requirements: Json, **more: object) -> Json:
    """Return one target with the verdict and the counts of its requirements."""
    outcomes = [Outcome(each["outcome"]) for each in requirements]
    counts = Counter(outcomes)
    return {
        "name": name,
        "contract": contract,
        "base_url": f"https://{contract}.example.test",
        "verdict": Verdict.of(outcomes).value,
        "counts": {each.value: counts[each] for each in Outcome},
        "readings": [],
        "requirements": list(requirements),
        **more,
    }


def statement(section: str, gist: str, *slugs: str, **more: object) -> Json:
    """Return a statement of a document, with the requirements that rest on it or what else became of it."""
    tied = {"fate": "tied", "requirements": list(slugs)} if slugs else {}
    return {"digest": "31-a35c3e11d1727d73", "section": section, "kind": "sentence", "gist": gist, **tied, **more}


def source_document(operation: str, title: str, *statements: Json) -> Json:
    """Return the document of an operation; its statements name requirements by their slugs."""
    ids = [{"requirements": [f"{operation}/{slug}" for slug in each.get("requirements", ())]} for each in statements]
    return {
        "document": "002_7e067a1c7b8f46e8.txt",
        "operation": operation,
        "title": title,
        "address": f"https://docs.example.test/{operation}",
        "statements": [
            {"number": number, **each, **(named if named["requirements"] else {})}
            for number, (each, named) in enumerate(zip(statements, ids, strict=True), 1)
        ],
    }


VCF_DOCUMENT = source_document(
    "vcf/retry-task",
    "Retry Task",
    statement("Overview", "name of the page", fate="informative", reason="a heading"),
    statement("Overview", "only a failed task is retried", "slow", "unfailed-task"),
    statement("Path Parameters", "id is a string", "unknown-task"),
    statement("Responses 200", "success has no body", "no-body"),
    statement("Responses 404", "status of an unknown task", "unknown-task", "error-shape"),
    statement("Responses 404", "causes: a list", "error-shape", fate="ambiguous", ambiguities=["null-fields"]),
    statement("Responses 409", "status of a task that has not failed", "unfailed-task"),
    statement("Responses 409", "a sample answer", fate="not_testable", reason="repeats the fields"),
)
ONEDATA_DOCUMENT = source_document(
    "onedata/rerun-execution",
    "Rerun Workflow Execution",
    statement("Overview", "an ended execution runs again", "rerun", "privilege"),
    statement("Overview", "an error has an id", "ctx", "stable-id"),
    statement("Errors", "ids stay the same", "stable-id"),
    statement("Errors", "how to ask for help", fate="informative", reason="of no server"),
)
FLEET_DOCUMENT = source_document(
    "vcf/retry-task",
    "Retry Task",
    statement("Overview", "a failed task is retried", "done"),
    statement("Overview", "an unknown one is refused", "unknown-task"),
    statement("Overview", "it is quick", "slow", "done"),
    statement("Overview", "it is odd", "crash"),
    statement("Overview", "name of the page", fate="informative", reason="a heading"),
)


def figures(*, violated: int = 0, unverified: int = 0, verified: int = 0, inapplicable: int = 0) -> Json:
    """Return of how many statements there is which standing on a target."""
    found = {"violated": violated, "unverified": unverified, "verified": verified, "inapplicable": inapplicable}
    return {"of": sum(found.values()), **found}


def report(*targets: Json, documents: tuple[Json, ...] = (VCF_DOCUMENT, ONEDATA_DOCUMENT)) -> Json:
    """Return a report of these targets, with the documents of those that have figures."""
    judged = {each["contract"] for each in targets if "statements" in each}
    known = [each for each in documents if each["operation"].partition("/")[0] in judged]
    return {
        "format": "assay-report/1",
        "run": {
            "suite_version": "0.1.0",
            "catalogue_sha256": "3f" * 32,
            "seed": 20260301,
            "started": "2026-03-01T09:30:00.123456+00:00",
            "duration_s": 4.82,
            "requests": 812,
            "complete": True,
            "partial": False,
            "exit_code": 1,
        },
        "verdict": Verdict.worst(Verdict(each["verdict"]) for each in targets).value,
        **({"documents": copy.deepcopy(known)} if known else {}),
        "targets": list(targets),
    }


def vcf_target() -> Json:
    """Return a target with failures, an error of the suite and hostile answers."""
    tasks = "https://vcf.example.test/v1/tasks"
    error = json.dumps(
        {"errorCode": "TASK_NOT_FOUND", "arguments": ["a1"], "causes": [], "nestedErrors": ["Error Object"]}
    )
    shape = 'expected an object at $.nestedErrors[0], got "Error Object"'
    return target(
        "sddc-manager-lab",
        "vcf",
        requirement(
            "vcf/retry-task/unknown-task",
            "Retrying a task that does not exist is answered with 404 and an Error.",
            check(
                "a_task_that_does_not_exist",
                "failed",
                "expected 404, got 200",
                exchange(
                    "PATCH",
                    f"{tasks}/a1",
                    200,
                    text_body('{"id":"a1","status":"SUCCESSFUL","retries":1.0e3}'),
                    role="control",
                    label="a known task",
                ),
                exchange(
                    "PATCH",
                    f"{tasks}/does-not-exist",
                    200,
                    text_body("{}"),
                    label="an unknown task",
                    headers=(("X-Evil", HOSTILE),),
                ),
            ),
            check(
                "a_task_id_of_another_form",
                "failed",
                "expected 404, got 500",
                exchange("PATCH", f"{tasks}/zzz", 500, text_body("<html>" + "boom " * 30_000)),
            ),
            check("shape[404]", "passed", ""),
            note="A proxy in between may answer as well; then the body tells whose answer it is.",
            statements={"vcf/retry-task": [3, 5]},
        ),
        requirement(
            "vcf/retry-task/error-shape",
            "Every documented error carries an Error.",
            check("shape[404]", "failed", shape, exchange("PATCH", f"{tasks}/b2", 404, text_body(error))),
            check(
                "shape[409]",
                "untestable",
                "state unfailed_task was not provided: add [states.unfailed_task]"
                " with task_id to the target file, or a state_handler",
            ),
            statements={"vcf/retry-task": [5, 6]},
        ),
        requirement(
            "vcf/retry-task/hostile-body",
            "An answer is JSON.",
            check(
                "hostile",
                "failed",
                f"expected a JSON body, got {HOSTILE}",
                exchange("PATCH", f"{tasks}/h", 404, text_body(HOSTILE * 3), headers=(("Server", HOSTILE),)),
            ),
        ),
        requirement(
            "vcf/retry-task/no-body",
            "200 has no body.",
            check(
                "no_body[200]",
                "failed",
                "expected no body behind 200, got 7 bytes",
                exchange("PATCH", f"{tasks}/h", 200, binary_body(bytes(range(256)) * 4), label="raw bytes"),
            ),
            statements={"vcf/retry-task": [4]},
        ),
        requirement(
            "vcf/retry-task/no-credentials",
            "A call without credentials is refused.",
            check(
                "no_credentials",
                "deviation",
                "expected a refusal (4xx), got 200",
                exchange("PATCH", f"{tasks}/a3", 200),
            ),
            level="should",
            rests_on="RFC 9110, section 15.5.2: 401 is for requests without credentials",
        ),
        requirement(
            "vcf/retry-task/unfailed-task",
            "Retrying a task that exists and has not failed is refused with 409 and an Error.",
            check(
                "not_failed",
                "untestable",
                "state unfailed_task was not provided: add "
                "[states.unfailed_task] with task_id to the target file, or a state_handler",
            ),
            statements={"vcf/retry-task": [2, 7]},
        ),
        requirement(
            "vcf/retry-task/slow",
            "A failed task is retried.",
            check(
                "retried",
                "inconclusive",
                "no whole answer within 10 s: connection reset after 512 bytes",
                exchange("PATCH", f"{tasks}/a4", None, transport_error="reset after 512 bytes"),
            ),
            statements={"vcf/retry-task": [2]},
        ),
        requirement(
            "vcf/retry-task/crash",
            "Overlapping retries are accepted once.",
            check("overlap", "error", "KeyError: 'task_id' in test_retry_task.py, line 41"),
            level="should",
        ),
        statements=figures(violated=4, unverified=2),
        readings=[
            {
                "ambiguity": "null-fields",
                "statement": "May an Error have null in place of a field?",
                "touches": ["vcf/retry-task/error-shape", "vcf/retry-task/elsewhere"],
                "observed": [{"reading": "null", "meaning": f"fields without a value are null {HOSTILE}"}],
            },
            {"ambiguity": "second-retry", "statement": "What does an immediate second retry get?", "observed": []},
        ],
    )


def zuora_target() -> Json:
    """Return a target that lacks capabilities and states, and whose bodies come compressed."""
    url = "https://zuora.example.test/workflows/import"
    packed = gzip.compress(json.dumps({"id": 7, "name": "Böse <b>Wölfe</b>", "tags": []}).encode())
    long = [exchange("POST", url, 200, text_body("{}"), sent=f'{{"n":{each}}}') for each in range(40)]
    missing = (
        "state caller_without_manage_access was not provided: add [states.caller_without_manage_access] with token"
    )
    return target(
        "zuora-apisandbox",
        "zuora",
        requirement(
            "zuora/import-workflow/trigger-booleans",
            "The trigger booleans of the answer are those sent.",
            check(
                "triggers",
                "deviation",
                'expected true, got "true"',
                exchange(
                    "POST",
                    url,
                    200,
                    binary_body(packed),
                    sent='{"workflow":{}}',
                    headers=(("Content-Encoding", "gzip"),),
                ),
            ),
            level="should",
        ),
        requirement(
            "zuora/import-workflow/fuzz",
            "Malformed input gets no server error.",
            check("fuzz", "deviation", "expected no server error, got 500", *long),
            level="should",
        ),
        *[
            requirement(
                f"zuora/{slug}/no-permission",
                "A caller without the permission is refused.",
                check("permission", "untestable", missing),
            )
            for slug in ("rerun-task", "update-tasks", "import-workflow")
        ],
        requirement(
            "zuora/rerun-task/entity",
            "An entity that the caller may use is accepted.",
            check("entity", "inapplicable", "the target declares that it lacks multi_entity"),
        ),
        requirement(
            "zuora/rerun-task/late",
            "The run ended before this.",
            check("late", "not_run", "the deadline of 900 s was over"),
        ),
        *[
            requirement(
                f"zuora/update-tasks/fact-{each}",
                f"Fact number {each} about the answer holds.",
                check("fact", "passed", "", long[each], long[each + 1]),
            )
            for each in range(12)
        ],
        readings=[
            {
                "ambiguity": "error-envelope",
                "statement": "Is the list of errors called Errors or errors?",
                "observed": [
                    {"reading": "document", "meaning": "Errors, with a string status"},
                    {"reading": "example", "meaning": "errors, with an integer status"},
                ],
            }
        ],
    )


def onedata_target() -> Json:
    """Return a target that does all it should."""
    return target(
        "oneprovider-krakow",
        "onedata",
        *[
            requirement(
                f"onedata/rerun-execution/{slug}",
                f"The promise about {slug} holds.",
                check(slug, "passed"),
                statements={"onedata/rerun-execution": [number]},
            )
            for slug, number in {"rerun": 1, "privilege": 1, "ctx": 2}.items()
        ],
        *[
            requirement(f"onedata/rerun-execution/{slug}", f"The promise about {slug} holds.", check(slug, "passed"))
            for slug in ("no-body", "unknown-execution")
        ],
        requirement(
            "onedata/rerun-execution/stable-id",
            "The id is the same for the same kind of error.",
            check("id", "inapplicable", "the target gave the error once only"),
            statements={"onedata/rerun-execution": [2, 3]},
        ),
        statements=figures(verified=2, inapplicable=1),
    )


def everything() -> Json:
    """Return a valid report with every outcome and hostile text wherever a server can place it."""
    vcf = vcf_target()
    raw = next(each for each in vcf["requirements"] if each["id"].endswith("no-body"))["checks"][0]["exchanges"][0]
    raw["response"]["surplus"] = text_body("surplus")
    raw["response"]["headers_left_out"] = 59_800
    return report(vcf, zuora_target(), onedata_target())


@pytest.fixture
def document() -> Json:
    """Return that report, for a test to change."""
    return everything()


@pytest.fixture
def undocumented() -> Json:
    """Return a valid report of an earlier version, which knows of no documents."""
    vcf = vcf_target()
    del vcf["statements"]
    for each in vcf["requirements"]:
        each.pop("statements", None)
        each.pop("rests_on", None)
    return report(vcf, documents=())


@pytest.fixture
def hostile() -> str:
    """Return the text with which the sample's server attacks."""
    return HOSTILE


@pytest.fixture
def conforming() -> Json:
    """Return a valid report on one target that conforms."""
    return report(onedata_target())


@pytest.fixture
def unanswered() -> Json:
    """Return a valid report on one target that gave no answer."""
    asked = exchange("PATCH", "https://vcf.example.test/v1/tasks/a", None, transport_error="connection refused")
    open_ = check("it_is_refused", "inconclusive", "connection refused", asked)
    return report(target("dead", "vcf", requirement("vcf/retry-task/unknown-task", "It is refused.", open_)))


def fleet_of(number: int) -> Json:
    """Return a report of so many targets of one contract, every fifth of which violates what the others keep."""

    def lab(place: int) -> Json:
        is_sick = place % 5 == 4
        refused = check("refused", "failed", "expected 404, got 200", exchange("PATCH", "https://lab.test/a", 200))
        unseen = check("unseen", "untestable", f"state task was not provided by lab {place}")
        return target(
            f"lab-{place:03}",
            "vcf",
            requirement(
                "vcf/retry-task/done", "A failed task is retried.", check("done"), statements={"vcf/retry-task": [1, 3]}
            ),
            requirement(
                "vcf/retry-task/unknown-task",
                "It is refused.",
                refused if is_sick else check("refused"),
                statements={"vcf/retry-task": [2]},
            ),
            requirement(
                "vcf/retry-task/slow",
                "It is quick.",
                unseen if place == 2 else check("unseen"),
                statements={"vcf/retry-task": [3]},
            ),
            requirement(
                "vcf/retry-task/crash",
                "It is odd.",
                check("odd", "inapplicable", "nothing showed it"),
                statements={"vcf/retry-task": [4]},
            ),
            statements=figures(
                violated=int(is_sick),
                unverified=int(place == 2),
                verified=3 - int(is_sick) - int(place == 2),
                inapplicable=1,
            ),
        )

    return report(*[lab(place) for place in range(number)], documents=(FLEET_DOCUMENT,))


@pytest.fixture
def fleet() -> Callable[[int], Json]:
    """Return what makes a report of so many targets of one contract."""
    return fleet_of
