"""The shipped catalogue fits together, and one that does not is refused with file and key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from assay import catalogue
from assay.exceptions import ContractError
from assay.model import Effects, HarmlessCall

if TYPE_CHECKING:
    from pathlib import Path

OPERATIONS = {
    "zuora/rerun-task": ("POST", "/workflows/tasks/{task_id}/rerun"),
    "zuora/update-tasks": ("PUT", "/workflows/tasks/batch_update"),
    "zuora/import-workflow": ("POST", "/workflows/import"),
    "vcf/retry-task": ("PATCH", "/v1/tasks/{id}"),
    "onedata/rerun-execution": ("POST", "/api/v3/oneprovider/automation/execution/workflows/{wid}/rerun"),
}
STATES = {
    "zuora": {
        "task", "large_task", "workflow", "caller_without_run_access", "caller_without_manage_access", "entity", "org",
        "inaccessible_org", "unknown_task", "unknown_workflow",
    },
    "vcf": {"failed_task", "unfailed_task", "unknown_task"},
    "onedata": {"stopped_execution", "running_execution", "forbidden_execution", "unknown_execution"},
}  # fmt: skip


def test_the_five_documented_operations_are_there() -> None:
    found = {
        operation.id: (operation.method, operation.path)
        for contract in catalogue.load().values()
        for operation in contract.operations.values()
    }

    assert found == OPERATIONS


def test_every_contract_knows_its_provider_states() -> None:
    assert {name: set(contract.states) for name, contract in catalogue.load().items()} == STATES


def test_every_annotation_in_a_spec_has_its_requirement_and_observer() -> None:
    for contract in catalogue.load().values():
        named = set(_values(contract.spec, "x-assay-requirement"))
        observed = {each.slug for each in contract.requirements.values() if ("annotation", ()) in each.observers}

        assert named == observed


def test_every_reading_in_a_spec_is_in_the_register() -> None:
    for contract in catalogue.load().values():
        known = {(each.id, reading) for each in contract.ambiguities for reading in each.readings}

        assert {(each["ambiguity"], each["reading"]) for each in _values(contract.spec, "x-assay-reading")} <= known


def test_every_requirement_of_a_documented_status_is_also_judged_by_a_case() -> None:
    """An observer alone cannot bring about what it looks for; only a 500 is nothing that a client can provoke."""
    for contract in catalogue.load().values():
        with_case = {check.requirement for check in contract.checks if check.file is not None}
        for each in contract.requirements.values():
            statuses = {status for _, statuses in each.observers for status in statuses}
            if statuses and 500 not in statuses:
                assert each.id in with_case


def _values(node: Any, key: str) -> list[Any]:
    if isinstance(node, list):
        return [value for each in node for value in _values(each, key)]
    if not isinstance(node, dict):
        return []
    own = [node[key]] if key in node else []
    return own + [value for each in node.values() for value in _values(each, key)]


SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Toy", "version": "1"},
    "paths": {"/act": {"post": {"operationId": "act", "responses": {"200": {"description": "Done."}}}}},
}
CONTRACT: dict[str, Any] = {
    "name": "Toy",
    "spec": "toy.yaml",
    "auth": {"header": "Authorization", "scheme": "Bearer"},
    "states": {"task": {"description": "a task", "values": {"task_id": "text"}}},
    "ambiguities": [{"id": "a", "statement": "?", "readings": {"x": "y"}, "touches": ["act/done"]}],
}
REQUIREMENT: dict[str, Any] = {
    "id": "done",
    "level": "must",
    "statement": "It is done.",
    "source": {"document": "d", "section": "s"},
    "observes": {"shape": [200]},
}
CASES = """
from assay.bench import requirement

@requirement("done", given="task", each={"one": 1, "two": 2})
def test_it_is_done(bench, case):
    pass
