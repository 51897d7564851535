"""Importing a workflow under a definition: which versions are greater than those it has."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any, Protocol

from assay.bench import Inapplicable, Inconclusive, Violation, quoted, requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call

OK = 200
REFUSED = 400
REFUSALS = frozenset(range(400, 500)) - {429}
TRIES = 3
WRAPPED = 2**32
"""What an integer of 32 bits loses."""


class Exports(Protocol):
    """The fixture `exports`: exports to vary, and the calls that import them."""

    def plain(self) -> dict[str, Any]:
        """Return a small export, to be changed at will."""

    def workflow(self, **fields: object) -> dict[str, Any]:
        """Return a small export whose workflow has these fields too."""

    def call(self, export: object, **query: str | int) -> Call:
        """Return the import of an export; without a query, as a new definition."""

    def accepted(self, call: Call) -> Answer:
        """Send an import and demand that it succeeds, as the plain one does."""

    def unused_major(self) -> int:
        """Return a first number above those of all versions that other checks and earlier runs have imported."""


class Definition(Protocol):
    """The fixture `definition`: a definition that others may import versions under at the same time."""

    id: int
    latest: str

    def call(self, version: str, export: dict[str, Any] | None = None, **query: str) -> Call:
        """Return the import of a version under the definition."""

    def imported(self, rest: str, export: dict[str, Any] | None = None, **query: str) -> tuple[int, Answer]:
        """Import `rest` behind the first major number that is taken; return it and the last answer."""

    def raised(self, rest: str) -> int:
        """Import `rest` behind the first major number that is taken, and return it."""


@requirement("new-version", given="workflow")
def test_a_greater_version_is_imported(bench: Bench, definition: Definition, exports: Exports) -> None:
    bench.control(exports.call(exports.plain()).labelled("a new definition"), OK)

    major, answer = definition.imported("0.0")
    must_be_version(answer, f"{major}.0.0")
    bench.reading("imported-id", "definition" if answer.json.get("id") == definition.id else "version")

    major, answer = definition.imported("2.1", activate="false")
    must_be_version(answer, f"{major}.2.1")


@requirement("version-texts", given="workflow")
def test_a_new_version_has_its_own_name_and_description(
    definition: Definition, exports: Exports, unique_name: str
) -> None:
    # The second shows whether the definition keeps those of the version before.
    for word in ("first", "second"):
        wanted = {"name": f"{unique_name} {word} version", "description": f"What the {word} version does."}
        answer = version_with(definition, exports.workflow(**wanted))
        for field, value in wanted.items():
            answer.must(shown(answer, field) == value, f"{field} {quoted(value)}", quoted(shown(answer, field)))


@requirement("unicode-text", given="workflow")
def test_the_texts_of_a_new_version_keep_their_characters(
    definition: Definition, exports: Exports, unique_name: str
) -> None:
    plain = {"name": f"{unique_name} plain", "description": f"What {unique_name} does."}
    answer = version_with(definition, exports.workflow(**plain))
    # What comes back as it was sent is that of the version, and no more what the definition had before.
    own = [field for field, value in plain.items() if shown(answer, field) == value]
    if not own:
        message = "a new version has neither the name nor the description sent with it: see version-texts"
        raise Inapplicable(message)

    wanted = {"name": f"{unique_name} für Łódź", "description": "Prüft Ελλάδα, Київ und 東京."}
    answer = version_with(definition, exports.workflow(**wanted))
    for field in own:
        value = wanted[field]
        answer.must(shown(answer, field) == value, f"{field} {quoted(value)}", quoted(shown(answer, field)))


@requirement("no-description", given="workflow")
def test_a_new_version_without_a_description_comes_back_without(
    definition: Definition, exports: Exports, unique_name: str
) -> None:
    before = f"What {unique_name} does."
    if shown(version_with(definition, exports.workflow(description=before)), "description") != before:
        message = "a new version has not the description sent with it: see version-texts"
        raise Inapplicable(message)

    without = exports.plain()
    del without["workflow"]["description"]
    answer = version_with(definition, without)
    description = shown(answer, "description")
    answer.must(description in (None, ""), "a description that is null or empty", quoted(description))


@requirement("new-version")
def test_the_versions_of_another_definition_do_not_count(bench: Bench, exports: Exports) -> None:
    major = exports.unused_major()
    made = bench.send(exports.call(exports.plain(), version=f"{major}.0.0").labelled("a definition"))
    number = made.json.get("id") if made.status == OK and isinstance(made.json, dict) else None
    if made.status != OK:
        bench.control(exports.call(exports.plain()).labelled("a definition without a version"), OK)
        message = f"no new definition is taken with version {major}.0.0 (answered {made.status})"
        raise Inapplicable(message)
    if number is None or bench.send(version_of(exports, number, f"{major}.1.0")).status != OK:
        message = "no definition that an import has made takes another version by the id in its answer"
        raise Inapplicable(message)
    another = exports.call(exports.plain(), version=f"{major + 1}.0.0")
    bench.control(another.labelled("another definition"), OK)

    must_be_version(bench.send(version_of(exports, number, f"{major}.2.0")), f"{major}.2.0")


@requirement("numeric-versions", given="workflow")
def test_versions_are_compared_number_by_number(bench: Bench, definition: Definition) -> None:
    for nines in (9, 99):
        # Others may have imported a greater version: then 9 says nothing, and 99 is tried.
        if bench.send(definition.call(f"{nines}.0.0")).status == OK:
            must_follow(bench, definition, f"{nines}.0.0", f"{nines + 1}.0.0", f"{nines}1.0.0")
            break

    # The second pair is one for who keeps a byte of each part, the third for who keeps two or three of its digits.
    long = "9.1000" if definition.imported("9.1000")[1].status == OK else "9.100"
    for low, high, higher in (
        ("9.0", "10.0", "91.0"), ("99.7", "256.2", "991.0"), (long, "10.0", "91.0"), ("0.9", "0.10", "0.91")
    ):  # fmt: skip
        for _ in range(TRIES):
            major = definition.raised(low)
            if must_follow(bench, definition, f"{major}.{low}", f"{major}.{high}", f"{major}.{higher}"):
                break
            # Nobody else has raised the definition meanwhile, or the next number would not be free.
            if definition.raised("0.0") == major + 1:
                expected = f"200 for version {major}.{high} behind {major}.{low}"
                raise Violation.of(expected, got="a refusal")
        else:
            message = f"definition {definition.id} takes no second version, so nothing shows how versions are compared"
            raise Inconclusive(message)


@requirement("equal-version", given="workflow")
def test_a_version_that_exists_is_refused(bench: Bench, definition: Definition) -> None:
    # Versions of two numbers are left to the server.
    if re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", definition.latest):
        bench.send(definition.call(definition.latest)).must_be_refused()
    major = definition.raised("10.0")

    again = definition.call(f"{major}.10.0").labelled(f"version {major}.10.0 again")
    bench.send(again).must_be_refused()

    definition.raised("10.1")
    # Now it is no more the greatest, nor the last that was imported.
    bench.send(again.labelled(f"version {major}.10.0 behind a greater one")).must_be_refused()

    definition.raised("10.2")


@requirement("equal-version", given="workflow")
def test_a_version_is_taken_once_by_imports_side_by_side(bench: Bench, definition: Definition) -> None:
    taken = 0
    for turn in range(TRIES):
        major = definition.raised("0.0")
        version = f"{major}.{turn}.1"
        answers = bench.send_together([definition.call(version).labelled(f"{version} at once {n}") for n in (1, 2, 3)])
        accepted = [answer for answer in answers if answer.status == OK]
        if accepted:
            accepted[-1].must(len(accepted) == 1, f"{version} to be taken once", f"{len(accepted)} times")
        taken += len(accepted)

    if not taken:
        message = f"of several imports of one version under definition {definition.id} at once, none was ever accepted"
        raise Inconclusive(message)


@requirement("refused-import", given="workflow")
def test_the_version_of_a_refused_import_is_free(bench: Bench, definition: Definition, exports: Exports) -> None:
    for _ in range(TRIES):
        major = definition.raised("0.0")
        version, another, after = (f"{major}.77.{number}" for number in range(3))
        spoilt = bench.send(definition.call(version).with_body(b"not json").labelled("no export"))
        if spoilt.status < REFUSED:
            message = "an import whose body is no JSON was not refused, so there is no refused import to look at"
            raise Inconclusive(message)
        spoilt.must_be_refused()
        answer = bench.send(definition.call(version))
        if answer.status == OK:
            # Another mistake is found later, behind the look at the version perhaps. It need not be refused.
            mistyped = definition.call(another, exports.workflow(name={})).labelled("a name of another type")
            if (
                bench.send(mistyped).status not in REFUSALS
                or (answer := bench.send(definition.call(another))).status == OK
            ):
                return
        # Nobody has imported a greater version meanwhile, or the next one would not be free.
        if bench.send(definition.call(after)).status == OK:
            answer.must_be(OK)
    message = f"definition {definition.id} takes no second version, so nothing shows what a refused import leaves"
    raise Inconclusive(message)


@requirement("smaller-version", given="workflow")
def test_a_smaller_version_is_refused(bench: Bench, definition: Definition, keyed: Callable[..., Call]) -> None:
    # First the version that is the greatest as text.
    major = definition.raised("9.0")
    if bench.send(definition.call(f"{major}.10.10")).status != OK:
        major = definition.raised("10.10")

    # Some are greater as text or have more digits. None is there already, and each is greater than the one before.
    smaller = (f"{major - 1}.100.100", *(f"{major}.{rest}" for rest in ("2.0", "9.11", "9.100", "10.9")))
    for version in smaller:
        bench.send(definition.call(version)).must_be_refused()
    # None of what else may be sent is a way around.
    small = definition.call(f"{major}.0.0")
    zipped = small.with_body(gzip.compress(small.body, mtime=0)).with_headers({"Content-Encoding": "gzip"})
    active = definition.call(f"{major}.0.0", activate="true")
    for label, call in (("with a key", keyed(small)), ("compressed", zipped), ("activated", active)):
        bench.send(call.labelled(f"{small.label} {label}")).must_be_refused()

    definition.raised("10.11")


@requirement("unknown-definition", given=("workflow", "unknown_workflow"))
def test_an_unknown_definition_is_refused(bench: Bench, definition: Definition, exports: Exports) -> None:
    unknown = bench.given("unknown_workflow").integer("workflow_definition_id")
    # One version that the known definition takes next, and one that it has by then.
    major = definition.raised("0.0")

    # One that an integer of 32 bits takes for the known one, too.
    for number, query in (
        (unknown, {"version": f"{major}.1.0"}),
        (unknown, {"version": f"{major}.0.0", "activate": "true"}),
        (unknown, {}),
        (definition.id + WRAPPED, {"version": f"{major}.1.0"}),
    ):
        call = exports.call(exports.plain(), workflow_definition_id=number, **query)
        asked = " ".join(f"{name}={value}" for name, value in query.items()) or "no version"
        bench.send(call.labelled(f"unknown definition {number}, {asked}")).must_be_refused()

    definition.raised("1.0")


def version_of(exports: Exports, number: int, version: str) -> Call:
    """Return the import of a version under the definition with this number."""
    call = exports.call(exports.plain(), workflow_definition_id=number, version=version)
    return call.labelled(f"version {version}")


def version_with(definition: Definition, export: dict[str, Any]) -> Answer:
    """Return the answer to the import of an export as a new version of the definition."""
    _, answer = definition.imported("0.0", export)
    if answer.status != OK:
        message = f"definition {definition.id} took no version, the last one was answered {answer.status}"
        raise Inconclusive(message)
    return answer


def shown(answer: Answer, field: str) -> object:
    """Return a field of the workflow in an answer."""
    return answer.json.get(field) if isinstance(answer.json, dict) else None


def must_be_version(answer: Answer, version: str) -> None:
    """Demand the workflow in this version."""
    got = shown(answer.must_be(OK), "version")
    answer.must(got == version, f"version {version}", got)


def next_patch(version: str) -> str:
    """Return the version that follows most closely."""
    head, _, patch = version.rpartition(".")
    return f"{head}.{int(patch) + 1}"


def must_follow(bench: Bench, definition: Definition, low: str, high: str, higher: str) -> bool:
    """Demand that `high` is taken behind `low`; false where somebody has imported a greater version meanwhile.

    `higher` is greater than `low` as text too, so it tells a comparison of texts from a definition that is closed.
    """
    answer = bench.send(definition.call(high))
    if answer.status == OK:
        return True
    between = next_patch(low)
    if between != high and bench.send(definition.call(between)).status == OK:
        # Nothing greater was there, then or now.
        answer.must_be(OK)
    as_text = bench.send(definition.call(higher)).status == OK
    answer.must(not as_text, f"200 behind version {low}, as {higher} gets it", str(answer.status))
    return False
