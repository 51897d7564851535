"""Makes the proof document from what the checks made of every server; the terminal and the HTML are views of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from assay.model import Level, Outcome, Verdict
from assay.prove.judging import VIOLATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assay.faults import Fault
    from assay.model import Contract
    from assay.prove.judging import Judged
    from assay.prove.servers import Server
    from assay.variants.degenerate import Degenerate

FORMAT = "assay-proof/1"


class Fate(StrEnum):
    """What became of a fault."""

    KILLED = "killed"
    """The checks found a violation of the very requirement that the fault violates."""
    SURVIVED = "survived"
    BROKEN = "broken"
    """The faulty server did not start or serve, or failed by a mistake that is not the fault."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the checks made of every server of a proof."""

    contracts: Mapping[str, Contract]
    partial: bool
    """Whether only some servers were judged, so that nothing can be said of what no fault trips."""
    faults: Sequence[tuple[Fault, Judged]] = ()
    variants: Sequence[tuple[Server, Judged]] = ()
    degenerate: Sequence[tuple[Degenerate, Judged]] = ()
    repetitions: Sequence[tuple[int, Sequence[Judged]]] = ()
    """Seed, and what was made of the faultless servers with it; the first one is that of the proof."""
    excused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(degenerate server, requirement) → why it is right that this passes."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Variant → the group of variants in which it was judged, where it was not judged alone."""
    faults_s: float = 0.0
    """How long it took to judge the faults, in seconds."""


def document(measured: Measured, problems: Sequence[str] = ()) -> dict[str, Any]:
    """Return the proof document (`assay-proof/1`), all but what speaks of the run itself.

    `problems` are reasons not to hold that do not lie in what was measured.
    """
    parts = {
        "faults": [_fault(fault, judged) for fault, judged in measured.faults],
        "requirements": list(_requirements(measured)),
        "idle_checks": list(_idle_checks(measured)),
        "variants": [_variant(variant, judged, measured) for variant, judged in measured.variants],
        "degenerate": [_degenerate(server, judged, measured) for server, judged in measured.degenerate],
        "faultless": [_faultless(judged) for _, run in measured.repetitions[:1] for judged in run],
        "stability": _stability(measured.repetitions),
    }
    found = [*problems, *_problems(parts, partial=measured.partial)]
    return {"format": FORMAT, "holds": not found, "problems": found, **parts}


def _fault(fault: Fault, judged: Judged) -> dict[str, Any]:
    outcome = judged.outcomes.get(fault.violates, Outcome.NOT_RUN)
    fate = Fate.BROKEN if judged.broken else Fate.KILLED if outcome in VIOLATIONS else Fate.SURVIVED
    return {
        "id": fault.id,
        "operation": fault.operation,
        "violates": fault.violates,
        "sentence": fault.sentence,
        "generated": fault.generated,
        "fate": str(fate),
        "outcome": str(outcome),
        "message": judged.broken or judged.messages.get(fault.violates, ""),
        "trips": judged.blamed,
        "trips_elsewhere": [each for each in judged.blamed if not each.startswith(f"{fault.operation}/")],
        "checks": sorted(judged.tripped),
        "errors": _errors(judged),
    }


def _errors(judged: Judged) -> list[str]:
    return [
        f"{name}: {judged.messages.get(name, '')}"
        for name, outcome in judged.outcomes.items()
        if outcome is Outcome.ERROR
    ]


def _requirements(measured: Measured) -> Iterator[dict[str, Any]]:
    named: dict[str, list[str]] = defaultdict(list)
    tripped: dict[str, int] = defaultdict(int)
    for fault, judged in measured.faults:
        for name in judged.blamed:
            tripped[name] += 1
        if not judged.broken and fault.violates in judged.blamed:
            named[fault.violates].append(fault.id)
    for contract in measured.contracts.values():
        for each in contract.requirements.values():
            yield {
                "id": each.id,
                "operation": each.operation,
                "level": str(each.level),
                "statement": each.statement,
                "proven_by": named[each.id],
                "tripped_by": tripped[each.id],
            }


def _idle_checks(measured: Measured) -> Iterator[str]:
    tripped = {check for _, judged in measured.faults if not judged.broken for check in judged.tripped}
    for contract in measured.contracts.values():
        yield from (check.id for check in contract.checks if check.id not in tripped)


def _blamed(judged: Judged) -> list[dict[str, str]]:
    """Return what stands between a conforming server and the verdict `conformant`."""
    return [
        {"requirement": name, "outcome": str(outcome), "message": judged.messages.get(name, "")}
        for name, outcome in judged.outcomes.items()
        if outcome not in (Outcome.PASSED, Outcome.INAPPLICABLE)
    ]