"""


class Pack:
    """A small catalogue that can be spoilt."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spec: dict[str, Any] = yaml.safe_load(yaml.safe_dump(SPEC))
        self.contract: dict[str, Any] = yaml.safe_load(yaml.safe_dump(CONTRACT))
        self.requirement: dict[str, Any] = yaml.safe_load(yaml.safe_dump(REQUIREMENT))
        self.requirements: Any = [self.requirement]
        self.cases = CASES
        self.operation = "act"

    def load(self) -> Any:
        home = self.folder / "contracts" / "toy"
        (home / self.operation).mkdir(parents=True, exist_ok=True)
        (self.folder / "specs").mkdir()
        (self.folder / "specs" / "toy.yaml").write_text(yaml.safe_dump(self.spec))
        (home / "contract.yaml").write_text(yaml.safe_dump(self.contract))
        (home / self.operation / "requirements.yaml").write_text(yaml.safe_dump(self.requirements))
        (home / self.operation / "test_act.py").write_text(self.cases)
        return catalogue.load_from(self.folder)["toy"]

    def problem(self) -> str:
        with pytest.raises(ContractError) as raised:
            self.load()
        return str(raised.value).replace(str(self.folder), "")


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def test_a_pack_is_read_into_requirements_and_checks(pack: Pack) -> None:
    toy = pack.load()

    assert list(toy.requirements) == ["toy/act/done"]
    assert [check.id for check in toy.checks] == [
        "toy/act/done::it_is_done[one]",
        "toy/act/done::it_is_done[two]",
        "toy/act/done::every_exchange_shape_200",
    ]
    assert toy.checks[0].given == ("task",)
    assert toy.ambiguities[0].touches == ("toy/act/done",)


def test_the_digest_changes_with_any_file(pack: Pack) -> None:
    pack.load()
    before = catalogue.digest_of(pack.folder)
    (pack.folder / "contracts" / "toy" / "conftest.py").write_text("")

    assert catalogue.digest_of(pack.folder) != before


def _spoil(pack: Pack, way: str) -> None:  # noqa: C901, PLR0912, PLR0915 - one branch per mistake
    match way:
        case "no check":
            pack.requirements.append({**pack.requirement, "id": "other", "observes": {}})
        case "no requirement":
            pack.cases = CASES.replace('"done"', '"don"')
        case "twice":
            pack.requirements.append(pack.requirement)
        case "unknown key":
            pack.requirement["levle"] = "must"
        case "unknown contract key":
            pack.contract["state"] = {}
        case "level":
            pack.requirement["level"] = "may"
        case "slug":
            pack.requirement["id"] = "Done!"
        case "source":
            pack.requirement["source"] = "d"
        case "observer":
            pack.requirement["observes"] = {"shapes": [200]}
        case "statuses":
            pack.requirement["observes"] = {"shape": 200}
        case "no operation":
            pack.operation = "atc"
        case "no requirements":
            pack.spec["paths"]["/other"] = {"get": {"operationId": "other", "responses": {}}}
        case "state":
            pack.cases = CASES.replace('given="task"', 'given="tasks"')
        case "capability":
            pack.cases = CASES.replace('given="task"', 'capability="multi_org"')
        case "calls":
            pack.cases = CASES.replace('given="task"', 'calls="atc"')
        case "undeclared":
            pack.cases += "\ndef test_stray(bench):\n    pass\n"
        case "same name":
            pack.requirement["observes"] = {}
            pack.cases += "\n@requirement('done')\ndef test_b(bench): ...\ntest_c = test_b\n"
        case "touches":
            pack.contract["ambiguities"][0]["touches"] = ["act/dnoe"]
        case "value type":
            pack.contract["states"]["task"]["values"]["task_id"] = "int"
        case "syntax":
            pack.cases = "def"
        case "not a requirement":
            pack.requirements.append("done")
        case "empty text":
            pack.requirement["statement"] = " "
        case "not a mapping":
            pack.requirement["observes"] = [200]
        case "ambiguity twice":
            pack.contract["ambiguities"] *= 2
        case "no readings":
            pack.contract["ambiguities"][0]["readings"] = {}
        case "touches nothing":
            pack.contract["ambiguities"][0]["touches"] = []
        case "shared":
            (pack.folder / "contracts" / "toy").mkdir(parents=True)
            shared = CASES.replace('"done"', '"dnoe"')
            (pack.folder / "contracts" / "toy" / "test_shared.py").write_text(shared)
        case "no spec":
            pack.contract["spec"] = "no.yaml"
        case "states":
            pack.contract["states"] = ["task"]
        case "ambiguities":
            pack.contract["ambiguities"] = {"id": "a"}
        case "not a list":
            pack.requirements = {"id": "done"}


