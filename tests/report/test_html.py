from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

import html5lib  # type: ignore[import-untyped]  # it has no types
import pytest

from assay.model import Outcome
from assay.report import html
from assay.report.text import one_line
from tests.report import conftest
from tests.report.conftest import check, everything, exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

Json = dict[str, Any]
SVG_RECT = "{http://www.w3.org/2000/svg}rect"


def parsed(page: str) -> Element:
    """Parse a page as a browser does, and stop at the first thing that a browser would have to forgive."""
    root: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    return root


def words(element: Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def with_class(root: Element, name: str) -> Iterator[Element]:
    return (each for each in root.iter() if name in str(each.get("class", "")).split())


def links(root: Element) -> set[str]:
    """Return where the links of a page lead within it."""
    return {href for each in root.iter("a") if (href := str(each.get("href"))).startswith("#")}


@pytest.fixture(scope="module")
def root() -> Element:
    """Parse the page of the report that shows everything, for all tests that only look at it."""
    return parsed(html.render(everything()))


def card(root: Element, slug: str) -> Element:
    return next(each for each in with_class(root, "requirement") if str(each.get("id")).endswith(slug))


def test_the_page_runs_one_script_and_that_is_ours(root: Element) -> None:
    scripts = list(root.iter("script"))
    policy = next(each.get("content") for each in root.iter("meta") if each.get("http-equiv"))

    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(str(scripts[0].text).encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in str(policy)


def test_the_page_allows_nothing_but_its_own_style_and_script(root: Element) -> None:
    policy = next(each.get("content") for each in root.iter("meta") if each.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(str(next(root.iter("style")).text).encode()).digest()).decode()

    directives = str(policy).split("; ")
    assert directives[0] == "default-src 'none'"
    assert directives[1] == f"style-src 'sha256-{digest}'"
    assert directives[3:] == ["base-uri 'none'", "form-action 'none'"]


def test_the_page_asks_for_nothing_and_leads_to_the_documents_alone(root: Element) -> None:
    references = [
        each.get(name) for each in root.iter() for name in ("src", "href", "action", "srcset", "data") if each.get(name)
    ]

    assert [each for each in references if not str(each).startswith("#")] == [
        "https://docs.example.test/vcf/retry-task",
        "https://docs.example.test/onedata/rerun-execution",
    ]
    assert not re.search(r"url\(|@import", str(next(root.iter("style")).text))


def test_no_element_carries_code_or_style(root: Element) -> None:
    names = {name for each in root.iter() for name in each.attrib}

    assert not {name for name in names if name.startswith("on") or name == "style"}


def test_every_link_leads_to_something_on_the_page(root: Element) -> None:
    ids = [str(each.get("id")) for each in root.iter() if each.get("id")]

    assert len(ids) == len(set(ids))
    assert {each.removeprefix("#") for each in links(root)} <= set(ids)


def test_what_a_server_sent_is_text(root: Element, hostile: str) -> None:
    assert one_line(hostile) in card(root, "hostile-body").findtext(".//td[.='text/html']/../../tr[3]/td", "")
    assert "<script>alert('owned')</script>]]>\\x1b[31mred" in words(card(root, "hostile-body"))


def test_nothing_on_the_page_is_invisible(document: Json) -> None:
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]",
        html.render(document),
    )


@pytest.mark.parametrize(
    "place",
    [
        "name",
        "base_url",
        "problem",
        "statement",
        "note",
        "message",
        "check",
        "label",
        "reason",
        "url",
        "method",
        "curl",
    ],
)
def test_hostile_text_is_escaped_wherever_it_stands(document: Json, hostile: str, place: str) -> None:
    target = document["targets"][0]
    requirement = target["requirements"][0]
    check = requirement["checks"][0]
    exchange = check["exchanges"][1]
    holders = {"name": target, "base_url": target, "problem": target, "label": exchange, "curl": exchange}
    holders |= {"url": exchange["request"], "method": exchange["request"], "reason": exchange["response"]}
    key = "name" if place == "check" else place
    holder = check if place == "check" else holders.get(place, requirement)
    holder[key] = f'{hostile}"><img src=x onerror=alert(1)>{{{{7*7}}}}\ud800'

    root = parsed(html.render(document))

    assert len(list(root.iter("script"))) == 1
    assert not list(root.iter("img"))
    assert "<img src=x onerror=alert(1)>{{7*7}}\\ud800" in words(root)