def _faultless(judged: Judged) -> dict[str, Any]:
    return {
        "name": judged.name,
        "verdict": str(judged.verdict),
        "requirements": len(judged.outcomes),
        "blamed": _blamed(judged),
        "broken": judged.broken,
    }


def _variant(variant: Server, judged: Judged, measured: Measured) -> dict[str, Any]:
    group = measured.groups.get(variant.id, "")
    return {"id": variant.id, "sentence": variant.sentence, "group": group, **_faultless(judged)}


def _degenerate(server: Degenerate, judged: Judged, measured: Measured) -> dict[str, Any]:
    requirements = measured.contracts[server.contract].requirements
    must = [name for name in judged.outcomes if requirements[name].level is Level.MUST]
    passed = [name for name in must if judged.outcomes[name] is Outcome.PASSED]
    excused = [name for excused, name in measured.excused if excused == server.id]
    return {
        "id": server.id,
        "contract": server.contract,
        "sentence": server.sentence,
        "verdict": str(judged.verdict),
        "must": len(must),
        "passed": [{"requirement": name, "reason": measured.excused.get((server.id, name), "")} for name in passed],
        "excused_in_vain": [name for name in excused if name not in passed],
        "broken": judged.broken,
        "errors": _errors(judged),
    }


def _stability(repetitions: Sequence[tuple[int, Sequence[Judged]]]) -> dict[str, Any]:
    seen: dict[str, list[Outcome]] = defaultdict(list)
    for _, run in repetitions:
        for judged in run:
            for name, outcome in judged.outcomes.items():
                seen[name].append(outcome)
    return {
        "seeds": [seed for seed, _ in repetitions],
        "requirements": len(seen),
        "unstable": {name: list(map(str, outcomes)) for name, outcomes in seen.items() if len(set(outcomes)) > 1},
    }


def _problems(parts: Mapping[str, Any], *, partial: bool) -> Iterator[str]:
    for fault in parts["faults"]:
        yield from _problems_of_fault(fault)
    for each in parts["faultless"]:
        yield from _problems_of_sound_server(f"the faultless server {each['name']}", each)
    for each in parts["variants"]:
        yield from _problems_of_sound_server(f"the legal variant {each['id']}", each)
    for each in parts["degenerate"]:
        yield from _problems_of_degenerate_server(each)
    for name, outcomes in parts["stability"]["unstable"].items():
        yield f"{name} is not stable: {', '.join(outcomes)}"
    if not partial:
        for each in parts["requirements"]:
            if not each["proven_by"]:
                yield f"{each['id']} is proven by no fault"
        yield from (f"the check {check} is tripped by no fault" for check in parts["idle_checks"])


def _problems_of_fault(fault: Mapping[str, Any]) -> Iterator[str]:
    if fault["fate"] == Fate.BROKEN:
        yield f"the fault {fault['id']} is broken: {fault['message']}"
    elif fault["fate"] == Fate.SURVIVED:
        said = f": {fault['message']}" if fault["message"] else ""
        yield f"the fault {fault['id']} survived: {fault['violates']} is {fault['outcome']}{said}"
    for name in fault["trips_elsewhere"]:
        yield f"the fault {fault['id']} trips {name}, which belongs to another operation"
    yield from _suite_errors(fault["id"], fault["errors"])


def _problems_of_sound_server(who: str, each: Mapping[str, Any]) -> Iterator[str]:
    if each["broken"]:
        yield f"{who} is broken: {each['broken']}"
    elif each["verdict"] != Verdict.CONFORMANT:
        for blamed in each["blamed"]:
            yield f"{who} is not found conformant: {blamed['requirement']} is {blamed['outcome']}: {blamed['message']}"


def _problems_of_degenerate_server(each: Mapping[str, Any]) -> Iterator[str]:
    if each["broken"]:
        yield f"the degenerate server {each['id']} is broken: {each['broken']}"
    for passed in each["passed"]:
        if not passed["reason"]:
            yield f"the degenerate server {each['id']} passes {passed['requirement']}"
    for name in each["excused_in_vain"]:
        yield f"the degenerate server {each['id']} is excused for {name}, which it does not pass"
    yield from _suite_errors(each["id"], each["errors"])


def _suite_errors(name: str, errors: Iterable[str]) -> Iterator[str]:
    yield from (f"the suite failed on {name}: {error}" for error in errors)
