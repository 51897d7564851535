"""The report as EARL 1.0 (Evaluation and Report Language), in JSON-LD: one assertion per target and requirement.

The context stands in the document, so that no reader has to fetch one. EARL knows no levels: a requirement of level
`should` that does not hold has `earl:failed` like any other, and its level stands at the requirement. What is called
`untestable` here was not tested, and so is `earl:untested`; `earl:cantTell` is for what was tested and left open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from assay.model import Outcome
from assay.report.account import account, source
from assay.report.forms import DOCUMENT
from assay.report.statements import figure_in_words, founding
from assay.report.text import ascii_json, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node
    from assay.report.document import Report

_OWN = "urn:assay:"

CONTEXT: dict[str, Any] = {
    "earl": "http://www.w3.org/ns/earl#",
    "dct": "http://purl.org/dc/terms/",
    "doap": "http://usefulinc.com/ns/doap#",
    "ptr": "http://www.w3.org/2009/pointers#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "assay": "urn:assay:earl:",
    **{name: {"@id": f"earl:{name}", "@type": "@id"} for name in ("assertedBy", "subject", "test", "mode", "outcome")},
    "result": "earl:result",
    "pointer": "earl:pointer",
    "info": "earl:info",
    "title": "dct:title",
    "description": "dct:description",
    "identifier": "dct:identifier",
    "source": "dct:source",
    "derivedFrom": {"@id": "dct:source", "@type": "@id"},
    "date": {"@id": "dct:date", "@type": "xsd:dateTime"},
    "isPartOf": {"@id": "dct:isPartOf", "@type": "@id"},
    "release": "doap:revision",
    "expression": "ptr:expression",
    "reference": "ptr:reference",
    "restsOn": "assay:restsOn",
    "section": "assay:section",
    "statements": "assay:statements",
    "level": "assay:level",
    "contract": "assay:contract",
    "verdict": "assay:verdict",
    "rawOutcome": "assay:outcome",
}

OUTCOMES = {
    Outcome.PASSED: "earl:passed",
    Outcome.FAILED: "earl:failed",
    Outcome.DEVIATION: "earl:failed",
    Outcome.INCONCLUSIVE: "earl:cantTell",
    Outcome.ERROR: "earl:cantTell",
    Outcome.INAPPLICABLE: "earl:inapplicable",
    Outcome.UNTESTABLE: "earl:untested",
    Outcome.NOT_RUN: "earl:untested",
}


class EarlView:
    """Writes `earl.jsonld`."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._run = report.run
        self._assertor = f"{_OWN}suite:{_quoted(self._run['suite_version'])}"

    def opening(self) -> Iterator[str]:
        """Yield the context, who asserts, and what was required."""
        yield f'{{"@context": {ascii_json(CONTEXT)},\n"@graph": [\n'
        yield ascii_json(
            {
                "@id": self._assertor,
                "@type": ["earl:Assertor", "earl:Software", "doap:Version"],
                "title": "Assay",
                "release": self._run["suite_version"],
                "description": f"with the catalogue of sha256 {self._run['catalogue_sha256']}",
            }
        )
        for document in self._report.documents:
            yield from (",\n" + ascii_json(each) for each in _document(document))
        for matrix in self._report.survey.matrices.values():
            for requirement in matrix.requirements.values():
                yield ",\n" + ascii_json(_criterion(requirement))

    def target(self, target: Node, position: int) -> Iterator[str]:
        """Yield one target and what is asserted of it."""
        subject = f"{_OWN}target:{_quoted(target['name'])}"
        yield ",\n" + ascii_json(
            {
                "@id": subject,
                "@type": "earl:TestSubject",
                "title": one_line(target["name"]),
                "identifier": one_line(target["base_url"]),
                "contract": one_line(target["contract"]),
                "verdict": target["verdict"],
                **({"statements": figure_in_words(target["statements"])} if "statements" in target else {}),
            }
        )
        for number, requirement in enumerate(target["requirements"]):
            place = f"/targets/{position - 1}/requirements/{number}"
            assertion = {
                "@type": "earl:Assertion",
                "assertedBy": self._assertor,
                "subject": subject,
                "test": _criterion_id(requirement),
                "mode": "earl:automatic",
                "result": self._result(requirement, target, place),
            }
            yield ",\n" + ascii_json(assertion)

    def _result(self, requirement: Node, target: Node, place: str) -> dict[str, Any]:
        """Return what the checks came to, and the place in the report document (a JSON pointer) where they stand."""
        outcome = Outcome(requirement["outcome"])
        result = {
            "@type": "earl:TestResult",
            "outcome": OUTCOMES[outcome],
            "rawOutcome": outcome,
            "date": self._run["started"],
            "pointer": {"@type": "ptr:ExpressionPointer", "expression": place, "reference": DOCUMENT},
        }
        if outcome is not Outcome.PASSED:
            result |= {
                "description": one_line(requirement["message"]),
                "info": account(requirement, target, self._run["seed"], self._report.statements.basis(requirement)),
            }
        return result

    def closing(self) -> Iterator[str]:
        """Yield the end of the document."""
        yield "\n]}\n"


def _document(document: Node) -> Iterator[dict[str, Any]]:
    """Yield a document, and of its statements those on which requirements rest."""
    operation = document["operation"]
    name = f"{_OWN}document:{operation}"
    yield {
        "@id": name,
        "@type": "dct:BibliographicResource",
        "title": one_line(document["title"]),
        # Not as a node: whoever follows nodes would ask for the page.
        "identifier": one_line(document["address"]),
        "source": one_line(document["document"]),
    }
    for each in founding([document]):
        yield {
            "@id": _statement_id(operation, each["number"]),
            "@type": "assay:Statement",
            "description": one_line(each["gist"]),
            "section": one_line(each["section"]),
            "identifier": each["digest"],
            "isPartOf": name,
        }


def _statement_id(operation: str, number: int) -> str:
    return f"{_OWN}statement:{operation}/{number}"


def _criterion(requirement: Node) -> dict[str, Any]:
    return {
        "@id": _criterion_id(requirement),
        "@type": "earl:TestRequirement",
        "title": requirement["id"],
        "description": one_line(requirement["statement"]),
        "source": one_line(source(requirement)),
        "level": requirement["level"],
        "isPartOf": f"{_OWN}operation:{requirement['id'].rpartition('/')[0]}",
        **({"derivedFrom": list(_derived_from(requirement))} if "statements" in requirement else {}),
        **({"restsOn": one_line(requirement["rests_on"])} if "rests_on" in requirement else {}),
    }


def _derived_from(requirement: Node) -> Iterator[str]:
    for operation, named in requirement["statements"].items():
        yield from (_statement_id(operation, number) for number in named)


def _criterion_id(requirement: Node) -> str:
    return f"{_OWN}requirement:{requirement['id']}"


def _quoted(name: str) -> str:
    """Return a name as it may stand in a URN; half a surrogate pair is no text."""
    return quote(one_line(name), safe="")