def test_the_verdict_and_its_reason_come_first(root: Element) -> None:
    assert words(next(root.iter("h1"))) == "Non-conformant"
    assert "4 of 8 requirements failed" in words(next(with_class(root, "summary")))


def test_a_single_target_has_its_verdict_and_reason_in_the_masthead(conforming: Json) -> None:
    masthead = words(next(with_class(parsed(html.render(conforming)), "masthead")))

    assert "Conformant Every requirement that applies has passed, 5 in all; 1 inapplicable." in masthead
    assert "Target oneprovider-krakow" in masthead


@pytest.mark.parametrize("fact", ["1 March 2026, 09:30 UTC", "Suite 0.1.0", "Seed 20260301", "Exit code 1"])
def test_the_masthead_says_when_and_with_what(root: Element, fact: str) -> None:
    assert fact in words(next(with_class(root, "masthead")))


def test_counts_name_every_outcome(root: Element) -> None:
    counts = words(next(with_class(root, "counts")))

    assert all(f"{each.replace('_', ' ')}" in counts for each in Outcome)


def test_a_missing_state_stands_once_with_all_that_it_blocks(root: Element) -> None:
    gaps = [words(each) for each in with_class(root, "gaps")]

    assert gaps[1].count("state caller_without_manage_access was not provided") == 1
    assert "3 requirements zuora/rerun-task/no-permission zuora/update-tasks/no-permission" in gaps[1]


def test_failures_stand_before_everything_else(root: Element) -> None:
    headings = [words(each) for each in next(with_class(root, "target")).iter("h3")]

    assert headings == [
        "Findings 6 requirements, 6 causes",
        "What was not tested, and why",
        "vcf/retry-task 8 requirements",
        "How this target reads what the documents leave open",
    ]


def test_every_requirement_is_on_the_page(document: Json, root: Element) -> None:
    total = sum(len(each["requirements"]) for each in document["targets"])

    assert len([each for each in root.iter() if each.get("data-listed") is not None]) == total


def unfolded(root: Element) -> list[str]:
    """Return the ids of the requirements that are open."""
    return [
        str(each.get("id")) for each in with_class(root, "requirement") for it in each.findall("details[@open]") if it
    ]


def test_findings_are_open_and_the_rest_is_folded(root: Element, document: Json) -> None:
    found = [
        f"t{place}-" + each["id"].replace("/", "-")
        for place, target in enumerate(document["targets"], 1)
        for each in target["requirements"]
        if each["outcome"] in ("failed", "deviation", "error")
    ]

    assert sorted(unfolded(root)) == sorted(found)


def test_of_one_cause_the_first_finding_is_open(document: Json) -> None:
    first = document["targets"][0]["requirements"][1]
    document["targets"][0]["requirements"].append({**first, "id": "vcf/retry-task/another-shape"})

    root = parsed(html.render(document))

    shared = next(with_class(root, "shared"))
    assert words(next(shared.iter("h4"))) == 'Expected an object at $.nestedErrors[0], got "Error Object"'
    assert unfolded(shared) == ["t1-vcf-retry-task-error-shape"]
    assert "Same cause vcf/retry-task/another-shape" in words(card(root, "error-shape"))


def test_a_failure_shows_promise_source_difference_and_evidence(root: Element) -> None:
    text = words(card(root, "unknown-task"))

    assert "Retrying a task that does not exist is answered with 404 and an Error." in text
    assert "002_7e067a1c7b8f46e8.txt, Responses 404 must" in text
    assert "Expected 404 Got 200" in text
    assert "control PATCH https://vcf.example.test/v1/tasks/a1 → 200 OK a known task" in text
    assert '{ "id": "a1", "status": "SUCCESSFUL", "retries": 1.0e3 }' in text
    assert "curl -sS -i -X PATCH" in text
    assert "Shown to fail by unknown-task-accepted" in text


def test_the_deciding_exchange_is_open(root: Element) -> None:
    exchanges = list(with_class(card(root, "unknown-task"), "exchange"))

    assert ["open" in each.attrib for each in exchanges] == [False, True, True]


def test_an_exchange_without_an_answer_says_what_happened(root: Element) -> None:
    assert "→ no answer" in words(card(root, "slow"))
    assert "No answer reset after 512 bytes" in words(card(root, "slow"))


