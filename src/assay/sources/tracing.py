"""Holds ledgers against the catalogue: what is not accounted for, on either side, is a gap.

Every statement has a fate and a gist; every requirement rests on a statement, or is a `should` that says what else it
rests on; every field, enum value, limit, header and status of a spec traces to a statement, and the statements that
declare such a thing to a place of the spec.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from assay.exceptions import did_you_mean
from assay.model import Level
from assay.sources.folding import digest, fold
from assay.sources.ledger import Fate, Kind, digest_of
from assay.sources.places import Place, places

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from assay.model import Contract, Operation
    from assay.sources.ledger import Ledger, Statement

DECLARING = (Kind.FIELD, Kind.ENUM, Kind.STATUS)
"""Statements of these kinds declare something that stands in a spec, unless they say why not."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is not accounted for."""

    operation: str
    """The id of the operation, or of the contract."""
    what: str
    """What it is, by its name: a digest, a requirement, a place of the spec, an ambiguity."""
    problem: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.what}: {self.problem}"


def gaps(contract: Contract, ledgers: Mapping[str, Ledger]) -> list[Gap]:
    """Return what is not accounted for in a contract; `ledgers` by operation id."""
    found: list[Gap] = []
    founded = {name for ledger in ledgers.values() for each in ledger.statements for name in each.requirements}
    for operation in contract.operations.values():
        ledger = ledgers.get(operation.id)
        if ledger is None:
            begin = f"begin one by `assay sources {operation.id} --draft PAGE`"
            found.append(Gap(operation.id, "sources.yaml", f"there is no ledger of the document; {begin}"))
            continue
        found += [Gap(operation.id, what, problem) for what, problem in _of(contract, operation, ledger, founded)]
    named = {each for ledger in ledgers.values() for statement in ledger.statements for each in statement.ambiguities}
    found += [
        Gap(contract.id, f"ambiguity {each.id}", "no statement opens it")
        for each in contract.ambiguities
        if ledgers and each.id not in named
    ]
    return found


def _of(
    contract: Contract, operation: Operation, ledger: Ledger, founded: Collection[str]
) -> Iterator[tuple[str, str]]:
    if ledger.drafted:
        yield ledger.path.name, "sentences of the document stand in it as comments of its draft"
    if digest_of(ledger.statements) != ledger.digest:
        problem = (
            f"its statements are not those of its digest: {digest_of(ledger.statements)} is theirs, so that one was "
            "cut, added, changed or moved; `assay sources --draft DOCUMENT` makes it from the document again"
        )
        yield ledger.path.name, problem
    for statement in ledger.statements:
        yield from _of_statement(statement)
    yield from _unfounded(contract, operation, founded)
    yield from _untraced(places(operation, contract.spec), ledger)


def _of_statement(statement: Statement) -> Iterator[tuple[str, str]]:
    what = f"{statement.key} ({statement.gist or statement.section})"
    if not statement.gist:
        yield what, "has no gist"
    if statement.fate is Fate.OPEN:
        yield what, "nothing became of it: no requirement rests on it, and it says no reason"
    if statement.kind in DECLARING and not statement.places and statement.fate in (Fate.TIED, Fate.AMBIGUOUS):
        yield what, f"is a {statement.kind} and names no place of the spec"


def _unfounded(contract: Contract, operation: Operation, founded: Collection[str]) -> Iterator[tuple[str, str]]:
    """Return what is wrong with what requirements rest on; `founded` are those that statements name."""
    for each in contract.requirements.values():
        if each.operation != operation.id:
            continue
        if each.id in founded:
            if each.rests_on:
                yield each.slug, "rests on statements of the document, and says that it rests on something else"
        elif not each.rests_on:
            yield each.slug, "rests on no statement of the document, and does not say what else it rests on"
        elif each.level is not Level.SHOULD:
            yield each.slug, "rests on no statement of the document, so that it cannot be a must"


def _untraced(found: Mapping[str, Place], ledger: Ledger) -> Iterator[tuple[str, str]]:
    """Return the places that nothing traces to, and the traces that lead nowhere."""
    values = {
        name: [f"{name.removesuffix(' enum')} = {each}" for each in place.values] for name, place in found.items()
    }
    known = found.keys() | {each for singles in values.values() for each in singles}
    beyond, problems = _beyond(known, ledger)
    yield from problems
    traced = set(beyond)
    for statement in ledger.statements:
        what = f"{statement.key} ({statement.gist})"
        for name in statement.places:
            if name not in known:
                yield what, f"leads to {name!r}, which is no place of the spec{did_you_mean(name, known)}"
            elif values.get(name):
                yield from _of_values(what, name, found[name].values, statement, beyond)
                traced.update(values[name])
            traced.add(name)
    for name in found:
        # A list of values is as traced as its values.
        for each in values[name] or [name]:
            if each not in traced:
                yield each, "stands in the spec, and no statement says it"


def _beyond(known: Collection[str], ledger: Ledger) -> tuple[set[str], list[tuple[str, str]]]:
    """Return the places that stand beyond the document, and what is wrong with patterns that reach none."""
    reached = {each.place: {name for name in known if fnmatchcase(name, each.place)} for each in ledger.beyond}
    problems = [
        (pattern, f"stands beyond the document, but is no place of the spec{did_you_mean(pattern, known)}")
        for pattern, names in reached.items()
        if not names
    ]
    return {name for names in reached.values() for name in names}, problems


def _of_values(
    what: str, name: str, values: Iterable[str], statement: Statement, beyond: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Hold a list of values against its statement, whose words nobody has, by writing it as documents do."""
    single = name.removesuffix(" enum")
    documented = [value for value in values if f"{single} = {value}" not in beyond]
    if statement.key not in _written(documented):
        problem = (
            f"does not list exactly the values of {name!r} in the spec: {', '.join(documented)}; where the document "
            f"says it in other words, name each as '{single} = VALUE'"
        )
        yield what, problem


def _written(values: list[str]) -> set[str]:
    made = set()
    for label in ("Enum: ", "Allowed values: ", "Valid values: ", ""):
        for quote in ('"', ""):
            for joint in (", ", " "):
                folded = fold(label + joint.join(f"{quote}{value}{quote}" for value in values))
                made.add(f"{len(folded)}-{digest(folded)}")
    return made
