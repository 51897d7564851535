"""EARL is read here by an RDF library that knows nothing of Assay, and asked in SPARQL, as its readers do."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from rdflib import Graph, Namespace
from rdflib.namespace import DCTERMS, RDF

from assay.model import Outcome
from assay.report.document import Written, pieces
from assay.report.earl import OUTCOMES, EarlView

if TYPE_CHECKING:
    from rdflib.query import ResultRow

Json = dict[str, Any]

# rdflib's own reader of JSON-LD uses what rdflib warns of.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

EARL = Namespace("http://www.w3.org/ns/earl#")
PREFIXES = """
    PREFIX earl: <http://www.w3.org/ns/earl#>
    PREFIX dct: <http://purl.org/dc/terms/>
    PREFIX ptr: <http://www.w3.org/2009/pointers#>
    PREFIX assay: <urn:assay:earl:>
"""


def text_of(document: Json) -> str:
    report = Written(document)
    return "".join(pieces(report, EarlView(report)))


def graph_of(document: Json) -> Graph:
    return Graph().parse(data=text_of(document), format="json-ld")


@pytest.fixture
def graph(document: Json) -> Graph:
    return graph_of(document)


def ask(graph: Graph, query: str) -> list[tuple[str, ...]]:
    rows: list[ResultRow] = list(graph.query(PREFIXES + query))  # type: ignore[arg-type]  # a SELECT gives rows
    return sorted(tuple(str(cell) for cell in row) for row in rows)


def test_there_is_one_assertion_for_each_requirement_of_each_target(document: Json, graph: Graph) -> None:
    asserted = ask(
        graph,
        """SELECT ?name ?id ?outcome WHERE {
            ?assertion a earl:Assertion ; earl:subject ?subject ; earl:test ?test ; earl:result ?result .
            ?subject a earl:TestSubject ; dct:title ?name .
            ?test a earl:TestRequirement ; dct:title ?id .
            ?result a earl:TestResult ; assay:outcome ?outcome .
        }""",
    )

    assert asserted == sorted(
        (target["name"], each["id"], each["outcome"])
        for target in document["targets"]
        for each in target["requirements"]
    )


def test_every_assertion_is_whole(graph: Graph) -> None:
    # What the schema of EARL 1.0 demands of an assertion: one of each, and an automatic mode.
    broken = ask(
        graph,
        """SELECT ?assertion WHERE {
            ?assertion a earl:Assertion
            OPTIONAL { ?assertion earl:assertedBy ?by . ?by a earl:Assertor }
            OPTIONAL { ?assertion earl:mode ?mode . FILTER (?mode = earl:automatic) }
            OPTIONAL { ?assertion earl:result/earl:outcome ?outcome }
            OPTIONAL { ?assertion earl:result/earl:pointer ?pointer }
        } GROUP BY ?assertion
        HAVING (COUNT(?by) != 1 || COUNT(?mode) != 1 || COUNT(?outcome) != 1 || COUNT(?pointer) != 1)""",
    )

    assert broken == []
    assert len(set(graph.subjects(RDF.type, EARL.Assertion))) == 33


@pytest.mark.parametrize(
    ("slug", "outcome"),
    [
        ("vcf/retry-task/unknown-task", EARL.failed),
        ("vcf/retry-task/no-credentials", EARL.failed),
        ("vcf/retry-task/slow", EARL.cantTell),
        ("vcf/retry-task/crash", EARL.cantTell),
        ("vcf/retry-task/unfailed-task", EARL.untested),
        ("zuora/rerun-task/late", EARL.untested),
        ("zuora/rerun-task/entity", EARL.inapplicable),
        ("onedata/rerun-execution/rerun", EARL.passed),
    ],
)
def test_an_outcome_is_one_of_earl(graph: Graph, slug: str, outcome: str) -> None:
    assert ask(
        graph,
        f"""SELECT ?outcome WHERE {{
            ?assertion earl:test/dct:title "{slug}" ; earl:result/earl:outcome ?outcome .
        }}""",
    ) == [(str(outcome),)]


def test_every_outcome_has_a_word_of_earl() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert [outcome for outcome, word in OUTCOMES.items() if word == "earl:passed"] == [Outcome.PASSED]


def test_a_pointer_leads_to_the_evidence(document: Json, graph: Graph) -> None:
    ((place, file),) = ask(
        graph,
        """SELECT ?place ?file WHERE {
            ?assertion earl:test/dct:title "zuora/rerun-task/late" ; earl:result/earl:pointer ?pointer .
            ?pointer ptr:expression ?place ; ptr:reference ?file .
        }""",
    )

    _, targets, target, requirements, requirement = place.split("/")
    assert document[targets][int(target)][requirements][int(requirement)]["id"] == "zuora/rerun-task/late"
    assert file == "report.json"


def test_a_criterion_says_what_is_promised_where_and_how_firmly(graph: Graph) -> None:
    assert ask(
        graph,
        """SELECT ?statement ?source ?level WHERE {
            ?test dct:title "vcf/retry-task/no-credentials" ;
                dct:description ?statement ; dct:source ?source ; assay:level ?level .
        }""",
    ) == [("A call without credentials is refused.", "002_7e067a1c7b8f46e8.txt, Responses 404", "should")]


def test_it_is_read_without_a_network(document: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "socket")

    assert len(graph_of(document)) > 100


def test_a_name_of_a_target_stays_a_name(document: Json) -> None:
    document["targets"][0]["name"] = 'a lab> <urn:x> \u202e {"@id": 1}'

    names = {str(each) for each in graph_of(document).objects(predicate=DCTERMS.title)}
    assert 'a lab> <urn:x> \\u202e {"@id": 1}' in names


def test_what_a_server_said_is_text_alone(document: Json, graph: Graph) -> None:
    document["targets"][0]["requirements"][0]["message"] = "quiet"

    loud, quiet = set(graph.predicates()), set(graph_of(document).predicates())
    assert loud == quiet


def test_one_report_gives_one_text(document: Json) -> None:
    assert text_of(document) == text_of(document)
    assert json.loads(text_of(document))["@context"]["earl"] == str(EARL)


def test_a_criterion_comes_from_statements_of_a_document(graph: Graph) -> None:
    assert ask(
        graph,
        """SELECT ?gist ?section ?title ?address WHERE {
            ?test dct:title "vcf/retry-task/unknown-task" ; dct:source ?statement .
            ?statement a assay:Statement ; dct:description ?gist ; assay:section ?section ; dct:isPartOf ?document .
            ?document dct:title ?title ; dct:identifier ?address .
        }""",
    ) == [
        ("id is a string", "Path Parameters", "Retry Task", "https://docs.example.test/vcf/retry-task"),
        ("status of an unknown task", "Responses 404", "Retry Task", "https://docs.example.test/vcf/retry-task"),
    ]


def test_a_criterion_on_no_statement_says_what_it_rests_on(graph: Graph) -> None:
    assert ask(graph, "SELECT ?said WHERE { ?test assay:restsOn ?said }") == [
        ("RFC 9110, section 15.5.2: 401 is for requests without credentials",)
    ]


def test_only_statements_on_which_something_rests_are_told(graph: Graph) -> None:
    assert len(ask(graph, "SELECT ?statement WHERE { ?statement a assay:Statement }")) == 6 + 3


def test_a_report_without_documents_tells_of_no_statement(undocumented: Json) -> None:
    assert "statement:" not in text_of(undocumented)