def test_bytes_behind_a_message_are_shown(root: Element) -> None:
    assert "surplus behind the end of the message: text, 7 bytes surplus" in words(card(root, "no-body"))


def test_header_lines_that_were_not_kept_are_counted(root: Element) -> None:
    assert "59,800 more header lines, not kept" in words(card(root, "no-body"))


def test_the_bodies_of_passed_checks_are_left_out(root: Element) -> None:
    passed = card(root, "fact-0")

    assert not list(with_class(passed, "exchange"))
    assert "2 exchanges" in words(passed)


def test_the_exchanges_of_a_fuzz_check_are_bounded(root: Element) -> None:
    assert len(list(with_class(card(root, "fuzz"), "exchange"))) == 6
    assert "6 of 40 exchanges; the others are in report.json." in words(card(root, "fuzz"))


def test_readings_are_shown_and_so_is_their_absence(root: Element) -> None:
    readings = [words(each) for each in with_class(root, "readings")]

    assert "May an Error have null in place of a field? null-fields null fields without a value are null" in readings[0]
    assert "What does an immediate second retry get? second-retry No answer of this run shows it." in readings[0]
    assert "document Errors, with a string status example errors, with an integer status" in readings[1]


@pytest.mark.parametrize(
    ("key", "value", "notice"),
    [("complete", False, "The run was interrupted."), ("partial", True, "Only selected requirements were judged.")],
)
def test_a_run_that_is_not_whole_says_so(document: Json, key: str, value: object, notice: str) -> None:
    document["run"][key] = value

    assert notice in words(next(with_class(parsed(html.render(document)), "masthead")))


def test_a_target_with_a_problem_says_so(document: Json) -> None:
    document["targets"][0]["problem"] = "no answer to 5 exchanges in a row"

    assert "no answer to 5 exchanges in a row" in words(next(with_class(parsed(html.render(document)), "summary")))


def test_a_reading_leads_to_the_requirements_that_it_touches(root: Element) -> None:
    touches = next(with_class(root, "touches"))

    assert [each.get("href") for each in touches.iter("a")] == ["#t1-vcf-retry-task-error-shape"]
    assert "vcf/retry-task/elsewhere" in words(touches)


def test_a_curl_line_is_shown_whole_or_not_at_all(document: Json) -> None:
    curl = "curl " + "x" * 20_000
    document["targets"][0]["requirements"][0]["checks"][0]["exchanges"][1]["curl"] = curl

    text = words(card(parsed(html.render(document)), "unknown-task"))

    assert "xxx" not in text
    assert "The curl line has 20,005 characters and stands in report.json." in text


def test_a_target_of_which_nothing_was_selected_does_not_read_as_conformant(conforming: Json) -> None:
    conforming["run"]["partial"] = True
    conforming["targets"][0]["counts"] |= {"passed": 0, "inapplicable": 0, "not_run": 6}

    assert words(next(parsed(html.render(conforming)).iter("h1"))) == "Not judged"


def test_the_outcomes_of_each_operation_are_pictured(root: Element) -> None:
    picture = next(with_class(root, "picture"))

    assert words(picture) == "vcf/retry-task 4 failed 1 deviation 1 error 1 untestable 1 inconclusive"
    assert [each.get("class") for each in picture.iter(SVG_RECT)] == [
        "failed",
        "deviation",
        "error",
        "untestable",
        "inconclusive",
    ]


def test_what_was_not_tested_says_how_to_make_it_testable(document: Json) -> None:
    target = document["targets"][0]
    target["missing_states"] = [
        {"state": "unfailed_task", "description": "a task at rest", "values": {"task_id": "text"}, "used_up": False}
    ]
    message = "state 'unfailed_task' is not provided: a task at rest; list it in [states.unfailed_task]"
    target["requirements"][5]["checks"][0]["message"] = message

    remedy = next(with_class(parsed(html.render(document)), "remedy"))

    assert words(remedy).endswith('# a task at rest [states.unfailed_task] always = { task_id = "fill-in-1" }')


def test_a_finding_says_how_to_run_it_alone(root: Element) -> None:
    text = words(card(root, "unknown-task"))

    assert (
        "assay run --target TARGET.toml --seed 20260301 --only vcf/retry-task/unknown-task --report-dir reports/again"
        in text
    )


