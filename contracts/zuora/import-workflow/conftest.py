"""What the cases of importing share: exports to vary, and the versions of a definition that is provided."""

from __future__ import annotations

import json
import time
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from assay.bench import Inconclusive, Untestable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.bench import Answer, Bench, Call
    from assay.fuzz import Generated

Export = dict[str, Any]

OK = 200
STEPS = (1, 2, 4, 8, 16, 32)
"""How far above the provided version a definition is tried; a definition that several checks use has moved up."""
MORE_STEPS = (*STEPS, 64, 128, 256, 512, 1024)
"""How far above the clock, where that was not enough."""
CLOCK_STARTS = 1_767_225_600
HIGHEST = 1_900_000_000
"""Above all that the clock says for six years, and below what does not fit 32 bits."""


@pytest.fixture
def exports(bench: Bench, baseline: Call, accepted: Callable[..., Answer]) -> Exports:
    """Return what makes imports of new definitions."""
    return Exports(bench, json.loads(baseline.body), accepted)


@pytest.fixture
def definition(bench: Bench, exports: Exports) -> Definition:
    """Return the provided definition, to import versions under."""
    provided = bench.given("workflow")
    return Definition(bench, exports, provided.integer("workflow_definition_id"), provided["latest_version"])


@pytest.fixture
def careful() -> Callable[[Generated, Call], Call]:
    """Return what keeps a generated import away from definitions that nobody lent, and from starting anything."""

    def prepare(_: Generated, call: Call) -> Call:
        return replace(call, query=tuple(pair for pair in call.query if not _reaches_further(*pair)))

    return prepare


def _reaches_further(name: str, value: str) -> bool:
    if name == "workflow_definition_id":
        return value.strip().lstrip("+-").replace(".", "", 1).isdecimal()
    return name == "activate" and value.strip().lower() not in ("false", "0", "")


class Exports:
    """Exports of workflows, and the calls that import them."""

    def __init__(self, bench: Bench, plain: Export, accepted: Callable[..., Answer]) -> None:
        self._bench = bench
        self._accepted = accepted
        self._plain = plain
        self._made = 0

    def plain(self) -> Export:
        """Return a small export with a name that no other has, to be changed at will."""
        export = deepcopy(self._plain)
        self._made += 1
        # A server may want the names of its definitions to be different.
        export["workflow"]["name"] += f" {self._made}"
        return export

    def bare(self) -> Export:
        """Return a small export without the ids of the workflow that it was taken from, without objects and limits."""
        export = self.plain()
        del export["workflow"]["id"]
        for task in export["tasks"]:
            del task["concurrent_limit"], task["object"], task["object_id"]
        for linkage in export["linkages"]:
            del linkage["source_workflow_id"]
        return export

    def workflow(self, **fields: object) -> Export:
        """Return a small export whose workflow has these fields too."""
        export = self.plain()
        export["workflow"] |= fields
        return export

    def tasks(self, tasks: list[Export], linkages: list[Export]) -> Export:
        """Return an export with these tasks and linkages, as changes to the plain ones."""
        export = self.plain()
        task, linkage = export["tasks"][0], export["linkages"][0]
        export["tasks"] = [{**task, **each} for each in tasks]
        export["linkages"] = [{**linkage, **each} for each in linkages]
        return export

    def call(self, export: object, **query: str | int) -> Call:
        """Return the import of an export; without a query, as a new definition."""
        return self._bench.call().with_query(**query).with_json(export)

    def unused_major(self) -> int:
        """Return a first number above those of all versions that other checks and earlier runs have imported."""
        return HIGHEST + _clock() // 10

    def accepted(self, call: Call, control: Call | None = None) -> Answer:
        """Send an import and demand that it succeeds, as the plain one does, or the one passed as `control`."""
        return self._accepted(call, control or self.call(self.plain()).labelled("the plain import"))


class Definition:
    """A workflow definition of the target, which others may import versions under at the same time."""

    def __init__(self, bench: Bench, exports: Exports, number: int, latest: str) -> None:
        self.id = number
        self.latest = latest
        self._bench = bench
        self._exports = exports
        self._major = _first_number(latest)

    def call(self, version: str, export: Export | None = None, **query: str) -> Call:
        """Return the import of a version under the definition, of the plain export or the one passed."""
        sent = export or self._exports.plain()
        call = self._exports.call(sent, workflow_definition_id=self.id, version=version, **query)
        return call.labelled(f"version {version}")

    def majors(self) -> Iterator[int]:
        """Yield first numbers that may be greater than that of every version there is."""
        yield from (self._major + step for step in STEPS)
        # Above all that an earlier run has imported here, without a number that does not fit 32 bits.
        clock = _first_number(self.latest) + _clock()
        yield from (clock + step for step in MORE_STEPS)

    def imported(self, rest: str, export: Export | None = None, **query: str) -> tuple[int, Answer]:
        """Import `rest` behind the first major number that is taken; return it and the answer, or the last refusal."""
        for major in self.majors():
            answer = self._bench.send(self.call(f"{major}.{rest}", export, **query))
            if answer.status == OK:
                self._major = major
            if answer.status == OK or answer.status >= 500:
                # A server error will not get better.
                break
        return major, answer

    def raised(self, rest: str) -> int:
        """Import `rest` behind the first major number that is taken, and return it; the check means nothing without."""
        major, answer = self.imported(rest)
        if answer.status != OK:
            last = f"the last one was answered {answer.status}"
            message = f"definition {self.id} took no version above {self.latest} ({last})"
            raise Inconclusive(message)
        return major


def _clock() -> int:
    # Ten to the second: checks that use one definition in turn find it below the clock again.
    return max(int((time.time() - CLOCK_STARTS) * 10), 0)


def _first_number(version: str) -> int:
    first = version.partition(".")[0]
    if not (first.isascii() and first.isdecimal()):
        message = f"state 'workflow': latest_version = {version!r} is no version such as 1.4.0"
        raise Untestable(message)
    return int(first)