@pytest.mark.parametrize(
    ("way", "problem"),
    [
        ("no check", "/contracts/toy/act: other: the requirement has no check"),
        ("no requirement", "test_act.py: test_it_is_done: no requirement 'toy/act/don'; did you mean 'toy/act/done'?"),
        ("twice", "requirements.yaml: done: the id stands twice"),
        ("unknown key", "requirements.yaml: done.levle: unknown key; did you mean 'level'?"),
        ("unknown contract key", "contract.yaml: state: unknown key; did you mean 'states'?"),
        ("level", "done.level: expected must or should, got 'may'"),
        ("slug", "Done!: an id is lower-case words"),
        ("source", "done.source: expected {document: …, section: …}"),
        ("observer", "done.observes.shapes: unknown key; did you mean 'shape'?"),
        ("statuses", "done.observes.shape: expected a list of statuses"),
        ("no operation", "/contracts/toy/atc: the spec toy.yaml describes no operation 'atc'; did you mean 'act'?"),
        ("no requirements", "toy.yaml: operationId other: has no requirements in"),
        ("state", "test_it_is_done: no provider state 'tasks'; did you mean 'task'?"),
        ("capability", "test_it_is_done: no capability 'multi_org'"),
        ("calls", "test_it_is_done: no operation 'toy/atc'; did you mean 'toy/act'?"),
        ("undeclared", "test_stray: the case declares no requirement"),
        ("same name", "two checks of toy/act/done have this name"),
        (
            "touches",
            "contract.yaml: ambiguities.a.touches: no requirement 'toy/act/dnoe'; did you mean 'toy/act/done'?",
        ),
        ("value type", "contract.yaml: states.task.values.task_id: expected one of text, integer, token"),
        ("syntax", "test_act.py: cannot be imported: SyntaxError"),
        ("not a list", "requirements.yaml: expected a list of requirements"),
        ("not a requirement", "requirements.yaml: [1]: expected a requirement with id, level, statement and source"),
        ("empty text", "requirements.yaml: done.statement: expected a text"),
        ("not a mapping", "requirements.yaml: done.observes: expected a mapping"),
        ("ambiguity twice", "contract.yaml: ambiguities.a: the id stands twice"),
        ("no readings", "contract.yaml: ambiguities.a.readings: expected what each reading looks like on the wire"),
        ("touches nothing", "contract.yaml: ambiguities.a.touches: names no requirement"),
        ("shared", "test_shared.py: test_it_is_done: no operation has a requirement 'dnoe'"),
        ("no spec", "no.yaml: cannot be read: No such file"),
        ("states", "contract.yaml: states: expected a mapping"),
        ("ambiguities", "contract.yaml: ambiguities: expected a list of ambiguities"),
    ],
)
def test_what_does_not_fit_together_is_named(pack: Pack, way: str, problem: str) -> None:
    _spoil(pack, way)

    assert problem in pack.problem()