def test_what_a_violation_was_seen_behind_is_unfolded_with_it(conforming: Json) -> None:
    before, after = (exchange("PATCH", "https://lab.test/tasks/a1", status) for status in (403, 409))
    other = exchange("PATCH", "https://lab.test/tasks/b2", 200, role="control")
    behind = check("refused", "failed", "expected 200, got 409", before, after, other)
    conforming["targets"][0]["requirements"][0] |= {"outcome": "failed", "message": "no", "checks": [behind]}

    root = parsed(html.render(conforming))

    assert ["open" in each.attrib for each in with_class(root, "exchange")] == [True, True, False]
    assert "Step by step: 1 PATCH → 403, 2 PATCH → 409, 3 control → 200" in words(root)


def test_what_keeps_a_curl_line_from_showing_it_again_stands_beside_it(conforming: Json) -> None:
    done = check("done", "failed", "expected 404, got 200", exchange("PATCH", "https://lab.test/tasks/a1", 200))
    done["given"] = [{"state": "failed_task", "by": "handler", "values": {"task_id": "a1"}, "used_up": True}]
    conforming["targets"][0]["requirements"][0] |= {"outcome": "failed", "message": "no", "checks": [done]}

    note = next(with_class(parsed(html.render(conforming)), "curl-note"))

    assert words(note) == (
        "The curl line needs a fresh failed_task (a1 was used by this run): ask the state handler for one."
    )


def test_what_sets_a_request_apart_from_its_control_is_shown(root: Element) -> None:
    compared = next(with_class(card(root, "unknown-task"), "compared"))

    assert words(compared) == (
        "What sets this request apart from the control Where Control → 200 This request "
        "url /v1/tasks/a1 /v1/tasks/does-not-exist"
    )


def test_the_check_that_decides_comes_first_and_alone_shows_its_exchange() -> None:
    asked = conftest.exchange("PATCH", "https://lab.example.test/v1/tasks/a", 200)
    unclear = conftest.check("it_is_looked_at", "inconclusive", "expected a 404 to look at, got 200", asked)
    wrong = conftest.check("it_is_refused", "failed", "expected 404, got 200", asked)
    judged = conftest.requirement("vcf/retry-task/unknown-task", "It is refused.", unclear, wrong)
    document = conftest.report(conftest.target("lab", "vcf", judged))

    found = card(parsed(html.render(document)), "unknown-task")

    checks = [words(each) for each in with_class(found, "check-head")]
    assert [each.split()[0] for each in checks] == ["it_is_refused", "it_is_looked_at"]
    assert ["open" in each.attrib for each in with_class(found, "exchange")] == [True, False]


def test_what_a_message_speaks_of_is_marked_in_the_body(root: Element) -> None:
    marked = [words(each) for each in card(root, "error-shape").iter("mark")]

    assert marked == ['"Error Object" ← expected an object']


def test_a_status_that_is_wrong_is_marked(root: Element) -> None:
    assert [words(each) for each in with_class(card(root, "unknown-task"), "wrong")][:1] == ["200 OK"]


def waiver(state: str) -> Json:
    said = {"reason": "ticket <b>12</b>", "owner": "ann", "expires": "2026-12-01", "fingerprint": "a" * 16}
    return {**said, "state": state}


def test_a_waiver_is_shown_beside_its_failure(document: Json) -> None:
    document["targets"][0]["requirements"][0]["waiver"] = waiver("used")
    document["targets"][0]["verdict_but_for_waivers"] = "not-fully-verified"

    root = parsed(html.render(document))

    assert "But for these it is: not fully verified." in words(next(with_class(root, "summary")))
    text = words(card(root, "unknown-task"))
    assert "Waived ticket <b>12</b> Owner ann Expires 2026-12-01" in text


def test_a_waiver_that_is_stale_is_told_on_top_and_beside_its_requirement(conforming: Json) -> None:
    judged = conforming["targets"][0]["requirements"][0]
    judged["waiver"] = waiver("unused")

    root = parsed(html.render(conforming))

    notice = next(with_class(next(with_class(root, "masthead")), "notice"))
    assert words(notice) == (
        f"Stale waivers fail the run, whatever the verdict: {judged['id']} : it passes: take its waiver out of the file"
    )
    text = words(card(root, judged["id"].rpartition("/")[2]))
    assert "stale waiver" in text
    assert "It passes: take its waiver out of the file. Waiver ticket <b>12</b> Owner ann Expires 2026-12-01" in text


