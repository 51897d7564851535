"""A catalogue of one operation, documented by the bare page, whose ledger can be spoilt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from assay import catalogue
from assay.sources import places, tracing
from assay.sources.draft import draft
from assay.sources.ledger import ledgers_of
from tests.sources.pages import BARE

if TYPE_CHECKING:
    from pathlib import Path

    from assay.model import Contract
    from assay.sources.ledger import Ledger

ERROR = {
    "type": "object",
    "properties": {
        "errorCode": {"type": "string"},
        "causes": {"type": "array", "items": {"type": "object", "properties": {"type": {"type": "string"}}}},
        "colour": {"enum": ["red", "green", "blue"]},
    },
}
BODY = {"description": "No.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Crates", "version": "1"},
    "components": {"schemas": {"Error": ERROR}},
    "paths": {
        "/v1/crates/{id}": {
            "patch": {
                "operationId": "seal",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 40}}
                ],
                "responses": {"200": {"description": "Sealed."}, "404": BODY, "409": BODY, "500": BODY},
            }
        }
    },
}
CONTRACT: dict[str, Any] = {
    "name": "Crates",
    "spec": "crates.yaml",
    "auth": {"header": "Authorization", "scheme": "Bearer"},
    "ambiguities": [
        {"id": "error-text", "statement": "?", "readings": {"x": "y"}, "touches": ["seal/error-shape"]},
    ],
}
REQUIREMENTS: list[dict[str, Any]] = [
    {"id": "sealed", "level": "must", "observes": {"success": [200]}},
    {"id": "unknown", "level": "must", "observes": {"shape": [404]}},
    {"id": "unpacked", "level": "must", "observes": {"shape": [409]}},
    {"id": "error-shape", "level": "must", "observes": {"content_type": [500]}},
    {"id": "colours", "level": "must", "observes": {"content_type": [404]}},
    {"id": "hygiene", "level": "should", "observes": {"server_error": []}, "rests_on": "RFC 9110, section 15.6"},
]
FATES = {
    "200": ["sealed"],
    "404": ["unknown"],
    "409": ["unpacked"],
    "500": ["error-shape"],
}


class Pack:
    """The catalogue and its ledger, as files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "contracts" / "crates"
        self.spec: dict[str, Any] = yaml.safe_load(yaml.safe_dump(SPEC))
        self.requirements: list[dict[str, Any]] = yaml.safe_load(yaml.safe_dump(REQUIREMENTS))
        self.ledger: dict[str, Any] = {}
        self._write()
        self.begin()

    def contract(self) -> Contract:
        """Write the catalogue and read it."""
        self._write()
        return catalogue.load_from(self.folder)["crates"]

    def read(self) -> Ledger:
        """Write the ledger and read it."""
        return ledgers_of(self.contract(), self.home)["crates/seal"]

    def gaps(self) -> list[str]:
        """Return what is not accounted for, each as a line."""
        contract = self.contract()
        return [str(each) for each in tracing.gaps(contract, ledgers_of(contract, self.home))]

    def begin(self) -> None:
        """Make a ledger without a gap from the draft of the page."""
        contract = catalogue.load_from(self.folder)["crates"]
        named = places.places(contract.operations["crates/seal"], contract.spec)
        self.ledger = yaml.safe_load(draft("crates.txt", BARE, None, named))
        for section in self.ledger["sections"]:
            status = section["section"].removeprefix("Responses ")
            for item in section["statements"]:
                item["gist"] = "what it says"
                if status in FATES:
                    item["requirements"] = FATES[status]
                else:
                    item["informative"] = "background"
                if item["kind"] == "enum":
                    item |= {
                        "requirements": ["colours"],
                        "spec": [f"{each} colour enum" for each in ("404", "409", "500")],
                    }
                if item["kind"] == "example" and status == "409":
                    item["ambiguity"] = item.pop("requirements") and ["error-text"]
                if item["kind"] == "field" and "causes" in str(item.get("spec")):
                    item["spec"].append(f"{status} causes.type")
        self.ledger["beyond"] = [
            {"place": "path id maxLength 40", "rests_on": "a bound"},
            {"place": "[45]0[09] colour", "rests_on": "the same schema"},
        ]

    def statement(self, kind: str, number: int = 0) -> dict[str, Any]:
        """Return one of the statements of a kind, to be spoilt."""
        found = [each for section in self.ledger["sections"] for each in section["statements"] if each["kind"] == kind]
        statement: dict[str, Any] = found[number]
        return statement

    def _write(self) -> None:
        (self.home / "seal").mkdir(parents=True, exist_ok=True)
        (self.folder / "specs").mkdir(exist_ok=True)
        source = {"source": {"document": "crates.txt", "section": "Responses"}, "statement": "It is so."}
        (self.folder / "specs" / "crates.yaml").write_text(yaml.safe_dump(self.spec))
        (self.home / "contract.yaml").write_text(yaml.safe_dump(CONTRACT))
        (self.home / "seal" / "requirements.yaml").write_text(
            yaml.safe_dump([each | source for each in self.requirements])
        )
        if self.ledger:
            (self.home / "seal" / "sources.yaml").write_text(yaml.safe_dump(self.ledger, sort_keys=False))


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)