def test_effects_and_the_harmless_call_are_read(pack: Pack) -> None:
    pack.contract["effects"] = {"act": {"changes": "Acts.", "leaves": "What it did."}}
    pack.contract["harmless"] = {"operation": "act", "given": "task", "path": {"id": "task_id"}, "json": {"a": 1}}
    pack.contract["states"]["task"]["used_up"] = True

    toy = pack.load()

    assert toy.operations["toy/act"].effects == Effects("Acts.", "What it did.")
    assert toy.harmless == HarmlessCall("toy/act", "task", {"id": "task_id"}, {"a": 1})
    assert toy.states["task"].used_up


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("effects", {"atc": {}}, "effects.atc: no such operation; did you mean 'act'?"),
        ("effects", {"act": {"changes": "Acts."}}, "effects.act.leaves: expected a text"),
        ("effects", {"act": {"change": "Acts."}}, "effects.act.change: unknown key; did you mean 'changes'?"),
        ("harmless", {"operation": "atc"}, "harmless.operation: no operation 'toy/atc'"),
        ("harmless", {"operation": "act", "when": "now"}, "harmless.when: unknown key"),
        (
            "harmless",
            {"operation": "act", "given": "task", "path": {"id": "task"}},
            "harmless.path.id: the state 'task' has no value 'task'; did you mean 'task_id'?",
        ),
        ("harmless", {"operation": "act", "given": "tsak"}, "harmless.given: no provider state 'tsak'"),
    ],
)
def test_effects_and_a_harmless_call_that_do_not_fit_are_named(
    pack: Pack, key: str, value: dict[str, Any], problem: str
) -> None:
    pack.contract[key] = value

    assert f"contract.yaml: {problem}" in pack.problem()


@pytest.mark.parametrize(
    ("content", "problem"), [("a: [", "is not valid YAML: while parsing"), ("[]", "expected a mapping")]
)
def test_a_contract_that_is_no_mapping_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "contracts" / "toy").mkdir(parents=True)
    (tmp_path / "contracts" / "toy" / "contract.yaml").write_text(content)

    with pytest.raises(ContractError, match=problem):
        catalogue.load_from(tmp_path)


def test_a_folder_without_contracts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="holds no contract"):
        catalogue.load_from(tmp_path)


# Specs as others write them


def operation_of(pack: Pack) -> Any:
    return pack.load().operations["toy/act"].definition


def test_statuses_may_be_numbers(pack: Pack) -> None:
    pack.spec["paths"]["/act"]["post"]["responses"] = {200: {"description": "Done."}}

    assert list(operation_of(pack)["responses"]) == ["200"]


def test_a_body_of_json_without_a_schema_is_any_json(pack: Pack) -> None:
    pack.spec["paths"]["/act"]["post"]["responses"]["200"]["content"] = {"application/json": {}}

    assert operation_of(pack)["responses"]["200"]["content"]["application/json"]["schema"] == {}


def test_the_parameters_of_a_path_belong_to_its_operations(pack: Pack) -> None:
    own: dict[str, Any] = {"name": "own", "in": "query"}
    shared: dict[str, Any] = {"name": "shared", "in": "query"}
    pack.spec["paths"]["/act"]["parameters"] = [shared, {**own, "required": True}]
    pack.spec["paths"]["/act"]["post"]["parameters"] = [own]

    assert operation_of(pack)["parameters"] == [shared, own]


@pytest.mark.parametrize("status", ["default", "4XX", "20"])
def test_a_status_that_is_none_is_refused(pack: Pack, status: str) -> None:
    pack.spec["paths"]["/act"]["post"]["responses"][status] = {"description": "Whatever."}

    assert f"paths./act.post.responses.{status}: expected a status such as 404" in pack.problem()


def test_a_spec_of_another_language_is_refused(pack: Pack) -> None:
    pack.spec["openapi"] = "3.0.3"

    assert pack.problem().endswith("/specs/toy.yaml: openapi: expected 3.1, got 3.0.3")


def test_a_spec_that_speaks_of_no_requirement_is_refused(pack: Pack) -> None:
    pack.spec["components"] = {"schemas": {"Thing": {"allOf": [{"x-assay-requirement": "one"}]}}}

    assert pack.problem().endswith("x-assay-requirement one: no requirement has this id; did you mean 'done'?")


def test_a_spec_that_speaks_of_no_reading_is_refused(pack: Pack) -> None:
    pack.spec["components"] = {"schemas": {"Thing": {"x-assay-reading": {"ambiguity": "a", "reading": "z"}}}}

    assert "the register has no such reading" in pack.problem()