def test_a_finding_without_room_for_its_evidence_says_that_it_is_waived() -> None:
    wrong = conftest.check("it_is_refused", "failed", "expected 404, got 200")
    findings = [
        {**conftest.requirement(f"vcf/retry-task/r{each}", "It is refused.", wrong), "waiver": waiver("used")}
        for each in range(101)
    ]
    sick = conftest.target("sick", "vcf", *findings)
    others = [conftest.target(name, "vcf", *findings[:1]) for name in "abcde"]

    root = parsed(html.render(conftest.report(sick, *others)))

    (last,) = with_class(root, "rest")
    assert words(last) == "vcf/retry-task/r100 waived expected 404, got 200"


def test_that_nobody_answered_is_told_on_top(unanswered: Json, root: Element) -> None:
    (notice,) = with_class(next(with_class(parsed(html.render(unanswered)), "masthead")), "notice")

    assert words(notice).startswith("No target gave a single HTTP answer: `assay doctor --target FILE`")
    assert list(with_class(next(with_class(root, "masthead")), "notice")) == []


def test_a_waiver_that_is_not_decided_is_not_told_on_top(document: Json) -> None:
    document["targets"][0]["requirements"][0]["waiver"] = waiver("idle")

    root = parsed(html.render(document))

    assert list(with_class(next(with_class(root, "masthead")), "notice")) == []


def test_the_page_names_the_whole_digest_of_the_catalogue(root: Element) -> None:
    assert "3f" * 32 in words(next(each for each in root.iter("dl") if each.get("id") == "provenance"))


def test_the_same_report_makes_the_same_page(document: Json) -> None:
    assert html.render(document) == html.render(document)


def test_an_enormous_report_makes_a_bounded_page(document: Json) -> None:
    huge = "x" * 64 * 1024
    for requirement in document["targets"][0]["requirements"]:
        requirement["message"] = huge
        for made in requirement["checks"]:
            made["message"] = huge
            for shown in made["exchanges"]:
                shown["curl"] = f"curl {huge}"
                shown["response"] = shown["response"] and {**shown["response"], "reason": huge}
                shown["request"]["body"] = {"bytes": len(huge), "text": huge}

    assert len(html.render(document)) < 1_000_000


def rows(root: Element, *without: str) -> dict[str, str]:
    """Return what stands in each row of the first matrix, under the name at its head."""
    matrix = next(with_class(root, "matrix"))
    found = [row for row in matrix.iter("tr") if row.get("class") not in without]
    names = [words(next(iter(row.iter("summary")), next(row.iter("th")))) for row in found]
    return {name: "".join(words(cell) for cell in row.iter("td")) for name, row in zip(names, found, strict=True)}


def test_targets_of_one_contract_stand_side_by_side(fleet: Callable[[int], Json]) -> None:
    root = parsed(html.render(fleet(5)))

    assert rows(root) == {"Requirement": "", "retry-task/unknown-task": "....F", "retry-task/slow": "..U.."}
    assert [words(each) for each in next(with_class(root, "matrix")).iter("thead")] == [
        "Requirement lab-000 lab-001 lab-002 lab-003 lab-004"
    ]


def test_each_outcome_in_the_matrix_leads_to_its_details(fleet: Callable[[int], Json]) -> None:
    root = parsed(html.render(fleet(5)))

    found = next(cell for cell in next(with_class(root, "matrix")).iter("td") if cell.get("class") == "failed")
    assert [each.get("href") for each in found.iter("a")] == ["#t5-vcf-retry-task-unknown-task"]
    assert "Expected 404 Got 200" in words(card(root, "t5-vcf-retry-task-unknown-task"))


def test_of_many_targets_the_worst_come_first(fleet: Callable[[int], Json]) -> None:
    root = parsed(html.render(fleet(12)))

    listed = [words(each) for each in next(with_class(root, "list")).iter("tr")]
    assert listed[1:3] == [
        "lab-004 vcf Non-conformant 1 failed 2 passed 1 inapplicable 2 of 4",
        "lab-009 vcf Non-conformant 1 failed 2 passed 1 inapplicable 2 of 4",
    ]
    assert rows(root, "part")["unknown-task"] == "FF.........."
    assert "2 non-conformant 1 not fully verified 9 conformant" in words(next(with_class(root, "masthead")))


def test_every_link_of_many_targets_leads_to_something_on_the_page(fleet: Callable[[int], Json]) -> None:
    root = parsed(html.render(fleet(12)))

    ids = [str(each.get("id")) for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert {each.removeprefix("#") for each in links(root)} <= set(ids)


def test_of_many_targets_the_findings_are_shown_with_their_evidence(fleet: Callable[[int], Json]) -> None:
    root = parsed(html.render(fleet(12)))

    cards = [card for cause in with_class(root, "cause") for card in with_class(cause, "requirement")]
    assert [each.get("id") for each in cards] == [f"t{each}-vcf-retry-task-unknown-task" for each in (5, 10)]
    assert "Expected 404 Got 200 PATCH https://lab.test/a → 200 OK" in words(cards[0])


def test_of_many_targets_each_requirement_stands_once_with_its_promise(fleet: Callable[[int], Json]) -> None:
    root = parsed(html.render(fleet(12)))

    listed = [each for each in root.iter("tr") if each.get("data-listed") is not None]
    assert [each.get("data-outcome") for each in listed] == [
        "passed",
        "failed passed",
        "untestable passed",
        "inapplicable",
    ]
    assert words(listed[1]).startswith(
        "unknown-task It is refused. must; 002_7e067a1c7b8f46e8.txt, Responses 404 "
        "Overview : an unknown one is refused shown to fail by unknown-task-accepted vcf/retry-task/unknown-task"
    )
    assert words(listed[0]).endswith("passed everywhere")


def test_the_readings_of_targets_stand_side_by_side(fleet: Callable[[int], Json]) -> None:
    document = fleet(12)
    seen = [{"reading": "null", "meaning": "none is left out"}], [{"reading": "omitted", "meaning": "none is null"}]
    for place, target in enumerate(document["targets"]):
        target["readings"] = [{"ambiguity": "null-fields", "statement": "Null?", "observed": seen[place % 2]}]

    register = next(with_class(parsed(html.render(document)), "register"))

    assert "null-fields Null? null none is left out" in words(register)
    followed = [[words(cell) for cell in row.iter("td")] for row in register.iter("tr")][2:]
    assert sorted(["".join(row) for row in followed]) == ["●" * 6, "●" * 6]
    assert [first != second for first, second in zip(*followed, strict=True)] == [True] * 12


def test_evidence_is_shared_evenly_where_the_page_would_burst(
    fleet: Callable[[int], Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "EVIDENCE_SHOWN", 12)
    document = fleet(12)
    document["targets"][4]["requirements"].append(
        {**document["targets"][4]["requirements"][1], "id": "vcf/retry-task/another"}
    )

    root = parsed(html.render(document))

    assert len(list(with_class(card(root, "t5-vcf-retry-task-unknown-task"), "exchange"))) == 1
    assert words(next(with_class(root, "rest"))) == "vcf/retry-task/another expected 404, got 200"


def test_a_page_of_two_hundred_targets_without_a_single_pass_stays_small(fleet: Callable[[int], Json]) -> None:
    document = fleet(200)
    for target in document["targets"]:
        sick = document["targets"][4]["requirements"][1]
        target["requirements"] = [{**sick, "id": f"vcf/retry-task/a-promise-{each}"} for each in range(40)]

    assert len(html.render(document)) < 5_000_000


def test_the_names_of_many_targets_are_text(fleet: Callable[[int], Json], hostile: str) -> None:
    document = fleet(12)
    document["targets"][4]["name"] = f'{hostile}"><img src=x onerror=alert(1)>'

    root = parsed(html.render(document))

    assert len(list(root.iter("script"))) == 1
    assert not list(root.iter("img"))


def test_a_shard_says_that_it_is_one(conforming: Json) -> None:
    conforming["run"] |= {"partial": True, "shard": "2/5"}

    masthead = words(next(with_class(parsed(html.render(conforming)), "masthead")))

    assert "Nothing that was checked is violated. Only the checks of shard 2/5 were run." in masthead
    assert "assay merge unites the shards" in masthead


def rows_of_document(root: Element) -> list[str]:
    return [words(each) for part in with_class(root, "statements") for each in part.iter("li")]


def test_documents_are_read_statement_by_statement(root: Element) -> None:
    assert rows_of_document(root)[:8] == [
        "1 informative name of the page a heading",
        "2 not verified only a failed task is retried slow (inconclusive) unfailed-task (untestable)",
        "3 violated id is a string unknown-task (failed)",
        "4 violated success has no body no-body (failed)",
        "5 violated status of an unknown task unknown-task (failed) error-shape (failed)",
        "6 violated causes: a list error-shape (failed) leaves open: null-fields",
        "7 not verified status of a task that has not failed unfailed-task (untestable)",
        "8 not testable a sample answer repeats the fields",
    ]


def test_a_document_says_how_much_of_it_is_verified(root: Element) -> None:
    summaries = [words(each) for part in with_class(root, "document") for each in part.iter("summary")]

    assert summaries == [
        "Retry Task vcf/retry-task 8 statements 0 of 6 statements verified, 4 violated, 2 not verified",
        "Rerun Workflow Execution onedata/rerun-execution 4 statements 2 of 3 statements verified, 1 not applicable",
    ]


def test_a_requirement_shows_its_statements(root: Element) -> None:
    card = next(each for each in root.iter() if each.get("id") == "t1-vcf-retry-task-unknown-task")

    shown = next(with_class(card, "basis-list"))
    assert words(shown) == "Path Parameters : id is a string Responses 404 : status of an unknown task"
    assert links(shown) == {"#s-vcf-retry-task-3", "#s-vcf-retry-task-5"}


def test_a_requirement_that_rests_on_no_statement_says_on_what(root: Element) -> None:
    card = next(each for each in root.iter() if each.get("id") == "t1-vcf-retry-task-no-credentials")

    assert "Rests on no statement of the document; RFC 9110, section 15.5.2: 401 is for requests" in words(card)


def test_each_target_has_its_figure(root: Element) -> None:
    assert [words(each) for each in with_class(root, "stated")] == [
        "0 of 6 statements verified, 4 violated, 2 not verified",
        "2 of 3 statements verified, 1 not applicable",
    ]


def test_each_of_a_few_targets_has_its_figure_at_the_top(root: Element) -> None:
    cards = [words(each) for each in next(with_class(root, "targets")).iter("a")]

    assert cards == [
        "sddc-manager-lab Non-conformant 0 of 6 statements verified",
        "zuora-apisandbox Not fully verified",
        "oneprovider-krakow Conformant 2 of 3 statements verified",
    ]


def test_a_single_target_has_its_figure_in_the_masthead(conforming: Json) -> None:
    masthead = next(with_class(parsed(html.render(conforming)), "masthead"))

    assert "Statements 2 of 3 verified" in words(masthead)


def test_of_several_targets_a_statement_says_which_ones_violate_it(fleet: Callable[[int], Json]) -> None:
    rows = rows_of_document(parsed(html.render(fleet(5))))

    alike, violated, open_, inapplicable, silent = rows
    assert alike == "1 verified a failed task is retried done (passed)"
    assert "violated on lab-004 ; verified on lab-000 , lab-001 , lab-002 , lab-003 unknown-task (failed)" in violated
    assert "not verified on lab-002 ; verified on lab-000 , lab-001 , lab-003 , lab-004 slow (untestable)" in open_
    assert inapplicable == "4 not applicable it is odd crash (inapplicable)"
    assert silent == "5 informative name of the page a heading"


def test_of_many_targets_a_statement_counts_them(fleet: Callable[[int], Json]) -> None:
    rows = rows_of_document(parsed(html.render(fleet(25))))

    assert (
        rows[1]
        == "2 violated an unknown one is refused violated on 5 of 25; verified on 20 of 25 unknown-task (failed)"
    )


def test_the_documents_do_not_grow_with_the_targets(fleet: Callable[[int], Json]) -> None:
    few, many = (next(with_class(parsed(html.render(fleet(number))), "documents")) for number in (20, 200))

    assert len(list(few.iter())) == len(list(many.iter()))


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//evil.test/"])
def test_only_web_addresses_of_documents_are_links(conforming: Json, address: str) -> None:
    conforming["documents"][0]["address"] = address

    published = next(with_class(parsed(html.render(conforming)), "published"))

    assert list(published.iter("a")) == []
    assert address in words(published)


def test_where_a_document_is_published_does_not_learn_who_reads_of_it(root: Element) -> None:
    (link, *_) = next(with_class(root, "published")).iter("a")

    assert link.get("rel") == "noreferrer noopener"


def test_a_report_without_documents_has_no_part_about_them(undocumented: Json) -> None:
    page = html.render(undocumented)

    assert "#documents" not in page
    assert list(with_class(parsed(page), "documents")) == []
